"""Training of a reading on an office's own labelled addresses: clues as numbers, names learnt, a part kept back to be honest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geoaddr import __version__
from geoaddr.divisions_lexicon import national_lexicon
from geoaddr.errors import UsageError
from geoaddr.normalize import Normalized, normalize
from geoaddr.parsing.clues import CLUES_VERSION, CODES, LONGEST_LEARNT, clues_of
from geoaddr.parsing.fitting import Fitted, Floats, Ints, Plan, Sequences, fit
from geoaddr.parsing.hits import hits
from geoaddr.parsing.known import find_known
from geoaddr.parsing.labelled import Labelled
from geoaddr.parsing.path import best_path, default_weights
from geoaddr.parsing.tagger import Tagger, best_tags, spans_of
from geoaddr.tables import read_settings

Told = Callable[[Iterable[Any], str], Iterable[Any]]
"""Passes what it is given on and shows how far it has come, under the given heading."""


class _Numbered(NamedTuple):
    """Texts as numbers: the sequences, and the clue and tag each number stands for."""

    sequences: Sequences
    clues: list[str]
    tags: tuple[str, ...]


def most_texts() -> int:
    """Return how many texts are taken at most; each costs memory while it is learnt from."""
    return int(read_settings("parse_training.yaml")["most_texts"])


def train(labelled: Sequence[Labelled], *, seed: int, told: Told) -> Tagger:
    """Return a tagger fitted to labelled addresses; the same texts and seed give the same weights.

    It is fitted twice: to nine tenths, to be measured on the tenth kept back (``about["held_out_f1"]``), then to all of them.
    At least ``fewest_texts`` of ``data/parse_training.yaml`` are needed, or a ``UsageError`` says so.
    """
    table = read_settings("parse_training.yaml")
    if len(labelled) < table["fewest_texts"]:
        raise UsageError(f"只有 {len(labelled)} 条标注地址，至少要 {table['fewest_texts']} 条才能训练")
    plan = Plan(**table["plan"], seed=seed)
    counts = _names_in(labelled)
    numbered = _numbered(labelled, counts, table["fewest_uses"], told)
    allowed, allowed_first = _allowed(numbered.tags)
    order = np.random.default_rng(seed).permutation(len(labelled))
    held = sorted(order[: max(1, len(labelled) // table["kept_back"])].tolist())
    rest = sorted(set(range(len(labelled))).difference(held))
    first = fit(_chosen(numbered.sequences, rest), len(numbered.clues), allowed, allowed_first, plan, lambda turns: told(turns, "试练"))
    score = _f1(_chosen(numbered.sequences, held), first, numbered.tags)
    whole = fit(numbered.sequences, len(numbered.clues), allowed, allowed_first, plan, lambda turns: told(turns, "训练"))
    about = {
        "clues": CLUES_VERSION, "geoaddr": __version__, "date": date.today().isoformat(), "texts": len(labelled), "seed": seed,
        "held_out_texts": len(held), "held_out_f1": round(score, 4), "labels": sorted({tag[2:] for tag in numbered.tags}),
    }  # fmt: skip
    rows = {clue: row for row, clue in enumerate(numbered.clues)}
    learnt = {name: _marks(by_label) for name, by_label in counts.items()}
    return Tagger(numbered.tags, rows, whole.weights, whole.transition, whole.first, learnt, about)


def _names_of(labelled: Labelled) -> set[tuple[str, str]]:
    """Return the names an address has with the codes of their labels; numbers are no names."""
    numbers = ("number", "sub_number", "building", "unit", "floor", "room", "distance", "contact")
    return {
        (labelled.text[start:end], CODES[label])
        for label, start, end in labelled.spans
        if label not in numbers and 1 < end - start <= LONGEST_LEARNT
    }


def _names_in(labelled: Iterable[Labelled]) -> dict[str, Counter[str]]:
    """Count in how many texts each name has each label."""
    counts: dict[str, Counter[str]] = {}
    for one in labelled:
        for name, code in _names_of(one):
            counts.setdefault(name, Counter())[code] += 1
    return counts


def _marks(by_label: Counter[str]) -> tuple[str, ...]:
    """Return the marks of a name: a code with how often it was seen, up to three times."""
    return tuple([code + str(min(count, 3)) for code, count in sorted(by_label.items()) if count > 0])


def _numbered(labelled: Sequence[Labelled], counts: dict[str, Counter[str]], fewest: int, told: Told) -> _Numbered:
    """Turn texts into clue and tag numbers; clues used fewer than ``fewest`` times are left out.

    What a text itself teaches of names is not counted for it, or names would be believed more than they deserve.
    """
    lexicon, weights = national_lexicon(), default_weights()
    numbers: dict[str, int] = {}
    found: list[tuple[Ints, Ints]] = []
    tagged: list[list[str]] = []
    for one in told(labelled, "读取"):
        own = _names_of(one)

        def learnt(name: str, own: set[tuple[str, str]] = own) -> Sequence[str]:
            by_label = counts.get(name)
            return _marks(Counter({code: count - ((name, code) in own) for code, count in by_label.items()})) if by_label else ()

        normalized = normalize(one.text)
        if not normalized.text:
            continue
        path = best_path(hits(normalized, lexicon), weights)
        clues = clues_of(normalized, path, find_known(normalized.text, lexicon), learnt)
        ids = np.array([numbers.setdefault(clue, len(numbers)) for of_char in clues for clue in of_char], np.int32)
        found.append((ids, np.array([len(of_char) for of_char in clues], np.int32)))
        tagged.append(list(_tags(normalized, one)))
    labels = sorted({tag[2:] for tags in tagged for tag in tags})
    tags = tuple(f"{prefix}-{label}" for label in labels for prefix in "BI")
    tag_number = {tag: number for number, tag in enumerate(tags)}
    kept = np.bincount(np.concatenate([ids for ids, _ in found]), minlength=len(numbers)) >= fewest
    kept[numbers["*"]] = True
    renumbered = np.cumsum(kept) - 1
    sequences = Sequences([], [], [])
    for (numbered, sizes), own_tags in zip(found, tagged, strict=True):
        keep = kept[numbered]
        sequences.clues.append(renumbered[numbered[keep]].astype(np.int32))
        sequences.counts.append(np.add.reduceat(keep.astype(np.int32), np.cumsum(sizes) - sizes))
        sequences.tags.append(np.array([tag_number[tag] for tag in own_tags], np.int32))
    return _Numbered(sequences, [clue for clue, number in numbers.items() if kept[number]], tags)


def _tags(normalized: Normalized, labelled: Labelled) -> Iterator[str]:
    """Yield the BIO tag of each normalised character."""
    spans, at, before = labelled.spans, 0, -1
    for offset in normalized.offsets:
        while spans[at][2] <= offset:
            at += 1
        yield ("I-" if at == before else "B-") + spans[at][0]
        before = at


def _allowed(tags: Sequence[str]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Say which tag may follow which, and which may come first: a stretch goes on only with its own label."""
    follows = [[after[0] == "B" or after[2:] == before[2:] for after in tags] for before in tags]
    return np.array(follows), np.array([tag[0] == "B" for tag in tags])


def _chosen(sequences: Sequences, chosen: Sequence[int]) -> Sequences:
    return Sequences(*([column[i] for i in chosen] for column in sequences))


def _f1(sequences: Sequences, fitted: Fitted, tags: Sequence[str]) -> float:
    """Return the exact-span F1 on texts that were kept back."""
    right = given = expected = 0
    for clues, counts, gold in zip(*sequences, strict=True):
        emission: Floats = np.add.reduceat(fitted.weights[clues], (np.cumsum(counts) - counts).astype(np.intp), axis=0)
        ours = set(spans_of([tags[tag] for tag in best_tags(emission, fitted.transition, fitted.first)]))
        theirs = set(spans_of([tags[tag] for tag in gold]))
        right, given, expected = right + len(ours & theirs), given + len(ours), expected + len(theirs)
    return 2 * right / max(1, given + expected)
