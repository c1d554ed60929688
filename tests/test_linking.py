"""Case texts become links: decided with evidence, settled, decided anew when the register changes, chosen by people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from register_rows import add_address, add_district, add_road
from sqlalchemy import select

from gazetteer.linking.engine import Engine
from gazetteer.linking.linker import LinkRequest, link_cases, relink
from gazetteer.linking.review import choose, list_links, next_in_review, none_fits, undo
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM, Actor, history
from gazetteer.store.models import AddressLink, CaseRecord, PlaceName, StandardAddress
from gazetteer.workflow import change, enter, move
from geoaddr.errors import Conflict, UsageError
from matchers.index import Index
from matchers.verdict import Query

TEXT = "浙江省宁波市奉化区西坞街道肖桥路88号"


@pytest.fixture
def engine(store: Store, tmp_path: Path) -> Iterator[Engine]:
    with store.transaction() as session:
        road = add_road(session, add_district(session)["town"])
        for number in ("86", "88", "90"):
            add_address(session, road, number)
    made = Engine(store, tmp_path / "index")
    yield made
    made.close()


def _case(store: Store, engine: Engine, *texts: tuple[str, str]) -> CaseRecord:
    with store.transaction() as session:
        case = CaseRecord(kind="elder", ref=f"E{len(texts)}", attributes={})
        enter(session, case, actor=SYSTEM, verb="imported", status="loaded")
        link_cases(session, engine.view_in(session), [LinkRequest(case.id, role, text) for role, text in texts], actor=SYSTEM)
        session.refresh(case)
        return case


def test_an_exact_text_is_linked_with_its_evidence(store: Store, engine: Engine) -> None:
    case = _case(store, engine, ("registered", TEXT))
    assert case.status == "linked"
    with store.reading() as session:
        (link,) = list_links(session).rows
        assert (link.status, link.verdict, link.decided_by) == ("linked", "A", "engine")
        assert link.address.label == TEXT
        assert link.answer["evidence"]
        assert link.thresholds_version
        assert link.register_seq > 0


def test_a_record_is_as_good_as_its_worst_link(store: Store, engine: Engine) -> None:
    case = _case(store, engine, ("registered", TEXT), ("residence", "奉化区西坞街道肖桥路9999号"))
    assert case.status == "unmatched"


def test_an_empty_text_is_rejected_not_unmatched(store: Store, engine: Engine) -> None:
    case = _case(store, engine, ("registered", ""))
    assert case.status == "rejected"
    with store.reading() as session:
        (link,) = list_links(session).rows
        assert (link.verdict, link.reason != "") == ("X", True)


def test_a_new_address_is_found_at_once_without_rebuilding(store: Store, engine: Engine) -> None:
    query = Query("西坞街道肖桥路100号")
    assert engine.match(query).verdict == "N"
    with store.transaction() as session:
        road = session.query(PlaceName).one()
        added = add_address(session, road, "100")
    assert engine.match(query).address.id == added.id


def test_the_index_of_another_register_is_not_used(store: Store, engine: Engine, tmp_path: Path) -> None:
    other = Store(f"sqlite:///{tmp_path}/other.sqlite")
    from gazetteer.store.schema import upgrade

    upgrade(other)
    strange = Engine(other, tmp_path / "index")
    assert strange.size == 0
    strange.close()
    other.close()


def test_retiring_an_address_sends_a_persons_choice_back_to_a_person(store: Store, engine: Engine, officer: Actor) -> None:
    _case(store, engine, ("registered", "西坞街道肖桥路9999号"))
    with store.transaction() as session:
        (link,) = list_links(session).rows
        door = session.query(StandardAddress).filter_by(number="90").one()
        chosen = choose(session, link.id, door.id, reason="现场核实", version=link.version, actor=officer)
        assert (chosen.status, chosen.decided_by) == ("linked", "person")
        assert session.get(CaseRecord, chosen.case_id).status == "linked"
    with store.transaction() as session:
        move(session, session.get(StandardAddress, door.id), "retire", actor=officer, also={"valid_to": date(2026, 11, 1)})
        counts = relink(session, engine.view_in(session), address_ids=[door.id], actor=officer)
        assert counts["doubted"] == 1
        assert session.get(CaseRecord, chosen.case_id).status == "review"


def test_only_touched_links_are_decided_anew(store: Store, engine: Engine) -> None:
    _case(store, engine, ("registered", TEXT), ("residence", "西坞街道肖桥路90号"))
    with store.transaction() as session:
        door = session.query(StandardAddress).filter_by(number="88").one()
        move(session, door, "retire", actor=SYSTEM, also={"valid_to": date(2026, 11, 1)})
        counts = relink(session, engine.view_in(session), address_ids=[door.id], actor=SYSTEM)
        assert counts["examined"] == 1


def test_a_name_that_appears_later_resolves_texts_that_waited_for_it(store: Store, engine: Engine) -> None:
    case = _case(store, engine, ("registered", "西坞街道锦岳大道12号"))
    assert case.status == "unmatched"
    with store.transaction() as session:
        town = session.query(PlaceName).one().division
        add_address(session, add_road(session, town, "锦岳大道", specific="锦岳", generic="大道"), "12")
        relink(session, engine.view_in(session), names=["锦岳大道"], actor=SYSTEM)
        session.refresh(session.get(CaseRecord, case.id))
        assert session.get(CaseRecord, case.id).status == "linked"


def test_a_persons_decision_can_be_undone_for_ten_minutes(store: Store, engine: Engine, officer: Actor) -> None:
    case = _case(store, engine, ("registered", TEXT))
    with store.transaction() as session:
        (link,) = list_links(session).rows
        none = none_fits(session, link.id, reason="门牌已拆", version=None, actor=officer)
        assert session.get(CaseRecord, case.id).status == "unmatched"
        back = undo(session, none.id, actor=officer)
        assert (back.status, back.address.label, back.decided_by) == ("linked", TEXT, "engine")
        assert session.get(CaseRecord, case.id).status == "linked"


def test_a_choice_on_a_stale_page_is_refused(store: Store, engine: Engine, officer: Actor) -> None:
    _case(store, engine, ("registered", TEXT))
    with store.transaction() as session:
        (link,) = list_links(session).rows
        stale = link.version
        change(session, link, actor=SYSTEM, verb="reexamined", to={"register_seq": 1})
        with pytest.raises(Conflict):
            none_fits(session, link.id, reason="不对", version=stale, actor=officer)


def test_saying_that_none_fits_needs_a_reason(store: Store, engine: Engine, officer: Actor) -> None:
    _case(store, engine, ("registered", TEXT))
    with store.transaction() as session, pytest.raises(UsageError):
        none_fits(session, list_links(session).rows[0].id, reason=" ", version=None, actor=officer)


def test_every_decision_is_in_the_history_of_the_link(store: Store, engine: Engine) -> None:
    _case(store, engine, ("registered", TEXT))
    with store.reading() as session:
        (link,) = list_links(session).rows
        assert [event.action for event in history(session, link.id)] == ["address_link.decided"]
        assert TEXT not in str([event.payload for event in history(session, link.id)])
        assert next_in_review(session) is None
        assert isinstance(link, AddressLink)


def test_an_index_that_another_process_built_is_taken_over_and_not_built_again(
    store: Store, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Engine(store, tmp_path / "index")
    monkeypatch.setattr("gazetteer.linking.engine.REBUILD_AFTER", 1)
    built: list[int] = []
    build = Engine._build

    def counted(self: Engine) -> Index:
        built.append(1)
        return build(self)

    monkeypatch.setattr(Engine, "_build", counted)
    with store.transaction() as session:
        road = session.scalars(select(PlaceName)).one()
        for number in ("102", "104", "106"):
            add_address(session, road, number)
    for one in (engine, other):
        assert one.match(Query(TEXT.replace("88号", "104号"))).verdict == "A"
    assert len(built) == 1
    with store.transaction() as session:
        add_address(session, session.scalars(select(PlaceName)).one(), "108")
    assert other.match(Query(TEXT.replace("88号", "108号"))).verdict == "A"
    other.close()
