"""What hangs on the wall against what the register says: plates whose name, spelling or number is another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Text, or_, select, type_coerce
from sqlalchemy.orm import Session, aliased

from gazetteer.names.address_checks import HANGING, LIVE_ADDRESS, Disorder, going
from gazetteer.plates.faces import faces
from gazetteer.store.models import PlaceName, Plate, StandardAddress

TEXTS = {"name": "牌面“{was}”，登记为“{now}”", "pinyin": "拼写 {was}，登记为 {now}"}
READ = '"read_on_site"'
BATCH = 2_000


def plates_that_differ(session: Session) -> Iterator[Disorder]:
    """Yield ``sign-text-differs`` for another name or spelling on a hanging plate and ``address-number-mismatch`` for another number.

    What is ordered to be taken down or replaced is left out. A plate was printed from the register; it can differ only where
    its address or place changed later, or where its text was read on site.
    """
    own = StandardAddress
    estate = aliased(PlaceName)
    asked = (
        select(Plate.id, Plate.kind, Plate.serial, Plate.face, Plate.address_id)
        .join(own, own.id == Plate.address_id)
        .outerjoin(PlaceName, PlaceName.id == own.place_id)
        .outerjoin(estate, estate.id == own.estate_id)
        .where(
            Plate.status.in_(HANGING), Plate.id.not_in(going()), own.status.in_(LIVE_ADDRESS),
            or_(
                own.changed_seq > Plate.created_seq, PlaceName.changed_seq > Plate.created_seq, estate.changed_seq > Plate.created_seq,
                type_coerce(Plate.face, Text).contains(READ),
            ),
        )
    )  # fmt: skip
    rows = list(session.execute(asked.order_by(Plate.id)))
    for start in range(0, len(rows), BATCH):
        yield from _compared(session, rows[start : start + BATCH])


def _compared(session: Session, rows: list[Any]) -> Iterator[Disorder]:
    for kind in sorted({row.kind for row in rows}):
        of_kind = [row for row in rows if row.kind == kind]
        wanted = {row.address_id for row in of_kind}
        addresses = {one.id: one for one in session.scalars(select(StandardAddress).where(StandardAddress.id.in_(wanted)))}
        standing = [row for row in of_kind if _numbered(addresses[row.address_id], kind)]
        proper = faces(session, [addresses[row.address_id] for row in standing], kind=kind)
        for row, face in zip(standing, proper, strict=True):
            yield from _differences(row, face, addresses[row.address_id])


def _differences(row: Any, face: Mapping[str, Any], address: StandardAddress) -> Iterator[Disorder]:
    label = f"{address.label}（门牌 {row.serial}）"
    told = [text.format(was=row.face[part], now=face[part]) for part, text in TEXTS.items() if row.face[part] != face[part]]
    if told:
        yield Disorder("sign-text-differs", "plate", row.id, label, address.division_id, "；".join(told))
    if row.face["number"] != face["number"]:
        evidence = f"牌面 {row.face['number']}{row.face['suffix']}，登记为 {face['number']}{face['suffix']}"
        yield Disorder("address-number-mismatch", "plate", row.id, label, address.division_id, evidence)


def _numbered(address: StandardAddress, kind: str) -> bool:
    """Say whether an address still has the number that a plate of this kind shows."""
    return bool({"door": address.number, "building": address.building, "unit": address.unit}.get(kind, address.room or address.floor))
