"""Reports from the door that a person must look at: what was registered beside what was seen."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as AnyResponse

from gazetteer.plates.counts import next_in_review, photo_known, visit_counts
from gazetteer.plates.lists import list_visits
from gazetteer.plates.photos import photo_path
from gazetteer.plates.records import visit_record
from gazetteer.plates.serials import grouped, is_serial
from gazetteer.plates.visits import decide_visit, find_visit
from geoaddr.errors import NotFound, UsageError
from web.auth import current_actor, require_role
from web.forms import done, replayed, submitted, submitted_version
from web.messages import _
from web.navigation import DECIDING
from web.pages.plates import blueprint as plates
from web.plate_maps import plate_map
from web.services import services

STATUSES = ("review", "accepted", "dismissed")
OUTCOMES = ("installed", "taken_down", "problem")
QUEUE = 40


@plates.get("/visits")
@require_role(*DECIDING)
def visits() -> str:
    """Show reports from the door, what has waited longest first; those in review unless asked otherwise."""
    status, outcome = request.args.get("status", "review"), request.args.get("outcome", "")
    if status not in ("all", *STATUSES) or outcome not in ("", *OUTCOMES):
        raise UsageError(_("没有这种筛选条件"), field="status")
    with services().store.reading() as session:
        wanted = None if status == "all" else status
        page = list_visits(session, status=wanted, outcome=outcome or None, after=request.args.get("after"), limit=50)
        return render_template(
            "plates/visits.html", page=page, rows=[(row, visit_record(row)) for row in page.rows], status=status, outcome=outcome,
            counts=visit_counts(session), statuses=STATUSES, outcomes=OUTCOMES, shown=shown_serial,
        )  # fmt: skip


@plates.get("/visits/<visit_id>")
@require_role(*DECIDING)
def visit(visit_id: str) -> str:
    """Show one report beside the queue: what was seen, what speaks against it, and the two decisions."""
    return _page(visit_id, {})


@plates.get("/visits/<visit_id>/around.json")
@require_role(*DECIDING)
def visit_around(visit_id: str) -> dict[str, Any]:
    """Return the registered door and the reported position, for the map."""
    with services().store.reading() as session:
        found = find_visit(session, visit_id)
        address_id = None if found.plate is None else found.plate.address_id
        return plate_map(session, address_id, [visit_record(found)], shown_serial(found.serial))


@plates.post("/visits/<visit_id>/decide")
@require_role(*DECIDING)
def decide(visit_id: str) -> AnyResponse | tuple[str, int]:
    """Accept or dismiss a report and bring the next one."""
    decision = submitted("decision", longest=10)
    try:
        with services().store.transaction() as session:
            if again := replayed(session):
                return again
            decide_visit(session, visit_id, decision, submitted("reason", longest=300), actor=current_actor(), version=submitted_version())
            following = next_in_review(session, visit_id)
            text = _("已认可") if decision == "accept" else _("已作不予认可处理")
            return done(session, text, url_for("plates.visit", visit_id=following) if following else url_for("plates.visits"))
    except UsageError as error:
        return _page(visit_id, {error.field or "": error.message}), 422


@plates.get("/photos/<sha256>.jpg")
@require_role(*DECIDING)
def photo(sha256: str) -> Response:
    """Return a photo that a report carries; it may show people, so only the office sees it."""
    with services().store.reading() as session:
        if not photo_known(session, sha256):
            raise NotFound(_("没有这张照片"), field="photo")
    answer = send_file(photo_path(services().settings.media_dir, sha256).resolve(), mimetype="image/jpeg")
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer


def shown_serial(text: str) -> str:
    """Return a serial in groups of four, anything else as it was sent."""
    return grouped(text) if is_serial(text) else text


def _page(visit_id: str, errors: dict[str, str]) -> str:
    with services().store.reading() as session:
        found = find_visit(session, visit_id)
        waiting = list_visits(session, status="review", limit=QUEUE)
        return render_template(
            "plates/visit.html", visit=visit_record(found), row=found, waiting=waiting, following=next_in_review(session, visit_id),
            errors=errors, shown=shown_serial, typed=request.form.get("reason", ""),
        )  # fmt: skip
