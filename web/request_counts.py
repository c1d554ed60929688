"""How often each caller may ask: counted before every view, told in the headers of every answer, 429 beyond it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

from flask import Flask, Response, g, request
from limits import RateLimitItem, parse_many
from limits.storage import storage_from_string
from limits.storage.base import Storage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

OWN_SCHEME = "process"
STOCK_SCHEME = "memory"
SWEPT_EVERY_S = 60.0


class RequestLimits:
    """Counts what callers ask of each view and refuses what is too much.

    ``ordinary`` (``"600 per minute"``) bounds what one ``caller()`` may ask of a view; ``scarce`` bounds, beside that, what one
    ``address()`` may ask of the views it names; views in ``unlimited`` are not counted.
    """

    def __init__(
        self, store: str, ordinary: str, caller: Callable[[], str], *,
        scarce: Mapping[str, str], address: Callable[[], str], unlimited: Collection[str],
    ) -> None:  # fmt: skip
        stock = f"{STOCK_SCHEME}://"
        self._limiter = FixedWindowRateLimiter(storage_from_string(store.replace(stock, f"{OWN_SCHEME}://", 1)))
        self._ordinary = parse_many(ordinary)
        self._scarce = {endpoint: parse_many(text) for endpoint, text in scarce.items()}
        self._caller, self._address, self._unlimited = caller, address, frozenset(unlimited)

    def install(self, app: Flask) -> None:
        """Count before every view, after all other checks; tell in every answer."""
        app.before_request(self._count)
        app.after_request(self._tell)

    def _count(self) -> None:
        endpoint = request.endpoint
        if endpoint is None or endpoint in self._unlimited:
            return
        counted = [(item, self._caller()) for item in self._ordinary]
        counted += [(item, self._address()) for item in self._scarce.get(endpoint, ())]
        exceeded = [(item, who) for item, who in counted if not self._limiter.hit(item, who, endpoint)]
        told: tuple[RateLimitItem, str] = (exceeded or counted)[-1]
        g.counted = (told[0], told[1], endpoint)
        if exceeded:
            raise TooManyRequests

    def count_at_once(self, who: str, endpoint: str) -> list[tuple[str, str]] | None:
        """Count one request outside the framework; return the headers that tell of it, or None, counting nothing, where it is too much."""
        if endpoint in self._scarce or any(not self._limiter.test(item, who, endpoint) for item in self._ordinary):
            return None
        for item in self._ordinary:
            self._limiter.hit(item, who, endpoint)
        return self._headers(self._ordinary[-1], who, endpoint)[0]

    def _headers(self, item: RateLimitItem, who: str, endpoint: str) -> tuple[list[tuple[str, str]], float]:
        stats = self._limiter.get_window_stats(item, who, endpoint)
        told = [("Limit", item.amount), ("Remaining", stats.remaining), ("Reset", int(stats.reset_time))]
        return [(f"X-RateLimit-{name}", str(number)) for name, number in told], stats.reset_time

    def _tell(self, response: Response) -> Response:
        counted: tuple[RateLimitItem, str, str] | None = g.get("counted")
        if counted is not None:
            told, reset_time = self._headers(*counted)
            for name, value in told:
                response.headers.add(name, value)
            if response.status_code == TooManyRequests.code:
                response.headers["Retry-After"] = str(max(1, int(reset_time - time.time()) + 1))
        return response


class ProcessStorage(Storage):
    """Counts of fixed windows in this process, without the thread that the stock storage starts again and again.

    Windows that ended are swept out once a minute, by whoever asks then.
    """

    STORAGE_SCHEME = [OWN_SCHEME]

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **_options: Any) -> None:
        super().__init__(uri, wrap_exceptions)
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, float]] = {}
        self._swept = time.time()

    @property
    def base_exceptions(self) -> type[Exception]:
        """Return what a failing storage raises; this one has nothing that fails."""
        return ValueError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to a caller's count and return it; a new window of ``expiry`` seconds begins where the last has ended."""
        now = time.time()
        with self._lock:
            if now - self._swept >= SWEPT_EVERY_S:
                self._counts = {name: kept for name, kept in self._counts.items() if kept[1] > now}
                self._swept = now
            count, ends = self._counts.get(key, (0, 0.0))
            if ends <= now:
                count, ends = 0, now + expiry
            self._counts[key] = (count + amount, ends)
            return count + amount

    def get(self, key: str) -> int:
        """Return a caller's count in the present window."""
        count, ends = self._counts.get(key, (0, 0.0))
        return count if ends > time.time() else 0

    def get_expiry(self, key: str) -> float:
        """Return when the present window ends, in seconds since 1970."""
        now = time.time()
        return max(self._counts.get(key, (0, now))[1], now)

    def check(self) -> bool:
        """Say that counting works."""
        return True

    def reset(self) -> int:
        """Forget all counts; returns how many there were."""
        with self._lock:
            forgotten, self._counts = len(self._counts), {}
        return forgotten

    def clear(self, key: str) -> None:
        """Forget one count."""
        with self._lock:
            self._counts.pop(key, None)
