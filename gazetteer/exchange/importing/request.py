"""What somebody asks of an import, and what every kind of import is given to work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from gazetteer.cases.people import PersonBox
from gazetteer.exchange.importing.columns import Columns
from gazetteer.exchange.importing.report import Tally
from gazetteer.exchange.readers import DEFAULT_LIMIT_BYTES
from gazetteer.store.events import Actor
from geoaddr.lexicon import Lexicon
from matchers.index import IndexLike

KINDS = ("divisions", "places", "roads", "addresses", "plates", "cases")


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """One file to import and how.

    ``mapping`` is field → column (``--map``); a value that begins with ``=`` is a constant for every row. ``as_of`` is the date a
    division list is complete for. ``partial`` keeps the good rows of a file with bad ones; otherwise one bad row keeps all out.
    ``progress`` is called with the number of rows read so far.
    """

    kind: str
    path: Path
    actor: Actor
    mapping: Mapping[str, str] = field(default_factory=dict)
    crs: str | None = None
    as_of: date | None = None
    dry_run: bool = False
    partial: bool = False
    create_missing: bool = False
    encoding: str | None = None
    sheet: str | None = None
    district_code: str = "330213"
    limit_bytes: int = DEFAULT_LIMIT_BYTES
    progress: Callable[[int], None] | None = None


@dataclass(frozen=True, slots=True)
class CaseServices:
    """What only case files need: the box that seals persons, and the index as a transaction sees it."""

    box: PersonBox
    index_in: Callable[[Session], IndexLike]


@dataclass(frozen=True, slots=True)
class Work:
    """One running import: the transaction, the request, the resolved columns, the counts, and the words to read ``full`` with."""

    session: Session
    request: ImportRequest
    columns: Columns
    crs: str
    source: str
    tally: Tally
    lexicon: Callable[[], Lexicon]
    cases: CaseServices | None = None

    @property
    def day(self) -> date:
        """Return the date the file speaks for: ``as_of``, else today."""
        return self.request.as_of or date.today()
