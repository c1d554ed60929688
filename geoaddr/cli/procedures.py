"""``geoaddr names due`` and ``geoaddr names papers``: what is late or soon will be, and the papers of a procedure as files."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import click


@click.command("due")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), default=None, help="按这一天计算，不给时为今天。")
def due_command(on: datetime | None) -> None:
    """列出已超期和快到期的地名办件，最急的在前，每件一行 JSON；有超期的退出码为 1。"""
    from gazetteer.names.procedure_lists import due_procedures
    from geoaddr.cli.register import opened, read_settings

    settings = read_settings()
    day: date | None = on.date() if on else (settings.today if settings.demo else None)
    with opened(settings) as store, store.reading() as session:
        rows = due_procedures(session, today=day)
        for row in rows:
            told = {
                "id": row.id, "kind": row.kind, "old_name": row.old_name, "new_name": row.new_name, "division": row.division_name,
                "step": row.next_step, "due_on": row.due_on.isoformat() if row.due_on else None, "working_days_left": row.days_left,
            }  # fmt: skip
            click.echo(json.dumps(told, ensure_ascii=False))
    late = sum(row.days_left is not None and row.days_left < 0 for row in rows)
    click.echo(f"geoaddr：{late} 件超期，{len(rows) - late} 件快到期", err=True)
    if late:
        raise click.exceptions.Exit(1)


@click.command("papers")
@click.argument("procedure_id", metavar="PROCEDURE")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")
def papers_command(procedure_id: str, out: Path) -> None:
    """把一件地名办件现在可以出的全部文书写成文件：FILE 以 .pdf 结尾为一份 PDF，以 .zip 结尾另含可编辑的 DOCX。"""
    from gazetteer.names.papers.bundle import papers_zip
    from gazetteer.names.papers.drafts import drafts
    from gazetteer.names.papers.pdf import papers_pdf
    from geoaddr.cli.register import opened, read_settings
    from geoaddr.errors import UsageError

    settings = read_settings()
    if out.suffix.lower() not in (".pdf", ".zip"):
        raise UsageError("文件名须以 .pdf 或 .zip 结尾", field="out")
    with opened(settings) as store, store.reading() as session:
        papers = drafts(session, procedure_id, today=settings.today if settings.demo else None)
    write = papers_zip if out.suffix.lower() == ".zip" else papers_pdf
    try:
        out.write_bytes(write(papers, font=settings.font_path))
    except OSError as error:
        raise UsageError(f"写不了 {out}：{error.strerror}", field="out") from error
    click.echo(f"{len(papers)} 份文书写入 {out}")
