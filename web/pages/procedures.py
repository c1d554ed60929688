"""Naming procedures: the list with its deadlines, opening one, and each as a track of steps with the moves that are open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from gazetteer.attachments import TYPES
from gazetteer.names.alias_procedure import proposal_of
from gazetteer.names.dossier import find_procedure
from gazetteer.names.finding_filters import DUES
from gazetteer.names.papers.drafts import papers_ready
from gazetteer.names.procedure_lists import ProcedureFilters, count_procedures, due_counts, list_procedures
from gazetteer.names.procedure_record import procedure_record
from gazetteer.names.procedure_rules import paper_titles
from gazetteer.names.procedures import OPINIONS
from gazetteer.names.protection import delisting_grounds
from gazetteer.names.rules import find_rule
from gazetteer.names.undoing import undo_approval
from gazetteer.store.events import history
from gazetteer.store.models.naming import PROCEDURE_KINDS, PROCEDURE_STATUSES
from geoaddr.errors import Conflict, Forbidden, GeoaddrError, UsageError
from web.alias_replay import replay_shown
from web.auth import current_actor, require_role
from web.forms import done, replayed, submitted, submitted_version
from web.geojson import collection
from web.messages import _, in_words
from web.name_maps import place_features
from web.navigation import DECIDING
from web.pages.names import following_url, rule_title
from web.procedure_moves import MOVES
from web.services import services, today

blueprint = Blueprint("procedures", __name__, url_prefix="/names/procedures")
GROUPS = ("unfinished", "running", "to_decide")
_STATUS = {UsageError: 422, Conflict: 409, Forbidden: 403}
ACCEPTED = ",".join(["." + ending for ending in TYPES.values()] + [".jpeg", ".png", ".webp"])


@blueprint.get("/")
def index() -> str:
    """Show the procedures: those that still have a step before them, unless asked otherwise."""
    status = "to_decide" if request.args.get("waiting") == "approval" else request.args.get("status") or "unfinished"
    due = "overdue" if request.args.get("overdue") else request.args.get("due", "")
    filters = ProcedureFilters(
        status=status, kind=request.args.get("kind", ""), due=due, q=request.args.get("q", "")[:80],
        place_id=request.args.get("place", "")[:20], division_id=request.args.get("division", "")[:20],
    )  # fmt: skip
    with services().store.reading() as session:
        page = list_procedures(session, filters, after=request.args.get("after"), limit=50, today=today())
        return render_template(
            "procedures/index.html", page=page, filters=filters, groups=GROUPS, statuses=PROCEDURE_STATUSES, kinds=PROCEDURE_KINDS,
            dues=DUES, due_counts=due_counts(session, today=today()),
            unfinished=count_procedures(session, ProcedureFilters(), today=today()),
        )  # fmt: skip


@blueprint.get("/<procedure_id>")
def procedure(procedure_id: str) -> str:
    """Show one procedure: its track, what was found and said, what it would change, and what can be done now."""
    return page_of(procedure_id, {}, {})


@blueprint.get("/<procedure_id>/map.json")
def procedure_map(procedure_id: str) -> dict[str, Any]:
    """Return the place a procedure is about, for the map."""
    with services().store.reading() as session:
        place_id = find_procedure(session, procedure_id).place_id
        return collection(place_features(session, place_id) if place_id else [])


@blueprint.post("/<procedure_id>/move")
@require_role(*DECIDING)
def move(procedure_id: str) -> Response | tuple[str, int]:
    """Make one move of a procedure; where it is refused, the page says why and keeps what was typed."""
    verb = submitted("verb", longest=20)
    typed = {name: submitted(name, longest=5_000) for name in ("text", "kind", "decision_no", "authority", "override")}
    try:
        if verb not in MOVES:
            raise UsageError(_("没有这一步"), field="verb")
        with services().store.transaction() as session:
            if again := replayed(session):
                return again
            text = MOVES[verb](session, procedure_id, typed, actor=current_actor(), version=submitted_version())
            undo = url_for("procedures.undo", procedure_id=procedure_id) if verb == "approve" else None
            there = url_for("procedures.procedure", procedure_id=procedure_id, queue=_queue() or None)
            return done(session, text, there, undo=undo)
    except (UsageError, Conflict, Forbidden) as error:
        named = "override" if verb == "approve" and error.field == "reason" else field_of(error)  # why broken decisions are accepted
        return page_of(procedure_id, {named: error.message}, {**typed, "verb": verb}), _STATUS[type(error)]


@blueprint.post("/<procedure_id>/undo")
@require_role(*DECIDING)
def undo(procedure_id: str) -> Response:
    """Take an approval back, within the minutes in which that is offered."""
    with services().store.transaction() as session:
        if again := replayed(session):
            return again
        undo_approval(session, procedure_id, actor=current_actor(), engine=services().engine)
        text = _("已撤销批准，一切恢复原状；批准与撤销都留在记录里")
        return done(session, text, url_for("procedures.procedure", procedure_id=procedure_id))


def page_of(procedure_id: str, errors: Mapping[str, str], typed: Mapping[str, str]) -> str:
    """Return the page of a procedure, with what was wrong and what was typed in the form that was sent."""
    with services().store.reading() as session:
        record = procedure_record(session, procedure_id, actor=current_actor(), today=today())
        proposal = proposal_of(session, find_procedure(session, procedure_id))
        alias = {"row": proposal, "replay": replay_shown(session, proposal)} if proposal is not None else None
        return render_template(
            "procedures/procedure.html", record=record, alias=alias, errors=errors, typed=typed, opinions=OPINIONS, rule=find_rule,
            rule_title=rule_title, events=history(session, procedure_id), next_verb=_next_verb(record),
            paper_choices=[(code, in_words(title)) for code, title in paper_titles().items()],
            papers=papers_ready(find_procedure(session, procedure_id)), files=ACCEPTED, grounds=delisting_grounds(),
            blocking=[one for one in record["checks"] if one["severity"] == "block"], queue=_queue(),
            following=following_url(session, record["finding_id"], _queue()) if _queue() and record["finding_id"] else "",
        )  # fmt: skip


def _queue() -> str:
    """Return the queue of doubts from which this procedure was opened, as the text of its filters; '' where it was not."""
    return request.args.get("queue", "")[:600]


def _next_verb(record: Mapping[str, Any]) -> str:
    """Return the one move that is the next step and open to this person, '' where it is somebody else's turn."""
    order = {"proposed": ("check",), "checked": ("approve", "consult"), "consulted": ("approve",)}
    order |= {"approved": ("file",), "filed": ("announce",)}
    allowed = {one["verb"] for one in record["moves"] if one["allowed"]}
    return next((verb for verb in order.get(record["status"], ()) if verb in allowed), "")


def field_of(error: GeoaddrError) -> str:
    """Return the form's name of the field an error is about."""
    names = {"place_id": "place", "successor_id": "successor", "opinions": "text", "division_id": "division", "id": ""}
    field = getattr(error, "field", None) or ""
    return names.get(field, field)
