"""How long the worst texts take: every row of the table of hostile cells and texts of ten thousand characters, matched one by one.

``python benchmarks/hostile.py [--repeat N]``: CPU milliseconds per text (the best of N, after one text to load the tables), worst
first; nothing may take more than 5 ms. Runs on the small register of the tests, which the time hardly depends on.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent / "tests"
sys.path.insert(0, str(TESTS))

from hostile_texts import hostile_cases, long_texts  # noqa: E402
from match_register import small_register  # noqa: E402

from matchers.index import build_index, open_index  # noqa: E402
from matchers.match import match  # noqa: E402
from matchers.texts import compare_texts  # noqa: E402
from matchers.verdict import Query  # noqa: E402

BOUND_MS = 5.0
SHOWN = 12


def texts() -> Iterator[tuple[str, str]]:
    """Yield ``(kind, text)``: the table, whole long texts, and their first 400 characters, which is what is read."""
    for case in hostile_cases():
        yield case.kind, case.text
    for name, text in long_texts().items():
        yield f"10,000 × {name}", text
        yield f"400 × {name}", text[:400]


def main() -> None:
    """Print the worst times of matching and comparing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=3)
    repeat = parser.parse_args().repeat
    with tempfile.TemporaryDirectory() as folder:
        build_index(iter(small_register()), Path(folder), seq=1)
        index = open_index(Path(folder))
        match(Query("西坞街道肖桥路88号"), index)
        _table("match", [(kind, _best(lambda text=text: match(Query(text), index), repeat)) for kind, text in texts()])
        _table("compare", [(kind, _best(lambda text=text: compare_texts(text, "肖桥路88号"), repeat)) for kind, text in texts()])


def _best(work: object, repeat: int) -> float:
    times = []
    for _ in range(repeat):
        start = time.process_time()
        work()  # type: ignore[operator]
        times.append(time.process_time() - start)
    return min(times) * 1000


def _table(title: str, rows: list[tuple[str, float]]) -> None:
    rows.sort(key=lambda row: -row[1])
    over = sum(1 for _kind, milliseconds in rows if milliseconds > BOUND_MS)
    print(f"{title}: {len(rows)} texts, worst {rows[0][1]:.2f} ms, over {BOUND_MS:.0f} ms: {over}")
    for kind, milliseconds in rows[:SHOWN]:
        print(f"  {milliseconds:8.2f} ms  {kind}")


if __name__ == "__main__":
    main()
