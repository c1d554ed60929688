"""The overview: how much there is of everything, what waits for whom, and what happened last."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from gazetteer.names.reminders import reminders
from gazetteer.overview import DECIDING, overview, recent_events, tail_holds, waiting
from gazetteer.plates.coverage import coverage, totals
from web.auth import current_account, has_role
from web.event_words import OF_CASES, QUIET
from web.services import services, today

blueprint = Blueprint("overview", __name__)

WAITING: dict[str, tuple[Any, str, dict[str, str], str]] = {
    "failed_jobs": (_l("失败的任务"), "admin.jobs", {"status": "failed"}, "stop"),
    "procedures_overdue": (_l("超期的办件"), "procedures.index", {"due": "overdue"}, "stop"),
    "procedures_due_soon": (_l("快到期的办件"), "procedures.index", {"due": "soon"}, "look"),
    "procedures_to_approve": (_l("待批准的办件"), "procedures.index", {"waiting": "approval"}, "look"),
    "visits_in_review": (_l("待复核的现场回报"), "plates.visits", {"status": "review"}, "look"),
    "open_findings": (_l("待处理的地名疑点"), "names.index", {"status": "open"}, "look"),
    "running_procedures": (_l("办理中的办件"), "procedures.index", {"status": "running"}, "info"),
    "links_in_review": (_l("待复核的地址关联"), "review.index", {}, "look"),
    "cases_unmatched": (_l("未匹配的业务对象"), "cases.index", {"status": "unmatched"}, "look"),
    "open_orders": (_l("未完成的门牌工单"), "plates.orders", {"status": "open"}, "info"),
}
"""Code of a kind of waiting work -> words, page that lists exactly it, its filters, colour."""


@blueprint.get("/")
def index() -> str | Response:
    """Show the whole register in figures; installers go to their own list."""
    account = current_account()
    assert account is not None, "pages are closed to those who have not signed in"
    if account.role == "installer" and "field.index" in current_app.view_functions:
        return redirect(url_for("field.index"))
    own = account.division_id or ""
    with services().store.reading() as session:
        return render_template(
            "overview/index.html",
            register=overview(session),
            waiting=[(one, *WAITING[one.code]) for one in waiting(session, account.role, division_id=own, today=today())],
            events=recent_events(session, without=QUIET if has_role(*DECIDING) else (*QUIET, *OF_CASES)),
            sound=tail_holds(session),
            index_size=services().engine.size,
            index_seq=services().engine.seq,
            decides=has_role(*DECIDING),
            reminders=reminders(session, account.actor, today=today()) if has_role(*DECIDING) else [],
            scope="all" if own else None,
            to=to,
        )


@blueprint.get("/overview/coverage")
def coverage_now() -> str:
    """Show how many of the plates that are needed hang, by town; a part of the overview, fetched after it."""
    with services().store.reading() as session:
        return render_template("overview/_coverage.html", rows=coverage(session, "town"), total=totals(session), to=to)


def to(endpoint: str, **arguments: Any) -> str:
    """Return the address of a page, or '' where this installation does not have it."""
    return url_for(endpoint, **arguments) if endpoint in current_app.view_functions else ""


def filters() -> dict[str, str]:
    """Return the filters in the address of the present list, without where it goes on."""
    return {name: value for name, value in request.args.items() if name not in ("after", "lang")}
