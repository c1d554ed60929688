"""Plates that exist already: each on its address, with the status it has reached; serials are given here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import insert, select

from gazetteer.exchange.codes import DamagedCodeError, restore_code
from gazetteer.exchange.importing.columns import surplus_reason
from gazetteer.exchange.importing.dates import read_date
from gazetteer.exchange.importing.request import Work
from gazetteer.exchange.readers import Table
from gazetteer.plates.faces import plate_kind
from gazetteer.plates.stock import PresentPlate, register_plates
from gazetteer.store.events import last_seq
from gazetteer.store.models import Lineage, Plate, StandardAddress
from gazetteer.store.models.plates import PLATE_KINDS, PLATE_STATUSES
from gazetteer.workflow import ENTRIES
from geoaddr.ids import number_of, text_of

PENDING = ("ordered", "made", "received", "dispatched")
HANGING = ("installed", "accepted", "damaged")
KINDS = {
    "": "",
    **{kind: kind for kind in PLATE_KINDS},
    "road": "door",
    "village": "door",
    "门牌": "door",
    "楼牌": "building",
    "幢牌": "building",
}
SIZES = {"": "", "large": "large", "medium": "medium", "small": "small", "大": "large", "中": "medium", "小": "small"}
SIGN_PARTS = ("name", "number", "pinyin")
LONGEST_SIGN = 120
ASKED = 5_000


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    ref: str
    address_ref: str
    plate: PresentPlate
    serial: str
    replaces: str

    @property
    def marks(self) -> tuple[str, str, str, date | None]:
        """Return what tells this plate from others in the register, which keeps no references of a file."""
        return self.plate.address_id, self.plate.kind, self.plate.status, self.plate.installed_on


def import_plates(work: Work, table: Table) -> None:
    """Import plates by the reference (or id) of their address; a plate that is there as the file has it is left alone.

    How a plate fares after it was brought in is decided by orders and visits: a row that tells another story is refused.
    """
    rows = _read(work, table)
    present = _present(work, [row.plate.address_id for row in rows])
    known = Counter(marks for marks, _ in present)
    serials = {serial for _, serial in present}
    live = {(address, kind, status in PENDING) for (address, kind, status, _), _ in present if status in (*PENDING, *HANGING)}
    fresh: list[_Row] = []
    for row in rows:
        if row.serial and row.serial in serials:
            work.tally.unchanged += 1
        elif known[row.marks] > 0:
            known[row.marks] -= 1
            work.tally.unchanged += 1
        elif reason := _clash(row, live):
            work.tally.reject(row.line, work.columns.column("status"), row.plate.status, reason)
        else:
            if row.plate.status in (*PENDING, *HANGING):
                live.add((row.plate.address_id, row.plate.kind, row.plate.status in PENDING))
            fresh.append(row)
    ids = register_plates(work.session, [row.plate for row in fresh], actor=work.request.actor) if fresh else []
    work.tally.created += len(fresh)
    _connect(work, fresh, ids)
    if work.columns.has("lon"):
        work.tally.notes.append("门牌的坐标不导入：门牌以所属地址的定位点为准，现场坐标由安装确认产生")


def _clash(row: _Row, live: set[tuple[str, str, bool]]) -> str:
    if row.plate.status not in (*PENDING, *HANGING):
        return ""
    if (row.plate.address_id, row.plate.kind, row.plate.status in PENDING) in live:
        return "该地址已有另一块在制作或在用的同类门牌：状态变化须通过派工、安装和验收"
    return ""


def _connect(work: Work, rows: list[_Row], ids: list[str]) -> None:
    """Connect plates of this file with those they replaced."""
    by_ref = {row.ref: id_ for row, id_ in zip(rows, ids, strict=True) if row.ref}
    pairs = [(by_ref[row.replaces], id_) for row, id_ in zip(rows, ids, strict=True) if row.replaces in by_ref]
    if pairs:
        seq = last_seq(work.session)
        links = [{"seq": seq, "subject_kind": "plate", "old_id": old, "new_id": new, "kind": "replaced"} for old, new in pairs]
        work.session.execute(insert(Lineage), links)
    work.tally.made["replacements"] += len(pairs)


def _present(work: Work, address_ids: list[str]) -> list[tuple[tuple[str, str, str, date | None], str]]:
    """Return marks and serial of every plate on these addresses."""
    wanted, found = sorted(set(address_ids)), []
    for start in range(0, len(wanted), ASKED):
        asked = select(Plate.address_id, Plate.kind, Plate.status, Plate.installed_on, Plate.serial)
        for row in work.session.execute(asked.where(Plate.address_id.in_(wanted[start : start + ASKED]))):
            found.append(((row.address_id, row.kind, row.status, row.installed_on), row.serial))
    return found


def _read(work: Work, table: Table) -> list[_Row]:
    texts_by_line: list[tuple[int, dict[str, str]]] = []
    for line, row in table.rows():
        work.tally.rows += 1
        if reason := surplus_reason(row):
            work.tally.reject(line, "", "", reason)
            continue
        texts_by_line.append((line, work.columns.fields(row)))
    addresses = _addresses(work, [texts["address_ref"] for _, texts in texts_by_line])
    refs: dict[str, int] = {}
    rows: list[_Row] = []
    for line, texts in texts_by_line:
        at = ["ref"]
        try:
            read = _read_row(line, texts, addresses, at)
            if read.ref and read.ref in refs:
                raise ValueError(f"编号与第 {refs[read.ref]} 行重复")
        except (ValueError, DamagedCodeError) as error:
            work.tally.reject(line, work.columns.column(at[0]), texts.get(at[0], ""), str(error))
            continue
        refs[read.ref] = line
        rows.append(read)
    return rows


def _read_row(line: int, texts: Mapping[str, str], addresses: Mapping[str, Any], at: list[str]) -> _Row:
    ref = restore_code(texts.get("ref", ""))
    at[0], address = "address_ref", addresses.get(texts["address_ref"])
    if address is None:
        raise ValueError("没有这个编号的地址，请先导入地址" if texts["address_ref"] else "缺少地址编号")
    if not (address.number or address.building or address.room):
        raise ValueError("该地址没有门牌号、楼幢或室号，无法制牌")
    at[0], kind = "kind", KINDS.get(texts.get("kind", ""))
    if kind is None:
        raise ValueError(f"门牌种类无法识别，可用：{'、'.join(PLATE_KINDS)}")
    at[0], size = "size", SIZES.get(texts.get("size", ""))
    if size is None:
        raise ValueError("规格无法识别，可用：large、medium、small")
    at[0], status = "status", texts.get("status", "") or "accepted"
    if status not in PLATE_STATUSES or status not in ENTRIES["plate"]:
        raise ValueError(f"门牌状态无法识别，可用：{'、'.join(ENTRIES['plate'])}")
    at[0], installed_on = "installed_on", read_date(texts.get("installed_on", ""))
    if installed_on and installed_on > date.today():
        raise ValueError("安装日期在今天之后")
    if status in PENDING and installed_on:
        raise ValueError(f"状态“{status}”尚未安装，却有安装日期")
    at[0], read = "sign_name", tuple((part, texts[f"sign_{part}"]) for part in SIGN_PARTS if texts.get(f"sign_{part}"))
    if any(len(text) > LONGEST_SIGN for _part, text in read):
        raise ValueError(f"牌面文字超过 {LONGEST_SIGN} 字")
    at[0], serial = "serial", restore_code(texts.get("serial", "")).replace(" ", "")
    plate = PresentPlate(
        address.id, status, kind or plate_kind(address), size, installed_on, installed_on if status == "accepted" else None, read
    )
    return _Row(line, ref, texts["address_ref"], plate, serial, texts.get("replaces", ""))


def _addresses(work: Work, refs: list[str]) -> dict[str, Any]:
    """Return the addresses that texts name: by reference, else by id."""
    wanted, found = sorted({ref for ref in refs if ref}), {}
    columns = (StandardAddress.id, StandardAddress.ref, StandardAddress.number, StandardAddress.building, StandardAddress.unit,
               StandardAddress.floor, StandardAddress.room)  # fmt: skip
    for start in range(0, len(wanted), ASKED):
        for row in work.session.execute(select(*columns).where(StandardAddress.ref.in_(wanted[start : start + ASKED]))):
            found[row.ref] = row
    # what is no reference may be an id: addresses made by numbering have no reference of their own
    numbers = {ref: number_of(ref) for ref in wanted if ref not in found}
    by_id = {text_of(number): ref for ref, number in numbers.items() if number is not None}
    ids = sorted(by_id)
    for start in range(0, len(ids), ASKED):
        for row in work.session.execute(select(*columns).where(StandardAddress.id.in_(ids[start : start + ASKED]))):
            found[by_id[row.id]] = row
    return found
