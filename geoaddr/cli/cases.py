"""``geoaddr cases``: bring case records, link them anew, show warnings by comparison."""

from __future__ import annotations

import json

import click

from geoaddr.cli.register import engine_of, opened, operator, read_settings


@click.group("cases")
def cases_group() -> None:
    """Bring case records, link them anew, show warnings."""


@cases_group.command("relink")
@click.option("--kind", default="", help="Only records of this kind: elder, cemetery, station.")
@click.option("--status", default="", help="Only records in this status: linked, review, unmatched, rejected.")
def relink_command(kind: str, status: str) -> None:
    """Decide the links of case records anew; a person's decisions are kept while their address is in force."""
    from gazetteer.cases.records import case_counts, case_ids
    from gazetteer.linking.linker import relink

    settings = read_settings()
    with opened(settings) as store, engine_of(store, settings) as engine, store.transaction() as session:
        ids = case_ids(session, kind=kind, status=status)
        counts = relink(session, engine.view_in(session), case_ids=ids, actor=operator())
        click.echo(json.dumps({"relink": counts, "cases": case_counts(session)}, ensure_ascii=False))


@cases_group.command("alerts")
@click.option("--kind", default="", help="Only this comparison; see the list printed without it.")
@click.option("--counts", is_flag=True, help="Only how many of each.")
def alerts_command(kind: str, counts: bool) -> None:
    """Print the warnings by comparison, one JSON object a line, without anything about a person."""
    from gazetteer.cases.alerts import COMPARISONS, alert_counts, alerts

    names = [comparison.__name__ for comparison in COMPARISONS]
    if kind and kind not in names:
        raise click.UsageError(f"没有“{kind}”这种比对，可用的有：{'、'.join(names)}")
    with opened() as store, store.reading() as session:
        if counts:
            click.echo(json.dumps(alert_counts(session), ensure_ascii=False))
            return
        for alert in alerts(session, kind):
            shown = {"kind": alert.kind, "case_id": alert.case_id, "ref": alert.case_ref, **alert.detail}
            click.echo(json.dumps(shown, ensure_ascii=False))
