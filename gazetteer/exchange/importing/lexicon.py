"""The words to read addresses with while importing: the register's own names before the national ones."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.exchange.importing.finding import spoken
from gazetteer.store.models import Division, NameVariant, PlaceName
from geoaddr.divisions_lexicon import national_lexicon
from geoaddr.lexicon import Lexicon, Name
from geoaddr.lexicons import ChainLexicon, MemoryLexicon

_LABELS = {"road": "road", "lane": "road", "natural_village": "village_group"}
_KINDS = {"former": "former", "alias": "alias", "abbreviation": "short", "folk": "folk", "misspelt": "misspelt"}


def register_lexicon(session: Session) -> Lexicon:
    """Return a lexicon of every place name, variant and community of the register, chained with the national one."""
    return ChainLexicon([MemoryLexicon(_names(session)), national_lexicon()])


def _names(session: Session) -> Iterator[Name]:
    labels: dict[str, tuple[str, str]] = {}
    for row in session.execute(select(PlaceName.id, PlaceName.standard_name, PlaceName.category).where(PlaceName.status != "rejected")):
        label = _LABELS.get(row.category, "poi")
        labels[row.id] = (label, row.standard_name)
        yield Name(row.standard_name, label, row.standard_name, row.id)
    for other in session.execute(select(NameVariant.place_id, NameVariant.text, NameVariant.kind).where(NameVariant.place_id.is_not(None))):
        if other.place_id in labels:
            label, standard = labels[other.place_id]
            yield Name(other.text, label, standard, other.place_id, kind=_KINDS.get(other.kind, "alias"))
    for row in session.execute(select(Division.code, Division.name, Division.level).where(Division.level.in_(("town", "community")))):
        for form in {row.name, spoken(row.name)}:
            yield Name(form, row.level, spoken(row.name), row.code, row.code[:-3])
