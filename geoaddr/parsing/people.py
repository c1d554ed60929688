"""Whom to call, as addresses end or open with it: people and telephones, found by what stands around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from geoaddr.normalize import Normalized
from geoaddr.tables import read_settings

_BREAK = "\n"
_SEP = r"[\n ,;:、()/|。._]"
_NAME = r"[\u4e00-\u9fff·]{2,4}"
_DOOR = "(?<=[0-9A-Za-z号室幢栋楼元层座户收])"
_AFTER_PLACE = "(?![路街桥巷弄村]|纪念|故居|墓|庙|祠)"
_FORMS = "先生|女士|小姐"
_PHONE = (
    r"(?<![0-9A-Za-z])(?:\+?86[- ]?)?(?:1[3-9][0-9]{9}|1[3-9][0-9][- \n][0-9]{4}[- \n][0-9]{4}|0[0-9]{2,3}-?[0-9]{7,8}"
    r"|[0-9]{3}-[0-9]{8}|1[3-9][0-9]?[*xX]{2,8}[0-9]{0,4})(?:转[0-9]{1,5}(?![0-9号])|-[0-9]{1,4}(?![0-9号-]))?(?![0-9])"
)


class _Grammar(NamedTuple):
    """``hint`` says whether a text is worth looking at; ``patterns`` find contacts, a group ``name`` is to be checked.

    Each pattern comes with what must stand somewhere in a text for it to find anything: ``signs`` tells which of it does.
    """

    hint: re.Pattern[str]
    signs: dict[str, re.Pattern[str]]
    patterns: tuple[tuple[frozenset[str], re.Pattern[str]], ...]
    surnames: frozenset[str]
    double_surnames: frozenset[str]
    not_names: re.Pattern[str]


@cache
def _grammar() -> _Grammar:
    """Arrange ``people`` of ``data/address_words.yaml``."""
    table = read_settings("address_words.yaml")["people"]
    titles, calls = "|".join(table["titles"]), sorted(table["calls"], key=len, reverse=True)
    surname = f"(?:{'|'.join(table['double_surnames'])}|[{''.join(table['surnames'])}])"
    apart = f"(?:^|(?<={_SEP}))"
    said = [f"(?<={word}){_not_longer(word, calls)}" for word in calls]
    called = f"(?:{'|'.join(said)}){_SEP}*"
    full = f"{surname}[\\u4e00-\\u9fff]{{1,2}}"
    anywhere = f"(?:{called}|{apart}|{_DOOR})"
    call = "|".join(calls)
    texts = (
        ("phone", f"(?:{apart}|{called})(?P<name>{_NAME})(?:{titles})?收?[0-9]{{0,4}}{_SEP}*{_PHONE}"),
        ("phone", f"{_DOOR}(?P<name>{full})(?:{titles})?收?{_SEP}*{_PHONE}"),
        ("phone", f"{_DOOR}(?P<name>(?![号室幢栋楼单层座户]){_NAME})[0-9]{{1,4}} {_PHONE}"),
        ("phone", f"{_PHONE}(?:{_SEP}*(?P<name>{full})收?(?={_SEP}*$|,))?"),
        ("phone", f"{_PHONE}(?:{_SEP}+(?P<name>{_NAME})收?(?={_SEP}*$|,))"),
        ("title", f"{anywhere}{surname}[\\u4e00-\\u9fff]{{0,2}}?(?:{titles})收?{_AFTER_PLACE}"),
        ("form", f"{apart}[\\u4e00-\\u9fff]{{1,3}}(?:{_FORMS})收?{_AFTER_PLACE}"),
        ("received", f"(?:{apart}|{called})(?P<name>{_NAME})收(?={_SEP}|$)"),
        ("received", f"{anywhere}(?P<name>{full})收(?={_SEP}|$)"),
        ("call", f"{called}(?P<name>{full})(?={_SEP}|{call}|{_PHONE}|$)"),
        ("call", f"(?:{'|'.join(f'(?<={word}:)' for word in calls)})(?P<name>{_NAME})[0-9]{{0,4}}(?={_SEP}|{call}|$)"),
        ("call phone", f"(?:{'|'.join(said)})(?P<name>{_NAME})[0-9]{{0,4}}(?={_SEP}*(?:{call}){_SEP}*{_PHONE})"),
        ("call phone", f"{called}(?<![0-9])[0-9]{{7,8}}(?![0-9])"),
    )
    endings = f"(?:{'|'.join(table['not_names'])})$"
    signs = {
        "phone": r"[0-9]{7}|[0-9]{3}-[0-9]{4}|[0-9][ \n][0-9]{4}|1[3-9][0-9]?[*xX]{2}",
        "received": "收",
        "title": titles,
        "form": _FORMS,
        "call": call,
    }
    return _Grammar(
        re.compile("|".join(signs.values())),
        {name: re.compile(text) for name, text in signs.items()},
        tuple([(frozenset(needed.split()), re.compile(text)) for needed, text in texts]),
        frozenset(table["surnames"]),
        frozenset(table["double_surnames"]),
        re.compile(endings),
    )


def _not_longer(word: str, calls: list[str]) -> str:
    """Return what must not follow a word of calling: what would make it a longer one (联系|人)."""
    rest = [other[len(word) :] for other in calls if other != word and other.startswith(word)]
    return f"(?!{'|'.join(rest)})" if rest else ""


def may_have_people(text: str) -> bool:
    """Say whether a normalised text is worth looking at for people and telephones."""
    return _grammar().hint.search(text) is not None


def people(normalized: Normalized) -> dict[int, int]:
    """Return start and end of each person and telephone in a normalised text, together where they stand together.

    ``肖桥路7号 样本甲0001 000-00000001`` -> from 样本甲 to the end; ``张三收 肖桥路88号`` -> 张三收; ``王家路88号`` -> nothing.
    A name without telephone needs a form of address, a word of calling or 收 beside it; what may be a place never is a person.
    """
    if not may_have_people(normalized.text):
        return {}
    marked, places = _marked(normalized)
    found = sorted(_spans(marked), key=lambda span: (span[0], -span[1]))
    contacts: dict[int, int] = {}
    done = 0
    for start, end in found:
        if start >= done:
            contacts[places[start]] = places[end - 1] + 1
            done = end
    return contacts


def _marked(normalized: Normalized) -> tuple[str, list[int]]:
    """Return the text with a mark where white space was dropped, and for each of its characters the place in the text."""
    text = normalized.text
    pieces: list[str] = []
    places: list[int] = []
    for at, char in enumerate(text):
        if at in normalized.breaks:
            pieces.append(_BREAK)
            places.append(at)
        pieces.append(char)
        places.append(at)
    return "".join(pieces), places


def _spans(marked: str) -> Iterator[tuple[int, int]]:
    """Yield what the patterns find, without the words of calling and separators they begin with."""
    grammar = _grammar()
    there = {name for name, sign in grammar.signs.items() if sign.search(marked)}
    for needed, pattern in grammar.patterns:
        if not needed <= there:
            continue
        for found in pattern.finditer(marked):
            name = found.groupdict().get("name")
            start, end = found.span()
            if name is not None and not _is_name(name, grammar):
                phone = _ONLY_PHONE.search(found.group())
                if phone is None:
                    continue
                start, end = start + phone.start(), start + phone.end()
            while start < end and marked[start] in "\n ,;:、()/|。._":
                start += 1
            while end > start and marked[end - 1] in "\n ,;:、()/|。._":
                end -= 1
            if start < end:
                yield start, end


def _is_name(name: str, grammar: _Grammar) -> bool:
    """Say whether characters may be a person's name: nothing a place or firm ends with, and no word of calling."""
    return grammar.not_names.search(name) is None and (
        len(name) < 4 or name[0] not in grammar.surnames or name[:2] in grammar.double_surnames
    )


_ONLY_PHONE = re.compile(_PHONE)
