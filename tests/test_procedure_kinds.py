"""Every kind of procedure carried out and taken back: what the register says before, after, and after the undoing."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from procedure_rows import DAY, PDF, Carry, undo, withdraw_running
from register_rows import add_address, add_division
from sqlalchemy import select

from gazetteer.attachments import attach, attachment_file
from gazetteer.divisions import today_of
from gazetteer.linking.entries import register_entries
from gazetteer.names.number_ranges import parse_ranges, part_of
from gazetteer.names.procedure_lists import ProcedureFilters, due_counts, due_procedures, list_procedures
from gazetteer.names.procedure_record import procedure_record
from gazetteer.names.procedure_rules import kind_of, rule_of
from gazetteer.names.procedures import (
    appeal,
    decide_appeal,
    file,
    propose,
    refuse,
)
from gazetteer.store.database import Store
from gazetteer.store.events import Actor
from gazetteer.store.models import Attachment, Division, Event, Lineage, NameVariant, PlaceName, StandardAddress
from gazetteer.store.models.naming import PROCEDURE_KINDS
from geoaddr.errors import Conflict, Forbidden, NotFound, UsageError


def labels(store: Store) -> list[str]:
    with store.reading() as session:
        rows = select(StandardAddress.label).where(StandardAddress.status == "current").order_by(StandardAddress.label)
        return [label.rpartition("西坞街道")[2] for label in session.scalars(rows)]


def statuses(store: Store) -> dict[str, str]:
    with store.reading() as session:
        return {row.standard_name: row.status for row in session.scalars(select(PlaceName))}


def test_every_kind_has_its_steps_and_an_article() -> None:
    for kind in PROCEDURE_KINDS:
        found = kind_of(kind)
        assert found.steps[0] == "proposal"
        assert "decision" in found.steps
        assert found.article
        assert found.subject == ("division" if kind.startswith("division") else "place")


def test_a_correction_keeps_the_wrong_form_as_a_misspelling_and_the_age_of_the_name(
    store: Store, officer: Actor, approver: Actor, carry: Carry, roads: dict[str, str]
) -> None:
    done = carry("correct", place_id=roads["long"], new_name="剡谿路")
    assert "剡谿路12号" in labels(store)
    with store.reading() as session:
        variant = session.scalars(select(NameVariant)).one()
        assert (variant.text, variant.kind) == ("剡溪路", "misspelt")
        assert session.get_one(PlaceName, roads["long"]).valid_from is None
        record = procedure_record(session, done)
        assert (record["next_step"], record["due_on"], record["status"]) == ("", None, "approved")
        assert [step["step"] for step in record["track"]] == ["proposal", "check", "decision"]
        assert list_procedures(session, ProcedureFilters()).total == 0, "finished with the decision"
    with store.transaction() as session, pytest.raises(Conflict, match="不需要备案"):
        file(session, done, actor=officer)
    undo(store, done, approver)
    assert "剡溪路12号" in labels(store)
    with store.reading() as session:
        assert session.scalar(select(NameVariant)) is None


def test_merging_moves_the_addresses_retires_the_other_name_and_can_be_undone(
    store: Store, officer: Actor, approver: Actor, carry: Carry, roads: dict[str, str]
) -> None:
    before = labels(store)
    done = carry("merge", place_id=roads["long"], new_name="沅溪路", details={"sources": [roads["short"]]})
    assert labels(store) == ["沅溪路12号", "沅溪路14号", "沅溪路31号"]
    assert statuses(store) == {"沅溪路": "current", "清沅路": "retired"}
    with store.reading() as session:
        assert [(one.old_id, one.new_id, one.kind) for one in session.scalars(select(Lineage))] == [
            (roads["short"], roads["long"], "merged")
        ]
    undo(store, done, approver)
    assert labels(store) == before
    assert statuses(store) == {"剡溪路": "current", "清沅路": "current"}
    with store.reading() as session:
        assert session.scalar(select(Lineage)) is None


def test_merging_into_numbers_that_are_taken_is_refused_and_changes_nothing(
    store: Store, officer: Actor, approver: Actor, carry: Carry, roads: dict[str, str]
) -> None:
    with store.transaction() as session:
        add_address(session, session.get_one(PlaceName, roads["short"]), "12")
    with pytest.raises(Conflict, match="12号"):
        carry("merge", place_id=roads["long"], details={"sources": [roads["short"]]})
    assert statuses(store)["清沅路"] == "current"


def test_splitting_sends_the_doors_by_their_numbers_and_can_be_undone(
    store: Store, officer: Actor, approver: Actor, carry: Carry, roads: dict[str, str]
) -> None:
    before = labels(store)
    parts = [{"name": "剡溪东路", "numbers": "1-13"}, {"name": "剡溪西路", "numbers": "14-"}]
    done = carry("split", place_id=roads["long"], details={"parts": parts})
    assert labels(store) == ["剡溪东路12号", "剡溪西路14号", "清沅路31号"]
    assert statuses(store) == {"剡溪路": "retired", "剡溪东路": "current", "剡溪西路": "current", "清沅路": "current"}
    with store.reading() as session:
        counted = [(one["name"], one["addresses"]) for one in procedure_record(session, done)["parts"]]
        assert counted == [("剡溪东路", 1), ("剡溪西路", 1)]
        entries = {one.road: one for one in register_entries(session) if one.kind == "place"}
        assert {entries[name].aliases[0][:2] for name in ("剡溪东路", "剡溪西路")} == {("剡溪路", "former")}
        assert entries["剡溪路"].current_id == "", "which part is meant only a door number says"
    undo(store, done, approver)
    assert labels(store) == before
    assert statuses(store) == {"剡溪路": "current", "剡溪东路": "rejected", "剡溪西路": "rejected", "清沅路": "current"}


def test_a_split_that_leaves_a_door_open_is_refused_naming_it(
    store: Store, officer: Actor, approver: Actor, carry: Carry, roads: dict[str, str]
) -> None:
    parts = [{"name": "剡溪东路", "numbers": "1-13单"}, {"name": "剡溪西路", "numbers": "14-"}]
    with pytest.raises(Conflict, match="剡溪路12号"):
        carry("split", place_id=roads["long"], details={"parts": parts})
    assert "剡溪路12号" in labels(store)


def test_a_split_may_leave_the_rest_under_the_old_name(
    store: Store, officer: Actor, approver: Actor, carry: Carry, roads: dict[str, str]
) -> None:
    carry("split", place_id=roads["long"], details={"parts": [{"name": "剡溪西路", "numbers": "14"}], "keeps": True})
    assert labels(store) == ["剡溪西路14号", "剡溪路12号", "清沅路31号"]


def test_a_division_is_renamed_with_all_that_lies_in_it_once_its_papers_are_there(
    store: Store, officer: Actor, approver: Actor, carry: Carry, roads: dict[str, str]
) -> None:
    given: dict[str, object] = {"division_id": roads["town"], "new_name": "西坞镇", "details": {"code": "330213104"}}
    with pytest.raises(Conflict, match="风险评估报告"):
        carry("division_rename", **given)
    withdraw_running(store, officer)
    done = carry("division_rename", opinions=("public_opinion",), papers=("risk_report", "expert_report"), **given)
    with store.reading() as session:
        old = session.get_one(Division, roads["town"])
        assert (old.status, old.valid_to) == ("retired", DAY)
        [new] = today_of(session, old)
        assert (new.name, new.code) == ("西坞镇", "330213104")
        village = session.get_one(Division, roads["village"])
        [below] = today_of(session, village)
        assert (village.valid_to, village.parent_id) == (DAY, old.id)
        assert (below.parent_id, below.code, below.name) == (new.id, "330213104" + village.code[9:], village.name)
        assert {one.division_id for one in session.scalars(select(PlaceName))} == {new.id}
        assert "西坞镇剡溪路12号" in "".join(session.scalars(select(StandardAddress.label)))
        assert "区划变更" in procedure_record(session, done)["undo_refused_because"]


def test_villages_are_merged_and_the_old_ones_answer_with_the_new(
    store: Store, officer: Actor, approver: Actor, carry: Carry, roads: dict[str, str]
) -> None:
    with store.transaction() as session:
        other = add_division(session, "330213004202", "样本村村委会", "community", session.get_one(Division, roads["town"])).id
    details = {"sources": [other], "code": "330213004203"}
    papers = ("basic_facts", "risk_report", "expert_report", "map")
    given: dict[str, object] = {"division_id": roads["village"], "new_name": "肖样村村委会", "details": details}
    carry("division_merge", opinions=("public_opinion",), papers=papers, **given)
    with store.reading() as session:
        for old in (roads["village"], other):
            assert [one.name for one in today_of(session, session.get_one(Division, old))] == ["肖样村村委会"]


def test_a_refusal_is_taken_to_review_in_time_and_decided_by_somebody_else(
    store: Store, officer: Actor, approver: Actor, administrator: Actor, roads: dict[str, str]
) -> None:
    with store.transaction() as session:
        made = propose(session, kind="rename", place_id=roads["long"], new_name="锦川路", reason="样本", actor=officer, on=DAY)
        refuse(session, made.id, actor=approver, text="材料不全", on=DAY)
    with store.transaction() as session:
        with pytest.raises(Conflict, match="2027-01-22"):
            appeal(session, made.id, actor=officer, text="不服", on=date(2027, 1, 23))
        appeal(session, made.id, actor=officer, text="不服", on=date(2027, 1, 22))
    with store.transaction() as session, pytest.raises(Forbidden, match="复议"):
        decide_appeal(session, made.id, overturn=True, actor=approver, text="撤销原决定", on=date(2027, 1, 25))
    with store.transaction() as session:
        again = decide_appeal(session, made.id, overturn=True, actor=administrator, text="撤销原决定", on=date(2027, 1, 25))
        assert (again.status, again.decided_on) == ("checked", None)
        assert again.due_on is not None
        refuse(session, made.id, actor=approver, text="仍不合规", on=date(2027, 1, 26))
    with store.transaction() as session:
        appeal(session, made.id, actor=officer, text="再不服", on=date(2027, 1, 27))
        assert decide_appeal(session, made.id, overturn=False, actor=administrator, text="维持", on=date(2027, 1, 28)).status == "refused"


def test_who_proposed_does_not_decide_on_the_review(store: Store, approver: Actor, administrator: Actor, roads: dict[str, str]) -> None:
    with store.transaction() as session:
        made = propose(session, kind="rename", place_id=roads["long"], new_name="锦川路", reason="样本", actor=approver, on=DAY)
        refuse(session, made.id, actor=administrator, text="材料不全", on=DAY)
        appeal(session, made.id, actor=approver, text="不服", on=DAY)
        offered = {one["verb"]: one for one in procedure_record(session, made.id, actor=approver, today=DAY)["moves"]}
        assert "提出人" in offered["overturn"]["refused_because"]
        with pytest.raises(Forbidden, match="提出人"):
            decide_appeal(session, made.id, overturn=True, actor=approver, text="撤销原决定", on=DAY)


def test_reminders_begin_three_working_days_before_a_deadline_and_lateness_the_day_after(
    store: Store, officer: Actor, roads: dict[str, str]
) -> None:
    with store.transaction() as session:
        propose(session, kind="rename", place_id=roads["long"], new_name="锦川路", reason="样本", actor=officer, on=DAY)
    for day, expected in (("2026-12-15", (0, 0)), ("2026-12-16", (0, 1)), ("2026-12-21", (0, 1)), ("2026-12-22", (1, 0))):
        with store.reading() as session:
            counts = due_counts(session, today=date.fromisoformat(day))
            assert (counts["overdue"], counts["soon"]) == expected, day
            assert len(due_procedures(session, today=date.fromisoformat(day))) == sum(expected)


@pytest.mark.parametrize(
    ("text", "numbers", "part"),
    [
        ("1-99", "12", 0), ("1—99单", "12", None), ("1-99双", "12", 0), ("100-", "12", None), ("-50", "12-1", 0), ("双", "12", 0),
        ("12、14号", "14", 0), ("1号至20号", "20", 0), ("1-20", "甲", None),
    ],
)  # fmt: skip
def test_number_ranges_are_read_as_officers_write_them(text: str, numbers: str, part: int | None) -> None:
    assert part_of(numbers, [parse_ranges(text)]) == part


@pytest.mark.parametrize("text", ["到底", "20-1", "一至九"])
def test_number_ranges_that_cannot_be_read_are_quoted(text: str) -> None:
    with pytest.raises(UsageError, match=text):
        parse_ranges(text)


def test_papers_are_kept_for_what_they_are_and_once(store: Store, officer: Actor, roads: dict[str, str], tmp_path: Path) -> None:
    with store.transaction() as session:
        made = propose(session, kind="rename", place_id=roads["long"], new_name="锦川路", reason="样本", actor=officer, on=DAY)
        first = attach(session, "naming_procedure", made.id, PDF, "../../方案.exe", tmp_path, actor=officer, paper="assessment")
        again = attach(session, "naming_procedure", made.id, PDF, "另一名.pdf", tmp_path, actor=officer)
        assert (first.id, first.filename, first.media_type) == (again.id, "方案.pdf", "application/pdf")
        photo = attach(session, "naming_procedure", made.id, _png(), "现场.png", tmp_path, actor=officer)
        assert photo.media_type == "image/jpeg"
        for wrong, said in ((b"", "空文件"), (b"MZ\x90", "只收"), (b"PK\x03\x04broken", "损坏")):
            with pytest.raises(UsageError, match=said):
                attach(session, "naming_procedure", made.id, wrong, "x", tmp_path, actor=officer)
        with pytest.raises(UsageError, match="材料"):
            attach(session, "naming_procedure", made.id, PDF, "x", tmp_path, actor=officer, paper="nonsense")
    with store.reading() as session:
        row, path = attachment_file(session, first.id, tmp_path, subject_id=made.id)
        assert (path.read_bytes(), row.size_bytes) == (PDF, len(PDF))
        with pytest.raises(NotFound):
            attachment_file(session, first.id, tmp_path, subject_id=roads["long"])
        assert session.scalar(select(Event).where(Event.action == "attachment.add")) is not None
        assert len(list(session.scalars(select(Attachment)))) == 2


def _png() -> bytes:
    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, "PNG")
    return out.getvalue()


def test_a_file_is_one_paper_and_may_be_named_later(store: Store, officer: Actor, roads: dict[str, str], tmp_path: Path) -> None:
    with store.transaction() as session:
        made = propose(session, kind="rename", place_id=roads["long"], new_name="锦川路", reason="样本", actor=officer, on=DAY)
        loose = attach(session, "naming_procedure", made.id, PDF, "方案.pdf", tmp_path, actor=officer)
        named = attach(session, "naming_procedure", made.id, PDF, "方案.pdf", tmp_path, actor=officer, paper="assessment")
        assert (named.id, named.paper) == (loose.id, "assessment")
        with pytest.raises(UsageError, match="综合评估报告"):
            attach(session, "naming_procedure", made.id, PDF, "方案.pdf", tmp_path, actor=officer, paper="expert_report")


def test_the_appeal_period_and_the_reminder_are_data() -> None:
    assert rule_of("appeal")["days"] == 60
    assert rule_of("remind_working_days") == 3


def test_the_office_replaces_a_table_by_its_own(tmp_path: Path) -> None:
    """Who decides, holidays and wording are files an office may change without touching the program."""
    shipped = Path("gazetteer/data/naming/procedures.yaml").read_text(encoding="utf-8")
    (tmp_path / "procedures.yaml").write_text(shipped.replace("authority: 区住房和城乡建设局", "authority: 样本局"), encoding="utf-8")
    (tmp_path / "clocks.yaml").write_text("- broken: [", encoding="utf-8")
    ask = "from gazetteer.names.procedure_rules import decider_of as d; print(d('rename', 'estate').authority)"
    broken = "from gazetteer.names.clocks import clock_for; clock_for('filing', 'road')"
    told = {"GEOADDR_RULES_DIR": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONPATH": "."}
    answer = subprocess.run([sys.executable, "-c", ask], env=told, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "样本局"
    answer = subprocess.run([sys.executable, "-c", broken], env=told, capture_output=True, text=True, check=False)
    assert "规则文件 clocks.yaml 读不懂" in answer.stderr
