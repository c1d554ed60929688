"""``geoaddr names not-found``: the names that texts give and the register lacks, most frequent first."""

from __future__ import annotations

import json

import click


@click.command("not-found")
@click.option("--status", type=click.Choice(["open", "ignored", "settled", "all"]), default="open", show_default=True, help="处理状态。")
@click.option("--town", default="", metavar="NAME", help="只列写在这个镇街的。")
@click.option("--source", type=click.Choice(["lookups", "batches", "cases"]), default=None, help="只列从这里来的：查询、批量、业务地址。")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help="最多列多少个。")
def not_found_command(status: str, town: str, source: str | None, limit: int) -> None:
    """列出文字里写了、登记册没有的名称，最常见的在前，每个一行 JSON；不含人、电话、门牌和原文。"""
    from gazetteer.linking.not_found import list_unknown
    from geoaddr.cli.register import opened

    with opened() as store, store.reading() as session:
        page = list_unknown(session, status="" if status == "all" else status, town=town, source=source or "", limit=limit)
        for row in page.rows:
            shown = {name: getattr(row, name) for name in ("name", "label", "district", "town", "times", "lookups", "batches", "cases")}
            seen = {"first_seen": row.first_seen.isoformat(), "last_seen": row.last_seen.isoformat(), "status": row.status}
            click.echo(json.dumps({**shown, **seen, "reason": row.reason, "id": row.id}, ensure_ascii=False))
    if page.total > len(page.rows):
        click.echo(f"共 {page.total} 个，列出 {len(page.rows)} 个；要看更多请加 --limit", err=True)
