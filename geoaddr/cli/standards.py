"""``geoaddr standards``: place codes, the provincial item list and Linked Places."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.group("standards")
def standards_group() -> None:
    """Give place codes; write the provincial item list and Linked Places."""


@standards_group.command("codes")
@click.option("--district", default="", metavar="CODE", help="只给这个区划内的地名；不给时为全部现行地名。")
def codes_command(district: str) -> None:
    """给还没有代码的现行地名依次编 20 位地名代码，输出编了多少。"""
    from gazetteer.place_codes import issue_missing_codes
    from geoaddr.cli.register import opened, operator

    with opened() as store, store.transaction() as session:
        issued = issue_missing_codes(session, actor=operator(), district_code=district)
    click.echo(json.dumps({"issued": len(issued)}))


@standards_group.command("items")
@click.argument("output", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--district", default="", metavar="CODE", help="只写这个区划内的地名。")
def items_command(output: Path, district: str) -> None:
    """把地名写成省级数据项 XML；没有地名代码的不写，列出数目（退出码 1）。"""
    from gazetteer.standards.provincial_items import write_items
    from geoaddr.cli.register import opened

    with opened() as store, store.reading() as session:
        written = write_items(session, output, district_code=district)
    click.echo(json.dumps({"places": written.places, "uncoded": written.uncoded}))
    if written.uncoded:
        click.echo(f"geoaddr：{written.uncoded} 个现行地名没有地名代码，未写入；可先运行 geoaddr standards codes", err=True)
        raise click.exceptions.Exit(1)


@standards_group.command("linked-places")
@click.argument("output", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--district", default="", metavar="CODE", help="只写这个区划内的地名。")
def linked_places_command(output: Path, district: str) -> None:
    """把现行地名连同历史名称、来历和出处写成 Linked Places（GeoJSON-LD）。"""
    from gazetteer.culture.linked_places import write_linked_places
    from geoaddr.cli.register import opened, read_settings

    settings = read_settings()
    with opened(settings) as store, store.reading() as session:
        count = write_linked_places(session, output, settings.base_url, district_code=district)
    click.echo(json.dumps({"places": count}))
