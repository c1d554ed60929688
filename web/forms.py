"""What pages' forms bring along, and how a view answers one: once, with a message that can be undone."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, redirect, request
from werkzeug.wrappers import Response

from gazetteer.idempotency import LONGEST_KEY, Answer, keep, recall
from gazetteer.store.database import Session
from gazetteer.store.events import now
from geoaddr.errors import UsageError
from web.auth import current_actor
from web.messages import _

UNDO_MINUTES = 10


def submitted(name: str, default: str = "", *, longest: int = 2_000) -> str:
    """Return a field of the form, without blanks around it; ``UsageError`` naming the field where it is too long."""
    text = request.form.get(name, default).replace("\x00", "").strip()
    if len(text) > longest:
        raise UsageError(_("最多 %(n)s 个字", n=longest), field=name)
    return text


def submitted_number(name: str) -> float | None:
    """Return a field as a number, None where it was left empty."""
    text = submitted(name, longest=40)
    if not text:
        return None
    try:
        number = float(text)
    except ValueError as error:
        raise UsageError(_("要是数"), field=name) from error
    if number != number or number in (float("inf"), float("-inf")):
        raise UsageError(_("要是有限的数"), field=name)
    return number


def submitted_version() -> int | None:
    """Return the version of the record the form was made from, None where the form does not say."""
    text = submitted("version", longest=12)
    return int(text) if text.isascii() and text.isdecimal() else None


def is_partial() -> bool:
    """Say whether htmx asked, and wants a fragment instead of a page."""
    return "HX-Request" in request.headers and "HX-Boosted" not in request.headers


def tell(text: str, *, kind: str = "info") -> None:
    """Show a message on the next page; ``kind`` is ``ok``, ``info``, ``look`` or ``stop``."""
    flash({"text": text, "kind": kind})  # type: ignore[arg-type]


def replayed(session: Session) -> Response | None:
    """Return where this form led when it was sent before, None the first time."""
    key = _form_key()
    if not key:
        return None
    before = recall(session, current_actor().text, key, _form_identity())
    return None if before is None else redirect(before.headers["Location"], code=303)


def done(session: Session, text: str, location: str, *, undo: str | None = None) -> Response:
    """Say that it is done, offer to undo it for ten minutes, and lead on to ``location``.

    Remembers the answer in the same transaction, so that the same form sent again changes nothing.
    """
    message = {"text": text, "kind": "ok"}
    if undo:
        message |= {"undo": undo, "undo_until": (now() + timedelta(minutes=UNDO_MINUTES)).isoformat()}
    flash(message)  # type: ignore[arg-type]
    if key := _form_key():
        keep(session, current_actor().text, key, _form_identity(), Answer(303, b"", {"Location": location}))
    return redirect(location, code=303)


def _form_key() -> str:
    key = submitted("idempotency_key", longest=LONGEST_KEY)
    return f"{key}"


def _form_identity() -> bytes:
    fields = sorted((name, value) for name, value in request.form.items(multi=True) if name not in ("csrf_token", "idempotency_key"))
    return repr((request.path, fields)).encode(errors="replace")
