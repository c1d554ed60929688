"""The few errors a person can act on. Everything else is a bug and keeps its traceback."""

from __future__ import annotations


class GeoaddrError(Exception):
    """Base of all errors whose message may be shown to a user as it stands.

    ``message`` says in one sentence what was wrong and what to do; ``field`` names the input it concerns.
    """

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class UsageError(GeoaddrError):
    """The request or input cannot be understood: wrong option, unreadable file, invalid value."""


class NotFound(GeoaddrError):  # noqa: N818 - named after what it means
    """Nothing in the register has this id, code or serial."""


class Conflict(GeoaddrError):  # noqa: N818 - named after what it means
    """The register is no longer in the state the request was based on, or the move is not allowed from it."""


class Forbidden(GeoaddrError):  # noqa: N818 - named after what it means
    """The actor may not do this."""
