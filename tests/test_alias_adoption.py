"""An alias: proposed from a decision, replayed over all that is decided, adopted by a second person, taken back with all it caused."""

from __future__ import annotations

import pytest
from alias_rows import address_named, link_now, place_named
from sqlalchemy import select

from gazetteer.linking.aliases import adopt, find_proposal, list_proposals, propose_alias, refuse_alias, replay_again, suggested, take_back
from gazetteer.linking.engine import Engine
from gazetteer.linking.linker import LinkRequest, link_cases
from gazetteer.linking.not_found import list_unknown
from gazetteer.linking.replay import Resembles, effect_of, replay_alias
from gazetteer.linking.review import choose, none_fits
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM, Actor, history
from gazetteer.store.models import AddressLink, AliasProposal, CaseRecord, NameVariant, PlaceName
from gazetteer.workflow import enter
from geoaddr.errors import Conflict, Forbidden, UsageError
from matchers.verdict import Query


def _propose(store: Store, engine: Engine, actor: Actor, name: str = "样本老街", place: str = "肖桥路") -> AliasProposal:
    with store.transaction() as session:
        return propose_alias(session, engine.view_in(session), place_id=place_named(store, place), name=name, kind="folk", actor=actor)


def _decide(store: Store, engine: Engine, links: dict[str, str], officer: Actor) -> None:
    """A person finds that one text means 肖桥路86号 and another means nothing."""
    with store.transaction() as session:
        choose(
            session, link_now(store, links["chosen"]).id, address_named(store, engine, "肖桥路86号"), reason="", version=None, actor=officer
        )
        none_fits(session, link_now(store, links["refused"]).id, reason="no_such_entry", version=None, actor=officer)


def test_a_choice_hints_at_an_alias_and_changes_nothing_by_itself(
    store: Store, engine: Engine, links: dict[str, str], officer: Actor
) -> None:
    _decide(store, engine, links, officer)
    with store.reading() as session:
        link = session.get(AddressLink, link_now(store, links["chosen"]).id)
        assert link is not None
        hint = suggested(session, link, engine.view())
        assert hint is not None
        assert (hint.name, hint.place.standard_name, hint.kind) == ("样本老街", "肖桥路", "alias")
        untouched = session.get(AddressLink, link_now(store, links["elsewhere"]).id)
        assert untouched is not None
        assert suggested(session, untouched, engine.view()) is None
        assert session.scalars(select(NameVariant)).all() == []


def test_a_proposal_shows_what_it_would_fix_leave_and_break(store: Store, engine: Engine, links: dict[str, str], officer: Actor) -> None:
    _decide(store, engine, links, officer)
    proposal = _propose(store, engine, officer)
    shown = proposal.replay
    assert (shown["fixed"], shown["broken"], shown["left"], shown["examined"]) == (2, 1, 1, 4)
    fixed = {one["link_id"]: one for one in shown["fixes"]}
    assert set(fixed) == {link_now(store, links["open"]).id, link_now(store, links["chosen"]).id}
    assert {(one["before"], one["after"]) for one in fixed.values()} == {("N", "B")}
    (broken,) = shown["breaks"]
    assert (broken["link_id"], broken["by"]) == (link_now(store, links["refused"]).id, "person")
    assert broken["after_id"] == address_named(store, engine, "肖桥路90号")
    assert "号" not in str(shown)
    assert link_now(store, links["open"]).status == "unmatched"


def test_the_proposer_cannot_adopt_and_a_break_needs_a_reason(
    store: Store, engine: Engine, links: dict[str, str], officer: Actor, approver: Actor
) -> None:
    _decide(store, engine, links, officer)
    proposal = _propose(store, engine, approver)
    other = Actor("user", "second", "approver")
    with store.transaction() as session, pytest.raises(Forbidden, match="第二个人"):
        adopt(session, engine.view_in, proposal.id, reason="对", version=None, actor=approver)
    with store.transaction() as session, pytest.raises(Forbidden):
        adopt(session, engine.view_in, proposal.id, reason="对", version=None, actor=officer)
    with store.transaction() as session, pytest.raises(UsageError, match="1 条"):
        adopt(session, engine.view_in, proposal.id, version=None, actor=other)
    with store.transaction() as session, pytest.raises(Conflict):
        adopt(session, engine.view_in, proposal.id, reason="对", version=99, actor=other)
    assert link_now(store, links["open"]).status == "unmatched"


def test_adopting_fixes_what_was_shown_and_keeps_what_people_decided(
    store: Store, engine: Engine, links: dict[str, str], officer: Actor, approver: Actor
) -> None:
    _decide(store, engine, links, officer)
    refused = link_now(store, links["refused"]).id
    proposal = _propose(store, engine, officer)
    with store.transaction() as session:
        counts = adopt(session, engine.view_in, proposal.id, reason="90号另行核对", version=proposal.version, actor=approver)
    assert counts["changed"] == 1
    fixed = link_now(store, links["open"])
    assert (fixed.status, fixed.verdict, fixed.reason, fixed.decided_by) == ("linked", "B", "alias", "engine")
    assert link_now(store, links["refused"]).id == refused
    assert link_now(store, links["chosen"]).decided_by == "person"
    assert engine.match(Query("样本老街88号")).verdict == "B"
    with store.reading() as session:
        assert [event.action for event in history(session, proposal.id)] == ["alias_proposal.proposed", "alias_proposal.adopt"]
        assert list_unknown(session, status="settled").rows[0].name == "样本老街"
        assert find_proposal(session, proposal.id).variant.text == "样本老街"


@pytest.mark.parametrize("rebuilt", [False, True])
def test_taking_back_undoes_all_it_caused_even_in_an_index_that_had_taken_it_in(
    store: Store, engine: Engine, links: dict[str, str], officer: Actor, approver: Actor, rebuilt: bool
) -> None:
    proposal = _propose(store, engine, officer)
    with store.transaction() as session:
        adopt(session, engine.view_in, proposal.id, version=None, actor=approver)
    if rebuilt:
        engine.rebuild()
    with store.transaction() as session:  # a later decision that rests on the alias as well
        case = enter(session, CaseRecord(kind="elder", ref="later", attributes={}), actor=SYSTEM, verb="imported", status="loaded")
        link_cases(session, engine.view_in(session), [LinkRequest(case.id, "residence", "样本老街90号")], actor=SYSTEM)
    assert link_now(store, case.id).status == "linked"
    with store.transaction() as session, pytest.raises(UsageError):
        take_back(session, engine.view_in, proposal.id, reason=" ", version=None, actor=approver)
    with store.transaction() as session:
        counts = take_back(session, engine.view_in, proposal.id, reason="另有其路", version=None, actor=approver)
    assert counts["changed"] == 4
    assert {link_now(store, one).status for one in (links["open"], links["chosen"], links["refused"], case.id)} == {"unmatched"}
    assert engine.match(Query("样本老街88号")).verdict == "N"
    with store.reading() as session:
        assert session.scalars(select(NameVariant)).all() == []
        assert [event.action.split(".")[1] for event in history(session, proposal.id)] == ["proposed", "adopt", "withdraw"]
        assert list_unknown(session, status="open", q="样本老街").total == 1
        assert list_proposals(session, status="withdrawn").total == 1
    again = _propose(store, engine, officer)
    with store.transaction() as session:
        adopt(session, engine.view_in, again.id, version=None, actor=approver)
    assert engine.match(Query("样本老街88号")).verdict == "B"


def test_an_alias_that_means_another_road_is_shown_to_clash_and_break(
    store: Store, engine: Engine, links: dict[str, str], officer: Actor
) -> None:
    with store.transaction() as session:
        case = enter(session, CaseRecord(kind="elder", ref="jinxi", attributes={}), actor=SYSTEM, verb="imported", status="loaded")
        link_cases(session, engine.view_in(session), [LinkRequest(case.id, "residence", "锦溪路90号")], actor=SYSTEM)
    proposal = _propose(store, engine, officer, name="锦溪路")
    assert proposal.replay["clashes"] == ["锦溪路"]
    assert [one["link_id"] for one in proposal.replay["breaks"]] == [link_now(store, case.id).id]


def test_more_breaks_than_were_shown_ask_for_another_look(
    store: Store, engine: Engine, links: dict[str, str], officer: Actor, approver: Actor
) -> None:
    proposal = _propose(store, engine, officer)
    assert proposal.replay["broken"] == 0
    with store.transaction() as session:
        none_fits(session, link_now(store, links["refused"]).id, reason="no_such_entry", version=None, actor=officer)
    with store.transaction() as session, pytest.raises(Conflict, match="重放"):
        adopt(session, engine.view_in, proposal.id, reason="对", version=None, actor=approver)
    with store.transaction() as session:
        assert replay_again(session, engine.view_in(session), proposal.id, actor=approver).replay["broken"] == 1
        adopt(session, engine.view_in, proposal.id, reason="对", version=None, actor=approver)


@pytest.mark.parametrize(("name", "error"), [("老", UsageError), ("12", UsageError), ("肖桥路", Conflict), ("長" * 41, UsageError)])
def test_what_cannot_be_an_alias_is_refused(store: Store, engine: Engine, officer: Actor, name: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        _propose(store, engine, officer, name=name)


def test_a_proposal_is_refused_with_a_reason_by_a_second_person(
    store: Store, engine: Engine, links: dict[str, str], officer: Actor, approver: Actor
) -> None:
    proposal = _propose(store, engine, officer)
    with pytest.raises(Conflict):
        _propose(store, engine, approver)
    with store.transaction() as session:
        with pytest.raises(UsageError):
            refuse_alias(session, proposal.id, reason="", version=None, actor=approver)
        refuse_alias(session, proposal.id, reason="两条不同的路", version=None, actor=approver)
    assert engine.match(Query("样本老街88号")).verdict == "N"
    assert _propose(store, engine, approver).status == "proposed"


@pytest.mark.parametrize(
    ("decided_by", "status", "linked", "old", "new", "effect"),
    [
        ("engine", "review", None, None, "a", "fix"),
        ("engine", "linked", "a", "a", None, "break"),
        ("engine", "linked", "a", "a", "b", "break"),
        ("engine", "linked", "a", "a", "a", ""),
        ("person", "linked", "a", None, "a", "fix"),
        ("person", "linked", "a", "b", "a", "fix"),
        ("person", "linked", "a", "a", None, "break"),
        ("person", "linked", "a", None, "b", "break"),
        ("person", "linked", "a", "b", None, ""),
        ("person", "unmatched", None, None, "a", "break"),
        ("person", "unmatched", None, "a", None, "fix"),
    ],
)
def test_what_counts_as_fixed_and_broken(
    decided_by: str, status: str, linked: str | None, old: str | None, new: str | None, effect: str
) -> None:
    assert effect_of(decided_by, status, linked, old, new) == effect


@pytest.mark.parametrize(
    ("text", "may"),
    [("奉化区样本老街8号", True), ("样本老杰8号", True), ("样本街8号", True), ("肖桥路8号", False), ("", False), ("樣本老街8號", True)],
)
def test_texts_that_an_alias_cannot_touch_are_not_decided_again(text: str, may: bool) -> None:
    assert Resembles("样本老街")(text) is may


def test_replaying_writes_nothing(store: Store, engine: Engine, links: dict[str, str]) -> None:
    with store.reading() as session:
        place = session.scalars(select(PlaceName).where(PlaceName.standard_name == "肖桥路")).one()
        assert len(replay_alias(session, engine.view(), place, "样本老街", "folk").fixes) == 3
    assert engine.match(Query("样本老街88号")).verdict == "N"
