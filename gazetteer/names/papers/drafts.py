"""Each paper of a procedure written from the register: which there are at a step, and what they say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy.orm import Session

from gazetteer.names.approval import result_of
from gazetteer.names.clocks import today as today_in_china
from gazetteer.names.dossier import find_procedure
from gazetteer.names.papers.comparison import comparison
from gazetteer.names.papers.content import Form, Listing, Paper
from gazetteer.names.papers.facts import Facts, chinese_date, facts_of
from gazetteer.names.procedure_rules import kind_of
from gazetteer.names.tables import table_of
from gazetteer.store.models import Division, NamingProcedure
from geoaddr.errors import Conflict, NotFound

PAPERS = ("application", "examination", "consultation", "reply", "refusal", "filing", "announcement", "certificate", "comparison")


def papers_ready(procedure: NamingProcedure) -> list[str]:
    """Return the ids of the papers that can be printed at the step a procedure is at, in the order in which they are needed."""
    return [row["id"] for row in table_of("papers.yaml")["papers"] if _fits(row, procedure)]


def draft(session: Session, procedure_id: str, paper_id: str, *, today: date | None = None, door: str = "") -> Paper:
    """Write one paper; ``NotFound`` for a paper there is none of, ``Conflict`` before the step it belongs to.

    With ``door`` (12, 12号 or the address's id), the certificate is about that one address, under its old and new label.
    """
    procedure = find_procedure(session, procedure_id)
    row = next((row for row in table_of("papers.yaml")["papers"] if row["id"] == paper_id), None)
    if row is None:
        raise NotFound("没有这种文书", field="paper")
    if not _fits(row, procedure):
        raise Conflict("办件还没到出这份文书的一步，或这类办件没有这份文书")
    facts = facts_of(session, procedure, today=today or today_in_china())
    if door and paper_id == "certificate":
        facts = Facts(procedure, {**facts.words, **_of_door(session, procedure, door)})
    return _write(session, row, facts)


def drafts(session: Session, procedure_id: str, *, today: date | None = None) -> list[Paper]:
    """Write all papers that can be printed now."""
    procedure = find_procedure(session, procedure_id)
    facts = facts_of(session, procedure, today=today or today_in_china())
    return [_write(session, row, facts) for row in table_of("papers.yaml")["papers"] if _fits(row, procedure)]


def _of_door(session: Session, procedure: NamingProcedure, door: str) -> dict[str, str]:
    wanted = door if door.endswith("号") else f"{door}号"
    numbered = re.compile(rf"(?<!\d){re.escape(wanted)}$")
    for one in comparison(session, procedure):
        if one.address_id == door or numbered.search(one.old):
            now = one.new or "（停用）"
            proof = f"原地址“{one.old}”，自{chinese_date(procedure.decided_on)}起变更为“{now}”，为同一处所。"
            return {"old_name": one.old, "standard_name": now, "proof": proof}
    raise NotFound(f"这个办件没有涉及“{door[:20]}”这个门牌号，请照更名对照表填写", field="door")


def _fits(row: Mapping[str, Any], procedure: NamingProcedure) -> bool:
    kind = kind_of(procedure.kind)
    return (
        procedure.status in row["statuses"]
        and (not row.get("kinds") or procedure.kind in row["kinds"])
        and (not row.get("step") or row["step"] in kind.steps)
    )


def _write(session: Session, row: Mapping[str, Any], facts: Facts) -> Paper:
    listing, count = _listing(session, facts.procedure) if row.get("list") else (None, 0)
    words = {**facts.words, "rows": str(count)}

    def said(texts: Any) -> tuple[str, ...]:
        return tuple(str(text).format_map(words) for text in texts or ())

    form = None
    if row.get("table"):
        form = Form(tuple(tuple((line[at], words[line[at + 1]]) for at in range(0, len(line), 2)) for line in row["table"]))
    return Paper(
        id=row["id"], title=row["title"].format_map(words), number=words["decision_no"] if row["numbered"] else "",
        to=str(row.get("to", "")).format_map(words), text=said(row.get("text")), form=form, listing=listing,
        below=said(row.get("below")), signed=said(row.get("signed")),
    )  # fmt: skip


def _listing(session: Session, procedure: NamingProcedure) -> tuple[Listing, int]:
    if procedure.place_id is None:
        return _units(session, procedure)
    most = table_of("papers.yaml")["comparison_rows"]
    rows = comparison(session, procedure)
    shown = [(str(number), one.old, one.new or "（停用）") for number, one in enumerate(islice(rows, most), 1)]
    count = len(shown) + sum(1 for _ in rows)
    if count > len(shown):
        shown.append(("…", f"另有 {count - len(shown)} 条，见电子表", ""))
    return Listing(("序号", "原地址", "现地址"), tuple(shown), (0.1, 0.45, 0.45)), count


def _units(session: Session, procedure: NamingProcedure) -> tuple[Listing, int]:
    old = session.get_one(Division, procedure.division_id)
    sources = [(one.code, one.name) for one in (session.get_one(Division, id_) for id_ in procedure.details.get("sources", ()))]
    parts = procedure.details.get("parts")
    new = [(part["code"], part["name"]) for part in parts] if parts else [(procedure.details["code"], procedure.new_name)]
    if procedure.details.get("keeps"):
        new.append((old.code, old.name))
    olds = [(old.code, procedure.old_name), *sources]
    length = max(len(olds), len(new))
    pad = ("", "")
    rows = [(*one, *other) for one, other in zip(olds + [pad] * (length - len(olds)), new + [pad] * (length - len(new)), strict=True)]
    listing = Listing(("原代码", "原名称", "现代码", "现名称"), tuple(rows), (0.22, 0.28, 0.22, 0.28))
    return listing, result_of(session, procedure).addresses
