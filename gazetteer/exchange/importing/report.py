"""What an import did, row by row where it refused, and the file that says so."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Rejection:
    """One row that was not taken: its line in the file, the column and value at fault, and why in words."""

    line: int
    column: str
    value: str
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """Return the four fields."""
        return {"line": self.line, "column": self.column, "value": self.value, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The outcome of one file; ``rows == created + updated + unchanged + rejected`` always holds.

    ``applied`` is False for a dry run and where rejected rows kept the whole file out; the counts then say what would have
    happened. ``made`` counts what came into being besides the rows themselves (divisions, roads, successions …),
    ``seq`` is the register's sequence afterwards, ``notes`` are doubts about the file worth showing.
    """

    kind: str
    sha256: str
    rows: int
    created: int
    updated: int
    unchanged: int
    rejected: tuple[Rejection, ...]
    made: dict[str, int]
    dry_run: bool
    applied: bool
    seq: int
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain JSON; the first hundred rejections are listed, all are counted."""
        return {
            "kind": self.kind,
            "sha256": self.sha256,
            "rows": self.rows,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": len(self.rejected),
            "rejections": [one.as_dict() for one in self.rejected[:100]],
            "made": dict(self.made),
            "dry_run": self.dry_run,
            "applied": self.applied,
            "seq": self.seq,
            "notes": list(self.notes),
        }


@dataclass
class Tally:
    """The counts of an import while it runs."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    made: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def reject(self, line: int, column: str, value: object, reason: str) -> None:
        """Refuse one row; its value is cut to what fits a report."""
        self.rejected.append(Rejection(line, column, "" if value is None else str(value)[:120], reason))

    def report(self, kind: str, sha256: str, *, dry_run: bool, applied: bool, seq: int) -> ImportReport:
        """Close the counts; raises AssertionError where they do not add up."""
        assert self.rows == self.created + self.updated + self.unchanged + len(self.rejected), (
            f"{self.rows} rows, but {self.created} + {self.updated} + {self.unchanged} + {len(self.rejected)}"
        )
        ordered = tuple(sorted(self.rejected, key=lambda one: one.line))
        made = {name: count for name, count in sorted(self.made.items()) if count}
        counts = (self.rows, self.created, self.updated, self.unchanged)
        return ImportReport(kind, sha256, *counts, ordered, made, dry_run, applied, seq, tuple(self.notes))


def write_rejections(report: ImportReport, path: Path) -> None:
    """Write every rejected row as CSV (line, column, value, reason) that Excel opens with the right characters."""
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("line", "column", "value", "reason"))
        writer.writerows((one.line, one.column, guarded(one.value), one.reason) for one in report.rejected)


def guarded(text: str) -> str:
    """Return text that a spreadsheet will not run as a formula: "=1+1" -> "'=1+1"."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not _is_number(text) else text


def unguarded(text: str) -> str:
    """Return text as it was before :func:`guarded`: "'=1+1" -> "=1+1"; other apostrophes stay."""
    return text[1:] if text[:1] == "'" and guarded(text[1:]) == text else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
