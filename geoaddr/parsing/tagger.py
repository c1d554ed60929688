"""A trained reading: weights by clue and label, kept in one small file, and the parts they make of a text."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoaddr.errors import UsageError
from geoaddr.lexicon import Lexicon
from geoaddr.normalize import Normalized
from geoaddr.parsing.clues import CLUES_VERSION, clues_of
from geoaddr.parsing.fitting import Floats
from geoaddr.parsing.hits import hits
from geoaddr.parsing.known import find_known
from geoaddr.parsing.path import best_path, default_weights
from geoaddr.parsing.tagged import Span, parts_of
from geoaddr.parts import Part

FORMAT = "geoaddr parse weights 1"
_MOST_WEIGHTS = 8_000_000
"""Weights that are written at most, in one byte each; the smallest are left out: they would be most of the file and decide little."""


@dataclass(frozen=True, slots=True, eq=False)
class Tagger:
    """``weights[rows[clue]]`` says what a clue is worth for each of ``tags``, ``transition`` what one tag after another is.

    ``learnt`` maps names of the training texts to marks of their labels; ``about`` says what was learnt from what, how well, and when.
    """

    tags: tuple[str, ...]
    rows: dict[str, int]
    weights: Floats
    transition: Floats
    first: Floats
    learnt: dict[str, tuple[str, ...]]
    about: dict[str, Any]

    def read(self, normalized: Normalized, lexicon: Lexicon) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
        """Return the parts and the rest of a normalised text, in our labels; together they recompose it."""
        if not normalized.text:
            return (), ()
        path = best_path(hits(normalized, lexicon), default_weights())
        known = find_known(normalized.text, lexicon)
        clues = clues_of(normalized, path, known, self.learnt.get)
        spans = spans_of([self.tags[tag] for tag in self.decode(clues)])
        return parts_of(spans, normalized, path, known)

    def decode(self, clues: list[list[str]]) -> list[int]:
        """Return the best tag of each character (Viterbi); the first clue of every character must be a known one."""
        row_of = self.rows.get
        ids: list[int] = []
        starts: list[int] = []
        for found in clues:
            starts.append(len(ids))
            ids += [row for row in map(row_of, found) if row is not None]
        return best_tags(np.add.reduceat(self.weights[ids], starts, axis=0), self.transition, self.first)


def best_tags(emission: Floats, transition: Floats, first: Floats) -> list[int]:
    """Return the most likely tags of a text whose characters have these emissions."""
    length, tags = emission.shape
    back = np.empty((length, tags), np.intp)
    onward = np.ascontiguousarray(transition.T)
    column = np.arange(tags)
    score = emission[0] + first
    for at in range(1, length):
        reached = onward + score
        best = back[at] = reached.argmax(axis=1)
        score = reached[column, best] + emission[at]
    tag = int(score.argmax())
    path = [tag]
    for at in range(length - 1, 0, -1):
        tag = int(back[at, tag])
        path.append(tag)
    return path[::-1]


def spans_of(tags: list[str]) -> list[Span]:
    """Return ``(label, start, end)`` of a BIO tagging: ``["B-road", "I-road", "B-number"]`` -> road 0–2, number 2–3."""
    spans: list[Span] = []
    for at, tag in enumerate(tags):
        label = tag[2:]
        if tag[0] == "I" and spans and spans[-1][0] == label:
            spans[-1] = (label, spans[-1][1], at + 1)
        else:
            spans.append((label, at, at + 1))
    return spans


def save_tagger(tagger: Tagger, path: Path) -> None:
    """Write a tagger to one file, all at once: whoever is stopped half-way leaves what was there before."""
    step = max(float(np.abs(tagger.weights).max()), 1e-6) / 127
    quantised = np.rint(tagger.weights / step).astype(np.int8)
    sizes = np.bincount(np.abs(quantised).ravel(), minlength=128)
    least = int(np.argmax(sizes[::-1].cumsum()[::-1] <= _MOST_WEIGHTS))
    quantised[np.abs(quantised) < least] = 0
    used = np.nonzero(quantised.any(axis=1))[0]
    kept = quantised[used]
    clues = list(tagger.rows)
    names = sorted(tagger.learnt)
    columns = np.nonzero(kept)
    arrays: dict[str, NDArray[Any]] = {
        "about": _text(json.dumps({"format": FORMAT, "tags": tagger.tags, "step": step, **tagger.about}, ensure_ascii=False)),
        "clues": _text("\n".join(clues[row] for row in used)),
        "learnt": _text("\n".join(name + "\t" + " ".join(tagger.learnt[name]) for name in names)),
        "counts": np.count_nonzero(kept, axis=1).astype(np.uint8),
        "columns": columns[1].astype(np.uint8),
        "values": kept[columns],
        "transition": tagger.transition.astype(np.float32),
        "first": tagger.first.astype(np.float32),
    }
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as stream:
            np.savez_compressed(stream, allow_pickle=False, **arrays)
        part.replace(path)
    except OSError as error:
        raise UsageError(f"解析权重写不进 {path}：{error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)


def load_tagger(path: Path) -> Tagger:
    """Return the tagger of a weights file, read once per process; one that is missing, damaged or of another make is a ``UsageError``."""
    if not path.is_file():
        raise UsageError(f"解析权重文件 {path} 不存在，请用 geoaddr train 生成，或更正设置 parse_weights")
    stamp = path.stat()
    return _loaded(path.resolve(), stamp.st_mtime_ns, stamp.st_size)


@lru_cache(maxsize=2)
def _loaded(path: Path, _modified: int, _size: int) -> Tagger:
    damaged = f"解析权重文件 {path} 已损坏或不是 geoaddr train 写的文件，请重新训练"
    try:
        with np.load(path, allow_pickle=False) as arrays:
            about = json.loads(bytes(arrays["about"]))
            tagger = _arranged(about, {name: arrays[name] for name in arrays.files})
    except (OSError, ValueError, KeyError, IndexError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise UsageError(damaged) from error
    if about.get("format") != FORMAT or about.get("clues") != CLUES_VERSION:
        raise UsageError(f"解析权重文件 {path} 是另一版本的 geoaddr 训练的，请用本版本重新训练")
    return tagger


def _arranged(about: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Tagger:
    """Build a tagger from the arrays of a file."""
    tags = tuple(about["tags"])
    clues = bytes(arrays["clues"]).decode("utf-8").split("\n")
    weights = np.zeros((len(clues), len(tags)), np.float32)
    owners = np.repeat(np.arange(len(clues)), arrays["counts"])
    weights[owners, arrays["columns"]] = arrays["values"].astype(np.float32) * np.float32(about["step"])
    lines = bytes(arrays["learnt"]).decode("utf-8").split("\n")
    learnt = {name: tuple(marks.split(" ")) for name, tab, marks in (line.partition("\t") for line in lines) if tab}
    transition, first = arrays["transition"], arrays["first"]
    if transition.shape != (len(tags), len(tags)) or first.shape != (len(tags),) or "*" not in clues:
        raise ValueError("shapes do not fit")
    return Tagger(tags, {clue: row for row, clue in enumerate(clues)}, weights, transition, first, learnt, about)


def _text(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode("utf-8"), np.uint8)
