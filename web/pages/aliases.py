"""Aliases proposed from decisions: what adopting one would fix and break, and the decision of a second person."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from gazetteer.linking.aliases import (
    adopt,
    find_proposal,
    likely_kind,
    list_proposals,
    propose_alias,
    refuse_alias,
    replay_again,
    suggested,
    take_back,
    why_not_decided_by,
)
from gazetteer.linking.review import find_link
from gazetteer.names.dossier import RUNNING
from gazetteer.store.database import Session
from gazetteer.store.events import history
from gazetteer.store.models import NamingProcedure, PlaceName
from gazetteer.store.models.linking import PROPOSAL_STATUSES
from geoaddr.errors import Conflict, NotFound, UsageError
from web.alias_replay import replay_shown
from web.auth import current_actor, require_role
from web.forms import done, replayed, submitted, submitted_version
from web.messages import _
from web.navigation import DECIDING
from web.services import services

blueprint = Blueprint("aliases", __name__, url_prefix="/match/aliases")


@blueprint.get("/")
@require_role(*DECIDING)
def index() -> str:
    """List the proposals, newest first."""
    status = request.args.get("status", "")
    chosen = status if status in PROPOSAL_STATUSES else ""
    with services().store.reading() as session:
        page = list_proposals(session, status=chosen, after=request.args.get("after"), limit=50)
        return render_template("match/aliases.html", page=page, status=chosen, statuses=PROPOSAL_STATUSES)


@blueprint.post("/")
@require_role(*DECIDING)
def propose() -> Response:
    """Propose an alias from a link that a person decided, or from a name not found; the replay follows on its page."""
    link_id, unknown_id = submitted("link", longest=13) or None, submitted("unknown", longest=13) or None
    with services().store.transaction() as session:
        if before := replayed(session):
            return before
        index = services().engine.view_in(session)
        if link_id:
            hint = suggested(session, find_link(session, link_id), index)
            if hint is None:
                raise Conflict(_("这条关联已经变了，不再能提出别名"))
            place, name, kind = hint.place, hint.name, hint.kind
        else:
            place, name = _place(session, submitted("place", longest=13)), submitted("name", longest=40)
            kind = likely_kind(name, place)
        made = propose_alias(
            session,
            index,
            place_id=place.id,
            name=name,
            kind=kind,
            reason="",
            link_id=link_id,
            unknown_id=unknown_id,
            actor=current_actor(),
        )
        return done(session, _("已提出，下面是重放的结果"), url_for("aliases.proposal", proposal_id=made.id))


@blueprint.get("/<proposal_id>")
@require_role(*DECIDING)
def proposal(proposal_id: str) -> str:
    """Show one proposal with what it would change."""
    return _page(proposal_id)


@blueprint.post("/<proposal_id>/replay")
@require_role(*DECIDING)
def again(proposal_id: str) -> Response:
    """Replay the decisions once more against the register of now."""
    with services().store.transaction() as session:
        if before := replayed(session):
            return before
        replay_again(session, services().engine.view_in(session), proposal_id, actor=current_actor())
        return done(session, _("已重放"), url_for("aliases.proposal", proposal_id=proposal_id))


@blueprint.post("/<proposal_id>/decide")
@require_role(*DECIDING)
def decide(proposal_id: str) -> str | Response:
    """Adopt an alias, or turn it down."""
    reason, version, here = submitted("reason", longest=500), submitted_version(), url_for("aliases.proposal", proposal_id=proposal_id)
    try:
        with services().store.transaction() as session:
            if before := replayed(session):
                return before
            if submitted("verb", longest=10) == "refuse":
                refuse_alias(session, proposal_id, reason=reason, version=version, actor=current_actor())
                return done(session, _("已记为不采用"), here)
            view_in = services().engine.view_in
            counts = adopt(session, view_in, proposal_id, reason=reason, version=version, actor=current_actor())
            return done(session, _("已采用，重新判定 %(n)s 条关联", n=counts["changed"]), here)
    except UsageError as error:
        return make_response(_page(proposal_id, errors={error.field or "": error.message}), 422)


@blueprint.post("/<proposal_id>/withdraw")
@require_role(*DECIDING)
def withdraw(proposal_id: str) -> str | Response:
    """Take an adopted alias back with all it caused."""
    try:
        with services().store.transaction() as session:
            if before := replayed(session):
                return before
            given: dict[str, Any] = {"reason": submitted("reason", longest=500), "version": submitted_version()}
            counts = take_back(session, services().engine.view_in, proposal_id, **given, actor=current_actor())
            text = _("已撤回，重新判定 %(n)s 条关联", n=counts["changed"])
            return done(session, text, url_for("aliases.proposal", proposal_id=proposal_id))
    except UsageError as error:
        return make_response(_page(proposal_id, errors={error.field or "": error.message}), 422)


def _page(proposal_id: str, *, errors: dict[str, str] | None = None) -> str:
    with services().store.reading() as session:
        row = find_proposal(session, proposal_id)
        procedure = session.get(NamingProcedure, row.procedure_id) if row.procedure_id else None
        beyond = why_not_decided_by(session, row, current_actor())
        mine = row.proposed_by == current_actor().text
        refusal = _("由第二个人决定：提出建议的人不能自己采用。") if mine else beyond
        if procedure is not None and procedure.status in RUNNING:
            refusal = _("这项别名由办件办理，请在办件里决定。")
        return render_template(
            "match/alias.html", row=row, events=history(session, row.id), replay=replay_shown(session, row), procedure=procedure,
            decides=not refusal, refusal=refusal, takes_back=not beyond, errors=errors or {},
        )  # fmt: skip


def _place(session: Session, place_id: str) -> PlaceName:
    if (row := session.get(PlaceName, place_id)) is None:
        raise NotFound(_("没有这个地名"), field="place")
    return row
