"""Where officers keep the culture of names: stories with their sources, and collections drafted and published."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from gazetteer.culture.collections import (
    collection_record,
    create_collection,
    edit_collection,
    list_collections,
    publish_collection,
    withdraw_collection,
)
from gazetteer.culture.stories import LONGEST_TEXT, amend_story, find_story, stories_of, take_story_back, tell_story
from gazetteer.culture.subjects import find_subject
from gazetteer.store.models.culture import STORY_KINDS
from geoaddr.errors import UsageError
from web.auth import current_actor, require_role
from web.forms import done, replayed, submitted, submitted_version
from web.messages import _
from web.services import services

OFFICE = ("officer", "approver", "administrator")
SHOWN = 12
LONGEST_ORDER = 6
"""Digits of the number by which a stop is put in order."""

blueprint = Blueprint("culture", __name__, url_prefix="/culture")


@blueprint.get("/")
@require_role(*OFFICE)
def index() -> str:
    """List all collections with drafts, and offer to begin one."""
    with services().store.reading() as session:
        return render_template("culture/index.html", found=list_collections(session, drafts=True), errors={}, title="")


@blueprint.post("/")
@require_role(*OFFICE)
def begin() -> Response | tuple[str, int]:
    """Begin a collection."""
    with services().store.transaction() as session:
        if again := replayed(session):
            return again
        try:
            made = create_collection(session, submitted("title", longest=200), actor=current_actor())
        except UsageError as error:
            found = list_collections(session, drafts=True)
            return render_template(
                "culture/index.html", found=found, errors={error.field or "": error.message}, title=submitted("title")
            ), 400
        return done(session, _("已建草稿，请加入地名"), url_for("culture.collection", collection_id=made.id))


@blueprint.get("/collections/<collection_id>")
@require_role(*OFFICE)
def collection(collection_id: str) -> str:
    """Edit a collection; ``q`` looks for names to add."""
    q = request.args.get("q", "").replace("\x00", "").strip()[:80]
    return _collection_page(collection_id, q, {})


@blueprint.post("/collections/<collection_id>")
@require_role(*OFFICE)
def collection_submitted(collection_id: str) -> Response | tuple[str, int]:
    """Save title, introduction and stops as the form has them, in the order of their numbers."""
    with services().store.transaction() as session:
        if again := replayed(session):
            return again
        try:
            edit_collection(
                session, collection_id, actor=current_actor(), title=submitted("title", longest=200),
                intro=submitted("intro", longest=4_000), source=submitted("source", longest=600),
                stops=_stops_of_form(), version=submitted_version(),
            )  # fmt: skip
        except UsageError as error:
            session.rollback()
            return _collection_page(collection_id, "", {error.field or "": error.message}), 400
        return done(session, _("已保存"), url_for("culture.collection", collection_id=collection_id))


@blueprint.post("/collections/<collection_id>/publish")
@require_role(*OFFICE)
def publish(collection_id: str) -> Response:
    """Open a collection to everybody, or make it a draft again."""
    with services().store.transaction() as session:
        if again := replayed(session):
            return again
        if submitted("to") == "draft":
            withdraw_collection(session, collection_id, actor=current_actor(), version=submitted_version())
            return done(session, _("已撤回公开"), url_for("culture.collection", collection_id=collection_id))
        publish_collection(session, collection_id, actor=current_actor(), version=submitted_version())
        return done(session, _("已公开，人人可看"), url_for("name_public.collection", collection_id=collection_id))


@blueprint.get("/names/<subject_id>")
@require_role(*OFFICE)
def stories(subject_id: str) -> str:
    """Show what is told of a name, each piece with its form, and a form for one more."""
    return _stories_page(subject_id, {})


@blueprint.post("/names/<subject_id>")
@require_role(*OFFICE)
def tell(subject_id: str) -> Response | tuple[str, int]:
    """Record one more thing known of a name."""
    sent = request.files.get("photo")
    photo = sent.read() if sent is not None and sent.filename else None
    with services().store.transaction() as session:
        if again := replayed(session):
            return again
        try:
            tell_story(
                session, find_subject(session, subject_id), submitted("kind", longest=20), submitted("text", longest=LONGEST_TEXT + 100),
                actor=current_actor(), source=submitted("source", longest=600), oral=bool(submitted("oral")),
                period=submitted("period", longest=200), photo=photo, media_dir=services().settings.media_dir,
            )  # fmt: skip
        except UsageError as error:
            session.rollback()
            return _stories_page(subject_id, {error.field or "": error.message}), 400
        return done(session, _("已记下"), url_for("culture.stories", subject_id=subject_id))


@blueprint.post("/stories/<story_id>")
@require_role(*OFFICE)
def amend(story_id: str) -> Response:
    """Change a story, or take it back with a reason."""
    with services().store.transaction() as session:
        if again := replayed(session):
            return again
        story = find_story(session, story_id)
        back = url_for("culture.stories", subject_id=story.place_id or story.division_id)
        if submitted("do") == "take_back":
            take_story_back(session, story_id, actor=current_actor(), reason=submitted("reason", longest=300), version=submitted_version())
            return done(session, _("已撤下，原文留在记录里"), back)
        amend_story(
            session, story_id, submitted("text", longest=LONGEST_TEXT + 100), actor=current_actor(),
            source=submitted("source", longest=600), oral=bool(submitted("oral")),
            period=submitted("period", longest=200), version=submitted_version(),
        )  # fmt: skip
        return done(session, _("已修改"), back)


def _stories_page(subject_id: str, errors: dict[str, str]) -> str:
    with services().store.reading() as session:
        subject = find_subject(session, subject_id)
        told = stories_of(session, subject)
    typed = {name: request.form.get(name, "") for name in ("kind", "text", "source", "oral", "period")}
    return render_template(
        "culture/stories.html", subject=subject, stories=told, kinds=STORY_KINDS, errors=errors, typed=typed, longest=LONGEST_TEXT
    )


def _collection_page(collection_id: str, q: str, errors: dict[str, str]) -> str:
    found = services().engine.search(q, limit=SHOWN) if q else []
    names = [one.entry for one in found if one.entry.kind in ("place", "division") and one.entry.status == "current"]
    with services().store.reading() as session:
        record = collection_record(session, collection_id)
    return render_template("culture/collection_edit.html", collection=record, q=q, found=names, errors=errors)


def _stops_of_form() -> list[dict[str, str]]:
    """Read the stops: ``stop-id``, ``stop-order`` and ``stop-caption`` fields side by side; an order of 0 or nothing leaves one out."""
    rows = zip(request.form.getlist("stop-id"), request.form.getlist("stop-order"), request.form.getlist("stop-caption"), strict=False)
    kept = []
    for at, (id_, order, caption) in enumerate(rows):
        number = order.strip()
        if number and not (number.isascii() and number.isdecimal() and len(number) <= LONGEST_ORDER):
            raise UsageError(_("顺序要是整数，空着或 0 表示不放进来"), field="stops")
        if number and int(number):
            kept.append((int(number), at, {"id": id_.strip()[:20], "caption": caption.replace("\x00", "")}))
    return [stop for _number, _at, stop in sorted(kept, key=lambda one: one[:2])]
