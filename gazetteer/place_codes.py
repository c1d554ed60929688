"""The 20-digit national place codes: given in turn without gaps, never twice, and kept through every later change.

A code names the county, town and category in which its place was first coded (6 + 3 + 5 digits) and a serial within them.
It is a label, not a key: when a town is recoded or a place moves, the code stays, and the register's own id says what it
means. Source: 国家地名数据库代码编制规则（民地办发〔2010〕1号）; what it leaves open is in ``data/place_codes.yaml``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files

import yaml
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gazetteer.store.events import Actor, last_seq, lock_log
from gazetteer.store.models import Division, Lineage, PlaceCode, PlaceName
from gazetteer.store.models.codes import SERIAL_MAX
from gazetteer.workflow import change_many
from geoaddr.errors import Conflict

LENGTH = 20
_COUNTY, _TOWN, _PREFIX = 6, 9, 14


@cache
def _conventions() -> dict[str, str]:
    text = files("gazetteer").joinpath("data/place_codes.yaml").read_text(encoding="utf-8")
    return {name: str(value) for name, value in yaml.safe_load(text).items()}


def prefix_for(division_code: str, category_code: str) -> str:
    """Return the first fourteen digits of the code of a place: ``("330213008205", "22200")`` -> ``"33021300822200"``.

    A place above the towns gets the segment of the county itself; ``Conflict`` for one above the county.
    """
    if len(division_code) < _COUNTY:
        raise Conflict(f"区划 {division_code} 在县级以上，不能编地名代码，请把地名登记到区县或乡镇")
    town = division_code[_COUNTY:_TOWN] if len(division_code) >= _TOWN else _conventions()["county_itself"]
    category = category_code if len(category_code) == 5 and category_code.isdecimal() else _conventions()["default_category"]
    return f"{division_code[:_COUNTY]}{town}{category}"


def issue_codes(session: Session, places: Sequence[PlaceName], *, actor: Actor) -> dict[str, str]:
    """Give each place that has no code the next one of its town and category, in the order given; returns codes by place id.

    Others that give codes wait until this transaction ends, so serials have no gaps: one that fails gives its serials back.
    ``Conflict`` where a town has used up a category.
    """
    if all(place.place_code is not None for place in places):
        return {}
    lock_log(session)
    coded = _coded(session, [place.id for place in places])  # asked again: somebody else may just have given them
    wanting = [place for place in places if place.id not in coded]
    if not wanting:
        return {}
    divisions = {place.division_id for place in wanting}
    codes = {row.id: row.code for row in session.execute(select(Division.id, Division.code).where(Division.id.in_(divisions)))}
    prefixes = {place.id: prefix_for(codes[place.division_id], place.category_code) for place in wanting}
    used = _last_serials(session, set(prefixes.values()))
    issued: dict[str, tuple[str, int]] = {}
    for place in wanting:
        prefix = prefixes[place.id]
        used[prefix] += 1
        if used[prefix] > SERIAL_MAX:
            raise Conflict(f"{prefix} 下的 {SERIAL_MAX} 个地名代码已用完")
        issued[place.id] = (prefix, used[prefix])
    rows = [{"id": id_, "place_code": f"{prefix}{serial:06d}"} for id_, (prefix, serial) in issued.items()]
    seq = change_many(session, PlaceName, rows, actor=actor, verb="code", payload={"codes": {row["id"]: row["place_code"] for row in rows}})
    for id_, (prefix, serial) in issued.items():
        session.add(PlaceCode(prefix=prefix, serial=serial, place_id=id_, seq=seq))
    session.flush()
    return {row["id"]: row["place_code"] for row in rows}


def issue_missing_codes(session: Session, *, actor: Actor, district_code: str = "") -> dict[str, str]:
    """Give codes to all places in force that have none, oldest first; only within a district where one is given."""
    statement = select(PlaceName).where(PlaceName.place_code.is_(None), PlaceName.status == "current").order_by(PlaceName.id)
    if district_code:
        statement = statement.join(Division, Division.id == PlaceName.division_id).where(Division.code.startswith(district_code))
    return issue_codes(session, session.scalars(statement).all(), actor=actor)


def code_place_and_heirs(session: Session, place_id: str, *, actor: Actor) -> dict[str, str]:
    """Give codes to a place and to those it was merged into or split into, as far as they are in force and have none."""
    heirs = select(Lineage.new_id).where(Lineage.old_id == place_id, Lineage.subject_kind == "place_name")
    theirs = or_(PlaceName.id == place_id, PlaceName.id.in_(heirs))
    statement = select(PlaceName).where(theirs, PlaceName.place_code.is_(None), PlaceName.status == "current").order_by(PlaceName.id)
    return issue_codes(session, session.scalars(statement).all(), actor=actor)


def note_codes(session: Session, given: Iterable[tuple[str, str]]) -> None:
    """Enter codes that came with an import, as ``(code, place id)``, so that none of them is given again."""
    seq = last_seq(session)
    for code, id_ in given:
        session.add(PlaceCode(prefix=code[:_PREFIX], serial=int(code[_PREFIX:]), place_id=id_, seq=seq))
    session.flush()


def holders(session: Session) -> dict[str, str]:
    """Return every code ever given with the id of the place it was given to."""
    rows = session.execute(select(PlaceCode.prefix, PlaceCode.serial, PlaceCode.place_id))
    return {f"{prefix}{serial:06d}": place_id for prefix, serial, place_id in rows}


def _coded(session: Session, ids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(ids), 500):
        among = PlaceName.id.in_(ids[start : start + 500])
        found.update(session.scalars(select(PlaceName.id).where(among, PlaceName.place_code.is_not(None))))
    return found


def _last_serials(session: Session, prefixes: set[str]) -> defaultdict[str, int]:
    found: defaultdict[str, int] = defaultdict(int)
    listed = sorted(prefixes)
    for start in range(0, len(listed), 500):
        chunk = listed[start : start + 500]
        rows = session.execute(
            select(PlaceCode.prefix, func.max(PlaceCode.serial)).where(PlaceCode.prefix.in_(chunk)).group_by(PlaceCode.prefix)
        )
        found.update((row[0], row[1]) for row in rows)
    return found
