"""The kinds of case record and their fields, read from one table of data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from geoaddr.errors import UsageError


@dataclass(frozen=True, slots=True)
class CaseKind:
    """One kind: ``links`` says which text field makes which link; ``plain`` fields may be seen, ``person`` fields are sealed."""

    name: str
    title_zh: str
    title_en: str
    links: Mapping[str, str]
    plain: tuple[str, ...]
    person: tuple[str, ...]
    show: str

    @property
    def fields(self) -> tuple[str, ...]:
        """Return every field an import may fill."""
        return ("ref", *self.links, "lon", "lat", "division", *self.plain, *self.person)


@cache
def case_kinds() -> Mapping[str, CaseKind]:
    """Return all kinds by name."""
    table: dict[str, Any] = yaml.safe_load(files("gazetteer").joinpath("data/cases/kinds.yaml").read_text(encoding="utf-8"))
    return {
        name: CaseKind(name, row["title"]["zh"], row["title"]["en"], row["links"], tuple(row["plain"]), tuple(row["person"]), row["show"])
        for name, row in table.items()
    }


def case_kind(name: str) -> CaseKind:
    """Return one kind; ``UsageError`` for a name that is none."""
    found = case_kinds().get(name)
    if found is None:
        raise UsageError(f"没有“{name[:40]}”这类业务对象，可用的有：{'、'.join(case_kinds())}", field="kind")
    return found
