"""Aliases from decisions: proposed by one person, replayed over what is decided, adopted by a second, taken back with all they caused.

An alias may also be decided by a procedure (gazetteer/names/alias_procedure.py): it is the same proposal, replayed, adopted and taken
back by the same functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.addresses import find_place
from gazetteer.linking.entries import PLACE_PART
from gazetteer.linking.linker import relink
from gazetteer.linking.not_found import reopen, settle_unknown, unknown_names
from gazetteer.linking.replay import Replay, changed_by_engine, replay_alias, replay_without
from gazetteer.names.competence import why_not_decider
from gazetteer.names.dossier import RUNNING
from gazetteer.names.procedure_rules import decider_of
from gazetteer.paging import Page, keyset
from gazetteer.store.events import Actor, last_seq, now
from gazetteer.store.models import AddressLink, AliasProposal, NameVariant, NamingProcedure, PlaceName, UnknownName
from gazetteer.store.models.places import VARIANT_KINDS
from gazetteer.workflow import change, enter, leave, move, require_version
from geoaddr.errors import Conflict, Forbidden, NotFound, UsageError, said
from geoaddr.ids import new_id
from matchers.index import IndexLike
from matchers.index.naming import plain
from matchers.similar import similarity

IndexOf = Callable[[Session], IndexLike]
"""Gives the index as a transaction sees the register: ``Engine.view_in``."""

LONGEST_ALIAS = 40
_KINDS = {"homophone": "misspelt", "look_alike": "misspelt", "typo": "misspelt", "abbreviated": "abbreviation"}
_LIVE = ("current", "reserved")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a decision hints at: ``name`` may be another form of the place, of this ``kind`` of variant."""

    name: str
    place: PlaceName
    kind: str


def suggested(session: Session, link: AddressLink, index: IndexLike) -> Suggestion | None:
    """Return the alias a person's choice hints at, or None.

    There is one where the text gives exactly one name that the register lacks and the chosen entry hangs on exactly one place of
    that kind: 样本老街8号, linked to 肖桥路8号 -> 样本老街 for 肖桥路.
    """
    if link.decided_by != "person" or link.status != "linked":
        return None
    places = _places_of(link)
    pairs = []
    for unknown in unknown_names(link.text, index):
        labels = ("village_group", "community") if unknown.label == "community" else (unknown.label,)
        pairs += [(unknown.name, place) for place in places if PLACE_PART.get(place.category, "poi").replace("estate", "poi") in labels]
    if len(pairs) != 1:
        return None
    name, place = pairs[0]
    return Suggestion(name, place, likely_kind(name, place))


def likely_kind(name: str, place: PlaceName) -> str:
    """Return the kind of variant that a name most likely is of a place: a slip of sound, shape or one character is ``misspelt``."""
    return _KINDS.get(similarity(plain(name), plain(place.standard_name), PLACE_PART.get(place.category, "poi")), "alias")


def propose_alias(
    session: Session,
    index: IndexLike,
    *,
    place_id: str,
    name: str,
    kind: str,
    reason: str = "",
    link_id: str | None = None,
    unknown_id: str | None = None,
    procedure_id: str | None = None,
    proposed_by: str = "",
    actor: Actor,
) -> AliasProposal:
    """Propose a name as a variant of a place, with what adopting it would change; nothing changes yet.

    ``procedure_id`` names the procedure that will decide it, ``proposed_by`` who proposed it there, where that is not the actor.
    ``UsageError`` for a name that cannot be one, ``Conflict`` where the place is not in force or has it already.
    """
    place = find_place(session, place_id)
    text = _checked(session, place, name, kind)
    if waiting(session, place, text) is not None:
        raise Conflict("同样的别名建议已在等待决定", field="name")
    replay = replay_alias(session, index, place, text, kind)
    proposal = AliasProposal(
        place_id=place.id, name=text, kind=kind, reason=reason.strip()[:500], link_id=link_id, unknown_id=unknown_id,
        procedure_id=procedure_id, replay=replay.as_dict(), replay_seq=last_seq(session), proposed_by=proposed_by or actor.text,
    )  # fmt: skip
    payload = {"name": text, "place_id": place.id, "variant": kind, **_counts(replay)}
    return enter(session, proposal, actor=actor, verb="proposed", status="proposed", payload=payload)


def replay_again(session: Session, index: IndexLike, proposal_id: str, *, actor: Actor) -> AliasProposal:
    """Replay the stored decisions once more, where the register has moved on since the proposal was looked at."""
    proposal = find_proposal(session, proposal_id)
    if proposal.status != "proposed":
        raise Conflict("这项别名建议已有决定，不再重放")
    replay = replay_alias(session, index, proposal.place, proposal.name, proposal.kind)
    to = {"replay": replay.as_dict(), "replay_seq": last_seq(session)}
    change(session, proposal, actor=actor, verb="replayed", to=to, payload=_counts(replay))
    return proposal


def adopt(session: Session, index_of: IndexOf, proposal_id: str, *, reason: str = "", version: int | None, actor: Actor) -> dict[str, int]:
    """Record the name as a variant and decide anew what it changes; returns the counts of :func:`gazetteer.linking.linker.relink`.

    By a second person who may decide (``procedures.yaml``). ``Conflict`` where it would break more than was shown (look again first) or
    a procedure decides it, ``UsageError`` where it breaks decisions and no reason says why that is right.
    """
    proposal = find_proposal(session, proposal_id)
    require_version(proposal, version)
    _require_decided_here(session, proposal)
    if proposal.proposed_by == actor.text:
        raise Forbidden(said("别名由第二个人采用：提出建议的人不能自己采用"))
    _require_decider(session, proposal, actor)
    return adopt_proposed(session, index_of, proposal, why=reason, source="由复核决定采用", actor=actor)


def adopt_proposed(
    session: Session,
    index_of: IndexOf,
    proposal: AliasProposal,
    *,
    why: str,
    source: str,
    actor: Actor,
    payload: Mapping[str, Any] | None = None,
) -> dict[str, int]:
    """Carry out an adoption, by whichever way it was decided; returns the counts of ``relink``."""
    place = find_place(session, proposal.place_id)
    _checked(session, place, proposal.name, proposal.kind)
    replay = replay_alias(session, index_of(session), place, proposal.name, proposal.kind)
    if len(replay.breaks) > proposal.replay["broken"]:
        raise Conflict(f"登记册有了变化：现在采用会改坏 {len(replay.breaks)} 条，比看到的 {proposal.replay['broken']} 条多，请重放后再看")
    if replay.breaks and not why.strip():
        raise UsageError(said("采用后有 %(n)s 条原来的结论会变，请写明为什么仍要采用", n=len(replay.breaks)), field="reason")
    variant = NameVariant(id=new_id(), place_id=place.id, text=proposal.name, kind=proposal.kind, source=source[:300])
    decided = {"decided_by": actor.text, "decided_at": now(), "variant_id": variant.id}
    cause = {**(payload or {}), "why": why.strip()[:500], **_counts(replay)}
    move(session, proposal, "adopt", actor=actor, also=decided, payload=cause)
    enter(session, variant, actor=actor, verb="adopted", payload={**(payload or {}), "proposal_id": proposal.id, "place_id": place.id})
    counts = relink(session, index_of(session), link_ids=changed_by_engine(replay), actor=actor)
    settle_unknown(session, proposal.name, reason=f"已采用为{place.standard_name}的其他写法", actor=actor)
    return counts


def refuse_alias(session: Session, proposal_id: str, *, reason: str, version: int | None, actor: Actor) -> AliasProposal:
    """Turn a proposal down, with the reason."""
    if not reason.strip():
        raise UsageError("请写明为什么不采用", field="reason")
    proposal = find_proposal(session, proposal_id)
    require_version(proposal, version)
    _require_decided_here(session, proposal)
    if proposal.proposed_by == actor.text:
        raise Forbidden(said("由第二个人决定：提出建议的人不能自己否决"))
    _require_decider(session, proposal, actor)
    decided = {"decided_by": actor.text, "decided_at": now()}
    move(session, proposal, "refuse", actor=actor, also=decided, payload={"why": reason.strip()[:500]})
    return proposal


def take_back(session: Session, index_of: IndexOf, proposal_id: str, *, reason: str, version: int | None, actor: Actor) -> dict[str, int]:
    """Take an adopted alias back with all it caused: the variant goes, and every link that was decided through it is decided anew.

    Decisions of people stay; names that were closed as known are open again. Returns the counts of ``relink``.
    """
    if not reason.strip():
        raise UsageError("请写明为什么撤回", field="reason")
    proposal = find_proposal(session, proposal_id)
    require_version(proposal, version)
    if proposal.status != "adopted":
        raise Conflict("只有已采用的别名可以撤回")
    _require_decider(session, proposal, actor)
    return take_out(session, index_of, proposal, why=reason, actor=actor)


def take_out(
    session: Session, index_of: IndexOf, proposal: AliasProposal, *, why: str, actor: Actor, payload: Mapping[str, Any] | None = None
) -> dict[str, int]:
    """Carry out the taking back of an adopted alias, by whichever way it was decided; returns the counts of ``relink``."""
    place = find_place(session, proposal.place_id)
    replay = replay_without(session, index_of(session), place, proposal.name)
    cause = {**(payload or {}), "why": why.strip()[:500], **_counts(replay)}
    move(session, proposal, "withdraw", actor=actor, also={"decided_by": _other(proposal, actor), "decided_at": now()}, payload=cause)
    if proposal.variant_id and (variant := session.get(NameVariant, proposal.variant_id)) is not None:
        leave(session, variant, actor=actor, verb="withdrawn", payload={**(payload or {}), "proposal_id": proposal.id})
    counts = relink(session, index_of(session), link_ids=changed_by_engine(replay), actor=actor)
    for row in session.scalars(select(UnknownName).where(UnknownName.name == proposal.name, UnknownName.status == "settled")).all():
        reopen(session, row.id, actor=actor)
    return counts


def why_not_decided_by(session: Session, proposal: AliasProposal, actor: Actor) -> str:
    """Return why somebody may not decide on a proposal (other than having made it); '' where they may."""
    place = find_place(session, proposal.place_id)
    return why_not_decider(session, decider_of("alias", place.category), place.division, actor)


def waiting(session: Session, place: PlaceName, name: str) -> AliasProposal | None:
    """Return the proposal of this name for a place that waits for a decision, or None."""
    same = select(AliasProposal).where(
        AliasProposal.place_id == place.id, AliasProposal.name == plain(name.strip()), AliasProposal.status == "proposed"
    )
    return session.scalar(same)


def find_proposal(session: Session, id_: str) -> AliasProposal:
    """Return a proposal by id; ``NotFound`` where there is none."""
    if (row := session.get(AliasProposal, id_)) is None:
        raise NotFound(f"没有编号为 {id_[:20]} 的别名建议", field="id")
    return row


def list_proposals(session: Session, *, status: str = "", after: str | None = None, limit: int = 50) -> Page[AliasProposal]:
    """Return proposals by status, newest first."""
    statement = select(AliasProposal)
    if status:
        statement = statement.where(AliasProposal.status == status)
    return keyset(session, statement, AliasProposal.id, after=after, limit=limit, newest_first=True)


def _places_of(link: AddressLink) -> list[PlaceName]:
    address = link.address
    found = [address.place, address.estate] if address is not None else [link.place]
    return [place for place in dict.fromkeys(found) if place is not None]


def _checked(session: Session, place: PlaceName, name: str, kind: str) -> str:
    text = plain(name.strip())
    if not 2 <= len(text) <= LONGEST_ALIAS:
        raise UsageError(f"别名要有 2 到 {LONGEST_ALIAS} 个字", field="name")
    if not any(character.isalpha() for character in text):
        raise UsageError("别名里要有文字", field="name")
    if kind not in VARIANT_KINDS:
        raise UsageError(f"没有“{kind[:20]}”这一类写法", field="kind")
    if place.status not in _LIVE:
        raise Conflict("这个地名不在使用，不能给它加别名", field="place_id")
    known = {plain(place.standard_name), *(plain(one.text) for one in place.variants)}
    if text in known:
        raise Conflict(f"“{text}”已经是 {place.standard_name} 的名称或登记过的写法", field="name")
    return text


def _require_decided_here(session: Session, proposal: AliasProposal) -> None:
    procedure = session.get(NamingProcedure, proposal.procedure_id) if proposal.procedure_id else None
    if procedure is not None and procedure.status in RUNNING:
        raise Conflict(said("这项别名由办件办理，请在办件里决定"))


def _require_decider(session: Session, proposal: AliasProposal, actor: Actor) -> None:
    if refusal := why_not_decided_by(session, proposal, actor):
        raise Forbidden(refusal)


def _other(proposal: AliasProposal, actor: Actor) -> str | None:
    """Who last decided: the proposer may ask for the withdrawal of their own alias, the second person's decision stays on record."""
    return proposal.decided_by if proposal.proposed_by == actor.text else actor.text


def _counts(replay: Replay) -> dict[str, int]:
    return {"examined": replay.examined, "fixed": len(replay.fixes), "broken": len(replay.breaks)}
