"""Why a text means this entry: every step of one match, and two texts beside each other."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response

from gazetteer.linking.review import find_link, link_record
from geoaddr.errors import UsageError
from matchers.texts import compare_texts
from matchers.verdict import Query
from web.auth import require_role
from web.explaining import Told, step_word, told
from web.forms import submitted, submitted_number
from web.messages import _
from web.pages.cases import CASE_ROLES
from web.parts import stretches
from web.services import services
from web.verdict_map import entry_url

blueprint = Blueprint("explain", __name__, url_prefix="/match/explain")

LONGEST_TEXT = 2_000


@blueprint.get("/")
def index() -> str:
    """Ask for a text to explain."""
    return render_template("match/explain.html", told=None, typed="", errors={})


@blueprint.post("/")
def explain() -> str | Response:
    """Explain one text; posted, because it may be a person's address."""
    try:
        text = submitted("text", longest=LONGEST_TEXT)
        if not text:
            raise UsageError(_("请写一条地址"), field="text")
        query = Query(text, lon=submitted_number("lon"), lat=submitted_number("lat"), division=submitted("division", longest=12))
        return _page(_told(query), typed=text)
    except UsageError as error:
        typed = request.form.get("text", "")
        page = render_template("match/explain.html", told=None, typed=typed, errors={error.field or "text": error.message})
        return make_response(page, 422)


@blueprint.get("/link/<link_id>")
@require_role(*CASE_ROLES)
def link(link_id: str) -> str:
    """Explain the text of a case by the register of today, beside what was decided on it."""
    with services().store.reading() as session:
        record, case = link_record(session, link_id), find_link(session, link_id).case
    query = Query(record["text"], ref=case.id, lon=case.lon, lat=case.lat, division=case.division_code)
    return _page(_told(query), typed="", link=record)


@blueprint.post("/compare")
def compare() -> str | Response:
    """Compare two texts with each other."""
    try:
        texts = [submitted(name, longest=LONGEST_TEXT) for name in ("a", "b")]
        if not all(texts):
            raise UsageError(_("请写两条地址"), field="a" if not texts[0] else "b")
    except UsageError as error:
        given = [request.form.get(name, "") for name in ("a", "b")]
        page = render_template("match/compare.html", texts=given, found=None, errors={error.field or "a": error.message})
        return make_response(page, 422)
    lexicon = services().engine.view().lexicon
    found = compare_texts(texts[0], texts[1], lexicon)
    read = [stretches(services().engine.explain(Query(text)).parsed) for text in texts]
    return render_template("match/compare.html", texts=texts, found=found.as_dict(), read=read, errors={})


@blueprint.get("/compare")
def ask_two() -> str:
    """Ask for two texts to compare."""
    return render_template("match/compare.html", texts=["", ""], found=None, errors={})


def _told(query: Query) -> Told:
    engine = services().engine
    return told(engine.explain(query), engine.view())


def _page(found: Told, *, typed: str, link: dict[str, Any] | None = None) -> str:
    return render_template(
        "match/explain.html", told=found, typed=typed, link=link, errors={}, entry_url=entry_url, step_word=step_word,
        stretches=stretches(found.parsed),
    )  # fmt: skip
