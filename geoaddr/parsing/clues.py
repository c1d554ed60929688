"""What a trained reading goes by: for each character of an address, its surroundings and what the lattice thinks of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from geoaddr.normalize import Normalized
from geoaddr.parsing.known import Known
from geoaddr.parsing.lattice import REST, Hit
from geoaddr.parsing.words import ENDS, OPENS, address_words
from geoaddr.parts import LABELS

CLUES_VERSION = 1
"""Raised whenever a clue changes its meaning: weights fitted to other clues are refused."""
CODES = {label: chr(ord("A") + order) for order, label in enumerate((*LABELS, REST))}
"""One letter for each label."""
_STRUCTURAL = frozenset(LABELS) - {"noise", "contact", "relation", "distance", "junction"}
_SHAPES = str.maketrans(
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ一二三四五六七八九十", "0" * 10 + "a" * 52 + "1" * 10
)
_EDGE = "\x02" * 4
_FAR = 7
LONGEST_LEARNT = 10
Learnt = Callable[[str], Sequence[str] | None]
"""What the training texts say of a name: marks of its labels, or none."""


def clues_of(normalized: Normalized, path: Sequence[Hit], known: Known, learnt: Learnt) -> list[list[str]]:
    """Return the clues of each character of a normalised text; ``path`` is the lattice's best path, ``learnt`` the names of the training.

    A clue is a short string that begins with the letter of its kind: ``"f路口"`` says that 路 and 口 stand here and next.
    """
    text = normalized.text
    if not text:
        return []
    shapes = text.translate(_SHAPES)
    segments = _segments(text, path)
    named = _named(text, known)
    _add_learnt(named, text, learnt)
    ahead = _ahead(text)
    behind = _behind(text)
    padded, shaped = _EDGE + text + _EDGE, _EDGE + shapes + _EDGE
    size = len(text)
    clues: list[list[str]] = []
    for at in range(size):
        c = at + 4
        here, before, after = padded[c], padded[c - 1], padded[c + 1]
        pair, pair_before = here + after, before + here
        segment = segments[at]
        found = [
            "*", "a" + here, "b" + before, "c" + after, "d" + padded[c - 2], "e" + padded[c + 2], "f" + pair, "g" + pair_before,
            "h" + padded[c - 2 : c], "i" + padded[c + 1 : c + 3], "j" + before + after, "k" + padded[c - 2 : c + 1],
            "l" + padded[c - 1 : c + 2], "m" + padded[c : c + 3], "n" + padded[c - 3 : c + 1], "o" + padded[c : c + 4],
            "p" + padded[c - 2 : c + 2], "q" + padded[c - 1 : c + 3],
            "r" + shaped[c - 2 : c + 3], "s" + shaped[c - 1 : c + 2], "t" + shaped[c - 3 : c + 1], "u" + shaped[c : c + 4],
            "v" + padded[c + 1 : c + 4], "w" + padded[c - 3 : c],
            "x" + ahead[at], "y" + behind[at], "z" + ahead[at] + behind[at],
            "0" + str(min(at, 3)) + str(min(size - at, 4)),
        ]  # fmt: skip
        found += segment
        found.append("1" + segment[0][1:] + here)
        found += named[at]
        if at in normalized.breaks:
            found.append("2")
        clues.append(found)
    return clues


def _segments(text: str, path: Sequence[Hit]) -> list[list[str]]:
    """Return what the lattice's path says of each character: its label and place in the part, the parts around, and what came before."""
    spans: list[tuple[str, int, int]] = []
    for hit in path:
        spans += hit.pieces or ((hit.label, hit.start, hit.end),)
    codes = [CODES[label] for label, _, _ in spans]
    count: dict[str, int] = {}
    for _, start, end in spans:
        if end - start > 1:
            count[text[start:end]] = count.get(text[start:end], 0) + 1
    clues: list[list[str]] = []
    seen: set[str] = set()
    structural = "", ""
    done = ""
    for order, (label, start, end) in enumerate(spans):
        code, spelt = codes[order], text[start:end]
        before, after = (codes[order - 1] if order else "<"), (codes[order + 1] if order + 1 < len(codes) else ">")
        after2 = codes[order + 2] if order + 2 < len(codes) else ">"
        coming = "".join(sorted(set(codes[order + 1 :])))
        copies = ("1" if spelt in seen else "0") + ("1" if count.get(spelt, 1) > 1 and spelt not in seen else "0")
        next_start = text[end : end + 2]
        for at in range(start, end):
            place = ("S" if end - start == 1 else "B") if at == start else "E" if at == end - 1 else "I"
            own = code + place
            clues.append([
                "A" + own, "B" + own + before, "C" + own + after, "D" + own + before + after, "E" + own + after + after2,
                "F" + own + str(min(end - start, 8)) , "G" + own + spelt[-1], "H" + own + spelt[-2:], "I" + own + copies,
                "J" + place + spelt if end - start < 7 else "J",
                "K" + own + structural[-1], "L" + own + structural[-2] + structural[-1], "M" + own + done,
                "N" + own + str(at - start) + str(min(end - at, 5)), "O" + own + next_start[:1], "P" + own + coming,
                "Q" + own + before + text[start - 1 : start],
            ])  # fmt: skip
        seen.add(spelt)
        if label in _STRUCTURAL:
            structural = structural[-1], code
            if code not in done:
                done = "".join(sorted(done + code))
    return clues


def _named(text: str, known: Known) -> list[list[str]]:
    """Return for each character the known names that begin, end or go on there, by label, kind and length."""
    clues: list[list[str]] = [[] for _ in text]
    for start, matches in enumerate(known.at):
        for end, meaning in matches:
            for label, names in meaning.by_label:
                mark = CODES[label] + names[0].kind[0] + str(min(end - start, 6))
                clues[start].append("R" + mark)
                clues[end - 1].append("S" + mark)
                for inside in range(start + 1, end - 1):
                    clues[inside].append("T" + mark)
                if end < len(text):
                    clues[end].append("U" + mark)
    for at, char in enumerate(text):
        role = address_words().roles.get(char, 0)
        if role & ENDS:
            _add_endings(clues, text, at)
        if role & OPENS:
            _add_fixed(clues, text, at)
    return clues


def _add_endings(clues: list[list[str]], text: str, at: int) -> None:
    """Add the longest generic term that ends here, where it begins and what stands behind it."""
    words = address_words()
    for size in words.term_sizes.get(text[at - 1 : at + 1] if at else text[at]) or words.term_sizes.get(text[at], ()):
        terms = words.terms.get(text[at + 1 - size : at + 1]) if size <= at + 1 else None
        if terms:
            for term in terms:
                mark = CODES[term.label] + str(term.size)
                clues[at].append("V" + mark)
                clues[at + 1 - term.size].append("X" + mark)
                if at + 1 < len(text):
                    clues[at + 1].append("W" + mark)
            return


def _add_fixed(clues: list[list[str]], text: str, at: int) -> None:
    """Add the longest word standing for itself that begins here."""
    words = address_words()
    for word in words.fixed.get(text[at : at + 2]) or words.fixed.get(text[at], ()):
        if text.startswith(word.text, at):
            clues[at].append("Y" + CODES[word.label] + word.text)
            for inside in range(at + 1, at + word.size):
                clues[inside].append("Z" + CODES[word.label])
            return


def _add_learnt(clues: list[list[str]], text: str, learnt: Learnt) -> None:
    """Add where names of the training texts begin, end and go on; of those that begin together the longest two."""
    size = len(text)
    for start in range(size - 1):
        told = 0
        for end in range(min(size, start + LONGEST_LEARNT), start + 1, -1):
            marks = learnt(text[start:end])
            if not marks:
                continue
            length = str(min(end - start, 6))
            for mark in marks:
                clues[start].append("3" + mark + length)
                clues[end - 1].append("4" + mark + length)
                if end < size:
                    clues[end].append("6" + mark)
                for inside in range(start + 1, end - 1):
                    clues[inside].append("5" + mark)
            told += 1
            if told == 2:
                break


def _ahead(text: str) -> list[str]:
    """Return for each character the next telling one at or after it and how far it is."""
    roles, ahead = address_words().roles, [""] * len(text)
    telling, distance = ">", 0
    for at in range(len(text) - 1, -1, -1):
        ahead[at] = telling + str(min(distance, _FAR))
        distance += 1
        if roles.get(text[at], 0):
            telling, distance = ("0" if text[at].isdecimal() else text[at]), 0
    return ahead


def _behind(text: str) -> list[str]:
    """Return for each character the last telling one before it and how far it is."""
    roles, behind = address_words().roles, [""] * len(text)
    telling, distance = "<", 0
    for at, char in enumerate(text):
        behind[at] = telling + str(min(distance, _FAR))
        distance += 1
        if roles.get(char, 0):
            telling, distance = ("0" if char.isdecimal() else char), 0
    return behind
