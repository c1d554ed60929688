"""The English catalogue: ``python tools/translations.py extract | compile | check``.

``extract`` gathers every message of ``web/`` (Python and templates), and what the packages below it say by ``said()``, into the
catalogue, keeping what is translated; ``compile`` writes the ``.mo`` that is shipped; ``check`` says what is missing (exit code 1).
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "web" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
COMPILED = CATALOGUE.with_suffix(".mo")
METHODS = [("static/**", "ignore"), ("**.py", "python"), ("templates/**.html", "jinja2.ext.babel_extract")]
KEYWORDS: dict[str, Any] = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "_n": (1, 2),
    "_p": ((1, "c"), 2),
    "pgettext": ((1, "c"), 2),
}
SAID: dict[str, tuple[int, ...] | None] = {"said": None}
"""What the packages below say that a page may say in another language: ``geoaddr.errors.said``."""
OPTIONS = {"templates/**.html": {"trimmed": "true"}}


def read_catalogue() -> Catalog:
    """Return the catalogue as committed; an empty one where there is none yet."""
    if not CATALOGUE.exists():
        return _new()
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="en")


def messages_in_use() -> Catalog:
    """Return a catalogue of every message in the source, with the files it is in."""
    found = _new()
    for folder, keywords in (("web", KEYWORDS), *((one, SAID) for one in ("geoaddr", "gazetteer"))):
        for filename, _line, message, comments, context in extract_from_dir(ROOT / folder, METHODS, OPTIONS, keywords):
            found.add(message, locations=[(f"{folder}/{filename}", 0)], auto_comments=comments, context=context)
    return found


def extract() -> None:
    """Bring the catalogue up to the source: new messages untranslated, unused ones dropped, the others kept."""
    catalogue = read_catalogue()
    catalogue.update(messages_in_use(), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    with CATALOGUE.open("wb") as file:
        write_po(file, catalogue, width=140, no_location=False, include_lineno=False, sort_output=True, omit_header=False)
    print(f"{len(catalogue)} messages, {len(untranslated(catalogue))} untranslated: {CATALOGUE.relative_to(ROOT)}")


def compiled(catalogue: Catalog) -> bytes:
    """Return the bytes of the compiled catalogue."""
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def untranslated(catalogue: Catalog) -> list[str]:
    """Return the messages without a translation."""
    return [str(message.id) for message in catalogue if message.id and not all(_strings(message.string))]


def missing(catalogue: Catalog) -> list[str]:
    """Return the messages of the source that the catalogue does not have."""
    known = {(message.id, message.context) for message in catalogue}
    return [str(message.id) for message in messages_in_use() if message.id and (message.id, message.context) not in known]


def check() -> list[str]:
    """Return what is wrong: missing, untranslated, or not compiled."""
    catalogue = read_catalogue()
    troubles = [f"not in the catalogue: {text}" for text in missing(catalogue)]
    troubles += [f"not translated: {text}" for text in untranslated(catalogue)]
    if not COMPILED.exists() or COMPILED.read_bytes() != compiled(catalogue):
        troubles.append("messages.mo is not what messages.po compiles to")
    return troubles


def _new() -> Catalog:
    header = "# English words of the geoaddr interface; Chinese is in the source."
    return Catalog(locale="en", project="geoaddr", version="1", header_comment=header, fuzzy=False, last_translator="", language_team="")


def _strings(value: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [value or ""] if isinstance(value, str) or value is None else list(value)


def main() -> int:
    """Run one of the three commands."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("command", choices=["extract", "compile", "check"])
    command = parser.parse_args().command
    if command == "extract":
        extract()
        return 0
    if command == "compile":
        COMPILED.write_bytes(compiled(read_catalogue()))
        return 0
    troubles = check()
    print("\n".join(troubles) or "complete")
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
