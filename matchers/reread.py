"""A second reading of a text that led nowhere: what stands between the divisions and the number is taken as one name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from geoaddr.numerals import digits_of
from geoaddr.parse import LONGEST as READ
from geoaddr.parse import parse
from geoaddr.parts import Part
from matchers.index.keys import NAMED as NAMED_PLACE
from matchers.index.keys import door_key
from matchers.index.naming import DIVISIONS
from matchers.index.read import IndexLike
from matchers.question import NAMED, Question, ask

_NUMERALS = frozenset("〇零一二三四五六七八九十百廿")
_FIGURES = re.compile(r"[〇零一二三四五六七八九十百廿]+(?=[#座栋幢号弄单室层]|$|[\s，,。；;（(|/_])")
_NUMBERED = frozenset(("number", "sub_number", "building", "unit", "floor", "room", "contact"))
_BARE_NUMBER = re.compile(r"\d{1,5}(-\d{1,4})?号")
_CUT_OFF = frozenset(("community", "poi", "village_group", "relation", "rest"))
_BESIDE = frozenset(("noise", "contact"))
LONGEST = 14
LONGEST_ALIAS = 40


def readings(question: Question, index: IndexLike) -> Iterator[Question]:
    """Yield the other ways a text may be read, to be tried where the first one led nowhere."""
    for again in (at_home(question, index), as_alias(question, index), reread(question, index)):
        if again is not None:
            yield again
    text = renumbered(question)
    if text:
        yield ask(question.query, parse(text, index.lexicon))


def at_home(question: Question, index: IndexLike) -> Question | None:
    """Return the question with a short form that was read as a far division read as the register's own one: 锦屏|光明社区 -> 锦屏街道."""
    parts = tuple([_own_division(part, index) for part in question.parsed.parts])
    return ask(question.query, question.parsed._replace(parts=parts)) if parts != question.parsed.parts else None


def _own_division(part: Part, index: IndexLike) -> Part:
    if part.label not in DIVISIONS[:3] or part.text == part.value or not part.ref:
        return part
    own = {name.value: name for name in index.names(part.text) if name.label in DIVISIONS[:4]}
    if len(own) != 1 or part.value in own:
        return part
    [name] = own.values()
    return part._replace(label=name.label, value=name.value, ref=name.ref)


def as_alias(question: Question, index: IndexLike) -> Question | None:
    """Return the question with all that follows its leading divisions read as one name, where a whole address is recorded under it."""
    parsed = question.parsed
    pieces = sorted((part for part in (*parsed.parts, *parsed.rest) if part.label not in _BESIDE), key=lambda part: part.start)
    at = _leading_divisions(pieces, index)
    text = "".join(part.text for part in pieces[at:])
    if not 2 <= len(text) <= LONGEST_ALIAS or not index.rows_at(text, door_key(NAMED_PLACE, "", ""), limit=1):
        return None
    name = Part("poi", text, pieces[at].start, pieces[-1].end)
    return ask(question.query, parsed._replace(parts=(*pieces[:at], name), rest=()))


def reread(question: Question, index: IndexLike) -> Question | None:
    """Return the question with the stretch between its leading divisions and its first number read as one name, or None.

    A slip makes the parser cut a name where it should not: ``畸上村 | 外 | 岭下 27号`` for 外牛岭下, ``春鸥芦 | 3弄`` for 春鸥路. None
    where the first reading was the same, or where no number follows.
    """
    parsed = question.parsed
    pieces = sorted((part for part in (*parsed.parts, *parsed.rest) if part.label != "noise"), key=lambda part: part.start)
    whole = _one_community(pieces, index)
    at = _leading_divisions(whole, index)
    end = next((place for place in range(at, len(whole)) if _is_numbered(whole[place])), 0)
    if at + 1 < end and whole[at].label == "community":
        at += 1  # an unknown community stands before the name
    stretch = whole[at:end]
    text = "".join(part.text for part in stretch)
    if not 2 <= len(text) <= LONGEST:
        return None
    name, number = stretch[0], whole[end]
    read_so = len(stretch) == 1 and name.label in NAMED and name.label != "community"
    if read_so and number.label != "rest" and len(whole) == len(pieces):
        return None
    if not read_so:
        name = Part("poi", text, name.start, stretch[-1].end)
    if number.label == "rest":
        number = Part("number", number.text, number.start, number.end, number.text.removesuffix("号"))
    kept = (*whole[:at], name, number, *whole[end + 1 :])
    labelled = tuple(part for part in kept if part.label != "rest")
    return ask(question.query, parsed._replace(parts=labelled, rest=tuple(part for part in kept if part.label == "rest")))


def renumbered(question: Question) -> str:
    """Return the text with Chinese figures where a number may stand written as digits, or '' where it has none.

    The first reading leaves them as names where nothing marks them as numbers: ``安桥路十四`` -> ``安桥路14``. A text longer than what
    is read has no second reading.
    """
    text = question.parsed.normalized
    if len(text) > READ or not is_renumbered(text):
        return ""
    return _renumbered(text)


def is_renumbered(text: str) -> bool:
    """Say whether a normalised text has Chinese figures that a second reading takes for digits."""
    return not _NUMERALS.isdisjoint(text) and _renumbered(text) != text


def _renumbered(text: str) -> str:
    return _FIGURES.sub(lambda found: digits_of(found[0]) or found[0], text)


def _one_community(pieces: list[Part], index: IndexLike) -> list[Part]:
    """Join a community that is not known with the piece before it, which is no level of its own: 庄家 | 贩村 -> 庄家贩村."""
    for at, (one, other) in enumerate(pairwise(pieces)):
        if other.label == "community" and one.label in _CUT_OFF and one.end == other.start and not index.names(other.text):
            joined = Part("community", one.text + other.text, one.start, other.end)
            return [*pieces[:at], joined, *pieces[at + 2 :]]
    return pieces


def _leading_divisions(pieces: list[Part], index: IndexLike) -> int:
    """Return how many parts at the beginning are divisions of the register, from the outside inwards."""
    depth = -1
    for at, part in enumerate(pieces):
        if part.label not in DIVISIONS or DIVISIONS.index(part.label) <= depth or not index.names(part.text):
            return at
        depth = DIVISIONS.index(part.label)
    return len(pieces)


def _is_numbered(part: Part) -> bool:
    if part.label == "sub_road":
        return part.text[0].isdecimal()
    return part.label in _NUMBERED or (part.label == "rest" and _BARE_NUMBER.fullmatch(part.text) is not None)
