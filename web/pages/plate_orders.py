"""Orders: batches of plates on their way from the workshop to the wall, with the moves that are open now."""

from __future__ import annotations

from datetime import date

from flask import Response, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gazetteer.plates.counts import installers, summaries, tasks_of
from gazetteer.plates.coverage import missing_plates
from gazetteer.plates.lists import list_orders
from gazetteer.plates.orders import BATCH_VERBS, advance, find_order, moves_of_order, order_counts, order_plates
from gazetteer.plates.serials import grouped
from gazetteer.plates.sheet import sheet_for
from gazetteer.store.events import history
from gazetteer.store.models.plates import ORDER_ACTIONS
from geoaddr.errors import UsageError
from web.auth import current_actor, require_role
from web.forms import done, replayed, submitted, submitted_version
from web.messages import _
from web.navigation import DECIDING
from web.pages.plates import blueprint as plates
from web.pages.plates import pdf
from web.services import services
from web.words import word

TASKS_SHOWN = 300
ORDERED_AT_ONCE = 500


@plates.get("/orders")
def orders() -> str:
    """Show the orders, newest first."""
    action, status = request.args.get("action", ""), request.args.get("status", "")
    if action not in ("", *ORDER_ACTIONS) or status not in ("", "open", "done", "cancelled"):
        raise UsageError(_("没有这种筛选条件"), field="status")
    with services().store.reading() as session:
        page = list_orders(session, action=action or None, status=status or None, after=request.args.get("after"), limit=50)
        return render_template(
            "plates/orders.html", page=page, rows=summaries(session, page.rows), action=action, status=status, actions=ORDER_ACTIONS
        )


@plates.get("/orders/<order_id>")
def order(order_id: str) -> str:
    """Show one order: its plates, where they stand, and what can be done with all of them together."""
    with services().store.reading() as session:
        found = find_order(session, order_id)
        allowed = moves_of_order(session, found)
        return render_template(
            "plates/order.html", order=found, summary=summaries(session, [found])[0], counts=order_counts(session, order_id),
            tasks=tasks_of(session, order_id, limit=TASKS_SHOWN), allowed=allowed, verbs=order_verbs(found.action),
            people=installers(session) if "dispatch" in allowed else [], events=history(session, order_id), grouped=grouped,
            refusal=refusal, today=date.today(),
        )  # fmt: skip


@plates.post("/orders/<order_id>/move")
@require_role(*DECIDING)
def move_order(order_id: str) -> AnyResponse:
    """Move all plates of an order together."""
    verb = submitted("verb", longest=20)
    with services().store.transaction() as session:
        if again := replayed(session):
            return again
        given_to = submitted("assigned_to", longest=20) or None
        moved = advance(session, order_id, verb, actor=current_actor(), assigned_to=given_to, version=submitted_version())
        text = _("已派发，安装任务单在此") if moved.id != order_id else _("已办理：%(verb)s", verb=word("order_verb", verb))
        return done(session, text, url_for("plates.order", order_id=moved.id))


@plates.get("/orders/<order_id>/sheet.pdf")
@require_role(*DECIDING)
def order_sheet(order_id: str) -> Response:
    """Return the print sheet of an order: eight plates a page, or with ``scale=true`` each at its true size."""
    scale = "true" if request.args.get("scale") == "true" else "sheet"
    with services().store.reading() as session:
        data = sheet_for(session, services().settings, order_id=order_id, scale=scale)
    return pdf(data, f"plates-{order_id}.pdf")


@plates.post("/orders")
@require_role(*DECIDING)
def order_submitted() -> AnyResponse:
    """Order plates for addresses given by id, or for all of a road or division that have none."""
    with services().store.transaction() as session:
        if again := replayed(session):
            return again
        ids = [one[:20] for one in request.form.getlist("address_id")][:ORDERED_AT_ONCE]
        place_id, division_id = submitted("place", longest=20), submitted("division", longest=20)
        if not ids and (place_id or division_id):
            ids = missing_plates(session, place_id=place_id or None, division_id=division_id or None, limit=ORDERED_AT_ONCE)
        made = order_plates(session, ids, reason=submitted("reason", longest=300), actor=current_actor(), due_on=_due_on())
        return done(session, _("已下单，共 %(n)s 块门牌", n=len(ids)), url_for("plates.order", order_id=made.id))


def order_verbs(action: str) -> tuple[str, ...]:
    """Return the verbs that belong to an order of this kind, in the order of work."""
    return tuple(BATCH_VERBS) if action == "make" else ("cancel",)


def refusal(verb: str, status: str) -> str:
    """Say why a verb is not open for an order."""
    if status == "cancelled":
        return _("这个工单已取消")
    if verb == "cancel":
        return _("已办结的工单不能取消")
    needed = "、".join(word("plate", source) for source in BATCH_VERBS[verb])
    return _("没有处于“%(status)s”的门牌", status=needed)


def _due_on() -> date | None:
    text = submitted("due_on", longest=10)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise UsageError(_("日期应写成 2026-11-23"), field="due_on") from error
