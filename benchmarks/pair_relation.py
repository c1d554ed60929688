"""How well the relation of two address texts is told: macro-F1 over no, partial and exact against a public corpus, and pairs a second.

Usage: ``python benchmarks/pair_relation.py [PAIRS] [--worst N] [--sample N]``.
The corpus has ``query TAB candidate TAB 0|1|2`` a line (CCKS 2021 address relevance). Half A, which may be looked at, are the queries
whose SHA-256 begins with an even byte; of half B one figure is printed and nothing else. Nothing is fitted to either.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from corpora import DATA

from matchers.texts import Comparison, compare_texts

DEFAULT_PAIRS = DATA / "relevance" / "pairs_dev.tsv"
RELATIONS = ("different", "partial", "same")
LONGEST_MS = 10.0
WARM_UP = 200


@dataclass(frozen=True, slots=True)
class Pair:
    """One labelled pair; ``relation`` is the position in ``RELATIONS``."""

    query: str
    candidate: str
    relation: int


def read_pairs(path: Path) -> tuple[list[Pair], list[Pair]]:
    """Return half A and half B; a query is in one half with all its candidates."""
    halves: tuple[list[Pair], list[Pair]] = ([], [])
    for line in path.read_text(encoding="utf-8").splitlines():
        query, candidate, relation = line.split("\t")
        half = hashlib.sha256(query.encode()).digest()[0] % 2
        halves[half].append(Pair(query, candidate, int(relation)))
    return halves


def compared(pairs: Sequence[Pair]) -> list[Comparison]:
    """Compare every pair."""
    return [compare_texts(pair.query, pair.candidate) for pair in pairs]


def f1_by_class(truth: Sequence[int], found: Sequence[int]) -> list[float]:
    """Return F1 of each class, in the order of ``RELATIONS``."""
    right = Counter(one for one, other in zip(truth, found, strict=True) if one == other)
    given, expected = Counter(found), Counter(truth)
    return [2 * right[one] / max(1, given[one] + expected[one]) for one in range(len(RELATIONS))]


def macro_f1(pairs: Sequence[Pair], comparisons: Sequence[Comparison]) -> tuple[float, list[float]]:
    """Return the mean of the three F1 and the three."""
    by_class = f1_by_class([pair.relation for pair in pairs], [RELATIONS.index(one.relation) for one in comparisons])
    return sum(by_class) / len(by_class), by_class


def print_confusion(pairs: Sequence[Pair], comparisons: Sequence[Comparison]) -> None:
    """Print how often each labelled relation was answered how."""
    cells = Counter((pair.relation, RELATIONS.index(one.relation)) for pair, one in zip(pairs, comparisons, strict=True))
    print(f"  {'labelled':>10} -> {'different':>9} {'partial':>9} {'same':>9}")
    for row, name in enumerate(("0 no", "1 partial", "2 exact")):
        print(f"  {name:>10}    " + " ".join(f"{cells[row, column]:9}" for column in range(len(RELATIONS))))


def print_worst(pairs: Sequence[Pair], comparisons: Sequence[Comparison], most: int) -> None:
    """Print the errors that were surest of themselves, those that confuse no and exact first."""
    errors = [(pair, one) for pair, one in zip(pairs, comparisons, strict=True) if RELATIONS[pair.relation] != one.relation]
    errors.sort(key=lambda error: -abs(error[1].score - pair_score(error[0])))
    for pair, one in errors[:most]:
        differing = " ".join(f"{line.label}:{line.outcome}" for line in one.evidence if line.outcome not in ("missing", "extra"))
        print(f"  {RELATIONS[pair.relation]:9} answered {one.relation:9} {one.score:.2f}  {pair.query} | {pair.candidate}  {differing}")


def pair_score(pair: Pair) -> float:
    """Return the score a pair should have had: the middle of its relation's range."""
    return (0.25, 0.625, 0.875)[pair.relation]


def print_speed(pairs: Sequence[Pair]) -> None:
    """Print pairs a second of processor time and the slowest pair: names are new, tables and libraries were read before."""
    compared(pairs[:WARM_UP])
    compare_texts("肖橋路８８號", "肖乔路八十八号")  # traditional characters, numerals and sounds are loaded when first met
    gc.collect()
    gc.freeze()  # a full collection over the tables takes 100 ms once in some thousand pairs, whichever pair is at hand
    slowest, begin = 0.0, time.process_time()
    for pair in pairs[WARM_UP:]:
        before = time.process_time()
        compare_texts(pair.query, pair.candidate)
        slowest = max(slowest, (time.process_time() - before) * 1000)
    spent = time.process_time() - begin
    print(f"speed: {(len(pairs) - WARM_UP) / spent:,.0f} pairs/s on one core; slowest pair {slowest:.1f} ms (bound {LONGEST_MS:.0f} ms)")


def main() -> None:
    """Print figures of both halves, the confusion and the worst of half A, and the speed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("pairs", nargs="?", type=Path, default=DEFAULT_PAIRS)
    options.add_argument("--worst", type=int, default=20, help="print this many errors of half A")
    options.add_argument("--sample", type=int, default=0, help="compare only this many pairs of each half")
    chosen = options.parse_args()
    if not chosen.pairs.is_file():
        print(f"No labelled pairs at {chosen.pairs}; give the path of a file of query, candidate and class a line.")
        return
    first, second = read_pairs(chosen.pairs)
    if chosen.sample:
        draw = random.Random(20261123)
        first, second = draw.sample(first, min(chosen.sample, len(first))), draw.sample(second, min(chosen.sample, len(second)))
    print_speed(first[:3000])
    answers = compared(first)
    macro, by_class = macro_f1(first, answers)
    print(f"half A: {len(first)} pairs, macro-F1 {macro:.3f} (no {by_class[0]:.3f}, partial {by_class[1]:.3f}, exact {by_class[2]:.3f})")
    print_confusion(first, answers)
    macro, _by_class = macro_f1(second, compared(second))
    print(f"half B: {len(second)} pairs, macro-F1 {macro:.3f}")
    print_worst(first, answers, chosen.worst)


if __name__ == "__main__":
    main()
