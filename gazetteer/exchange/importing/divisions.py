"""Lists of divisions, each true on its date: what stayed, what began, what ended, and what became of it.

With ``--as-of`` a list is taken to be complete below every unit whose children it names: what it no longer has, has ended on that
day. Without it, a file only adds and corrects. A unit whose code, name or parent changes ends, and a new row begins; a unit whose parent
was merely replaced under the same code is hung under the new row.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import insert

from gazetteer.divisions import DivisionTree, holds, load_divisions, outlines
from gazetteer.exchange.importing.division_lists import Listed, read_list
from gazetteer.exchange.importing.follow import follow_successions
from gazetteer.exchange.importing.request import Work
from gazetteer.exchange.importing.succession import Succession, Unit, compare_lists, root_successions
from gazetteer.exchange.readers import Table
from gazetteer.store.models import Division, DivisionSuccession, box_columns
from gazetteer.workflow import change_many, enter_many, move_many
from geoaddr.errors import UsageError
from geoaddr.ids import new_ids


@dataclass
class _Plan:
    """What an import will do, decided before anything is written."""

    day: date
    complete: bool
    held: dict[str, Division]
    later: dict[str, Division]
    code_of: dict[str, str]
    kept: dict[str, Division] = field(default_factory=dict)
    begun: list[Listed] = field(default_factory=list)
    corrected: list[Listed] = field(default_factory=list)
    ended: dict[str, Division] = field(default_factory=dict)
    links: list[Succession] = field(default_factory=list)

    def unit_of(self, row: Division) -> Unit:
        return Unit(row.code, row.name, row.level, self.code_of.get(row.parent_id or "", ""))


def import_divisions(work: Work, table: Table) -> None:
    """Compare a list with what the register knows of its day, and write the difference."""
    listed = read_list(work, table)
    plan = _with_known_parents(work, listed, _plan(load_divisions(work.session), work.day, work.request.as_of is not None))
    _sort_out(plan, listed)
    _end_what_is_missing(plan, listed)
    _refuse_the_past(plan)
    units = [one.unit for one in plan.begun]
    kept = [*plan.kept, *(one.unit.code for one in plan.corrected)]
    plan.links = compare_lists([plan.unit_of(row) for row in plan.ended.values()], units, kept)
    _write(work, plan, listed)


def _plan(tree: DivisionTree, day: date, complete: bool) -> _Plan:
    held = {code: row for code, rows in tree.codes.items() for row in rows if holds(row, day)}
    later = {}
    for code, rows in tree.codes.items():
        coming = [row for row in rows if row.valid_from > day]
        if coming:
            later[code] = min(coming, key=lambda row: row.valid_from)
    return _Plan(day, complete, held, later, {row.id: row.code for row in tree.by_id.values()})


def _with_known_parents(work: Work, listed: list[Listed], plan: _Plan) -> _Plan:
    """Refuse rows whose parent neither the list nor the register has; drops them from ``listed`` in place."""
    good: set[str] = set()
    bad: set[str] = set()
    for one in list(listed):
        parent = one.unit.parent
        if parent and parent not in good and (parent in bad or (parent not in plan.held and parent not in plan.later)):
            bad.add(one.unit.code)
            reason = f"上级 {parent} 所在行未被接受" if parent in bad else f"上级 {parent} 不在文件和登记册中，请先导入上级行政区划"
            work.tally.reject(one.line, work.columns.column("parent"), parent, reason)
            listed.remove(one)
        else:
            good.add(one.unit.code)
    return plan


def _sort_out(plan: _Plan, listed: list[Listed]) -> None:
    """Divide the list into what is as the register has it, what corrects a row of the same day, and what begins."""
    for one in listed:
        row = plan.held.get(one.unit.code)
        if row is None:
            plan.begun.append(one)
        elif plan.unit_of(row) == Unit(one.unit.code, one.unit.name, one.unit.level, one.unit.parent):
            plan.kept[row.code] = row
        elif row.valid_from == plan.day:
            plan.corrected.append(one)
        else:
            plan.begun.append(one)
            plan.ended[row.code] = row


def _end_what_is_missing(plan: _Plan, listed: list[Listed]) -> None:
    """Add to the ended what a complete list no longer has: below its units, and roots that live on under a new code."""
    if not plan.complete:
        return
    codes = {one.unit.code for one in listed}
    parents = {one.unit.parent for one in listed if one.unit.parent in codes}
    children: dict[str, list[Division]] = defaultdict(list)
    for row in plan.held.values():
        children[plan.code_of.get(row.parent_id or "", "")].append(row)
    for parent in parents:
        plan.ended.update({row.code: row for row in children[parent] if row.code not in codes})
    begun = [one.unit for one in plan.begun]
    roots = [unit for unit in begun if unit.parent not in codes]
    siblings = [row for unit in roots for row in children[unit.parent] if row.code not in codes and row.level == unit.level]
    below = [row for sibling in siblings for row in children[sibling.code]]
    for link in root_successions([plan.unit_of(row) for row in siblings], [plan.unit_of(row) for row in below], roots, begun):
        plan.ended[link.old] = plan.held[link.old]
    queue = list(plan.ended.values())
    while queue:
        row = queue.pop()
        gone = [child for child in children[row.code] if child.code not in codes and child.code not in plan.ended]
        plan.ended.update({child.code: child for child in gone})
        queue += gone


def _refuse_the_past(plan: _Plan) -> None:
    """Refuse what would rewrite days that later lists have already told: lists of one area are imported in order of date."""
    for row in plan.ended.values():
        if row.valid_to is not None:
            raise UsageError(f"{row.name}（{row.code}）在 {row.valid_to} 的名单中已有变动：同一地区的名单请按日期先后导入", field="as_of")
        if row.valid_from >= plan.day:
            raise UsageError(f"{row.name}（{row.code}）正是从 {row.valid_from} 的名单登记的，本名单却没有它：请核对两份名单", field="as_of")


def _write(work: Work, plan: _Plan, listed: list[Listed]) -> None:
    session, actor, tally = work.session, work.request.actor, work.tally
    payload = {"as_of": plan.day.isoformat(), "source": work.source}
    ended = {code: row.id for code, row in plan.ended.items()}
    ids = {code: row.id for code, row in plan.held.items() if code not in ended}
    move_many(session, Division, list(ended.values()), "retire", actor=actor, also={"valid_to": plan.day}, payload=payload)
    backdated = _backdate(work, plan, ids, payload)
    fresh = [one for one in plan.begun if one.unit.code not in ids]
    for one, made in zip(fresh, new_ids(len(fresh)), strict=True):
        ids[one.unit.code] = made
    for level in dict.fromkeys(one.unit.level for one in fresh):
        rows = [_row(work, plan, one, ids) for one in fresh if one.unit.level == level]
        enter_many(session, Division, rows, actor=actor, verb="listed", payload=payload)
    changed = _correct(work, plan, ids, payload) | _draw(work, listed, ids, {one.unit.code for one in fresh}, payload)
    changed |= _hang(work, plan, ids, payload) | backdated
    _connect(work, plan, ended, ids)
    tally.created += len(fresh)
    codes = {one.unit.code for one in listed}
    tally.updated += len(changed & codes)
    tally.unchanged += len(listed) - len(fresh) - len(changed & codes)
    tally.made.update({"ended": len(ended), "backdated": len(backdated - codes)})
    heirs = _single_heirs(plan.links, ended, ids)
    tally.made.update(follow_successions(session, heirs, actor=actor, payload=payload))


def _backdate(work: Work, plan: _Plan, ids: dict[str, str], payload: dict[str, Any]) -> set[str]:
    """Let units the register knows only from a later day begin on this one; adds their ids, returns their codes."""
    wanted = []
    for one in plan.begun:
        row = plan.later.get(one.unit.code)
        if row is not None and (row.name, plan.unit_of(row).parent) == (one.unit.name, one.unit.parent):
            wanted.append(row)
    codes = {row.code for row in wanted} | {one.unit.code for one in plan.begun}
    queue = [one.unit.parent for one in plan.begun if one.unit.parent]
    while queue:
        parent = queue.pop()
        if parent in plan.held or parent in codes:
            continue
        row = plan.later[parent]
        wanted.append(row)
        codes.add(parent)
        queue += [plan.unit_of(row).parent] if row.parent_id else []
    change_many(
        work.session, Division, [{"id": row.id, "valid_from": plan.day} for row in wanted],
        actor=work.request.actor, verb="backdated", payload=payload,
    )  # fmt: skip
    ids.update({row.code: row.id for row in wanted})
    return {row.code for row in wanted}


def _row(work: Work, plan: _Plan, one: Listed, ids: dict[str, str]) -> dict[str, Any]:
    unit, later = one.unit, plan.later.get(one.unit.code)
    return {
        "id": ids[unit.code], "code": unit.code, "name": unit.name, "level": unit.level,
        "parent_id": ids[unit.parent] if unit.parent else None, "status": "retired" if later else "current",
        "valid_from": _begins(plan, one), "valid_to": later.valid_from if later else None,
        "source": work.source, "geom": one.geometry, **box_columns(one.geometry),
    }  # fmt: skip


def _begins(plan: _Plan, one: Listed) -> date:
    """Return the day a unit begins: as the list says, but not before the unit that had its code has ended."""
    return plan.day if one.valid_from is None or one.unit.code in plan.ended else one.valid_from


def _correct(work: Work, plan: _Plan, ids: dict[str, str], payload: dict[str, Any]) -> set[str]:
    rows = [
        {"id": ids[one.unit.code], "name": one.unit.name, "parent_id": ids[one.unit.parent] if one.unit.parent else None}
        for one in plan.corrected
    ]
    change_many(work.session, Division, rows, actor=work.request.actor, verb="corrected", payload=payload)
    return {one.unit.code for one in plan.corrected}


def _draw(work: Work, listed: list[Listed], ids: dict[str, str], fresh: set[str], payload: dict[str, Any]) -> set[str]:
    """Give outlines to units that have another or none; a file without outlines takes none away."""
    drawn = [one for one in listed if one.geometry is not None and one.unit.code not in fresh]
    known = outlines(work.session, (ids[one.unit.code] for one in drawn))
    changed = [one for one in drawn if not _same_shape(known.get(ids[one.unit.code]), one.geometry)]
    rows = [{"id": ids[one.unit.code], "geom": one.geometry, **box_columns(one.geometry)} for one in changed]
    change_many(work.session, Division, rows, actor=work.request.actor, verb="drawn", payload=payload)
    return {one.unit.code for one in changed}


def _same_shape(a: Any, b: Any) -> bool:
    return a is not None and bool(a.equals_exact(b, 1e-9))


def _hang(work: Work, plan: _Plan, ids: dict[str, str], payload: dict[str, Any]) -> set[str]:
    """Hang units that stayed under the new row of a parent that was replaced under the same code."""
    stayed = [row for code, row in plan.held.items() if code not in plan.ended and row.valid_to is None]
    moved = [row for row in stayed if (parent := plan.code_of.get(row.parent_id or "")) in plan.ended and parent in ids]
    rows = [{"id": row.id, "parent_id": ids[plan.code_of[row.parent_id or ""]]} for row in moved]
    change_many(work.session, Division, rows, actor=work.request.actor, verb="rehung", payload=payload)
    return {row.code for row in moved}


def _connect(work: Work, plan: _Plan, ended: dict[str, str], ids: dict[str, str]) -> None:
    common = {"changed_on": plan.day, "source": work.source}
    rows = [
        {"old_id": ended[link.old], "new_id": ids[link.new], "kind": link.kind, "inferred": link.inferred, **common} for link in plan.links
    ]
    if rows:
        work.session.execute(insert(DivisionSuccession), rows)
    counted = Counter(link.kind for link in plan.links)
    work.tally.made.update(counted)
    work.tally.made["inferred"] += sum(1 for link in plan.links if link.inferred)


def _single_heirs(links: list[Succession], ended: dict[str, str], ids: dict[str, str]) -> dict[str, str]:
    """Return old id → new id for units with exactly one successor."""
    times = Counter(link.old for link in links)
    return {ended[link.old]: ids[link.new] for link in links if times[link.old] == 1}
