"""The steps of normalisation: each looks at the text and names the stretches it wants replaced."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import chain

from geoaddr.numerals import NUMERAL_CHARS, digits_of
from geoaddr.tables import read_rows

Edit = tuple[int, int, str]
"""``(start, end, replacement)`` in the text the step was given; edits ascend and never overlap."""

_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e0fff]+"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACES = re.compile(r"[\s\u2800\u3164]+")
_BLANKS = frozenset(char for char in map(chr, range(0x3165)) if _SPACES.match(char))
_CIRCLED = re.compile("[\u2460-\u2473\u24ea\u3251-\u325f\u32b1-\u32bf]")
_COMPONENTS = re.compile(r"\(([\u3400-\u9fff])\+?([\u3400-\u9fff])\)|\u2ff0([\u3400-\u9fff])([\u3400-\u9fff])")
DASH_LIKE = frozenset("一—~～〜-")
_WORD_DASH = re.compile(rf"(?<=[0-9A-Za-z])一(?=[0-9A-Za-z])|(?<=[0-9A-Za-z{NUMERAL_CHARS}])[—~～〜](?=[0-9A-Za-z{NUMERAL_CHARS}])|--+")

_RUN = f"[{NUMERAL_CHARS}]{{1,9}}"
_COUNTER = (
    "(?:号(?![路桥线街村庄渠沟坝井矿仓]|公路|大道|公馆|公园|地块|码头)|幢|栋|单元|室(?![一二两三四1-4]厅)|层(?!楼)"
    "|楼(?![村镇乡庄路街桥])|组(?!团|合|织)|排(?![村山])|队(?!村))"
)
_COUNTED = re.compile(f"(?<![0-9{NUMERAL_CHARS}])(?:{_RUN}|[0-9]{{1,6}})(?:[之-](?:{_RUN}|[0-9]{{1,6}})){{0,4}}(?={_COUNTER})")
_SPELT = re.compile(f"[{NUMERAL_CHARS}](?=[{NUMERAL_CHARS}]|[-之号幢栋单室层楼组排队弄]|$)|之")
_LANE = re.compile(f"(?<![0-9{NUMERAL_CHARS}])({_RUN})(?=弄(?!路))")
_AFTER_NUMBER = re.compile(f"(?<=号之)({_RUN})(?![{NUMERAL_CHARS}0-9#之-])")
_SPELT_ROOM = re.compile("(?<=[幢栋楼元号层座-])[〇零一二三四五六七八九]{3,4}$")
_LAST_NUMBER = re.compile(f"(?:^|(?<=[路街巷弄]))(?:[{NUMERAL_CHARS}]{{2,9}}|{_RUN}之{_RUN})$")
_LANE_BEFORE = frozenset("路街道巷弄村区苑园厦号幢栋楼里坊城庄港埭桥,;|_/() ")
_LONE_CAPITALS = frozenset("肆伍陆柒捌玖拾佰仟百千")
_HASH = re.compile(
    "(?:^|(?<=[路街道巷弄村组线段]))[甲乙丙丁戊]?[0-9A-Za-z]*[0-9](?:[-/、][0-9]+)*#(?![0-9A-Za-z-])|(?<=[0-9])#(?=[楼幢栋座])"
)
_STYLES = re.compile(
    rf"(?<=[0-9])(?:之(?=[0-9]+(?:号|(?![0-9A-Za-z#之/、{NUMERAL_CHARS}-])))|号之([0-9]+)(?![号之#0-9{NUMERAL_CHARS}-]) ?)"
)


@cache
def _marks() -> frozenset[str]:
    """Every character ``unseen`` acts on: a set test costs a fifth of a regular expression on the usual clean text."""
    codes = chain(range(0x2100), range(0xD800, 0xE000), range(0xFE00, 0xFE10), range(0xFEFF, 0x10000), range(0xE0000, 0xE1000))
    return frozenset(char for char in map(chr, codes) if _UNSEEN.match(char) or _SURROGATE.match(char))


def unseen(text: str) -> list[Edit]:
    """Remove control, zero-width, bidirectional and variation marks; lone surrogates become U+FFFD: ``西\u200b坞`` -> ``西坞``."""
    if _marks().isdisjoint(text):
        return []
    edits: list[Edit] = [(found.start(), found.end(), "") for found in _UNSEEN.finditer(text)]
    if _SURROGATE.search(text):
        edits += [(found.start(), found.end(), "\ufffd") for found in _SURROGATE.finditer(text)]
        edits.sort()
    return edits


@cache
def _width_table() -> dict[int, str]:
    """Map full-width forms, Kangxi radicals, compatibility ideographs, Roman numerals and punctuation to their plain form."""
    table: dict[int, str] = {}
    blocks = ((0xFF01, 0xFF5E), (0x2E80, 0x2FDF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F), (0x2160, 0x217F), (0xFFE0, 0xFFE6))
    for low, high in blocks:
        for code in range(low, high + 1):
            plain = unicodedata.normalize("NFKC", chr(code))
            if plain != chr(code) and not plain.isspace():
                table[code] = plain
    table |= dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d\u2500"), "-")
    table |= dict.fromkeys(map(ord, "、､"), ",") | dict.fromkeys(map(ord, "•‧・･∙"), "·") | {ord("｡"): "。"}
    table |= dict.fromkeys(map(ord, "[［【〔〖"), "(") | dict.fromkeys(map(ord, "]］】〕〗"), ")")
    return table


def _number_like(text: str) -> bool:
    """Say whether a neighbour would run into a circled digit: letters, digits, other numerals, but no Chinese numeral."""
    return any(
        (char.isascii() and char.isalnum()) or (char not in NUMERAL_CHARS and unicodedata.numeric(char, None) is not None) for char in text
    )


@cache
def circled() -> frozenset[str]:
    """Return the circled numbers, which count only where they stand alone: ``⑧``."""
    return frozenset(char for char in map(chr, range(0x2460, 0x32C0)) if _CIRCLED.match(char))


@cache
def _wide() -> frozenset[str]:
    return frozenset(map(chr, _width_table()))


def width(text: str) -> list[Edit]:
    """Bring full-width and compatibility forms, brackets and dashes to one plain form: ``１２－１号`` -> ``12-1号``, ``⑧号`` -> ``8号``.

    Circled digits count as digits only where they stand alone; superscripts are left (``12²`` is not 122).
    """
    edits: list[Edit] = []
    if text.isascii() and "[" not in text and "]" not in text:
        return edits
    table = _width_table()
    if not _wide().isdisjoint(text):
        edits = [(i, i + 1, table[ord(char)]) for i, char in enumerate(text) if ord(char) in table]
    if _CIRCLED.search(text):
        for found in _CIRCLED.finditer(text):
            around = text[max(0, found.start() - 1) : found.start()] + text[found.end() : found.end() + 1]
            if not any(_number_like(table.get(ord(char), char)) for char in around):
                edits.append((found.start(), found.end(), unicodedata.normalize("NFKC", found.group())))
        edits.sort()
    return edits


def spacing(text: str) -> list[Edit]:
    """Drop white space, keeping one blank where it parts two ASCII words: ``西坞 街道 3 501`` -> ``西坞街道3 501``."""
    if _BLANKS.isdisjoint(text):
        return []
    edits: list[Edit] = []
    for found in _SPACES.finditer(text):
        before, after = text[: found.start()][-1:], text[found.end() : found.end() + 1]
        parts_words = before.isascii() and before.isalnum() and after.isascii() and after.isalnum()
        if not (parts_words and found.group() == " "):
            edits.append((found.start(), found.end(), " " if parts_words else ""))
    return edits


@cache
def _traditional_table() -> dict[str, str]:
    return {row["traditional"]: row["simplified"] for row in read_rows("traditional_characters.csv")}


@cache
def _variant_table() -> dict[str, str]:
    return {row["variant"]: row["standard"] for row in read_rows("character_variants.csv")}


def _one_to_one(text: str, table: dict[str, str]) -> list[Edit]:
    if table.keys().isdisjoint(text):
        return []
    return [(i, i + 1, table[char]) for i, char in enumerate(text) if char in table]


def traditional(text: str) -> list[Edit]:
    """Simplify traditional characters but leave those of 通用规范汉字表: ``蕭王廟街道`` -> ``萧王庙街道``, ``乾县`` stays."""
    return _one_to_one(text, _traditional_table())


def variants(text: str) -> list[Edit]:
    """Fold variant and misprinted characters to the standard one: ``大嶴村`` -> ``大岙村``."""
    return _one_to_one(text, _variant_table())


@cache
def _component_table() -> dict[str, str]:
    return {row["components"]: row["standard"] for row in read_rows("component_splits.csv")}


def components(text: str) -> list[Edit]:
    """Put together a character typed as its components: ``唐家(土耷)`` and ``唐家⿰土耷`` -> ``唐家塔``."""
    if "(" not in text and "\u2ff0" not in text:
        return []
    table, edits = _component_table(), []
    for found in _COMPONENTS.finditer(text):
        whole = table.get("".join(part for part in found.groups() if part))
        if whole is not None:
            edits.append((found.start(), found.end(), whole))
    return edits


def dashes(text: str) -> list[Edit]:
    """Read waves, long dashes and 一 between two numbers as one hyphen, and shorten runs: ``12一1号``, ``12~1号`` -> ``12-1号``."""
    if DASH_LIKE.isdisjoint(text):
        return []
    return [(found.start(), found.end(), "-") for found in _WORD_DASH.finditer(text)]


def _spelt(run: str) -> str | None:
    """Return the digits of a numeral run, refusing lone capitals and round hundreds that are surnames or words (陆, 伍, 百)."""
    return None if run in _LONE_CAPITALS else digits_of(run)


def numerals(text: str) -> list[Edit]:
    """Write numerals that count doors, buildings, floors as digits, never those of names: ``廿三号`` -> ``23号``, ``三十里铺`` stays.

    ``二百六十四弄`` -> ``264弄``, ``八十五之一号`` -> ``85-1号``, ``样板路廿三`` -> ``样板路23``, ``天一弄`` and ``一号桥`` stay.
    """
    if not _SPELT.search(text):
        return []
    edits: list[Edit] = []
    for found in _COUNTED.finditer(text):
        edits += _counted_edits(found)
    for found in _LANE.finditer(text):
        before = text[: found.start()][-1:]
        digits = _spelt(found.group())
        if digits is not None and (len(found.group()) > 1 or not before or before in _LANE_BEFORE):
            edits.append((found.start(), found.end(), digits))
    for pattern in (_AFTER_NUMBER, _SPELT_ROOM):
        for found in pattern.finditer(text):
            digits = _spelt(found.group())
            if digits is not None:
                edits.append((found.start(), found.end(), digits))
    last = _LAST_NUMBER.search(text)
    if last is not None and (last.start() or "之" in last.group()):
        edits += _counted_edits(last)
    return _ascending(edits)


def _counted_edits(found: re.Match[str]) -> list[Edit]:
    """Return edits for one counted number and its sub-numbers, or none when any of them is no number."""
    edits: list[Edit] = []
    for piece in re.finditer(f"{_RUN}|[0-9]+|之", found.group()):
        start = found.start() + piece.start()
        replacement = "-" if piece.group() == "之" else _spelt(piece.group())
        if replacement is None:
            return []
        if replacement != piece.group():
            edits.append((start, start + len(piece.group()), replacement))
    return edits


def _ascending(edits: list[Edit]) -> list[Edit]:
    """Sort edits and drop any that overlaps the one before it."""
    kept: list[Edit] = []
    for edit in sorted(edits):
        if not kept or edit[0] >= kept[-1][1]:
            kept.append(edit)
    return kept


def hashes(text: str) -> list[Edit]:
    """Read ``#`` after a door number as 号: ``样板路12#`` -> ``样板路12号``, ``3#楼`` -> ``3号楼``.

    Before a unit or room, and after an estate, it is left for the parser, who knows that a building is meant: ``5#302``, ``样板花园3#``.
    """
    return [(found.end() - 1, found.end(), "号") for found in _HASH.finditer(text)] if "#" in text else []


def number_styles(text: str) -> list[Edit]:
    """Write sub-numbers one way: ``12之1号`` -> ``12-1号``, ``12号之1`` -> ``12-1号``, ``12之1`` -> ``12-1``.

    A blank behind a number that did not end with 号 parts no words any more: ``12号之1 501`` -> ``12-1号501``.
    """
    if "之" not in text:
        return []
    return [(found.start(), found.end(), "-" if found.group() == "之" else f"-{found.group(1)}号") for found in _STYLES.finditer(text)]


@cache
def odd_characters() -> frozenset[str]:
    """Every character a step other than ``dashes`` and ``numerals`` looks for; most addresses hold none of them."""
    return _marks() | _wide() | circled() | _BLANKS | _traditional_table().keys() | _variant_table().keys() | frozenset("(\u2ff0#之")
