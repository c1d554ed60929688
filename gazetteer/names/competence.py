"""Who may enter which decision: by role, by where a person's competence reaches, and by the authority they act for."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gazetteer.divisions import path_of, today_of
from gazetteer.names.dossier import decider, division_of
from gazetteer.names.procedure_rules import Decider, rule_of
from gazetteer.store.events import Actor
from gazetteer.store.models import Division, NamingProcedure, User
from geoaddr.errors import Forbidden, said


def require_decider(session: Session, procedure: NamingProcedure, actor: Actor) -> None:
    """Raise ``Forbidden``, with reason and article, where somebody may not enter the decision of this procedure."""
    if refusal := why_not_decider(session, decider(procedure), division_of(session, procedure), actor):
        raise Forbidden(refusal)


def require_competence(session: Session, procedure: NamingProcedure, actor: Actor) -> None:
    """Raise ``Forbidden``, with reason and article, where a thing is beyond somebody's division or authority."""
    if refusal := beyond_competence(session, procedure, actor):
        raise Forbidden(refusal)


def beyond_competence(session: Session, procedure: NamingProcedure, actor: Actor) -> str:
    """Return why a procedure is beyond somebody's competence, with the article; '' where it is not.

    A person without division and authority decides everywhere and for all authorities, as in an office of one room.
    """
    return _beyond(session, decider(procedure), division_of(session, procedure), actor)


def why_not_decider(session: Session, found: Decider, division: Division, actor: Actor) -> str:
    """Return why somebody may not enter a decision about something in a division, with the article; '' where they may."""
    if actor.role not in found.roles:
        return said("须由审批人员决定：%(authority)s批准的事项（%(article)s）", authority=found.authority, article=found.article)
    return _beyond(session, found, division, actor)


def _beyond(session: Session, found: Decider, division: Division, actor: Actor) -> str:
    user = session.get(User, actor.id) if actor.id is not None else None
    if user is None:
        return ""
    if user.authority and user.authority != found.authority:
        values = {"authority": found.authority, "own": user.authority, "article": found.article}
        return said("这件事由%(authority)s决定，您只登记%(own)s的决定（%(article)s）", **values)
    if user.division_id is None:
        return ""
    return _beyond_division(session, division, session.get_one(Division, user.division_id), found)


def _beyond_division(session: Session, division: Division, own: Division, found: Decider) -> str:
    lies_in = path_of(session, division)
    reaches = {own.id, *(one.id for one in today_of(session, own))}
    if not reaches & {one.id for one in lies_in}:
        where = next((one.name for one in reversed(lies_in) if one.level == own.level), lies_in[-1].name)
        return said("这件事在%(where)s，您的权限只到%(own)s（%(article)s）", where=where, own=own.name, article=found.article)
    if found.level not in rule_of("competence")["levels"].get(own.level, ()):
        values = {"authority": found.authority, "own": own.name, "article": found.article}
        return said("这件事由%(authority)s决定，您的权限是%(own)s，不能决定（%(article)s）", **values)
    return ""
