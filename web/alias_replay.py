"""What an alias would fix and break, with the texts and entries it is about, for eyes that may see cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gazetteer.linking.replay import LISTED
from gazetteer.store.database import Session
from gazetteer.store.models import AddressLink, AliasProposal
from web.services import services


def replay_shown(session: Session, proposal: AliasProposal) -> dict[str, Any]:
    """Return the counts of a proposal's replay, and the links that would change: ``fixes`` and ``breaks``, ``listed`` at most."""
    lists = {name: _rows(session, proposal.replay[name]) for name in ("fixes", "breaks")}
    return {**proposal.replay, **lists, "listed": LISTED}


def _rows(session: Session, changed: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    view = services().engine.view()
    shown = []
    for one in changed:
        link = session.get(AddressLink, one["link_id"])
        labels = {f"{when}_label": _label(view.by_id(one[f"{when}_id"])) for when in ("before", "after")}
        shown.append({**one, **labels, "text": link.text if link is not None else ""})
    return shown


def _label(entry: Any) -> str:
    return entry.label if entry is not None else ""
