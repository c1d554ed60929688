"""Look-ups: search, suggest, reverse, parse, normalize and match, over the one engine."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from gazetteer.linking.engine import Engine
from geoaddr.errors import UsageError
from geoaddr.geometry import to_cgcs2000
from geoaddr.normalize import normalize
from geoaddr.parse import parse
from matchers.search import Box
from matchers.texts import compare_texts
from matchers.verdict import Entry, Query, Verdict, entry_dict
from web.api.shapes import (
    AddressText,
    CompareAnswer,
    CompareBody,
    CompareQuery,
    MatchAnswer,
    MatchBody,
    NormalizeAnswer,
    ParseAnswer,
    ReverseQuery,
    SearchAnswer,
    SearchQuery,
    SuggestAnswer,
    SuggestQuery,
    TextQuery,
)  # fmt: skip
from web.auth import needs
from web.geojson import MEDIA_TYPE, collection, feature
from web.json_provider import as_json
from web.messages import _
from web.services import services

blueprint = APIBlueprint("api_lookup", __name__, url_prefix="/api/v1", tag="look-up")

DATUM_CRS = {"CGCS2000": "cgcs2000", "WGS84": "wgs84", "GCJ-02": "gcj02", "BD-09": "bd09"}
SHOWN_PARTS = tuple(name for name in Entry._fields if name not in ("id", "kind", "label", "status", "lon", "lat", "aliases", "point_level"))
GEOCODEJSON = "0.1.0"
GEO = {"Content-Type": MEDIA_TYPE}


@blueprint.get("/search")
@needs("lookup")
@blueprint.input(SearchQuery, location="query")
@blueprint.output(SearchAnswer, content_type=MEDIA_TYPE)
def search(query_data: SearchQuery) -> Response:
    """Rank entries for a search text

    GeoJSON with a GeocodeJSON head. Each feature says in `verdict` whether the text certainly means it (A, B) or it is one to
    choose from (C); the whole verdict is in `geocoding.verdict`.
    """
    q = query_data
    lon, lat = position(q.lon, q.lat, q.datum)
    query, inside = Query(q.q, lon=lon, lat=lat, division=q.division or ""), box(q.bbox, q.datum)
    return as_json(search_answer(services().engine, query, q, inside), MEDIA_TYPE)


def search_answer(engine: Engine, query: Query, asked: SearchQuery, inside: Box | None) -> dict[str, Any]:
    """Return the feature collection for a question to the engine."""
    verdict, found = engine.look_up(query, limit=asked.limit, kind=asked.kind or "", bbox=inside)
    features = [entry_feature(one.entry, score=round(one.score, 4), verdict=letter(verdict, one.entry)) for one in found]
    return collection(features, geocoding=head(asked.q, verdict))


@blueprint.get("/suggest")
@needs("lookup")
@blueprint.input(SuggestQuery, location="query")
@blueprint.output(SuggestAnswer)
def suggest(query_data: SuggestQuery) -> dict[str, Any]:
    """Complete what is being typed, by characters, pinyin or initials"""
    q = query_data
    found = services().engine.suggest(q.q, limit=q.limit, division=q.division or "")
    return {
        "suggestions": [
            {"text": one.text, "kind": one.kind, "matched": one.matched, "score": round(one.score, 4), "entry": entry_dict(one.entry)}
            for one in found
        ]
    }


@blueprint.get("/reverse")
@needs("lookup")
@blueprint.input(ReverseQuery, location="query")
@blueprint.output(SearchAnswer, content_type=MEDIA_TYPE)
def reverse(query_data: ReverseQuery) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Find what lies nearest to a position

    Addresses and places, nearest first, with `distance_m`. Empty where nothing lies within the radius.
    """
    q = query_data
    lon, lat = moved(q.lon, q.lat, q.datum)
    found = services().engine.reverse(lon, lat, radius_m=q.radius, limit=q.limit)
    features = [entry_feature(one.entry, score=round(one.score, 4), distance_m=round(one.distance_m, 1)) for one in found]
    return collection(features, geocoding=head()), 200, GEO


@blueprint.get("/parse")
@needs("lookup")
@blueprint.input(TextQuery, location="query")
@blueprint.output(ParseAnswer)
def parse_text(query_data: TextQuery) -> dict[str, Any]:
    """Cut an address text into labelled parts"""
    return parse(query_data.q, services().engine.view().lexicon).as_dict()


@blueprint.get("/normalize")
@needs("lookup")
@blueprint.input(TextQuery, location="query")
@blueprint.output(NormalizeAnswer)
def normalize_text(query_data: TextQuery) -> dict[str, Any]:
    """Write an address text in its normal form"""
    found = normalize(query_data.q)
    return {"text": query_data.q, "normalized": found.text, "offsets": list(found.offsets), "steps": list(found.steps)}


@blueprint.get("/compare")
@needs("lookup")
@blueprint.input(CompareQuery, location="query")
@blueprint.output(CompareAnswer)
def compare(query_data: CompareQuery) -> dict[str, Any]:
    """Say whether two address texts mean the same place, partly the same, or different places

    `same` down to the building or the named thing; `partial` where one lies in the other, or both in one estate, village or street,
    or at one door under two names. The register's names, aliases and former names are known. Neither text is kept or logged.
    """
    return compare_texts(query_data.a, query_data.b, services().engine.view().lexicon).as_dict()


@blueprint.post("/compare")
@needs("lookup")
@blueprint.input(CompareBody)
@blueprint.output(CompareAnswer)
def compare_sent(json_data: CompareBody) -> dict[str, Any]:
    """Compare two address texts sent in the body

    The same answer as GET gives, for long texts and for the addresses of persons, which stay out of URLs. Neither is kept or logged.
    """
    return compare_texts(json_data.a, json_data.b, services().engine.view().lexicon).as_dict()


@blueprint.post("/match")
@needs("lookup")
@blueprint.input(MatchBody)
@blueprint.output(MatchAnswer)
def match(json_data: MatchBody) -> Response:
    """Give a verdict on each of up to 1,000 address texts

    Same order, one each. No text is kept or logged; of a road or village that the register lacks, the name alone is counted.
    """
    queries = [query_of(one, number) for number, one in enumerate(json_data.addresses)]
    verdicts = list(services().engine.match_many(queries))
    counts = dict.fromkeys("ABCNX", 0)
    for verdict in verdicts:
        counts[verdict.verdict] += 1
    answers = [{**verdict.as_dict(), "ref": one.ref} for verdict, one in zip(verdicts, json_data.addresses, strict=True)]
    return as_json({"verdicts": answers, "counts": counts})


def query_of(one: AddressText, number: int) -> Query:
    """Return the question to the engine for one text as sent; a half or impossible position names the text's ``number``."""
    try:
        lon, lat = position(one.lon, one.lat, one.datum)
    except UsageError as error:
        raise UsageError(error.message, field=f"addresses.{number}.{error.field}") from error
    return Query(one.text, ref=one.ref, lon=lon, lat=lat, division=one.division, as_of=one.as_of)


def position(lon: float | None, lat: float | None, datum: str) -> tuple[float | None, float | None]:
    """Return a position in CGCS2000 degrees; ``UsageError`` where only one half was sent or the datum cannot hold it."""
    if lon is None and lat is None:
        return None, None
    if lon is None or lat is None:
        raise UsageError(_("经度和纬度要一起给出"), field="lat" if lat is None else "lon")
    return moved(lon, lat, datum)


def moved(lon: float, lat: float, datum: str) -> tuple[float, float]:
    """Return a position of another datum in CGCS2000 degrees."""
    xs, ys = to_cgcs2000(lon, lat, DATUM_CRS[datum])
    x, y = float(xs), float(ys)
    if not (-180 <= x <= 180 and -90 <= y <= 90):
        raise UsageError(_("这个位置不在该坐标系的范围内"), field="lon")
    return x, y


def box(text: str | None, datum: str) -> tuple[float, float, float, float] | None:
    """Read ``min_lon,min_lat,max_lon,max_lat`` as a box in CGCS2000 degrees."""
    if text is None:
        return None
    west, south, east, north = (float(one) for one in text.split(","))
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise UsageError(_("bbox 的次序是 最小经度,最小纬度,最大经度,最大纬度"), field="bbox")
    xs, ys = to_cgcs2000([west, east], [south, north], DATUM_CRS[datum])
    return float(xs[0]), float(ys[0]), float(xs[1]), float(ys[1])


def entry_feature(entry: Entry, **properties: Any) -> dict[str, Any]:
    """Return an entry as a GeoJSON feature; parts that do not apply are left out."""
    parts = {name: value for name in SHOWN_PARTS if (value := getattr(entry, name)) not in ("", None)}
    where = None if entry.lon is None or entry.lat is None else (entry.lon, entry.lat)
    known = {"id": entry.id, "kind": entry.kind, "label": entry.label, "status": entry.status, "point_level": entry.point_level}
    return feature(where, **known, **parts, **properties)


def letter(verdict: Verdict, entry: Entry) -> str:
    """Say how sure it is that the text means this entry: the verdict's letter for its address, C for the others."""
    return verdict.verdict if verdict.address is not None and verdict.address.id == entry.id else "C"


def head(query: str = "", verdict: Verdict | None = None) -> dict[str, Any]:
    """Return the GeocodeJSON head of an answer."""
    found: dict[str, Any] = {"version": GEOCODEJSON, "datum": "CGCS2000"}
    if verdict is not None:
        found |= {"query": query, "verdict": verdict.as_dict()}
    return found
