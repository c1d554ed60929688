"""Administrative units with their periods of validity, and who succeeded whom."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gazetteer.store.models.core import Located, Registered, Table, boxed, one_of
from gazetteer.store.types import OpaqueId

DIVISION_LEVELS = ("province", "city", "district", "town", "community")
CODE_LENGTHS = {"province": 2, "city": 4, "district": 6, "town": 9, "community": 12}
SUCCESSIONS = ("renamed", "recoded", "moved", "merged", "split")


class Division(Registered, Located, Table):
    """One administrative unit under one code, name and parent, while they held (``valid_to`` is the first day they did not).

    A code is a key only together with a date. A change of code, name or parent ends this row and begins another,
    connected by ``DivisionSuccession``.
    """

    __tablename__ = "division"
    __table_args__ = (
        one_of("level", DIVISION_LEVELS),
        one_of("status", ("current", "retired")),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity_is_a_period"),
        CheckConstraint("(status = 'retired') = (valid_to IS NOT NULL)", name="retired_means_ended"),
        CheckConstraint(
            "length(code) = CASE level WHEN 'province' THEN 2 WHEN 'city' THEN 4 WHEN 'district' THEN 6 WHEN 'town' THEN 9 ELSE 12 END",
            name="code_fits_level",
        ),
        boxed(),
        UniqueConstraint("code", "valid_from"),
        Index(
            "uq_division_current_code",
            "code",
            unique=True,
            sqlite_where=text("valid_to IS NULL"),
            postgresql_where=text("valid_to IS NULL"),
        ),
        Index("ix_division_name", "name"),
        Index("ix_division_geom", "geom", postgresql_using="gist").ddl_if(dialect="postgresql"),
    )

    code: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(80))
    level: Mapped[str] = mapped_column(String(10))
    parent_id: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("division.id"), index=True)
    status: Mapped[str] = mapped_column(String(10))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    source: Mapped[str] = mapped_column(String(300), default="")

    parent: Mapped[Division | None] = relationship(remote_side="Division.id", lazy="select", viewonly=True)


class DivisionSuccession(Table):
    """What became of a unit: old row → new row, how, when, and whether this was stated or inferred."""

    __tablename__ = "division_succession"
    __table_args__ = (one_of("kind", SUCCESSIONS), CheckConstraint("old_id <> new_id", name="not_itself"))

    old_id: Mapped[str] = mapped_column(OpaqueId, ForeignKey("division.id"), primary_key=True)
    new_id: Mapped[str] = mapped_column(OpaqueId, ForeignKey("division.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    changed_on: Mapped[date]
    inferred: Mapped[bool]
    source: Mapped[str] = mapped_column(String(300), default="")

    old: Mapped[Division] = relationship(foreign_keys=[old_id], viewonly=True)
    new: Mapped[Division] = relationship(foreign_keys=[new_id], viewonly=True)
