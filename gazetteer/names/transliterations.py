"""Runs of characters that read like the Chinese sound of a foreign word, told by how often each character and pair stands in such words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from gazetteer.names.tables import rows_of, table_of
from gazetteer.names.terms import terms_table
from geoaddr.romanize import sound_key
from geoaddr.tables import read_rows

SHORTEST_HEARD, LONGEST_HEARD = 3, 8
"""Syllables of a foreign word that is known by its sound alone: two of them are the sound of too many Chinese words."""

_UNIT_ENDING = re.compile(r"(?:[^省市区县]{0,3}自治[州县旗区]|地区|前旗|后旗|中旗|左旗|右旗|[省市区县旗盟])$")


def foreign_run(text: str, *, house: bool = False) -> str:
    """Return the stretch of a text that reads most like a transliteration, or '' where none does: 莱茵贝尔 -> 莱茵贝尔, 锦绣 -> ''.

    Plain words made of the same characters end a run: in 利尔达科技园 科 belongs to 科技. In the name of a house or estate less weight
    is enough where a run is all there is between plain words: 柯迪 in 柯迪国际.
    """
    best, found = 0.0, ""
    for piece in _plain_words().split(text):
        whole = _whole_weight(piece) if house and len(piece) > 1 else 0.0
        if whole >= table_of("transliteration.yaml")["least_whole"] and whole > best:
            best, found = whole, piece
        for run, weight in _heavy_runs(piece):
            if weight > best and _counts(run, weight):
                best, found = weight, run
    return found


def heard_as(text: str, words: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the stretch of a text that sounds like one of ``words`` (by sound key) in other characters, and that word, or None.

    Every character has to be one that foreign words are written with: 西溪里 is not heard as 西西里.
    ``heard_as("马得里", {sound_key("马德里"): "马德里"})`` -> ``("马得里", "马德里")``; the word itself is not heard as another.
    """
    for start in range(len(text)):
        for size in range(min(LONGEST_HEARD, len(text) - start), SHORTEST_HEARD - 1, -1):
            run = text[start : start + size]
            word = words.get(sound_key(run))
            if word and word != run and _whole_weight(run) > 0:
                return run, word
    return None


def is_chinese_place(run: str, name: str) -> bool:
    """Say whether a run belongs to the name of a Chinese division that is itself a transliteration: 霍尔果斯 in 霍尔果斯路."""
    domestic = terms_table()["domestic_transliterations"]
    return any(run in one or one in name for one in domestic) or any(run in stem and stem in name for stem in _division_stems())


def _whole_weight(piece: str) -> float:
    """Return the weight of a piece if no character speaks against it, else 0; few characters make chance pairs, so pairs do not count."""
    weights = _weights()
    each = [weights.get(char, 0.0) for char in piece]
    return sum(each) if min(each) > 0 else 0.0


def _counts(run: str, weight: float) -> bool:
    table, weights, pairs = table_of("transliteration.yaml"), _weights(), _pairs()
    strong = sum(weights.get(char, 0.0) >= table["strong"] for char in run) + sum(run[at : at + 2] in pairs for at in range(len(run) - 1))
    least = table["least_of_two"] if len(run) == 2 else table["least"]
    return len(run) > 1 and weight >= least and strong >= table["least_strong"]


def _heavy_runs(text: str) -> Iterator[tuple[str, float]]:
    """Yield every stretch without a character that lowers it, with its weight; a light character inside may be outweighed."""
    table, weights, pairs = table_of("transliteration.yaml"), _weights(), _pairs()
    start, total, best = 0, 0.0, (0.0, 0, 0)
    for end, char in enumerate(text):
        if total <= 0:
            if best[0]:
                yield text[best[1] : best[2]], best[0]
            start, total, best = end, 0.0, (0.0, 0, 0)
        elif text[end - 1 : end + 1] in pairs and len(text) > 2:
            total += table["pair"]
        total += weights.get(char, table["unknown"])
        if total > best[0]:
            best = (total, start, end + 1)
    if best[0]:
        yield text[best[1] : best[2]], best[0]


@cache
def _weights() -> dict[str, float]:
    table = table_of("transliteration.yaml")
    found = {row["character"]: float(row["weight"]) for row in rows_of("transliteration.csv")}
    return found | {char: min(found.get(char, table["unknown"]), table["native_most"]) for char in table["native"]}


@cache
def _pairs() -> frozenset[str]:
    return frozenset(row["pair"] for row in rows_of("transliteration_pairs.csv"))


@cache
def _plain_words() -> re.Pattern[str]:
    return re.compile("|".join(sorted(table_of("transliteration.yaml")["plain_words"], key=len, reverse=True)))


@cache
def _division_stems() -> tuple[str, ...]:
    stems = {_UNIT_ENDING.sub("", row["name"]) for row in read_rows("divisions_national.csv")}
    return tuple(sorted(stem for stem in stems if len(stem) > 1))
