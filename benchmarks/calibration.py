"""Whether scores mean a probability: fits the table that turns evidence into a score, and shows how true it is on other texts.

The score of a verdict is the chance that its first entry is the one meant. It is read from steps that rise with the log-odds of
the evidence, one stair for each verdict and reason, fitted by isotonic regression (pool adjacent violators) on generated texts.

Usage: ``python benchmarks/calibration.py [--size 300000] [--queries 8000] [--seed 901]`` prints bins, Brier score and calibration
error; ``--fit`` writes the table into ``matchers/data/weights.yaml`` first, from other seeds.
"""

from __future__ import annotations

import argparse
import datetime
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from math import floor
from pathlib import Path

from linking import first_of, register

from gazetteer.sample.district import SampleDistrict, generate
from gazetteer.sample.queries import Text, queries
from matchers.index import Index, build_index, open_index
from matchers.match import match
from matchers.tables import table, weights
from matchers.verdict import Query, Verdict

TABLE = Path(__file__).parents[1] / "matchers" / "data" / "weights.yaml"
FITTED_ON = ((501, 1), (502, 2), (503, 1), (504, 2))
"""Seeds of the texts that are fitted on, with how many noises each text carries; a fifth of them has no answer."""
LEAST = 150
"""Texts a step must rest on."""
BINS = 10

Seen = tuple[str, float, bool]
"""Verdict and reason, log-odds of the best candidate, whether it was the right one."""


def judged(index: Index, district: SampleDistrict, count: int, seed: int, combined: int) -> Iterator[tuple[Text, Verdict]]:
    """Yield generated texts with their verdicts."""
    for text in queries(district, count, seed, combined=combined, unanswerable_share=0.2):
        yield text, match(Query(text.text), index)


def fitted(seen: list[Seen]) -> dict[str, list[tuple[float, float]]]:
    """Return the stairs for each verdict and reason with enough texts, and for each verdict as a whole."""
    groups: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for kind, log_odds, right in seen:
        groups[kind].append((log_odds, right))
        groups[kind.split()[0]].append((log_odds, right))
    return {kind: _stairs(sorted(rows)) for kind, rows in sorted(groups.items()) if len(rows) >= LEAST or " " not in kind}


def _stairs(rows: list[tuple[float, bool]]) -> list[tuple[float, float]]:
    levels: dict[float, list[bool]] = defaultdict(list)
    for log_odds, right in rows:
        levels[floor(log_odds * 20) / 20].append(right)
    blocks: list[list[float]] = []  # start, texts, right
    for start, found in sorted(levels.items()):
        blocks.append([start, len(found), sum(found)])
        while len(blocks) > 1 and (blocks[-2][1] < LEAST or _share(blocks[-2]) >= _share(blocks[-1])):
            _join_last(blocks)
    while len(blocks) > 1 and blocks[-1][1] < LEAST:
        _join_last(blocks)
    # The lowest step reaches down to everything.
    return [(-99.0 if at == 0 else block[0], round(_share(block), 4)) for at, block in enumerate(blocks)]


def _join_last(blocks: list[list[float]]) -> None:
    _start, texts, right = blocks.pop()
    blocks[-1][1] += texts
    blocks[-1][2] += right


def _share(block: list[float]) -> float:
    return (block[2] + 0.5) / (block[1] + 1.0)


def write(stairs: dict[str, list[tuple[float, float]]], texts: int, size: int) -> None:
    """Replace the table at the end of ``weights.yaml``."""
    head = TABLE.read_text(encoding="utf-8").partition("calibration:\n")[0]
    noises = " and ".join(sorted({str(combined) for _seed, combined in FITTED_ON}))
    lines = [
        "calibration:",
        f'  date: "{datetime.datetime.now(tz=datetime.UTC).date().isoformat()}"',
        f'  fitted_on: "{texts} generated texts, {noises} noises each, a fifth without an answer; sample district of {size} addresses"',
        "  steps:",
        *(f'    "{kind}": [{", ".join(f"[{start}, {share}]" for start, share in steps)}]' for kind, steps in stairs.items()),
    ]
    TABLE.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


def show(scored: list[tuple[float, bool]]) -> None:
    """Print the reliability curve: what was promised and what came true in each tenth of the scale."""
    bins: list[list[tuple[float, bool]]] = [[] for _each in range(BINS)]
    for score, right in scored:
        bins[min(int(score * BINS), BINS - 1)].append((score, right))
    error = 0.0
    print("  score         texts   promised   came true")
    for at, rows in enumerate(bins):
        if rows:
            promised, true = sum(score for score, _right in rows) / len(rows), sum(right for _score, right in rows) / len(rows)
            error += abs(promised - true) * len(rows) / len(scored)
            print(f"  {at / BINS:.1f}–{(at + 1) / BINS:.1f}  {len(rows):8d}     {promised:.4f}      {true:.4f}")
    brier = sum((score - right) ** 2 for score, right in scored) / len(scored)
    print(f"  {len(scored)} texts: Brier score {brier:.5f}, expected calibration error {error:.5f}")


def main() -> None:
    """Build the index, fit if asked, measure on texts that were not fitted on."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--size", type=int, default=300_000)
    options.add_argument("--queries", type=int, default=8_000)
    options.add_argument("--seed", type=int, default=901)
    options.add_argument("--fit", action="store_true")
    chosen = options.parse_args()
    district = generate(chosen.size)
    with tempfile.TemporaryDirectory() as scratch:
        build_index(list(register(district)), Path(scratch), seq=1)
        index = open_index(Path(scratch))
        if chosen.fit:
            seen: list[Seen] = []
            for seed, combined in FITTED_ON:
                for text, verdict in judged(index, district, chosen.queries, seed, combined):
                    if verdict.evidence:
                        log_odds = weights().bias + sum(line.weight for line in verdict.evidence)
                        seen.append((f"{verdict.verdict} {verdict.reason}", log_odds, first_of(verdict) == text.truth_ref))
            write(fitted(seen), len(seen), chosen.size)
            weights.cache_clear()
            table.cache_clear()
            print(f"fitted on {len(seen)} texts")
        for combined in (1, 2):
            found = list(judged(index, district, chosen.queries, chosen.seed, combined))
            print(f"{combined} noise{'s' * (combined > 1)} each:")
            show([(verdict.score, first_of(verdict) == text.truth_ref) for text, verdict in found if verdict.verdict != "X"])


if __name__ == "__main__":
    main()
