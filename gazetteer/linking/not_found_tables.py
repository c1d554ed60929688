"""Counting the names a washed table did not find: read off the finished result, so that washing itself is not slowed."""

from __future__ import annotations

import csv
import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from gazetteer.linking.not_found import Unknown, count_unknown, reason_shows_a_gap, unknown_names
from gazetteer.linking.not_found_log import LONGEST_TEXT
from gazetteer.store.database import OperationalError, Store
from geoaddr.errors import Conflict
from matchers.index import IndexLike
from matchers.wash import RESULT_COLUMNS, result_columns

AT_ONCE = 20_000
"""Different texts read before their counts are written: bounds memory however long the table is."""

logger = logging.getLogger("geoaddr.not_found")


def count_washed(store: Store, index: IndexLike, washed: Path, column: str) -> int:
    """Add the unknown names of a washed table (CSV, in UTF-8) to the register's counts; returns how often one was met.

    A register that cannot be written is not counted in, with a warning: the result of the washing does not depend on it.
    """
    met, texts = 0, Counter[str]()
    for text in _not_found(washed, column):
        texts[text] += 1
        if len(texts) >= AT_ONCE:
            met += _count(store, index, texts)
            texts.clear()
    return met + _count(store, index, texts)


def _count(store: Store, index: IndexLike, texts: Counter[str]) -> int:
    found: Counter[Unknown] = Counter()
    for text, times in texts.items():
        for one in unknown_names(text, index):
            found[one] += times
    if not found:
        return 0
    try:
        with store.transaction() as session:
            count_unknown(session, found.items(), "batches")
    except (OperationalError, Conflict) as error:
        logger.warning("names not found in a table are not counted: the register cannot be written (%s)", type(error).__name__)
        return 0
    return found.total()


def _not_found(washed: Path, column: str) -> Iterator[str]:
    with washed.open(encoding="utf-8", errors="replace", newline="") as file:
        reader = csv.reader(file)
        header = next(reader, [])
        own = header[: -len(RESULT_COLUMNS)]
        if column not in own:
            return
        named = result_columns(own)
        at, verdict, reason = own.index(column), header.index(named["verdict"]), header.index(named["reason"])
        for row in reader:
            if len(row) == len(header) and reason_shows_a_gap(row[verdict], row[reason]) and 1 < len(row[at]) <= LONGEST_TEXT:
                yield row[at]
