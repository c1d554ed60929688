"""The matching engine of a running service: the index built from the register, and what has changed since, as one."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.linking.entries import changed_entries, content_state, names_gone, register_entries
from gazetteer.linking.not_found_log import NotFoundLog
from gazetteer.store.database import Store
from gazetteer.store.events import last_seq
from gazetteer.store.models import Event
from geoaddr.errors import Conflict, NotFound
from matchers.index import Index, IndexLike, Overlay, build_index, open_index
from matchers.index.build import current_version
from matchers.index.reading import settle_weights
from matchers.index.without import WithoutNames
from matchers.match import Explanation, explain, match, match_many
from matchers.search import Nearby, Suggestion, look_up, reverse, search, suggest
from matchers.verdict import Candidate, Query, Verdict

REBUILD_AFTER = 20_000
"""Changed entries beyond which the overlay is folded into a new index."""

WARMING = "浙江省宁波市样板路1号"
"""A text whose verdict does not matter: judging it reads the tables and names every other verdict needs."""
MARKER = "REGISTER"
"""File that says from which event of which register the index was built."""
BUILDING = "BUILDING"
"""File that a process holds while it builds the index."""


class Engine:
    """Answers look-ups from the newest state of the register; share one per process between threads.

    Every question first compares the register's last event with the one the answers are built on; what changed since
    the index was built is held in a small overlay, so that a decision is visible in the next look-up of every process.
    """

    def __init__(self, store: Store, index_dir: Path, parse_weights: Path | None = None) -> None:
        self.store = store
        self.parse_weights = parse_weights
        self.index_dir = index_dir
        self.not_found: NotFoundLog | None = None
        self._lock = threading.Lock()
        self._index = self._open_or_build()
        self._view: IndexLike = self._index
        self._seq = self._index.seq
        self._content = ""
        self.refresh()

    @property
    def seq(self) -> int:
        """Return the number of the last event the answers take into account."""
        return self._seq

    @property
    def size(self) -> int:
        """Return the number of entries."""
        return len(self._view)

    def view(self) -> IndexLike:
        """Return the index with everything that changed up to now."""
        if self.store.newest() != self._seq:
            self.refresh()
        return self._view

    def refresh(self) -> None:
        """Take in what changed since the index was built; where that has become much, take a newer index or build one.

        Of several processes over one folder the first builds it and the others wait for it and open it.
        """
        with self._lock:
            with self.store.reading() as session:
                newest, content = last_seq(session), content_state(session)
                if content == self._content:
                    self._seq = newest  # only things that no answer depends on have changed
                    return
                changed, removed = changed_entries(session, self._index.seq)
                gone = names_gone(session, self._index.seq)
            if len(changed) > REBUILD_AFTER:
                with one_after_another(self.index_dir):
                    self._index = self._newer() or self._build()
                with self.store.reading() as session:
                    newest, content = last_seq(session), content_state(session)
                    changed, removed = changed_entries(session, self._index.seq)
                    gone = names_gone(session, self._index.seq)
            self._content = content
            self._view = Overlay(self._below(gone), changed, removed, seq=newest) if changed or removed else self._index
            self._seq = newest

    def view_in(self, session: Session) -> IndexLike:
        """Return the index with everything that changed up to now **as this transaction sees it**, for decisions made inside it."""
        changed, removed = changed_entries(session, self._index.seq)
        below = self._below(names_gone(session, self._index.seq))
        return Overlay(below, changed, removed, seq=last_seq(session)) if changed or removed else self._index

    def _below(self, gone: frozenset[tuple[str, str]]) -> IndexLike:
        """Return the index without the names that left the register since it was built."""
        return WithoutNames(self._index, gone) if gone else self._index

    def rebuild(self) -> int:
        """Build the index anew from the register; returns the number of entries."""
        with self._lock:
            with self.store.reading() as session:
                content = content_state(session)
            self._index = self._build()
            self._view, self._seq, self._content = self._index, self._index.seq, content
            return len(self._index)

    def settle(self) -> None:
        """Load what a first look-up needs and take it out of garbage collection, for a process about to answer many."""
        match(Query(WARMING), self.view())
        gc.collect()
        gc.freeze()

    def match(self, query: Query) -> Verdict:
        """Return the verdict on one address text."""
        verdict = match(query, self.view())
        if self.not_found is not None:
            self.not_found.note(query.text, verdict)
        return verdict

    def look_up(self, query: Query, **options: Any) -> tuple[Verdict, list[Candidate]]:
        """Return the verdict on a text and the entries ranked for it; options as in ``matchers.search.look_up``."""
        verdict, found = look_up(query, self.view(), **options)
        if self.not_found is not None:
            self.not_found.note(query.text, verdict)
        return verdict, found

    def match_many(self, queries: Iterable[Query]) -> Iterator[Verdict]:
        """Yield the verdicts on many address texts, in order, all from the same state of the register."""
        log = self.not_found
        if log is None:
            return match_many(queries, self.view())
        asked = list(queries)
        return (_noted(log, query, verdict) for query, verdict in zip(asked, match_many(asked, self.view()), strict=True))

    def count_not_found(self, source: str = "lookups") -> None:
        """Count from now on the names that are not found, so that officers see which the register lacks."""
        self.not_found = NotFoundLog(self.store, self.view, source=source)

    def explain(self, query: Query) -> Explanation:
        """Return the verdict with the steps that led to it."""
        return explain(query, self.view())

    def search(self, text: str, **options: Any) -> list[Candidate]:
        """Return ranked entries for a search text; options as in ``matchers.search.search``."""
        return search(text, self.view(), **options)

    def suggest(self, text: str, **options: Any) -> list[Suggestion]:
        """Return completions of a text being typed; options as in ``matchers.search.suggest``."""
        return suggest(text, self.view(), **options)

    def reverse(self, lon: float, lat: float, **options: Any) -> list[Nearby]:
        """Return what lies nearest to a position in CGCS2000 degrees; options as in ``matchers.search.reverse``."""
        return reverse(lon, lat, self.view(), **options)

    def close(self) -> None:
        """Write what is still to be counted and let go of the index files."""
        if self.not_found is not None:
            self.not_found.close()
        self._index.close()

    def _open_or_build(self) -> Index:
        if (index := self._open_own()) is not None:
            return index
        with one_after_another(self.index_dir):
            return self._open_own() or self._build()

    def _newer(self) -> Index | None:
        found = self._open_own()
        if found is None or found.seq > self._index.seq:
            return found
        found.close()
        return None

    def _open_own(self) -> Index | None:
        """Open the index in use; None where there is none, or it is of another register, or of this one before it was restored."""
        try:
            index = self._open()
        except (NotFound, Conflict):
            return None
        with self.store.reading() as session:
            built_on = session.scalar(select(Event.hash).where(Event.seq == index.seq))
        marker = self.index_dir / MARKER
        if marker.exists() and marker.read_text(encoding="ascii") == f"{index.seq} {built_on}":
            return index
        index.close()
        return None

    def _build(self) -> Index:
        with self.store.reading() as session:
            seq = last_seq(session)
            built_on = session.scalar(select(Event.hash).where(Event.seq == seq))
            build_index(register_entries(session), self.index_dir, seq=seq)
        fresh = self.index_dir / f"{MARKER}.new"
        fresh.write_text(f"{seq} {built_on}", encoding="ascii")
        fresh.replace(self.index_dir / MARKER)
        return self._open()

    def _open(self) -> Index:
        settle_weights(current_version(self.index_dir), self.parse_weights)
        return open_index(self.index_dir)


@contextmanager
def one_after_another(index_dir: Path) -> Iterator[None]:
    """Let only one process at a time build the index of a folder; the others wait until it has."""
    index_dir.mkdir(parents=True, exist_ok=True)
    with (index_dir / BUILDING).open("w") as mark:
        try:
            import fcntl
        except ModuleNotFoundError:  # Windows has no such locks: there each process builds for itself
            pass
        else:
            fcntl.flock(mark, fcntl.LOCK_EX)
        yield


def _noted(log: NotFoundLog, query: Query, verdict: Verdict) -> Verdict:
    log.note(query.text, verdict)
    return verdict
