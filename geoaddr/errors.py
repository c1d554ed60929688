"""The few errors a person can act on. Everything else is a bug and keeps its traceback."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


class Said(str):
    """A sentence that still knows the message and the values it was made of, so that a page can say it in its reader's language."""

    message: str
    values: Mapping[str, object]

    __slots__ = ("message", "values")


def said(message: str, **values: object) -> Said:
    """Return a message with ``%(name)s`` filled in: ``said("复议期限 %(day)s 已过", day="2026-11-23")`` -> 复议期限 2026-11-23 已过.

    Messages written this way are gathered for translation (``tools/translations.py``).
    """
    sentence = Said(message % values if values else message)
    sentence.message, sentence.values = message, values
    return sentence


class Titled(str):
    """A title of the rule data that has an English form beside it; it reads as the Chinese one."""

    english: str

    __slots__ = ("english",)


def titled(chinese: str, english: str = "") -> Titled:
    """Return a title with its English form: ``titled("申请书", "Application")``; without one it stays Chinese everywhere."""
    title = Titled(chinese)
    title.english = english
    return title


class Listed(str):
    """Several sentences or titles in a row that a page can say one by one in its reader's language."""

    parts: tuple[str, ...]

    __slots__ = ("parts",)


def listed(parts: Iterable[str]) -> Listed:
    """Return a row of sentences or titles: ``listed(["申请书", "专家意见"])`` -> 申请书；专家意见."""
    known = tuple(parts)
    row = Listed("；".join(known))
    row.parts = known
    return row


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
