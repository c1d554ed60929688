"""Disorders of addresses and of what hangs on the walls, as the audit finds, keeps, cures and ignores them."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from register_rows import add_address, add_district, add_road
from shapely import Point
from sqlalchemy import select

from gazetteer.addresses import label_for
from gazetteer.divisions import levels_of
from gazetteer.names.audit import audit_addresses, audit_register
from gazetteer.names.ignores import ignore_finding, ignore_word, lift_ignore, list_ignores, restore_ignore
from gazetteer.names.rules import rule_ids
from gazetteer.plates.stock import PresentPlate, register_plates
from gazetteer.store.database import Session, Store
from gazetteer.store.events import SYSTEM, Actor, history
from gazetteer.store.models import Division, Finding, PlaceName, Plate, StandardAddress
from gazetteer.workflow import change, enter, move
from geoaddr.cli import main
from geoaddr.errors import Conflict, NotFound, UsageError

CASES = list(csv.DictReader((Path(__file__).parent / "cases" / "address_rules.csv").open(encoding="utf-8")))
METRE = 1 / 96_700
"""Degrees of longitude in a metre at the place of these rows."""


def lay_out(session: Session, doors: str, plates: str) -> None:
    """Bring doors ``number@metres[:poi][!status][/division]`` and plates ``number=status[:part:text]`` into a register with one road."""
    village = add_district(session)["village"]
    road = add_road(session, village)
    made: dict[str, StandardAddress] = {}
    for text in doors.split():
        text, _, off = text.partition("/")
        text = text.partition("!")[0]
        text, _, poi = text.partition(":")
        number, _, metres = text.partition("@")
        made[number] = add_door(session, road, number, metres, poi, on_division=bool(off))
    for text in filter(None, (plates or "").split(",")):
        number, _, rest = text.partition("=")
        status, part, said = (*rest.split(":"), "", "")[:3]
        (plate_id,) = register_plates(session, [PresentPlate(made[number].id, status)], actor=SYSTEM)
        if part:
            plate = session.get_one(Plate, plate_id)
            change(session, plate, actor=SYSTEM, verb="read", to={"face": {**plate.face, part: said, "read_on_site": True}})
    for text in doors.split():
        if "!retired" in text:
            move(session, made[text.partition("@")[0]], "retire", actor=SYSTEM, also={"valid_to": date(2026, 1, 1)})


def add_door(session: Session, road: PlaceName, number: str, metres: str, poi: str, *, on_division: bool) -> StandardAddress:
    if metres == "none" or on_division or not number:
        division = session.get_one(Division, road.division_id)
        parts = {"number": number, "poi": poi}
        place = None if on_division else road
        label = label_for(levels_of(session, division), place, None, parts)
        row = StandardAddress(
            place_id=place.id if place else None, division_id=division.id, label=label,
            geom=None if metres == "none" else Point(121.401 + float(metres) * METRE, 29.6501), **parts,
        )  # fmt: skip
        return enter(session, row, actor=SYSTEM, verb="added", status="current")
    return add_address(session, road, number, lon=121.401 + float(metres) * METRE, poi=poi)


def found(session: Session) -> dict[str, str]:
    audit_addresses(session, actor=SYSTEM)
    return {row.rule: row.evidence for row in session.scalars(select(Finding).where(Finding.status == "open"))}


def test_every_disorder_is_found_and_nothing_else_is_taken_for_one(store: Store) -> None:
    wrong = []
    for number, case in enumerate(CASES, start=2):
        with store.transaction() as session:
            lay_out(session, case["doors"], case["plates"])
            spoken, expected = set(found(session)), {case["rule"]} if case["triggers"] == "yes" else set()
            session.rollback()  # one store serves all cases
        if spoken != expected:
            wrong.append((number, case["doors"], case["plates"], spoken))
    assert wrong == []


def test_a_disorder_is_raised_once_and_closed_when_it_is_cured(store: Store) -> None:
    with store.transaction() as session:
        lay_out(session, "12@0 14@0", "")
        first = audit_addresses(session, actor=SYSTEM)
        assert (first.checked, first.raised, first.by_rule) == (2, 1, {"address-many-numbers": 1})
        again = audit_addresses(session, actor=SYSTEM)
        assert (again.raised, again.kept) == (0, 1)
        (finding,) = session.scalars(select(Finding))
        assert "14号" in finding.evidence
        door = session.scalars(select(StandardAddress).where(StandardAddress.number == "14")).one()
        change(session, door, actor=SYSTEM, verb="correct", to={"geom": Point(121.4012, 29.6501)})
        assert audit_addresses(session, actor=SYSTEM).cured == 1
        assert [event.action for event in history(session, finding.id)] == ["finding.raise", "finding.cure"]


def test_names_and_addresses_are_audited_in_one_go_without_touching_each_other(store: Store) -> None:
    with store.transaction() as session:
        lay_out(session, "12@0 14@0", "")
        road = session.scalars(select(PlaceName)).one()
        change(session, road, actor=SYSTEM, verb="correct", to={"standard_name": "环球路", "specific": "环球"})
        whole = audit_register(session, actor=SYSTEM)
        assert (whole.raised, whole.by_class) == (2, {"": 1, "大": 1})
        assert audit_register(session, actor=SYSTEM).cured == 0


def test_what_a_rule_ignores_is_closed_at_once_and_comes_back_when_the_entry_is_lifted(store: Store, officer: Actor) -> None:
    with store.transaction() as session:
        lay_out(session, "12@0 14@0", "")
        audit_addresses(session, actor=SYSTEM)
        (finding,) = session.scalars(select(Finding))
        with pytest.raises(UsageError, match="理由"):
            ignore_finding(session, finding.id, " ", actor=officer)
        entry = ignore_finding(session, finding.id, "两户共用一个大门", actor=officer)
        session.refresh(finding)
        assert finding.status == "cured"
        again = audit_addresses(session, actor=SYSTEM)
        assert (again.raised, again.reopened, again.ignored) == (0, 0, 1)
        with pytest.raises(Conflict):
            ignore_finding(session, finding.id, "再来一次", actor=officer)
        (row,) = list_ignores(session)
        assert (row.by, row.reason, row.status) == ("样本用户", "两户共用一个大门", "active")
        lift_ignore(session, entry.id, actor=officer)
        session.refresh(finding)
        assert finding.status == "open"
        restore_ignore(session, entry.id, actor=officer)
        session.refresh(finding)
        assert finding.status == "cured"
        assert [event.action for event in history(session, entry.id)] == ["rule_ignore.add", "rule_ignore.lift", "rule_ignore.restore"]


def test_an_ignored_word_silences_only_what_rests_on_it_alone(store: Store, officer: Actor) -> None:
    with store.transaction() as session:
        village = add_district(session)["village"]
        alone = add_road(session, village, "锦川国际路")
        both = add_road(session, village, "环球国际路")
        audit_register(session, actor=SYSTEM)
        entry = ignore_word(session, "exaggerated-name", "国际", "本区国际合作园区一带历来使用", actor=officer)
        open_ = set(session.scalars(select(Finding.subject_id).where(Finding.status == "open", Finding.rule == "exaggerated-name")))
        assert open_ == {both.id}
        assert audit_register(session, actor=SYSTEM).ignored == 1
        lift_ignore(session, entry.id, actor=officer)
        open_ = set(session.scalars(select(Finding.subject_id).where(Finding.status == "open", Finding.rule == "exaggerated-name")))
        assert open_ == {alone.id, both.id}
        with pytest.raises(NotFound):
            ignore_word(session, "no-such-rule", "国际", "理由", actor=officer)
        with pytest.raises(UsageError):
            ignore_word(session, "exaggerated-name", "国", "理由", actor=officer)
        with pytest.raises(UsageError, match="今天"):
            ignore_word(session, "exaggerated-name", "环球", "理由", actor=officer, until=date(2001, 1, 1))


def test_the_command_line_audits_everything_and_keeps_ignore_lists(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with store.transaction() as session:
        lay_out(session, "12@0 14@0", "")
        village = session.scalars(select(Division).where(Division.level == "community")).first()
        assert village is not None
        add_road(session, village, "锦川国际路")
    monkeypatch.setenv("GEOADDR_DATABASE_URL", store.url)

    def run(*words: str) -> str:
        result = CliRunner().invoke(main, ["names", *words])
        assert result.exit_code == 0, result.output
        return result.stdout

    told = json.loads(run("audit"))
    assert (told["raised"], told["by_class"], told["by_rule"]) == (
        2, {"": 1, "大": 1}, {"address-many-numbers": 1, "exaggerated-name": 1},
    )  # fmt: skip
    entry = json.loads(run("ignore", "exaggerated-name", "国际", "--reason", "国际合作园区"))
    assert json.loads(run("audit"))["ignored"] == 1
    assert [json.loads(line)["id"] for line in run("ignores").splitlines()] == [entry["id"]]
    assert json.loads(run("ignore", "--lift", entry["id"]))["status"] == "lifted"
    assert CliRunner().invoke(main, ["names", "ignore", "exaggerated-name", "国际"]).exit_code == 2


NOT_PLANTED = {"leader-name", "unreadable-character", "missing-specific"}
"""What the sample leaves out: names of leaders out of decency, the others because no file with them would be imported."""


def test_the_sample_district_has_something_for_every_rule(sample_folder: Path) -> None:
    store = Store(f"sqlite:///{sample_folder}/geoaddr.sqlite")
    try:
        with store.reading() as session:
            assert set(rule_ids()) - NOT_PLANTED <= set(session.scalars(select(Finding.rule).distinct()))
    finally:
        store.close()
