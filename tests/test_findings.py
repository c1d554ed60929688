"""Doubts about names in the register: scopes, the audit that raises each once, and the queue people work through."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from register_rows import add_district, add_division, add_road
from sqlalchemy import select

from gazetteer.names import findings
from gazetteer.names.audit import audit
from gazetteer.names.finding_filters import FindingFilters
from gazetteer.names.finding_lists import count_findings, finding_record, list_findings
from gazetteer.names.findings import assign, defer, dismiss, undo_finding, undo_minutes
from gazetteer.names.likeness_checks import near_name
from gazetteer.names.procedures import propose
from gazetteer.names.proposal import Proposal
from gazetteer.names.register import NameRegister
from gazetteer.names.rules import rule_book, scopes_on
from gazetteer.names.terms import split_name
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM, Actor, history, now
from gazetteer.store.models import Division, Finding, NameVariant, PlaceName
from gazetteer.workflow import change, enter, move
from geoaddr.cli import main
from geoaddr.errors import Conflict, Forbidden, NotFound, UsageError


def make_towns(store: Store) -> dict[str, str]:
    with store.transaction() as session:
        units = add_district(session)
        other = add_division(session, "330213005", "萧王庙街道", "town", units["district"])
        abroad = add_division(session, "3304", "嘉兴市", "city", units["province"])
        far = add_division(session, "330421", "嘉善县", "district", abroad)
        return {"here": units["town"].id, "there": other.id, "far": far.id}


def add_name(store: Store, division_id: str, name: str, **columns: object) -> str:
    with store.transaction() as session:
        return add_road(session, session.get_one(Division, division_id), name, **columns).id


def judged(store: Store, place_id: str) -> dict[str, tuple[str, str]]:
    with store.transaction() as session:
        audit(session, actor=SYSTEM)
        rows = session.scalars(select(Finding).where(Finding.subject_id == place_id, Finding.status == "open"))
        return {row.rule: (row.severity, row.evidence) for row in rows}


def test_the_same_road_name_in_one_city_blocks_and_in_another_city_does_not(store: Store) -> None:
    towns = make_towns(store)
    first = add_name(store, towns["here"], "松涛路")
    add_name(store, towns["far"], "松涛路")
    assert judged(store, first) == {}
    add_name(store, towns["there"], "松涛路")
    assert judged(store, first) == {"duplicate-name": ("blocks", "同一区县内已有：松涛路（萧王庙街道）")}


def test_a_natural_village_is_only_asked_about(store: Store) -> None:
    towns = make_towns(store)
    columns = {"category": "natural_village", "specific": "下樟", "generic": "岙"}
    first = add_name(store, towns["here"], "下樟岙", **columns)
    add_name(store, towns["there"], "下樟岙", **columns)
    assert judged(store, first)["duplicate-name"][0] == "warns"
    with store.reading() as session:
        assert "老地名" in session.scalars(select(Finding.exception).where(Finding.subject_id == first)).one()


def test_names_that_sound_alike_are_asked_about(store: Store) -> None:
    towns = make_towns(store)
    first = add_name(store, towns["here"], "景澜路")
    add_name(store, towns["there"], "锦岚路")
    assert judged(store, first) == {"homophone-name": ("warns", "与锦岚路（萧王庙街道）同音")}


@pytest.mark.parametrize(
    ("name", "near"), [("新松涛路", True), ("大松涛路", True), ("奉化松涛路", True), ("松涛东路", False), ("云涛路", False)]
)
def test_a_name_that_only_an_affix_tells_apart_is_near(store: Store, name: str, near: bool) -> None:
    towns = make_towns(store)
    add_name(store, towns["there"], "松涛路")
    with store.reading() as session:
        register = NameRegister.load(session)
    proposal = Proposal(name, "road", split_name(name, "road").specific, "路", division_id=towns["here"])
    assert bool(list(near_name(proposal, rule_book(), register))) is near


def test_a_place_is_never_its_own_duplicate_and_shops_are_not_audited(store: Store) -> None:
    towns = make_towns(store)
    first = add_name(store, towns["here"], "松涛路")
    add_name(store, towns["here"], "环球超市", category="poi")
    assert judged(store, first) == {}
    with store.reading() as session:
        assert session.scalars(select(Finding)).all() == []


def test_a_name_of_another_town_is_asked_about(store: Store) -> None:
    towns = make_towns(store)
    away = add_name(store, towns["there"], "西坞花苑", category="estate")
    home = add_name(store, towns["here"], "西坞花苑二期", category="estate")
    assert judged(store, away)["name-place-mismatch"] == ("warns", "含“西坞”（西坞街道），位于萧王庙街道")
    assert "name-place-mismatch" not in judged(store, home)


def test_a_place_with_several_names_in_use_is_asked_about(store: Store) -> None:
    towns = make_towns(store)
    place_id = add_name(store, towns["here"], "石板路")
    with store.transaction() as session:
        for text, kind, ended in (("石桥街", "alias", None), ("桥下街", "folk", None), ("石路", "former", date(2000, 1, 1))):
            enter(session, NameVariant(place_id=place_id, text=text, kind=kind, valid_to=ended), actor=SYSTEM, verb="added")
    assert judged(store, place_id) == {"many-names": ("warns", "石板路、石桥街、桥下街")}


def test_the_strictest_scope_that_is_met_speaks() -> None:
    laws = {(scope.law, scope.within) for scope in scopes_on("natural_village", date(2026, 1, 1))}
    assert laws == {("zhejiang", "town"), ("ningbo", "city")}
    assert scopes_on("poi", date(2026, 1, 1)) == ()
    assert [scope.law for scope in scopes_on("natural_village", date(2025, 1, 1))] == ["ningbo"]


def test_an_audit_raises_each_doubt_once_updates_it_and_cures_it(store: Store) -> None:
    towns = make_towns(store)
    place_id = add_name(store, towns["here"], "环球路")
    with store.transaction() as session:
        first = audit(session, actor=SYSTEM)
        assert (first.checked, first.raised, first.kept) == (1, 1, 0)
    with store.transaction() as session:
        again = audit(session, actor=SYSTEM)
        assert (again.raised, again.kept, again.updated, again.cured) == (0, 1, 0, 0)
    with store.transaction() as session:
        change(session, session.get_one(PlaceName, place_id), actor=SYSTEM, verb="correct", to={"standard_name": "环球中央路"})
        assert audit(session, actor=SYSTEM).updated == 1
        finding = session.scalars(select(Finding)).one()
        session.refresh(finding)
        assert (finding.evidence, finding.subject_label) == ("环球、中央", "环球中央路")
    with store.transaction() as session:
        change(session, session.get_one(PlaceName, place_id), actor=SYSTEM, verb="correct", to={"standard_name": "锦川路"})
        assert audit(session, actor=SYSTEM).cured == 1
    with store.transaction() as session:
        change(session, session.get_one(PlaceName, place_id), actor=SYSTEM, verb="correct", to={"standard_name": "环球中央路"})
        assert audit(session, actor=SYSTEM).reopened == 1
        actions = [event.action for event in history(session, session.scalars(select(Finding.id)).one())]
    assert actions == ["finding.raise", "finding.update", "finding.cure", "finding.reopen"]


def test_the_doubts_of_a_retired_name_are_closed(store: Store) -> None:
    towns = make_towns(store)
    place_id = add_name(store, towns["here"], "环球路")
    with store.transaction() as session:
        audit(session, actor=SYSTEM)
        move(session, session.get_one(PlaceName, place_id), "retire", actor=SYSTEM, also={"valid_to": date(2026, 11, 23)})
        assert audit(session, actor=SYSTEM).cured == 1


def test_a_dismissed_doubt_stays_dismissed_until_its_evidence_changes(store: Store, officer: Actor) -> None:
    towns = make_towns(store)
    place_id = add_name(store, towns["here"], "环球路")
    with store.transaction() as session:
        audit(session, actor=SYSTEM)
        dismiss(session, session.scalars(select(Finding.id)).one(), "1980年起沿用", actor=officer)
        result = audit(session, actor=SYSTEM)
        assert (result.raised, result.kept, result.reopened) == (0, 1, 0)
    with store.transaction() as session:
        change(session, session.get_one(PlaceName, place_id), actor=SYSTEM, verb="correct", to={"standard_name": "寰宇路"})
        assert audit(session, actor=SYSTEM).raised == 1


def one_finding(store: Store) -> str:
    towns = make_towns(store)
    add_name(store, towns["here"], "环球路")
    with store.transaction() as session:
        audit(session, actor=SYSTEM)
        return session.scalars(select(Finding.id)).one()


def test_dismissing_needs_a_reason_and_the_office(store: Store, officer: Actor, installer: Actor) -> None:
    finding_id = one_finding(store)
    with store.transaction() as session, pytest.raises(UsageError, match="理由"):
        dismiss(session, finding_id, " ", actor=officer)
    with store.transaction() as session, pytest.raises(Forbidden):
        dismiss(session, finding_id, "沿用", actor=installer)
    with store.transaction() as session, pytest.raises(NotFound):
        dismiss(session, "0000000000000", "沿用", actor=officer)


def test_a_decision_on_a_doubt_is_taken_back_within_ten_minutes_only(store: Store, officer: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    finding_id = one_finding(store)
    with store.transaction() as session:
        dismiss(session, finding_id, "沿用", actor=officer)
        assert undo_finding(session, finding_id, actor=officer).status == "open"
        with pytest.raises(Conflict, match="没有可以撤销"):
            undo_finding(session, finding_id, actor=officer)
        defer(session, finding_id, "待核", actor=officer)
        dismiss(session, finding_id, "沿用", actor=officer)
        again = undo_finding(session, finding_id, actor=officer)
        assert (again.status, again.reason) == ("deferred", "待核"), "as before the dismissal, not open"
    monkeypatch.setattr(findings, "now", lambda: now() + timedelta(minutes=undo_minutes(), seconds=1))
    with store.transaction() as session, pytest.raises(Conflict, match="分钟"):
        undo_finding(session, finding_id, actor=officer)


def test_two_people_on_one_doubt_do_not_overwrite_each_other(store: Store, officer: Actor) -> None:
    finding_id = one_finding(store)
    with store.reading() as session:
        seen = session.get_one(Finding, finding_id).version
    with store.transaction() as session:
        assign(session, finding_id, officer.id, actor=officer, version=seen)
    with store.transaction() as session, pytest.raises(Conflict, match="版"):
        dismiss(session, finding_id, "沿用", actor=officer, version=seen)


def test_the_queue_pages_without_skipping_and_counts_truly(store: Store, officer: Actor) -> None:
    towns = make_towns(store)
    for name in ("环球路", "寰宇路", "巴黎路", "XO路", "沧浪之间"):
        add_name(store, towns["here"], name)
    add_name(store, towns["there"], "宇宙路")
    with store.transaction() as session:
        audit(session, actor=SYSTEM)
    with store.reading() as session:
        seen, after = [], None
        while True:
            page = list_findings(session, FindingFilters(), after=after, limit=2)
            assert page.total == 6
            seen += [row.id for row in page.rows]
            after = page.next_after
            if after is None:
                break
        assert len(seen) == len(set(seen)) == 6
        counts = count_findings(session, FindingFilters())
        assert counts["total"] == 6
        assert counts["by_class"] == {"": 1, "大": 3, "怪": 1, "洋": 1}
        assert counts["by_status"] == {"open": 6}
        assert counts["by_division"] == {towns["here"]: ("西坞街道", 5), towns["there"]: ("萧王庙街道", 1)}
        for filters, total in (
            (FindingFilters(issue_class="大"), 3),
            (FindingFilters(issue_class="none"), 1),
            (FindingFilters(rule="latin-letters"), 1),
            (FindingFilters(division_id=towns["there"]), 1),
            (FindingFilters(q="宇"), 2),
            (FindingFilters(severity="blocks"), 0),
            (FindingFilters(status="dismissed"), 0),
        ):
            assert list_findings(session, filters).total == total
        with pytest.raises(UsageError):
            list_findings(session, FindingFilters(status="lost"))


def test_the_record_of_a_doubt_holds_what_a_decision_needs(store: Store, officer: Actor, installer: Actor) -> None:
    towns = make_towns(store)
    place_id = add_name(store, towns["here"], "环球路", sound="huan qiu lu ")
    add_name(store, towns["there"], "环球路", sound="huan qiu lu ")
    add_name(store, towns["there"], "寰球路", sound="huan qiu lu ")
    with store.transaction() as session:
        audit(session, actor=SYSTEM)
        finding_id = session.scalars(select(Finding.id).where(Finding.subject_id == place_id, Finding.rule == "exaggerated-name")).one()
        record = finding_record(session, finding_id, actor=officer)
        assert record["place"]["standard_name"] == "环球路"
        assert record["rule_record"]["article"] == record["article"]
        assert record["confirmed"] is False
        assert [one["name"] for one in record["same_name"]] == ["环球路"]
        assert record["same_name"][0]["distance_m"] == 0
        assert [one["name"] for one in record["same_sound"]] == ["寰球路"]
        assert record["impact"] == {"addresses": 0, "plates_hanging": 0, "plates_pending": 0, "links": 0, "cases": 0, "certificates": 0}
        assert record["divisions"][-1]["name"] == "西坞街道"
        assert [move["verb"] for move in record["moves"] if move["allowed"]] == ["examine", "dismiss", "defer"]
        assert record["next_id"] is not None
        refused = finding_record(session, finding_id, actor=installer)["moves"]
        assert all(move["refused_because"] for move in refused)
        propose(session, kind="rename", place_id=place_id, new_name="锦川路", reason="夸大", actor=officer, finding_id=finding_id)
        record = finding_record(session, finding_id, actor=officer)
        assert (record["status"], record["procedures"][0]["from_this"]) == ("in_procedure", True)
        json.dumps(record, ensure_ascii=False)


def test_the_command_line_answers_one_line_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEOADDR_DATABASE_URL", f"sqlite:///{tmp_path}/none.sqlite")
    result = CliRunner().invoke(main, ["names", "check", "--kind", "road"], input="环球路\n\n锦川路\n")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(line["name"], line["verdict"]) for line in lines] == [("环球路", "flagged"), ("锦川路", "clean")]
    assert result.exit_code == 0
    assert not (tmp_path / "none.sqlite").exists()
    mixed = CliRunner().invoke(main, ["names", "check", "锦" * 200, "锦川路"])
    assert (mixed.exit_code, len(mixed.stdout.splitlines())) == (1, 1)
    assert "第 1 个名称" in mixed.stderr
    wrong = CliRunner().invoke(main, ["names", "check", "锦川路", "--kind", "planet"])
    assert wrong.exit_code == 2


def test_the_command_line_audits_the_register(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    towns = make_towns(store)
    add_name(store, towns["here"], "环球路")
    monkeypatch.setenv("GEOADDR_DATABASE_URL", store.url)
    result = CliRunner().invoke(main, ["names", "audit"])
    assert json.loads(result.stdout)["raised"] == 1
    checked = CliRunner().invoke(main, ["names", "check", "环球路", "--division", "330213004"])
    assert json.loads(checked.stdout)["verdict"] == "blocked"
