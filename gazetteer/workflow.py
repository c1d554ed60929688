"""Every state change of the register: which moves each kind of record allows, and the functions that make them.

Each workflow is a table of moves. Nothing else assigns a status, and nothing changes a record without an event: a
record comes to be by :func:`enter`, moves by :func:`move`, has other columns changed by :func:`change`; the ``_many``
twins do the same for many rows with one event. All of them write in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from gazetteer.store.bulk import insert_columns, insert_rows
from gazetteer.store.events import Actor, record, record_many
from gazetteer.store.models import Registered
from gazetteer.store.types import moment_text
from geoaddr.errors import Conflict, Forbidden, said
from geoaddr.ids import new_id, new_ids

OFFICE = ("officer", "approver", "administrator")
FIELD = ("installer", *OFFICE)
APPROVAL = ("approver", "administrator")
ENGINE = ("system", *OFFICE)
CHUNK = 5_000
SECRET_COLUMNS = frozenset({"password_hash", "session_key", "sha256"})
"""Columns whose values never enter the event log; that they changed does."""

RecordT = TypeVar("RecordT", bound=Registered)


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed move: ``verb`` takes a record from one of ``sources`` to ``target`` when the actor has one of ``roles``."""

    verb: str
    sources: tuple[str, ...]
    target: str
    roles: tuple[str, ...] = OFFICE


LEGAL = (
    Move("reserve", ("proposed",), "reserved"),
    Move("enact", ("proposed", "reserved"), "current"),
    Move("reject", ("proposed", "reserved"), "rejected"),
    Move("retire", ("current", "reserved"), "retired"),
    Move("restore", ("retired",), "current", APPROVAL),
)
MOVES: dict[str, tuple[Move, ...]] = {
    "division": (Move("retire", ("current",), "retired"),),
    "place_name": (*LEGAL, Move("unenact", ("current",), "proposed"), Move("propose_again", ("rejected",), "proposed", APPROVAL)),
    "standard_address": LEGAL,
    "plate": (
        Move("make", ("ordered",), "made"),
        Move("receive", ("made",), "received"),
        Move("dispatch", ("received", "made"), "dispatched"),
        Move("install", ("dispatched", "received"), "installed", FIELD),
        Move("accept", ("installed",), "accepted", (*OFFICE, "system")),
        Move("report_damage", ("installed", "accepted"), "damaged", FIELD),
        Move("repair", ("damaged",), "accepted"),
        Move("replace", ("installed", "accepted", "damaged"), "replaced", FIELD),
        Move("take_down", ("installed", "accepted", "damaged"), "taken_down", FIELD),
        Move("cancel", ("ordered", "made", "received", "dispatched"), "cancelled"),
        Move("send_back", ("installed", "accepted"), "dispatched"),
    ),
    "plate_order": (Move("complete", ("open",), "done", (*FIELD, "system")), Move("cancel", ("open",), "cancelled")),
    "plate_task": (Move("complete", ("open",), "done", (*FIELD, "system")), Move("cancel", ("open",), "cancelled")),
    "plate_visit": (
        Move("accept", ("review",), "accepted"),
        Move("dismiss", ("review",), "dismissed"),
        Move("reopen", ("accepted", "dismissed"), "review"),
    ),
    "finding": (
        Move("defer", ("open",), "deferred"),
        Move("dismiss", ("open", "deferred"), "dismissed"),
        Move("defer_again", ("dismissed",), "deferred"),
        Move("examine", ("open", "deferred"), "in_procedure"),
        Move("cure", ("open", "deferred", "in_procedure"), "cured", (*OFFICE, "system")),
        Move("reopen", ("deferred", "dismissed", "in_procedure", "cured"), "open", (*OFFICE, "system")),
    ),
    "rule_ignore": (Move("lift", ("active",), "lifted"), Move("restore", ("lifted",), "active")),
    "naming_procedure": (
        Move("check", ("proposed",), "checked"),
        Move("consult", ("checked",), "consulted"),
        Move("approve", ("checked", "consulted"), "approved"),  # by whom is data: gazetteer/data/naming/procedures.yaml
        Move("refuse", ("proposed", "checked", "consulted"), "refused"),
        Move("withdraw", ("proposed", "checked", "consulted"), "withdrawn"),
        Move("file", ("approved",), "filed"),
        Move("announce", ("filed",), "announced"),
        Move("announce_unfiled", ("approved",), "announced"),
        Move("appeal", ("refused",), "appealed"),
        Move("uphold", ("appealed",), "refused", APPROVAL),
        Move("overturn", ("appealed",), "checked", APPROVAL),
        Move("undo_to_checked", ("approved",), "checked"),
        Move("undo_to_consulted", ("approved",), "consulted"),
    ),
    "case_record": tuple(
        Move(f"settle_{status}", ("loaded", "linked", "review", "unmatched", "rejected"), status, (*OFFICE, "system"))
        for status in ("linked", "review", "unmatched", "rejected")
    ),
    "address_link": (
        Move("confirm", ("review", "unmatched", "rejected"), "linked"),
        Move("doubt", ("linked", "unmatched"), "review", (*OFFICE, "system")),
        Move("dismiss", ("review", "linked"), "unmatched"),
        Move("supersede", ("linked", "review", "unmatched", "rejected"), "superseded", (*OFFICE, "system")),
    ),
    "unknown_name": (
        Move("ignore", ("open",), "ignored"),
        Move("settle", ("open",), "settled"),
        Move("reopen", ("ignored", "settled"), "open"),
    ),
    "alias_proposal": (
        Move("adopt", ("proposed",), "adopted"),  # by whom is data: gazetteer/data/naming/procedures.yaml
        Move("refuse", ("proposed",), "refused"),
        Move("withdraw", ("adopted",), "withdrawn"),
    ),
    "name_collection": (Move("publish", ("draft",), "published"), Move("take_back", ("published",), "draft")),
    "job": (
        Move("claim", ("queued", "running"), "running", ("system",)),
        Move("complete", ("running",), "done", ("system",)),
        Move("fail", ("running",), "failed", ("system",)),
        Move("cancel", ("queued", "running"), "cancelled", (*OFFICE, "system")),
        Move("requeue", ("failed", "cancelled", "running"), "queued", (*OFFICE, "system")),
    ),
}
ENTRIES: dict[str, tuple[str, ...]] = {
    "division": ("current", "retired"),
    "place_name": ("proposed", "reserved", "current", "retired", "rejected"),
    "standard_address": ("proposed", "reserved", "current", "retired", "rejected"),
    "plate": ("ordered", "made", "received", "dispatched", "installed", "accepted", "damaged", "replaced", "taken_down", "cancelled"),
    "plate_order": ("open",),
    "plate_task": ("open",),
    "plate_visit": ("accepted", "review"),
    "finding": ("open",),
    "rule_ignore": ("active",),
    "naming_procedure": ("proposed",),
    "case_record": ("loaded",),
    "address_link": ("linked", "review", "unmatched", "rejected"),
    "unknown_name": ("open",),
    "alias_proposal": ("proposed",),
    "name_collection": ("draft",),
    "job": ("queued",),
}
"""Statuses in which a record may come to be; an import brings records that already have a life behind them."""


def enter(
    session: Session, record_: RecordT, *, actor: Actor, verb: str, status: str | None = None, payload: Mapping[str, Any] | None = None
) -> RecordT:
    """Bring a new record into the register, with its event ``{table}.{verb}``; returns the record, now in the session."""
    kind = record_.__tablename__
    if status is not None:
        if status not in ENTRIES[kind]:
            raise Conflict(f"{kind} 不能以“{status}”状态登记")
        record_.status = status  # type: ignore[attr-defined]
    record_.id = record_.id or new_id()
    body = {**(payload or {}), **({"to": status} if status else {})}
    seq = record(session, actor=actor, action=f"{kind}.{verb}", subject_kind=kind, subject_id=record_.id, payload=plain(body))
    record_.created_seq = record_.changed_seq = seq
    session.add(record_)
    session.flush()
    return record_


def move(
    session: Session,
    record_: Registered,
    verb: str,
    *,
    actor: Actor,
    also: Mapping[str, Any] | None = None,
    payload: Mapping[str, Any] | None = None,
) -> int:
    """Move a record by ``verb``, changing the columns in ``also`` with it; returns the event's number.

    Raises ``Conflict`` where the move is not allowed from the present status and ``Forbidden`` where not for this role.
    """
    kind = record_.__tablename__
    status: str = record_.status  # type: ignore[attr-defined]
    found = _move_of(kind, verb)
    if status not in found.sources:
        raise Conflict(said("现在的状态是“%(status)s”，不能执行“%(verb)s”", status=status, verb=verb))
    _require_role(found, actor)
    body = {**(payload or {}), "from": status, "to": found.target, **({"set": dict(also)} if also else {})}
    seq = record(session, actor=actor, action=f"{kind}.{verb}", subject_kind=kind, subject_id=record_.id, payload=plain(body))
    record_.status = found.target  # type: ignore[attr-defined]
    _assign(record_, also or {}, seq)
    session.flush()
    return seq


def change(
    session: Session, record_: Registered, *, actor: Actor, verb: str, to: Mapping[str, Any], payload: Mapping[str, Any] | None = None
) -> int | None:
    """Change columns other than the status; returns the event's number, or None where nothing differs.

    The event keeps each column's value before and after (geometries as WKT).
    """
    if "status" in to:
        raise ValueError("a status changes by move()")
    differing = {name: value for name, value in to.items() if getattr(record_, name) != value}
    if not differing:
        return None
    kind = record_.__tablename__
    before = {name: getattr(record_, name) for name in differing}
    body = {**(payload or {}), "before": _unsecret(before), "after": _unsecret(differing)}
    seq = record(session, actor=actor, action=f"{kind}.{verb}", subject_kind=kind, subject_id=record_.id, payload=plain(body))
    _assign(record_, differing, seq)
    session.flush()
    return seq


def enter_many(
    session: Session,
    model: type[Registered],
    rows: Sequence[dict[str, Any]],
    *,
    actor: Actor,
    verb: str,
    payload: Mapping[str, Any] | None = None,
) -> list[str]:
    """Bring many records into the register with one event; returns their ids in row order.

    Rows are column dictionaries (with ``status`` where the table has one; ``box_columns()`` beside each ``geom``); an id is
    made where a row has none. Rows must all have the same keys.
    """
    if not rows:
        return []
    kind = model.__tablename__
    wrong = {row["status"] for row in rows if "status" in row} - set(ENTRIES.get(kind, ()))
    if wrong:
        raise Conflict(f"{kind} 不能以“{sorted(wrong)[0]}”状态登记")
    ids = [row.get("id") or made for row, made in zip(rows, new_ids(len(rows)), strict=True)]
    seq = record_many(session, actor=actor, action=f"{kind}.{verb}", subject_kind=kind, subject_ids=ids, payload=plain(payload or {}))
    common = {"created_seq": seq, "changed_seq": seq, "version": 1}
    for start in range(0, len(rows), CHUNK):
        chunk = [{**row, "id": id_, **common} for row, id_ in zip(rows[start : start + CHUNK], ids[start : start + CHUNK], strict=True)]
        insert_rows(session, model.__table__, chunk)
    return ids


def enter_columns(
    session: Session,
    model: type[Registered],
    columns: Mapping[str, Sequence[Any]],
    *,
    actor: Actor,
    verb: str,
    payload: Mapping[str, Any] | None = None,
) -> None:
    """Bring very many records into the register with one event, as :func:`enter_many` does, from columns of equal length.

    ``columns`` has the ``id`` of every record, and ``status`` where the table has one.
    """
    ids = columns["id"]
    if not ids:
        return
    kind = model.__tablename__
    wrong = set(columns.get("status", ())) - set(ENTRIES.get(kind, ()))
    if wrong:
        raise Conflict(f"{kind} 不能以“{sorted(wrong)[0]}”状态登记")
    seq = record_many(session, actor=actor, action=f"{kind}.{verb}", subject_kind=kind, subject_ids=ids, payload=plain(payload or {}))
    common = {"created_seq": [seq] * len(ids), "changed_seq": [seq] * len(ids), "version": [1] * len(ids)}
    insert_columns(session, model.__table__, {**columns, **common})


def leave(session: Session, record_: Registered, *, actor: Actor, verb: str, payload: Mapping[str, Any] | None = None) -> int:
    """Take a record that should never have been there out of the register, all its columns kept in the event; returns its number.

    Only for records that nothing refers to, such as a name variant whose renaming was undone; everything else is retired.
    """
    kind = record_.__tablename__
    was = {column.name: getattr(record_, column.name) for column in record_.__table__.columns}
    body = plain({**(payload or {}), "was": was})
    seq = record(session, actor=actor, action=f"{kind}.{verb}", subject_kind=kind, subject_id=record_.id, payload=body)
    session.delete(record_)
    session.flush()
    return seq


def move_many(
    session: Session,
    model: type[Registered],
    ids: Sequence[str],
    verb: str,
    *,
    actor: Actor,
    also: Mapping[str, Any] | None = None,
    payload: Mapping[str, Any] | None = None,
) -> int:
    """Move many records by one verb with one event; all of them or, with ``Conflict``, none. Returns the event's number (0 for no ids)."""
    if not ids:
        return 0
    kind = model.__tablename__
    found = _move_of(kind, verb)
    _require_role(found, actor)
    body = {**(payload or {}), "to": found.target, **({"set": dict(also)} if also else {})}
    seq = record_many(session, actor=actor, action=f"{kind}.{verb}", subject_kind=kind, subject_ids=list(ids), payload=plain(body))
    columns = model.__table__.c
    for start in range(0, len(ids), CHUNK):
        chunk = list(ids[start : start + CHUNK])
        statement = (
            update(model)
            .where(columns.id.in_(chunk), columns.status.in_(found.sources))
            .values(status=found.target, changed_seq=seq, version=columns.version + 1, **(also or {}))
            .execution_options(synchronize_session="fetch")
        )
        if session.execute(statement).rowcount != len(set(chunk)):  # type: ignore[attr-defined]
            raise Conflict(f"有记录已不在可执行“{verb}”的状态，整批未执行，请刷新后再试")
    return seq


def change_many(
    session: Session,
    model: type[Registered],
    rows: Sequence[dict[str, Any]],
    *,
    actor: Actor,
    verb: str,
    payload: Mapping[str, Any] | None = None,
) -> int:
    """Change columns of many records with one event; each row is ``{"id": …, column: value…}`` with the same keys.

    Returns the event's number (0 for no rows).
    """
    if not rows:
        return 0
    if "status" in rows[0]:
        raise ValueError("a status changes by move_many()")
    kind = model.__tablename__
    ids = [row["id"] for row in rows]
    seq = record_many(session, actor=actor, action=f"{kind}.{verb}", subject_kind=kind, subject_ids=ids, payload=plain(payload or {}))
    columns = model.__table__.c
    names = [name for name in rows[0] if name != "id"]
    statement = update(model.__table__).where(columns.id == bindparam("row_id"))
    statement = statement.values(changed_seq=seq, version=columns.version + 1, **{name: bindparam(f"new_{name}") for name in names})
    for start in range(0, len(rows), CHUNK):
        session.execute(
            statement, [{"row_id": row["id"], **{f"new_{name}": row[name] for name in names}} for row in rows[start : start + CHUNK]]
        )
    touched = set(ids)
    for present in [one for one in session.identity_map.values() if isinstance(one, model) and one.id in touched]:
        session.refresh(present)
    return seq


def moves_from(kind: str, status: str) -> tuple[Move, ...]:
    """Return the moves a record in this status allows, for the buttons of its page."""
    return tuple(found for found in MOVES[kind] if status in found.sources)


def require_version(record_: Registered, version: int | None) -> None:
    """Raise ``Conflict`` where a page or client was looking at an older version of the record than the present one."""
    if version is not None and record_.version != version:
        now = record_.version
        raise Conflict(said("这条记录已被修改：您看到的是第 %(seen)s 版，现在是第 %(now)s 版，请刷新后再改", seen=version, now=now))


def locked(session: Session, model: type[RecordT], id_: str) -> RecordT | None:
    """Read a record and keep others from changing it until the transaction ends."""
    return session.scalar(select(model).where(model.id == id_).with_for_update())


def plain(value: Any) -> Any:
    """Return a value as plain JSON for an event: dates and moments as ISO text, geometries as WKT."""
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return value.wkt if hasattr(value, "wkt") else value


def _unsecret(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: "…" if name in SECRET_COLUMNS else value for name, value in values.items()}


def _assign(record_: Registered, to: Mapping[str, Any], seq: int) -> None:
    for name, value in to.items():
        setattr(record_, name, value)
    record_.changed_seq = seq


def _move_of(kind: str, verb: str) -> Move:
    for found in MOVES[kind]:
        if found.verb == verb:
            return found
    raise ValueError(f"{kind} has no move {verb}")


def _require_role(found: Move, actor: Actor) -> None:
    if actor.kind != "system" and actor.role not in found.roles:
        raise Forbidden(said("您的角色不能执行这一步"))
