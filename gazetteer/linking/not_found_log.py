"""Counting what was not found without making anybody wait: noted in memory, read and written by one thread some seconds later."""

from __future__ import annotations

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable

from gazetteer.linking.not_found import Unknown, count_unknown, shows_a_gap, unknown_names
from gazetteer.store.database import OperationalError, Store
from geoaddr.errors import Conflict
from matchers.index import IndexLike
from matchers.verdict import Verdict

FLUSH_SECONDS = 3.0
LONGEST_QUEUE = 5_000
"""Texts waiting to be read; beyond it the oldest are forgotten: a look-up never waits for its count."""

MOST_NAMES = 10_000
"""Names waiting to be written while the database cannot be; beyond it new ones are not counted."""

LONGEST_TEXT = 400
logger = logging.getLogger("geoaddr.not_found")


class NotFoundLog:
    """Counts the names that look-ups did not find; share one per process.

    ``note`` costs a test and an append. A thread, started by the first note, reads the waiting texts and adds their
    unknown names to the register's table in one short transaction; the texts themselves stay in memory and only until then.
    What waits is lost when the process is killed: at most :data:`FLUSH_SECONDS` of counts.
    """

    def __init__(self, store: Store, index: Callable[[], IndexLike], *, source: str = "lookups") -> None:
        self.source = source
        self._store = store
        self._index = index
        self._waiting: deque[str] = deque(maxlen=LONGEST_QUEUE)
        self._counts: Counter[Unknown] = Counter()
        self._writing = threading.Lock()
        self._starting = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def note(self, text: str, verdict: Verdict) -> None:
        """Remember a text whose verdict shows that the register may lack a name; never blocks and never fails."""
        if shows_a_gap(verdict) and 1 < len(text) <= LONGEST_TEXT and not self._closed.is_set():
            self._waiting.append(text)
            if self._thread is None:
                self._start()

    def flush(self) -> int:
        """Write what was noted up to now; returns how many names were counted. What cannot be written now waits for the next time."""
        with self._writing:
            try:
                self._read_waiting()
                if not self._counts:
                    return 0
                with self._store.transaction() as session:
                    count_unknown(session, self._counts.items(), self.source)
            except (OperationalError, Conflict) as error:
                logger.warning("counts of names not found wait: the register cannot be asked or written now (%s)", type(error).__name__)
                return 0
            written = len(self._counts)
            self._counts.clear()
            return written

    def close(self) -> None:
        """Write what waits and stop the thread."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join(timeout=FLUSH_SECONDS)
        self.flush()

    def _read_waiting(self) -> None:
        if not self._waiting:
            return
        index = self._index()  # asks the register: where that cannot be reached, the texts wait
        texts: Counter[str] = Counter()
        while self._waiting:
            texts[self._waiting.popleft()] += 1
        for text, times in texts.items():
            for one in unknown_names(text, index):
                if one in self._counts or len(self._counts) < MOST_NAMES:
                    self._counts[one] += times

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="geoaddr-not-found", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while not self._closed.wait(FLUSH_SECONDS):
            try:
                self.flush()
            except Exception as error:  # one text must not end the counting of all others; its message may hold what a person typed
                logger.error("counting names not found failed: %s", type(error).__name__)
