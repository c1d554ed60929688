"""Messages in the reader's language: Chinese in the source, translated where the catalogue of the language has them."""

from __future__ import annotations

from flask_babel import get_locale, gettext

from geoaddr.errors import Listed, Said, Titled


def in_words(sentence: str) -> str:
    """Return a sentence of the register in the language of the request, as far as it still knows what it was made of."""
    if isinstance(sentence, Titled):
        return sentence.english if sentence.english and in_english() else str(sentence)
    if isinstance(sentence, Listed):
        return _("；").join(in_words(one) for one in sentence.parts)
    if not isinstance(sentence, Said):
        return sentence
    values = {name: in_words(value) if isinstance(value, str) else value for name, value in sentence.values.items()}
    return _(sentence.message, **values)


def _(message: str, **values: object) -> str:
    """Return a message in the language of the request, with ``%(name)s`` filled in."""
    return str(gettext(message, **values))


def in_english() -> bool:
    """Say whether the request is answered in English."""
    locale = get_locale()
    return locale is not None and locale.language == "en"
