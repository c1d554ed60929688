"""Two roads, and a function that carries any procedure about them to its decision; for the tests of the kinds of procedures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from register_rows import add_address, add_district, add_road
from sqlalchemy import select

from gazetteer.attachments import attach
from gazetteer.names.approval import approve
from gazetteer.names.procedures import Opinion, check, consult, propose, undo_approval, withdraw
from gazetteer.store.database import Store
from gazetteer.store.events import Actor
from gazetteer.store.models import NamingProcedure

DAY = date(2026, 11, 23)
Carry = Callable[..., str]
PDF = b"%PDF-1.7\n%sample paper\n%%EOF\n"


@pytest.fixture
def roads(store: Store) -> dict[str, str]:
    """Two roads with doors 12, 14 and 12, 31 (no number twice but 12), and the divisions' ids."""
    with store.transaction() as session:
        divisions = add_district(session)
        long = add_road(session, divisions["town"], "剡溪路", pinyin="Shanxi Lu", sound="shanxilu")
        short = add_road(session, divisions["town"], "清沅路", pinyin="Qingyuan Lu", sound="qingyuanlu")
        for number in ("12", "14"):
            add_address(session, long, number)
        add_address(session, short, "31")
        return {"long": long.id, "short": short.id, **{name: one.id for name, one in divisions.items()}}


@pytest.fixture
def carry(store: Store, officer: Actor, approver: Actor, tmp_path: Path) -> Carry:
    """Return a function that proposes, checks, adds opinions and papers, and approves; it gives the procedure's id."""

    def run(kind: str, *, opinions: tuple[str, ...] = (), papers: tuple[str, ...] = (), **given: object) -> str:
        with store.transaction() as session:
            made = propose(session, kind=kind, reason="样本理由", actor=officer, on=DAY, **given)  # type: ignore[arg-type]
            check(session, made.id, actor=officer, on=DAY)
            if opinions:
                consult(session, made.id, [Opinion(one, "同意") for one in opinions], actor=officer)
            for paper in papers:
                content = PDF + paper.encode()
                attach(session, "naming_procedure", made.id, content, f"{paper}.pdf", tmp_path, actor=officer, paper=paper)
        with store.transaction() as session:
            approve(session, made.id, actor=approver, decision_no="样本〔2026〕9号", authority="样本区人民政府", on=DAY)
            return made.id

    return run


def withdraw_running(store: Store, officer: Actor) -> None:
    with store.transaction() as session:
        for id_ in list(
            session.scalars(select(NamingProcedure.id).where(NamingProcedure.status.in_(("proposed", "checked", "consulted"))))
        ):
            withdraw(session, id_, actor=officer)


def undo(store: Store, procedure_id: str, approver: Actor) -> None:
    with store.transaction() as session:
        undo_approval(session, procedure_id, actor=approver)
