"""Looking for entries rather than judging a text: ranked search, completion while typing, and what lies at a position."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from geoaddr.normalize import normalize
from geoaddr.parse import parse
from matchers.candidates import doors_on, meanings
from matchers.case import rank
from matchers.compare import weighed
from matchers.direct import direct
from matchers.index.keys import NAMED, door_key
from matchers.index.read import IndexLike
from matchers.match import compared, judge, whole_way
from matchers.question import Question, ask
from matchers.tables import table, weights
from matchers.verdict import Candidate, Entry, Query, Verdict

Box = tuple[float, float, float, float]
_NAMED_DOOR = door_key(NAMED, "", "")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One completion: the text to put into the box and, where there is one, the entry it stands for.

    ``kind`` is ``name`` or ``address``, ``matched`` says how it was typed: ``characters``, ``pinyin`` or ``initials``; ``score`` falls with
    the number of characters still to be typed.
    """

    text: str
    entry: Entry | None
    kind: str
    matched: str
    score: float


@dataclass(frozen=True, slots=True)
class Nearby:
    """An entry near a position; ``score`` by distance class (1 m, 10 m, 100 m, 250 m, 1 km)."""

    entry: Entry
    distance_m: float
    score: float


def search(
    q: str,
    index: IndexLike,
    *,
    limit: int = 10,
    division: str = "",
    kind: str = "",
    lon: float | None = None,
    lat: float | None = None,
    bbox: Box | None = None,
) -> list[Candidate]:
    """Return up to ``limit`` entries for a search text, best first: what matching finds, then what the text begins.

    ``division`` keeps entries whose code starts with it, ``kind`` is address, place or division, ``bbox`` is
    ``(min_lon, min_lat, max_lon, max_lat)`` in degrees, ``lon``/``lat`` pull near entries forward. Empty text -> ``[]``.
    """
    if not q.strip() or limit < 1:
        return []
    question = ask(Query(q, lon=lon, lat=lat, division=division), parse(q, index.lexicon))
    return _ranked(question, compared(question, index), index, limit, kind, bbox)


def look_up(query: Query, index: IndexLike, *, limit: int = 10, kind: str = "", bbox: Box | None = None) -> tuple[Verdict, list[Candidate]]:
    """Return what ``match`` and ``search`` say of a text, read and compared once."""
    if limit == 1 and not kind and bbox is None:
        verdict = direct(query, index, whole_way)
        if verdict is not None and verdict.address is not None:
            return verdict, [weighed(verdict.address, verdict.evidence, weights())]
    question = ask(query, parse(query.text, index.lexicon))
    candidates = compared(question, index)
    return judge(question, candidates, index), _ranked(question, candidates, index, limit, kind, bbox) if query.text.strip() else []


def _ranked(question: Question, candidates: list[Candidate], index: IndexLike, limit: int, kind: str, bbox: Box | None) -> list[Candidate]:
    ranked = list(rank(candidates, weights()))
    found = [item for item in ranked if _wanted(item.entry, kind, bbox)]
    if len(found) >= limit:
        return found[:limit]
    seen = {item.entry.id for item in ranked}
    for suggestion in suggest(question.query.text, index, limit=limit, division=question.query.division):
        if suggestion.entry is not None and suggestion.entry.id not in seen:
            seen.add(suggestion.entry.id)
            if _wanted(suggestion.entry, kind, bbox):
                found.append(Candidate(suggestion.entry, (), min(suggestion.score, 0.5)))
    return found[:limit]


def suggest(q: str, index: IndexLike, *, limit: int = 10, division: str = "") -> list[Suggestion]:
    """Return completions of what is being typed, in characters, pinyin or initials: ``xq`` and ``xiaoq`` and ``肖`` -> 肖桥路."""
    typed = normalize(q).text
    if not typed or limit < 1:
        return []
    found = _suggestions(typed, index, limit * 3)
    unique: dict[str, Suggestion] = {}
    for item in found:
        if not division or item.entry is None or item.entry.division_code.startswith(division):
            unique.setdefault(item.entry.id if item.entry else item.text, item)
    return sorted(unique.values(), key=lambda item: (-item.score, len(item.text), item.text))[:limit]


def _suggestions(typed: str, index: IndexLike, limit: int) -> Iterator[Suggestion]:
    ways = ("pinyin", "initials") if typed.isascii() and typed.isalpha() else ("characters",)
    for matched in ways:
        spelling = typed.lower() if matched != "characters" else typed
        for text in index.complete(spelling, matched, limit):
            score = min(1.0, len(spelling) / max(len(text) if matched != "pinyin" else 3 * len(text), 1))
            entries = [index.entry(row) for row in index.rows_at(text, _NAMED_DOOR, limit=4)]
            if not entries and index.names(text):
                yield Suggestion(text, None, "name", matched, score)
            yield from (
                Suggestion(entry.label, entry, "address" if entry.kind == "address" else "name", matched, score) for entry in entries
            )
    if ways == ("characters",):
        yield from _doors_begun(typed, index, limit)


def _doors_begun(typed: str, index: IndexLike, limit: int) -> Iterator[Suggestion]:
    """Doors whose number begins with the digits typed after a known name: 肖桥路8 -> 8号, 80号 … 89号, 8-1号 …"""
    question = ask(Query(typed), parse(typed, index.lexicon))
    if not question.number or not any(True for part in (*question.names, *question.given("community")) for _ in meanings(part, index)):
        return
    spellings = [question.number]
    if typed.endswith(question.number):  # what follows a number ends it: 8号 is not on its way to 80号
        spellings += _longer(question.number)
    count = 0
    for spelling in spellings:
        wanted = (
            ask(Query(typed), parse(typed.replace(question.number, spelling, 1), index.lexicon))
            if spelling != question.number
            else question
        )
        for part in (*wanted.names, *wanted.given("community")):
            for value in meanings(part, index):
                for row in doors_on(wanted, index, part.label, value):
                    entry = index.entry(row)
                    yield Suggestion(entry.label, entry, "address", "characters", min(1.0, len(question.number) / len(spelling)) * 0.95)
                    count += 1
                    if count >= limit:
                        return


def _longer(number: str) -> list[str]:
    return [*(f"{number}{digit}" for digit in range(10)), *(f"{number}-{sub}" for sub in range(1, 10))]


def reverse(lon: float, lat: float, index: IndexLike, *, radius_m: float = 250.0, limit: int = 10) -> list[Nearby]:
    """Return up to ``limit`` entries within ``radius_m`` (at most 50 km) of a CGCS2000 point, nearest first; none there -> ``[]``."""
    steps = table("weights.yaml")["reverse"]
    found = index.nearest(lon, lat, radius_m=min(max(radius_m, 0.0), float(steps["widest_m"])), limit=max(limit, 0))
    return [Nearby(index.entry(row), metres, _closeness(metres, steps["scores"])) for row, metres in found]


def _closeness(metres: float, steps: Iterable[tuple[float, float]]) -> float:
    return next((float(score) for reach, score in steps if metres <= reach), 0.0)


def _wanted(entry: Entry, kind: str, bbox: Box | None) -> bool:
    return (not kind or entry.kind == kind) and _inside(entry, bbox)


def _inside(entry: Entry, bbox: Box | None) -> bool:
    if bbox is None:
        return True
    if entry.lon is None or entry.lat is None:
        return False
    return bbox[0] <= entry.lon <= bbox[2] and bbox[1] <= entry.lat <= bbox[3]
