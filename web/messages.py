"""Messages in the reader's language: Chinese in the source, translated where the catalogue of the language has them."""

from __future__ import annotations

from flask_babel import gettext


def _(message: str, **values: object) -> str:
    """Return a message in the language of the request, with ``%(name)s`` filled in."""
    return str(gettext(message, **values))
