"""The names that texts give and the register lacks: taken out of what was not found, counted, and looked through by an officer.

Only the name itself is kept, with the district and town beside it: never a person, a telephone, a number or a room, and no
text as it was sent (docs/privacy.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gazetteer.store.events import Actor, now
from gazetteer.store.models import UnknownName
from gazetteer.workflow import move, require_version
from geoaddr.contacts import set_apart
from geoaddr.errors import NotFound, UsageError
from geoaddr.ids import new_id
from geoaddr.parse import parse
from geoaddr.parts import Parsed, Part
from geoaddr.tables import read_settings
from matchers.index import IndexLike
from matchers.verdict import Verdict

SOURCES = ("lookups", "batches", "cases")
"""Who asked: single look-ups and calls, whole tables, addresses of case records."""

LONGEST_NAME = 20
LONGEST_PERSON = 4
"""Characters of a person's name; one such as 样甲路 ends like a road."""

_NUMBERS = ("number", "sub_number", "building", "unit", "floor", "room")
_UNITS = ("province", "city", "district", "town")
MOST_DIGITS = 18
"""Digits of a count that a database can compare with."""

CHUNK = 500
_LABELS = {"road": "road", "sub_road": "road", "village_group": "village_group", "community": "community", "poi": "poi", "sub_poi": "poi"}
_SHOWS_A_GAP = {"place_not_found", "leftover_words", "weak_similarity", "low_score"}
_DIVISIONS = ("district", "town")
_NAME = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff·]{2,20}")


@dataclass(frozen=True, slots=True)
class Unknown:
    """One name the register lacks as one text gave it; ``example`` is the name behind the divisions the text wrote, nothing more."""

    name: str
    label: str
    district: str = ""
    town: str = ""
    example: str = ""


def shows_a_gap(verdict: Verdict) -> bool:
    """Say whether a verdict may come of a name the register lacks: nothing found, or words that nobody understood."""
    return reason_shows_a_gap(verdict.verdict, verdict.reason)


def reason_shows_a_gap(verdict: str, reason: str) -> bool:
    """Say so of a verdict's letter and reason, as a washed table has them."""
    return verdict in ("N", "C") and reason in _SHOWS_A_GAP


def unknown_names(text: str, index: IndexLike) -> tuple[Unknown, ...]:
    """Return the names in a text that the register does not know: ``西坞街道样本新路8号 样本甲`` -> 样本新路 in 西坞街道.

    A name counts where it has the form of one: the parser took it for a road, village or community, or it ends with the
    generic term of an estate or institution. Anything else (persons, notes, numbers) is left out, however often it comes.
    """
    address, _contact = set_apart(text)
    parsed = parse(address, index.lexicon)
    context = {label: _register_name(parsed, label, index) for label in _DIVISIONS}
    found = {}
    for part in (*parsed.parts, *parsed.rest):
        label = _LABELS.get(part.label) or _label_of_leftover(part)
        if label and _is_a_name(part, label) and not _stands_like_a_person(parsed, part, label) and not _known(part, index):
            example = _example(parsed, part, index)
            found[(part.text, label)] = Unknown(part.text, label, context["district"], context["town"], example)
    return tuple(found.values())


def count_unknown(session: Session, found: Iterable[tuple[Unknown, int]], source: str) -> int:
    """Add up how often names were not found; returns how many names that were. Counts grow in one statement, safe between processes."""
    moment, rows = now(), dict[tuple[str, str, str, str], dict[str, Any]]()
    for one, times in found:
        key = (one.name, one.label, one.district, one.town)
        before = rows.get(key)
        rows[key] = {**_row(one, moment), "times": times, source: times} if before is None else _added(before, times, source)
    listed = sorted(rows.values(), key=lambda row: (row["name"], row["label"], row["district"], row["town"]))
    for start in range(0, len(listed), CHUNK):  # in one order, so that two processes never wait for each other's rows
        session.execute(_upsert(session, listed[start : start + CHUNK]))
    return len(listed)


def _row(one: Unknown, moment: Any) -> dict[str, Any]:
    counts = dict.fromkeys(("times", *SOURCES), 0)
    return {
        "id": new_id(), "created_seq": 0, "changed_seq": 0, "version": 1, "name": one.name, "label": one.label, "district": one.district,
        "town": one.town, "example": one.example, "first_seen": moment, "last_seen": moment, "status": "open", "reason": "", **counts,
    }  # fmt: skip


def _added(row: dict[str, Any], times: int, source: str) -> dict[str, Any]:
    return {**row, "times": row["times"] + times, source: row[source] + times}


def _upsert(session: Session, rows: list[dict[str, Any]]) -> Any:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(UnknownName).values(rows)
    table, new = UnknownName.__table__.c, statement.excluded
    grown = {name: table[name] + new[name] for name in ("times", *SOURCES)}
    return statement.on_conflict_do_update(
        index_elements=["name", "label", "district", "town"], set_={**grown, "last_seen": new.last_seen, "example": new.example}
    )


@dataclass(frozen=True, slots=True)
class UnknownPage:
    """The most frequent names not found: ``rows``, the true ``total``, and what to ask for after the last one."""

    rows: tuple[UnknownName, ...]
    total: int
    next_after: str | None


def list_unknown(
    session: Session,
    *,
    status: str = "open",
    label: str = "",
    town: str = "",
    q: str = "",
    source: str = "",
    after: str = "",
    limit: int = 50,
) -> UnknownPage:
    """Return names the register lacks, most frequent first; ``q`` looks inside the name, ``source`` leaves those that it asked for."""
    statement = select(UnknownName)
    for column, value in ((UnknownName.status, status), (UnknownName.label, label), (UnknownName.town, town)):
        if value:
            statement = statement.where(column == value)
    if q:
        statement = statement.where(UnknownName.name.contains(q, autoescape=True))
    if source in SOURCES:
        statement = statement.where(getattr(UnknownName, source) > 0)
    total = session.scalar(select(func.count()).select_from(statement.subquery())) or 0
    times, _dash, id_ = after.partition("-")
    if times.isdecimal() and len(times) <= MOST_DIGITS and id_:
        fewer = UnknownName.times < int(times)
        statement = statement.where(or_(fewer, (UnknownName.times == int(times)) & (UnknownName.id > id_)))
    rows = list(session.scalars(statement.order_by(UnknownName.times.desc(), UnknownName.id).limit(limit + 1)))
    last = rows[limit - 1] if len(rows) > limit else None
    return UnknownPage(tuple(rows[:limit]), total, f"{last.times}-{last.id}" if last else None)


def unknown_towns(session: Session) -> list[str]:
    """Return the towns that names not found were written with, for the filter."""
    return list(session.scalars(select(UnknownName.town).where(UnknownName.town != "").distinct().order_by(UnknownName.town)))


def find_unknown(session: Session, id_: str) -> UnknownName:
    """Return a name not found by id; ``NotFound`` where there is none."""
    if (row := session.get(UnknownName, id_)) is None:
        raise NotFound(f"没有编号为 {id_[:20]} 的未找到名称", field="id")
    return row


def ignore(session: Session, id_: str, *, reason: str, version: int | None, actor: Actor) -> UnknownName:
    """Set a name aside with a reason; it goes on being counted and can be brought back."""
    if not reason.strip():
        raise UsageError("请写明为什么忽略这个名称", field="reason")
    row = find_unknown(session, id_)
    require_version(row, version)
    move(session, row, "ignore", actor=actor, also={"reason": reason.strip()[:200]}, payload={"name": row.name})
    return row


def settle_unknown(session: Session, name: str, *, reason: str, actor: Actor) -> list[str]:
    """Close what was open about a name now that the register knows it; returns the ids closed."""
    rows = session.scalars(select(UnknownName).where(UnknownName.name == name, UnknownName.status == "open")).all()
    for row in rows:
        move(session, row, "settle", actor=actor, also={"reason": reason[:200]}, payload={"name": name})
    return [row.id for row in rows]


def reopen(session: Session, id_: str, *, actor: Actor) -> UnknownName:
    """Bring a name that was set aside or settled back to the list."""
    row = find_unknown(session, id_)
    move(session, row, "reopen", actor=actor, also={"reason": ""}, payload={"name": row.name})
    return row


def _register_name(parsed: Parsed, label: str, index: IndexLike) -> str:
    """Return the division a text names on a level, as the register calls it; '' where it names none that is known."""
    for part in parsed.all(label):
        known = [name.value or name.text for name in index.names(part.text) if name.label == label]
        if known or part.ref:
            return str(known[0] if known else part.value or part.text)[:60]
    return ""


def _known(part: Part, index: IndexLike) -> bool:
    return bool(part.ref or index.names(part.text) or (part.value and index.names(part.value)))


def _is_a_name(part: Part, label: str) -> bool:
    if not _NAME.fullmatch(part.text) or len(part.text) > LONGEST_NAME:
        return False
    if label == "poi":
        return any(part.text.endswith(ending) and len(part.text) > len(ending) for ending in _endings("poi") if len(ending) > 1)
    return label != "road" or any(part.text.endswith(ending) and len(part.text) > len(ending) for ending in _endings("road"))


def _stands_like_a_person(parsed: Parsed, part: Part, label: str) -> bool:
    """Say whether a word may be a person: where people write names, it stands before the division or behind the last number.

    A road or village has its number behind it there. A building is often written behind the number of its street, so that of
    buildings only the shortest are left out in that place.
    """
    following = min((one for one in parsed.parts if one.start >= part.end), key=lambda one: one.start, default=None)
    if following is not None and following.label in _NUMBERS:
        return False
    if any(one.label in _UNITS for one in parsed.parts) and part.start < min(one.start for one in parsed.parts if one.label in _UNITS):
        return label == "poi" or len(part.text) <= LONGEST_PERSON
    is_behind = any(one.label in _NUMBERS and one.start < part.start for one in parsed.parts)
    return is_behind and len(part.text) <= (LONGEST_PERSON - 1 if label == "poi" else LONGEST_PERSON)


def _label_of_leftover(part: Part) -> str:
    """A stretch nobody understood may be a name where it ends like one; otherwise it may be anything, a person too."""
    if part.label != "rest":
        return ""
    return next((label for label in ("road", "community", "poi") if _is_a_name(part, label) and _ends_like(part, label)), "")


def _ends_like(part: Part, label: str) -> bool:
    return any(part.text.endswith(ending) and len(part.text) > len(ending) + 1 for ending in _endings(label))


@cache
def _endings(label: str) -> tuple[str, ...]:
    words: list[Any] = read_settings("address_words.yaml")["endings"][label]
    return tuple(str(word) for group in words for word in (group if isinstance(group, list) else [group]))


def _example(parsed: Parsed, part: Part, index: IndexLike) -> str:
    """Return the name behind the divisions the register knows; a word in front of them may be anything and is not kept."""
    known = (_register_name(parsed, label, index) for label in (*_DIVISIONS, "community") if label != part.label)
    return "".join((*known, part.text))[:160]
