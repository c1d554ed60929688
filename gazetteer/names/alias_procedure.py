"""The procedure that adopts an alias: its check replays the stored decisions, its approval and its undoing are those of the alias itself.

Every alias is one :class:`AliasProposal`, whichever way it came: from a decision, from a name not found, or by a procedure.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.linking.aliases import adopt_proposed, propose_alias, replay_again, take_out, waiting
from gazetteer.names.cascade import Cascade
from gazetteer.names.dossier import place_of
from gazetteer.store.events import Actor, now
from gazetteer.store.models import AliasProposal, NamingProcedure, User
from gazetteer.workflow import change, leave, move
from geoaddr.errors import Conflict, said
from matchers.index import IndexLike


def proposal_of(session: Session, procedure: NamingProcedure) -> AliasProposal | None:
    """Return the alias a procedure is about as last replayed; None for other kinds and before the first replay."""
    of_procedure = select(AliasProposal).where(AliasProposal.procedure_id == procedure.id)
    return session.scalar(of_procedure.order_by(AliasProposal.id.desc()).limit(1)) if procedure.kind == "alias" else None


def replay_for(session: Session, procedure: NamingProcedure, index: IndexLike | None, *, actor: Actor) -> AliasProposal:
    """Replay the stored decisions with the alias, for the first time or once more; ``Conflict`` without an index to decide by.

    The same alias proposed from a decision is taken into the procedure with its history.
    """
    if index is None:
        raise Conflict("采用别名要先重放已有的决定，这里没有匹配索引")
    known = proposal_of(session, procedure)
    if known is not None and known.status == "proposed":
        return replay_again(session, index, known.id, actor=actor)
    if (same := waiting(session, place_of(session, procedure), procedure.new_name)) is not None:
        change(session, same, actor=actor, verb="taken_in", to={"procedure_id": procedure.id})
        return replay_again(session, index, same.id, actor=actor)
    proposer = session.get_one(User, procedure.proposed_by)
    return propose_alias(
        session, index, place_id=place_of(session, procedure).id, name=procedure.new_name, kind=procedure.details["variant_kind"],
        reason=procedure.reason, procedure_id=procedure.id, proposed_by=Actor("user", proposer.username).text, actor=actor,
    )  # fmt: skip


def told(proposal: AliasProposal) -> str:
    """Say in one sentence what a replay showed."""
    shown = proposal.replay
    return f"重放 {shown['examined']} 条已有的决定：改好 {shown['fixed']} 条，改坏 {shown['broken']} 条，其余不变"


def not_replayed(session: Session, procedure: NamingProcedure) -> str:
    """Return why an alias procedure cannot be decided yet; '' where it can, and for other kinds."""
    if procedure.kind != "alias":
        return ""
    proposal = proposal_of(session, procedure)
    return "" if proposal is not None and proposal.status == "proposed" else said("别名还没有重放，请先审核一遍")


def adopt_alias(cascade: Cascade) -> None:
    """Keep another form of the name, by which it is found from now on, and decide anew what it changes."""
    if refusal := not_replayed(cascade.session, cascade.procedure):
        raise Conflict(refusal)
    if cascade.index is None:
        raise Conflict("采用别名要重新判定关联，这里没有匹配索引")
    proposal = proposal_of(cascade.session, cascade.procedure)
    assert proposal is not None, "it was replayed"
    source = cascade.procedure.decision_no
    counts = adopt_proposed(
        cascade.session, cascade.index, proposal, why=cascade.override, source=source, actor=cascade.actor, payload=cascade.payload
    )
    cascade.report |= {"addresses": 0, "order_ids": [], "links": counts}


def withdraw_alias(cascade: Cascade) -> None:
    """Take the alias back with all it caused, as is done for every alias."""
    proposal = proposal_of(cascade.session, cascade.procedure)
    if proposal is None or proposal.status != "adopted":
        raise Conflict(ALREADY_BACK)
    if cascade.index is None:
        raise Conflict("撤回别名要重新判定关联，这里没有匹配索引")
    take_out(cascade.session, cascade.index, proposal, why="撤销批准", actor=cascade.actor, payload=cascade.payload)


ALREADY_BACK = said("这个别名已经撤回")


def let_alias_go(session: Session, procedure: NamingProcedure, actor: Actor) -> None:
    """Close the alias of a procedure that was refused; one withdrawn leaves nothing behind but an alias that was there before it."""
    proposal = proposal_of(session, procedure)
    if proposal is None or proposal.status != "proposed":
        return
    payload = {"procedure_id": procedure.id}
    if procedure.status == "refused" and proposal.proposed_by != actor.text:
        decided = {"decided_by": actor.text, "decided_at": now()}
        move(session, proposal, "refuse", actor=actor, also=decided, payload=payload)
    elif proposal.created_seq > procedure.created_seq:
        leave(session, proposal, actor=actor, verb="left_with_procedure", payload=payload)
    else:
        change(session, proposal, actor=actor, verb="given_back", to={"procedure_id": None}, payload=payload)
