"""An alias adopted by a procedure: replayed first, decided by a second person, taken back with all it caused, as every alias is."""

from __future__ import annotations

from datetime import date

import pytest
from alias_rows import link_now, place_named
from sqlalchemy import select

from gazetteer.linking.aliases import adopt, find_proposal, list_proposals, propose_alias, take_back
from gazetteer.linking.engine import Engine
from gazetteer.linking.not_found import list_unknown
from gazetteer.linking.review import none_fits
from gazetteer.names.alias_procedure import proposal_of
from gazetteer.names.approval import approve
from gazetteer.names.dossier import find_procedure
from gazetteer.names.procedure_record import procedure_record
from gazetteer.names.procedures import check, propose, refuse, undo_approval, withdraw
from gazetteer.store.database import Store
from gazetteer.store.events import Actor, history
from gazetteer.store.models import AliasProposal, NameVariant
from geoaddr.errors import Conflict, Forbidden, UsageError
from matchers.verdict import Query

DAY = date(2026, 11, 23)
FOLK = {"kind": "alias", "reason": "群众都这样叫", "new_name": "样本老街", "details": {"variant_kind": "folk"}, "on": DAY}


def open_alias(store: Store, engine: Engine, actor: Actor) -> str:
    with store.transaction() as session:
        made = propose(session, actor=actor, place_id=place_named(store), **FOLK)  # type: ignore[arg-type]
        check(session, made.id, actor=actor, on=DAY, index=engine.view_in(session))
        return made.id


def decide(store: Store, engine: Engine | None, procedure_id: str, actor: Actor, override: str = "") -> None:
    with store.transaction() as session:
        approve(session, procedure_id, actor=actor, decision_no="样本1号", authority="样本局", override=override, engine=engine, on=DAY)


def alias_of(store: Store, procedure_id: str) -> AliasProposal:
    with store.reading() as session:
        found = proposal_of(session, find_procedure(session, procedure_id))
        assert found is not None
        return found


def test_the_check_of_an_alias_shows_what_it_fixes_and_breaks_before_anybody_decides(
    store: Store, engine: Engine, links: dict[str, str], officer: Actor, approver: Actor
) -> None:
    with store.transaction() as session:
        none_fits(session, link_now(store, links["refused"]).id, reason="no_such_entry", version=None, actor=officer)
        made = propose(session, actor=officer, place_id=place_named(store), **FOLK).id  # type: ignore[arg-type]
        with pytest.raises(Conflict, match="重放"):
            check(session, made, actor=officer)
    with store.transaction() as session:
        check(session, made, actor=officer, index=engine.view_in(session))
    assert (alias_of(store, made).replay["fixed"], alias_of(store, made).replay["broken"]) == (2, 1)
    with store.reading() as session:
        record = procedure_record(session, made, actor=approver, today=DAY)
        assert record["steps"][-1]["text"] == "重放 4 条已有的决定：改好 2 条，改坏 1 条，其余不变"
    assert link_now(store, links["open"]).status == "unmatched", "nothing has changed yet"
    with pytest.raises(UsageError, match="1 条原来的结论会变"):
        decide(store, engine, made, approver)
    decide(store, engine, made, approver, "90号另行核对")
    assert (link_now(store, links["open"]).status, link_now(store, links["refused"]).status) == ("linked", "unmatched")
    assert engine.match(Query("样本老街88号")).verdict == "B"
    with store.reading() as session:
        assert list_unknown(session, status="settled").rows[0].name == "样本老街"


def test_undoing_the_approval_takes_the_alias_back_with_all_it_caused(
    store: Store, engine: Engine, links: dict[str, str], officer: Actor, approver: Actor
) -> None:
    made = open_alias(store, engine, officer)
    decide(store, engine, made, approver)
    assert link_now(store, links["open"]).status == "linked"
    with pytest.raises(Conflict, match="索引"), store.transaction() as session:
        undo_approval(session, made, actor=approver)
    with store.transaction() as session:
        assert undo_approval(session, made, actor=approver, engine=engine).status == "checked"
    assert {link_now(store, links[one]).status for one in ("open", "chosen", "refused")} == {"unmatched"}
    assert engine.match(Query("样本老街88号")).verdict == "N"
    with store.reading() as session:
        assert session.scalars(select(NameVariant)).all() == []
        assert list_unknown(session, status="open", q="样本老街").total == 1
        assert [one.action.split(".")[1] for one in history(session, alias_of(store, made).id)] == ["proposed", "adopt", "withdraw"]
    with pytest.raises(Conflict, match="还没有重放"):
        decide(store, engine, made, approver)
    with store.transaction() as session:
        check(session, made, actor=officer, index=engine.view_in(session))
    decide(store, engine, made, approver)
    assert engine.match(Query("样本老街88号")).verdict == "B"


def test_later_it_is_taken_back_where_every_alias_is_and_then_the_approval_is_not_undone_again(
    store: Store, engine: Engine, links: dict[str, str], officer: Actor, approver: Actor
) -> None:
    made = open_alias(store, engine, officer)
    decide(store, engine, made, approver)
    with store.transaction() as session:
        counts = take_back(session, engine.view_in, alias_of(store, made).id, reason="另有其路", version=None, actor=approver)
        assert counts["changed"] == 3
    assert link_now(store, links["open"]).status == "unmatched"
    with store.transaction() as session, pytest.raises(Conflict, match="已经撤回"):
        undo_approval(session, made, actor=approver, engine=engine)


def test_an_alias_proposed_from_a_decision_is_taken_into_the_procedure_and_decided_there(
    store: Store, engine: Engine, links: dict[str, str], officer: Actor, approver: Actor
) -> None:
    with store.transaction() as session:
        first = propose_alias(session, engine.view_in(session), place_id=place_named(store), name="样本老街", kind="folk", actor=officer)
    made = open_alias(store, engine, officer)
    assert alias_of(store, made).id == first.id
    with store.transaction() as session, pytest.raises(Conflict, match="由办件办理"):
        adopt(session, engine.view_in, first.id, version=None, actor=approver)
    with store.transaction() as session:
        withdraw(session, made, actor=officer)
        given_back = find_proposal(session, first.id)
        assert (given_back.status, given_back.procedure_id) == ("proposed", None), "it was there before"
        adopt(session, engine.view_in, first.id, version=None, actor=approver)


def test_a_refused_procedure_closes_its_alias_and_a_withdrawn_one_leaves_none(
    store: Store, engine: Engine, links: dict[str, str], officer: Actor, approver: Actor
) -> None:
    made = open_alias(store, engine, officer)
    with store.transaction() as session:
        refuse(session, made, actor=approver, text="两条不同的路", on=DAY)
        assert list_proposals(session, status="refused").total == 1
    again = open_alias(store, engine, officer)
    with store.transaction() as session:
        withdraw(session, again, actor=officer)
        assert list_proposals(session).total == 1


def test_both_ways_are_decided_by_whom_the_rules_name(
    store: Store, engine: Engine, links: dict[str, str], officer: Actor, approver: Actor
) -> None:
    made = open_alias(store, engine, approver)
    with pytest.raises(Forbidden, match=r"区民政局批准的事项（登记管理"):
        decide(store, engine, made, officer)
    with store.transaction() as session:
        withdraw(session, made, actor=approver)
        other = propose_alias(session, engine.view_in(session), place_id=place_named(store), name="样本老街", kind="folk", actor=approver)
    with store.transaction() as session, pytest.raises(Forbidden, match=r"区民政局批准的事项（登记管理"):
        adopt(session, engine.view_in, other.id, version=None, actor=officer)
