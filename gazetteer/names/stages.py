"""What follows from each kind of procedure about a place, stage by stage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gazetteer.names.alias_procedure import adopt_alias
from gazetteer.names.cascade import (
    Cascade,
    cure_doubts,
    enact_place,
    move_addresses,
    redecide_links,
    relabel_addresses,
    rename_place,
    replace_plates,
    retire_place,
)
from gazetteer.names.place_changes import correct_place, delist_place, protect_place, split_place, take_in_places

Stage = Callable[[Cascade], None]
STAGES: dict[str, tuple[Stage, ...]] = {
    "rename": (rename_place, relabel_addresses, replace_plates, redecide_links, cure_doubts),
    "name": (enact_place, relabel_addresses, replace_plates, redecide_links, cure_doubts),
    "retire": (retire_place, move_addresses, replace_plates, redecide_links, cure_doubts),
    "correct": (correct_place, relabel_addresses, replace_plates, redecide_links, cure_doubts),
    "merge": (take_in_places, replace_plates, redecide_links, cure_doubts),
    "split": (split_place, replace_plates, redecide_links, cure_doubts),
    "alias": (adopt_alias, cure_doubts),
    "protect": (protect_place, cure_doubts),
    "delist": (delist_place, cure_doubts),
}


def carry_out(cascade: Cascade) -> dict[str, Any]:
    """Carry an approved procedure through its stages, in order; returns what they report."""
    for stage in STAGES[cascade.procedure.kind]:
        stage(cascade)
    return cascade.report
