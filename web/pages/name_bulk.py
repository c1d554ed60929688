"""One decision for all doubts of a filter: shown first, made in one act, taken back in one act."""

from __future__ import annotations

from collections.abc import Mapping

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from gazetteer.names import bulk
from gazetteer.names.finding_lists import total_findings
from geoaddr.errors import Conflict, NotFound, UsageError
from web.auth import current_actor, require_role
from web.forms import done, replayed, submitted, tell
from web.messages import _
from web.navigation import DECIDING
from web.pages.names import asked, carried, index_url
from web.pages.names import blueprint as names
from web.services import services
from web.words import word


@names.get("/bulk")
@require_role(*DECIDING)
def bulk_preview() -> str:
    """Show what a decision for all doubts of the filter would do, whom it leaves out and why."""
    return _page(request.args.get("verb", "dismiss")[:10], {}, {})


@names.get("/bulk/list")
@require_role(*DECIDING)
def bulk_list() -> str:
    """List every doubt that the decision would be made for, or every one it leaves out with the reason."""
    filters, verb, left_out = asked(), request.args.get("verb", "dismiss")[:10], bool(request.args.get("left_out"))
    with services().store.reading() as session:
        page = bulk.members(
            session, filters, verb, actor=current_actor(), left_out=left_out, after=request.args.get("after", "")[:20]
        )  # fmt: skip
        return render_template("names/bulk_list.html", page=page, verb=verb, left_out=left_out, carried=carried(filters))


@names.post("/bulk")
@require_role(*DECIDING)
def bulk_apply() -> Response | tuple[str, int]:
    """Make the decision for exactly the doubts that were shown."""
    verb, filters = submitted("verb", longest=10), asked()
    typed = {name: submitted(name, longest=500) for name in ("reason", "assigned_to")}
    try:
        with services().store.transaction() as session:
            if again := replayed(session):
                return again
            made = bulk.apply(
                session, filters, verb, seen=submitted("seen", longest=40), actor=current_actor(), reason=typed["reason"],
                user_id=typed["assigned_to"] or None,
            )  # fmt: skip
            text = _("%(n)s 条疑点：%(verb)s", n=made.count, verb=word("finding_verb", verb))
            return done(session, text, index_url(filters), undo=url_for("names.bulk_undo", seq=made.seq, **carried(filters)))
    except (UsageError, Conflict, NotFound) as error:
        return _page(verb, {getattr(error, "field", None) or "": error.message}, typed), 409 if isinstance(error, Conflict) else 422


@names.post("/bulk/<int:seq>/undo")
@require_role(*DECIDING)
def bulk_undo(seq: int) -> Response:
    """Take a decision made for many back, within the minutes in which that is offered."""
    with services().store.transaction() as session:
        if again := replayed(session):
            return again
        back, changed = bulk.undo(session, seq, actor=current_actor())
        text = _("已撤销，%(n)s 条疑点恢复原状", n=back)
        if changed:
            tell(_("其中 %(n)s 条此后又有处理，没有动", n=changed), kind="look")
        return done(session, text, index_url(asked()))


def _page(verb: str, errors: Mapping[str, str], typed: Mapping[str, str]) -> str:
    filters = asked()
    with services().store.reading() as session:
        return render_template(
            "names/bulk.html", shown=bulk.preview(session, filters, verb, actor=current_actor()), filters=filters, carried=carried(filters),
            total=total_findings(session, filters), verbs=bulk.VERBS, people=bulk.officers(session), errors=errors, typed=typed,
        )  # fmt: skip
