"""``geoaddr plates``: number doors, order plates and move the batches, print sheets, show coverage."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geoaddr.cli.register import opened, operator, read_settings
from geoaddr.errors import NotFound, UsageError

if TYPE_CHECKING:
    from gazetteer.plates.numbering import Proposal


@click.group("plates")
def plates_group() -> None:
    """Number doors, order plates, print sheets, show coverage.

    PLACE is the name of a road, lane, natural village or estate, or its 13-character id.
    """


@plates_group.command("number")
@click.argument("place")
@click.option("--division", default="", help="Code of the town or district, where several places bear the name.")
@click.option("--at", "points", type=(float, float), multiple=True, metavar="LON LAT", help="A new door (CGCS2000); can be repeated.")
@click.option("--assign", is_flag=True, help="Enter the proposed numbers in the register.")
@click.option("--check", is_flag=True, help="List what is wrong with the present numbers instead; exit code 1 where anything is.")
def number_command(place: str, division: str, points: Sequence[tuple[float, float]], assign: bool, check: bool) -> None:
    """Propose numbers, one JSON object a line: for the doors given, or for every door of PLACE that has none."""
    from gazetteer.addresses import find_named_place
    from gazetteer.plates.assignment import assign_all
    from gazetteer.plates.numbering import number_along, propose_number
    from gazetteer.plates.violations import violations

    with opened() as store:
        with store.reading() as session:
            found = find_named_place(session, place, division)
            if check:
                wrong = violations(session, found.id)
                for one in wrong:
                    _print(asdict(one))
                raise SystemExit(1 if wrong else 0)
            proposals = (
                [propose_number(session, found.id, *points[0])] if len(points) == 1 else number_along(session, found.id, points or None)
            )
        if assign:
            with store.transaction() as session:
                ids = assign_all(session, found.id, proposals, actor=operator())
        else:
            ids = [one.address_id or "" for one in proposals]
    for proposal, id_ in zip(proposals, ids, strict=True):
        _print(_proposal(proposal, id_))


@plates_group.command("order")
@click.option("--place", default="", help="Order for every address of this place that needs a plate and has none.")
@click.option("--division", default="", help="The same for everything below this division code; with --place: where the name is meant.")
@click.option("--address", "addresses", multiple=True, help="Order for this address id; can be repeated.")
@click.option("--size", type=click.Choice(["large", "medium", "small"]), help="Size of all plates; by default each kind's own.")
@click.option("--reason", default="命令行订制", show_default=True, help="Why; printed on the order.")
def order_command(place: str, division: str, addresses: Sequence[str], size: str | None, reason: str) -> None:
    """Order plates; prints the order with its id and how many plates it has."""
    from gazetteer.addresses import find_named_place
    from gazetteer.divisions import division_on
    from gazetteer.plates.coverage import missing_plates
    from gazetteer.plates.orders import order_counts, order_plates

    if not (place or division or addresses):
        raise click.UsageError("请用 --place、--division 或 --address 说明为哪些地址订制门牌")
    with opened() as store, store.transaction() as session:
        ids = list(addresses)
        if place:
            ids += missing_plates(session, place_id=find_named_place(session, place, division).id)
        elif division:
            ids += missing_plates(session, division_id=division_on(session, division).id)
        if not ids:
            raise NotFound("这里没有缺门牌的地址")
        order = order_plates(session, ids, size=size, reason=reason, actor=operator())
        _print({"order_id": order.id, "action": order.action, "plates": order_counts(session, order.id)})


@plates_group.command("advance")
@click.argument("order_id")
@click.argument("verb", type=click.Choice(["make", "receive", "dispatch", "cancel"]))
@click.option("--to", "username", default="", help="Sign-in name of the installer, with dispatch; nobody in particular without.")
def advance_command(order_id: str, verb: str, username: str) -> None:
    """Move a batch: make, receive, dispatch, cancel. Dispatching prints the new order to hang."""
    from gazetteer.people import find_account
    from gazetteer.plates.orders import advance, order_counts

    with opened() as store, store.transaction() as session:
        crew = find_account(session, username).id if username else None
        order = advance(session, order_id, verb, actor=operator(), assigned_to=crew)
        _print({"order_id": order.id, "action": order.action, "status": order.status, "plates": order_counts(session, order.id)})


@plates_group.command("sheet")
@click.argument("output", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--order", "order_id", default="", help="All plates of this order.")
@click.option("--serial", "serials", multiple=True, help="This plate; can be repeated.")
@click.option("--scale", type=click.Choice(["sheet", "true"]), default="sheet", show_default=True, help="Eight an A4 page, or real size.")
def sheet_command(output: Path, order_id: str, serials: Sequence[str], scale: str) -> None:
    """Write a PDF of plates as they will hang, with their signed codes."""
    from gazetteer.plates.sheet import sheet_for

    if bool(order_id) == bool(serials):
        raise click.UsageError("请用 --order 或 --serial 说明打印哪些门牌")
    settings = read_settings()
    with opened(settings) as store, store.reading() as session:
        pdf = sheet_for(session, settings, order_id=order_id or None, serials=serials, scale=scale)
    try:
        output.write_bytes(pdf)
    except OSError as error:
        raise UsageError(f"写不进 {output}：{error.strerror}") from error
    click.echo(f"{output}：{len(pdf) // 1024} KB", err=True)


@plates_group.command("coverage")
@click.option("--by", type=click.Choice(["town", "community", "road"]), default="town", show_default=True)
@click.option("--division", default="", help="Only below this division code.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line; the total last.")
def coverage_command(by: str, division: str, as_json: bool) -> None:
    """Show how many addresses need a plate and how many bear one."""
    from gazetteer.divisions import division_on
    from gazetteer.plates.coverage import coverage, totals

    with opened() as store, store.reading() as session:
        unit = division_on(session, division).id if division else None
        rows = [*coverage(session, by, division_id=unit), totals(session, division_id=unit)]
    if not as_json:
        click.echo("应设\t已设\t覆盖率\t名称")
    for row in rows:
        if as_json:
            _print(row.as_dict())
        else:
            share = "—" if row.share is None else f"{row.share:.1%}"
            click.echo(f"{row.needed}\t{row.hanging}\t{share}\t{row.name}")


def _proposal(one: Proposal, address_id: str) -> dict[str, Any]:
    return {"text": one.text, **asdict(one), "address_id": address_id or None}


def _print(row: dict[str, Any]) -> None:
    click.echo(json.dumps(row, ensure_ascii=False))
