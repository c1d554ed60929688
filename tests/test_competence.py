"""Who may decide what: officers of a town in their town and on what towns decide, those of the district everywhere in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from procedure_rows import DAY
from register_rows import add_division, add_road
from sqlalchemy import select

from gazetteer.linking.engine import Engine
from gazetteer.names import tables
from gazetteer.names.approval import approve
from gazetteer.names.procedure_record import procedure_record
from gazetteer.names.procedures import appeal, check, decide_appeal, propose, refuse, undo_approval
from gazetteer.people import find_account, limit_competence, list_accounts
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM, Actor
from gazetteer.store.models import Division
from gazetteer.workflow import move
from geoaddr.errors import Forbidden, NotFound, UsageError

DECISION = {"decision_no": "样本〔2026〕9号", "authority": "样本机关", "on": DAY}


@pytest.fixture
def places(store: Store, roads: dict[str, str]) -> dict[str, str]:
    """A natural village in 西坞街道 and one in 莼湖街道, beside the roads and divisions."""
    with store.transaction() as session:
        town = session.get_one(Division, roads["town"])
        other = add_division(session, "330213008", "莼湖街道", "town", session.get_one(Division, roads["district"]))
        here = add_road(session, town, "石桥头", category="natural_village")
        there = add_road(session, other, "河泊所", category="natural_village")
        return {**roads, "other_town": other.id, "here": here.id, "there": there.id}


@pytest.fixture
def engine(store: Store, places: dict[str, str], tmp_path: Path) -> Iterator[Engine]:
    """The search over the places, by which an alias is replayed."""
    made = Engine(store, tmp_path / "index")
    yield made
    made.close()


def ask(store: Store, officer: Actor, place_id: str, kind: str = "alias", new_name: str = "老地方", engine: Engine | None = None) -> str:
    with store.transaction() as session:
        details = {"variant_kind": "folk"} if kind == "alias" else {}
        made = propose(session, kind=kind, reason="样本理由", place_id=place_id, new_name=new_name, details=details, actor=officer, on=DAY)
        check(session, made.id, actor=officer, on=DAY, index=engine.view_in(session) if engine else None)
        return made.id


def limit(store: Store, actor: Actor, division: str | None, authority: str = "") -> None:
    with store.transaction() as session:
        limit_competence(session, str(actor.id), division_id=division, authority=authority, actor=SYSTEM)


def decide(store: Store, procedure_id: str, actor: Actor, engine: Engine | None = None) -> None:
    with store.transaction() as session:
        approve(session, procedure_id, actor=actor, engine=engine, **DECISION)  # type: ignore[arg-type]


def refused_on_page(store: Store, procedure_id: str, actor: Actor) -> str:
    with store.reading() as session:
        moves = procedure_record(session, procedure_id, actor=actor, today=DAY)["moves"]
        return str(next(one["refused_because"] for one in moves if one["verb"] == "approve"))


def test_a_town_decides_what_the_rules_leave_to_towns_and_only_in_the_town(
    store: Store, officer: Actor, approver: Actor, places: dict[str, str], engine: Engine
) -> None:
    limit(store, approver, places["town"])
    here, there, road = (ask(store, officer, places[one], engine=engine) for one in ("here", "there", "long"))
    for elsewhere, said in ((there, "莼湖街道.*只到西坞街道.*登记管理"), (road, "区民政局决定.*西坞街道.*不能决定.*登记管理")):
        with pytest.raises(Forbidden, match=said):
            decide(store, elsewhere, approver)
        with store.transaction() as session, pytest.raises(Forbidden, match=said):
            refuse(session, elsewhere, actor=approver, text="不同意", on=DAY)
        assert refused_on_page(store, elsewhere, approver)
    assert refused_on_page(store, here, approver) == ""
    decide(store, here, approver, engine)
    with store.transaction() as session:
        assert undo_approval(session, here, actor=approver, engine=engine).status == "checked"


def test_the_district_decides_everywhere_in_it_and_somebody_without_limits_everything(
    store: Store, officer: Actor, approver: Actor, administrator: Actor, places: dict[str, str], engine: Engine
) -> None:
    limit(store, approver, places["district"])
    for place in ("here", "there", "long"):
        decide(store, ask(store, officer, places[place], engine=engine), approver, engine)
    rename = ask(store, officer, places["short"], "rename", "锦川路")
    limit(store, administrator, places["town"])
    with pytest.raises(Forbidden, match=r"区人民政府决定.*第十二条"):
        decide(store, rename, administrator)
    limit(store, administrator, None)
    decide(store, rename, administrator)


def test_a_department_enters_its_own_decisions_only(store: Store, officer: Actor, approver: Actor, places: dict[str, str]) -> None:
    limit(store, approver, None, "区住房和城乡建设局")
    made = ask(store, officer, places["short"], "rename", "锦川路")
    with pytest.raises(Forbidden, match=r"区人民政府决定，您只登记区住房和城乡建设局的决定.*第十二条"):
        decide(store, made, approver)
    limit(store, approver, None, "区人民政府")
    decide(store, made, approver)


def test_a_town_that_became_a_street_keeps_its_people(store: Store, officer: Actor, approver: Actor, places: dict[str, str]) -> None:
    limit(store, approver, places["town"])
    with store.transaction() as session:
        old = session.get_one(Division, places["town"])
        move(session, old, "retire", actor=SYSTEM, also={"valid_to": DAY})
    made = ask(store, officer, places["there"], "retire", "")
    with pytest.raises(Forbidden, match="只到西坞街道"):
        decide(store, made, approver)


def test_the_result_of_a_review_is_entered_within_competence(
    store: Store, officer: Actor, approver: Actor, administrator: Actor, places: dict[str, str]
) -> None:
    made = ask(store, officer, places["short"], "rename", "锦川路")
    with store.transaction() as session:
        refuse(session, made, actor=approver, text="不同意", on=DAY)
        appeal(session, made, actor=officer, text="不服", on=DAY)
    limit(store, administrator, places["other_town"])
    with store.transaction() as session, pytest.raises(Forbidden, match="只到莼湖街道"):
        decide_appeal(session, made, overturn=True, actor=administrator, text="撤销", on=DAY)


def test_what_towns_decide_is_data_of_the_office(
    store: Store, officer: Actor, approver: Actor, places: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = Path(tables.__file__).parent.parent / "data" / "naming" / "procedures.yaml"
    row = (
        "  - {id: lanes, kinds: [rename], categories: [road], level: town, authority: 镇街, roles: [approver], article: 样本规定, "
        "confirmed: false}\n"
    )
    own = rules.read_text(encoding="utf-8").replace("deciders:\n", "deciders:\n" + row, 1)
    (tmp_path / "procedures.yaml").write_text(own, encoding="utf-8")
    limit(store, approver, places["town"])
    made = ask(store, officer, places["short"], "rename", "锦川路")
    with pytest.raises(Forbidden):
        decide(store, made, approver)
    monkeypatch.setenv("GEOADDR_RULES_DIR", str(tmp_path))
    tables.table_of.cache_clear()
    try:
        decide(store, made, approver)
    finally:
        monkeypatch.undo()
        tables.table_of.cache_clear()


def test_only_an_administrator_limits_and_only_to_units_and_authorities_that_decide(
    store: Store, officer: Actor, places: dict[str, str]
) -> None:
    with store.transaction() as session:
        me = str(officer.id)
        with pytest.raises(Forbidden):
            limit_competence(session, me, division_id=None, authority="", actor=officer)
        with pytest.raises(UsageError, match="镇街"):
            limit_competence(session, me, division_id=places["village"], authority="", actor=SYSTEM)
        with pytest.raises(UsageError, match="机关"):
            limit_competence(session, me, division_id=None, authority="样本委员会", actor=SYSTEM)
        with pytest.raises(NotFound):
            limit_competence(session, me, division_id=me, authority="", actor=SYSTEM)
        limit_competence(session, me, division_id=places["town"], authority="区人民政府", actor=SYSTEM)
        account = find_account(session, officer.name)
        assert (account.division_id, account.authority) == (places["town"], "区人民政府")
        assert [one.division_id for one in list_accounts(session)] == [places["town"]]
        assert session.scalars(select(Division.name).where(Division.id == account.division_id)).one() == "西坞街道"
