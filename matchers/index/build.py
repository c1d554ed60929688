"""From a stream of register entries to a finished index folder that appears all at once."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from geoaddr.errors import Conflict, NotFound
from geoaddr.lexicon import Name
from matchers.index.cells import write_cells
from matchers.index.doors import DoorWriter
from matchers.index.keys import FORMAT, NAMED, door_key, doors_of, insides_of, lane_key
from matchers.index.names import NameWriter
from matchers.index.naming import DIVISIONS, names_of_address, names_of_heirs, names_of_own, own_part, plain
from matchers.index.pool import PoolWriter
from matchers.index.rows import RowWriter
from matchers.verdict import Entry

CURRENT = "CURRENT"
META = "meta.json"
_NAMED_DOOR = door_key(NAMED, "", "")
_PROGRESS_EVERY = 10_000


def build_index(entries: Iterable[Entry], folder: Path, *, seq: int, progress: Callable[[int], None] | None = None) -> None:
    """Write the index of the register as it stands at event ``seq`` and make it the current one.

    Everything is written and flushed to a new folder first; then one rename of the pointer file makes it visible, so a crash
    leaves the old index in use. Rejected entries are left out. ``progress`` is called with the number of entries read so far.
    """
    folder.mkdir(parents=True, exist_ok=True)
    version = Path(tempfile.mkdtemp(prefix=f"{seq}-", dir=folder))
    try:
        _write(entries, version, seq, progress)
        _flush(version)
    except BaseException:
        shutil.rmtree(version, ignore_errors=True)
        raise
    _make_current(folder, version)


def current_version(folder: Path) -> Path:
    """Return the folder of the index in use; ``NotFound`` when there is none, ``Conflict`` when it is of another format."""
    pointer = folder / CURRENT
    if not pointer.is_file():
        raise NotFound(f"{folder} 中没有匹配索引，请先建立索引")
    version = folder / pointer.read_text(encoding="utf-8").strip()
    meta = version / META
    if not meta.is_file():
        raise NotFound(f"{folder} 中的匹配索引不完整，请重新建立索引")
    if json.loads(meta.read_text(encoding="utf-8"))["format"] != FORMAT:
        raise Conflict("匹配索引的格式与当前版本不符，请重新建立索引")
    return version


def file_entry(entry: Entry, row: int, new: bool, names: NameWriter, add_door: Callable[[str, int, int, int], None]) -> None:
    """File one entry under its names and doors; ``new`` says that its street and divisions were not seen before.

    ``add_door`` takes the official name a door hangs on, the keys of the door and of what lies behind it, and the row.
    """
    if entry.kind != "address":
        for name in names_of_own(entry):
            names.add(name)
        add_door(own_part(entry)[1], _NAMED_DOOR, 0, row)
        return
    if new:
        for name in names_of_address(entry):
            names.add(name)
    elif entry.poi:
        names.add(Name(plain(entry.poi), "poi", entry.poi, "", entry.division_code))
    for alias, _kind, _valid_to in entry.aliases:
        add_door(plain(alias), _NAMED_DOOR, 0, row)
        if not any(character.isdecimal() for character in plain(alias)):
            names.add(Name(plain(alias), "poi", alias, "", entry.division_code))
    if new and entry.road and entry.sub_road:
        add_door(entry.road, lane_key(entry.sub_road), 0, row)
    insides = insides_of(entry)
    for anchor, door in doors_of(entry):
        for inside in insides:
            add_door(anchor, door, inside, row)


class _Numbers(dict[str, int]):
    """The provisional numbers of official names, worked out once each: most doors hang on a name just seen."""

    def __init__(self, names: NameWriter) -> None:
        super().__init__()
        self._names = names

    def __missing__(self, anchor: str) -> int:
        number = self[anchor] = self._names.anchor(plain(anchor))
        return number


def _write(entries: Iterable[Entry], folder: Path, seq: int, progress: Callable[[int], None] | None) -> None:
    pool, names, doors = PoolWriter(), NameWriter(), DoorWriter()
    rows = RowWriter(folder, pool)
    covered: dict[str, set[str]] = {label: set() for label in DIVISIONS[:3]}

    file_door, numbers = doors.add, _Numbers(names)

    def add_door(anchor: str, door: int, inside: int, row: int) -> None:
        file_door((numbers[anchor], door, inside, row))

    owners: dict[str, Entry] = {}
    for entry in entries:
        if entry.status == "rejected":
            continue
        if entry.kind != "address":
            owners[entry.id] = entry
        row, new = rows.add(entry)
        file_entry(entry, row, new, names, add_door)
        if new:
            for label, seen in covered.items():
                seen.add(getattr(entry, label))
        if progress is not None and row % _PROGRESS_EVERY == 0:
            progress(row)
    for name in names_of_heirs(owners):
        names.add(name)
    final, count = names.write(folder, pool)
    doors.write(folder, final, count)
    write_cells(folder, rows.points())
    rows.write()
    pool.write(folder)
    meta = {"format": FORMAT, "seq": seq, "rows": len(rows), "covered": {label: sorted(seen - {""}) for label, seen in covered.items()}}
    (folder / META).write_text(json.dumps(meta, ensure_ascii=False, indent=1), encoding="utf-8")


def _flush(folder: Path) -> None:
    for path in [*folder.iterdir(), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _make_current(folder: Path, version: Path) -> None:
    version.chmod(0o755)
    pointer = folder / CURRENT
    fresh = folder / f"{CURRENT}.{version.name}"
    fresh.write_text(version.name, encoding="utf-8")
    handle = os.open(fresh, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    os.replace(fresh, pointer)
    for old in folder.iterdir():
        if old.is_dir() and old != version and (old / META).is_file():
            shutil.rmtree(old, ignore_errors=True)
