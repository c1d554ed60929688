"""The ledger of national place codes: every code ever given, so that none is given twice."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from gazetteer.store.models.core import Table
from gazetteer.store.types import OpaqueId

SERIAL_MAX = 999_999


class PlaceCode(Table):
    """One 20-digit code: its first fourteen digits, its serial within them, whom it was given to and by which event.

    Rows are only ever added (the database refuses updates and deletes), so a serial is used once, whatever becomes of the
    place. ``place_id`` is no foreign key: a place that an undone decision takes out again leaves its code spent.
    """

    __tablename__ = "place_code"
    __table_args__ = (
        CheckConstraint("length(prefix) = 14", name="prefix_is_whole"),
        CheckConstraint(f"serial BETWEEN 1 AND {SERIAL_MAX}", name="serial_fits"),
    )

    prefix: Mapped[str] = mapped_column(String(14), primary_key=True)
    serial: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    place_id: Mapped[str] = mapped_column(OpaqueId, index=True)
    seq: Mapped[int] = mapped_column(BigInteger)
