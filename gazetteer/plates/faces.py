"""What is printed on a plate: name, pinyin in capitals, number, size. Fixed when the plate is ordered."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.addresses import PART_WORDS, parts_text
from gazetteer.plates.conventions import conventions
from gazetteer.store.models import Division, PlaceName, StandardAddress
from geoaddr.errors import Conflict, UsageError
from geoaddr.romanize import romanize

_KEPT_MARK = "\u0308"
"""The dots of ü distinguish names (Lü, Lu) and stay; tone marks go."""


def plate_kind(address: StandardAddress) -> str:
    """Return which kind of plate an address bears: its deepest part decides (…3幢2单元 -> unit)."""
    if address.room or address.floor:
        return "room"
    if address.unit:
        return "unit"
    return "building" if address.building else "door"


def sign_pinyin(pinyin: str) -> str:
    """Write pinyin as on signs, capitals without tones: Xiāoqiáo Lù -> XIAOQIAO LU, Lǜyuán -> LÜYUAN."""
    bare = "".join(one for one in unicodedata.normalize("NFD", pinyin) if one == _KEPT_MARK or not unicodedata.combining(one))
    return unicodedata.normalize("NFC", bare).upper()


def faces(
    session: Session, addresses: Iterable[StandardAddress], *, kind: str | None = None, size: str | None = None
) -> list[dict[str, Any]]:
    """Return the face of each address's plate: name, pinyin, number, suffix, size, kind and the full label.

    ``Conflict`` where a plate of this kind cannot stand at an address (a door plate without a number). Example: 肖桥路 88 ->
    {"name": "肖桥路", "pinyin": "XIAOQIAO LU", "number": "88", "suffix": "号", "size": "large", …}.
    """
    rows = list(addresses)
    if size is not None and size not in conventions()["formats"]:
        raise UsageError(f"门牌规格只能是 {'、'.join(conventions()['formats'])}", field="size")
    place_ids = {one for row in rows for one in (row.place_id, row.estate_id) if one}
    places = _by_id(session, PlaceName, place_ids)
    divisions = _by_id(session, Division, {row.division_id for row in rows if row.place_id is None and row.estate_id is None})
    return [_face(row, kind or plate_kind(row), size, places, divisions) for row in rows]


def _face(
    address: StandardAddress, kind: str, size: str | None, places: Mapping[str, PlaceName], divisions: Mapping[str, Division]
) -> dict[str, Any]:
    inside = kind != "door"
    place = places.get(address.estate_id or "") if inside and address.estate_id else None
    place = place or places.get(address.place_id or "")
    number, suffix = _number(address, kind)
    if not number:
        raise Conflict(f"{address.label}没有可以上牌的号码", field="address_ids")
    name = place.standard_name if place else divisions[address.division_id].name if address.division_id in divisions else ""
    table = conventions()
    standard = table["size_of_kind"].get(kind) or table["size_of_category"].get(place.category if place else "", table["size_otherwise"])
    pinyin = sign_pinyin(place.pinyin or romanize(place.specific, place.generic)) if place else ""
    return {
        "name": name + _above(address, kind), "pinyin": pinyin,
        "number": number, "suffix": suffix, "size": size or standard, "kind": kind, "label": address.label,
    }  # fmt: skip


def _number(address: StandardAddress, kind: str) -> tuple[str, str]:
    if kind == "door":
        sub_number = f"-{address.sub_number}" if address.sub_number else ""
        return address.number + sub_number if address.number else "", "号"
    part = "floor" if kind == "room" and not address.room else kind
    core: str = getattr(address, part)
    # 东门 and 甲 carry their own word.
    return core, dict(PART_WORDS)[part] if core[-1:].isascii() else ""


def _above(address: StandardAddress, kind: str) -> str:
    """Return what stands between the name and the number: the lane of a door, building and unit of a flat."""
    if kind == "door":
        return address.sub_road
    deeper = [name for name, _ in PART_WORDS]
    return parts_text({name: getattr(address, name) for name in deeper[: deeper.index(kind)] if name != "floor"})


def _by_id(session: Session, model: Any, ids: Iterable[str]) -> dict[str, Any]:
    wanted = sorted(ids)
    found: dict[str, Any] = {}
    for start in range(0, len(wanted), 500):
        found |= {row.id: row for row in session.scalars(select(model).where(model.id.in_(wanted[start : start + 500])))}
    return found
