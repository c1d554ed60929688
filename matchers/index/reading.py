"""The trained parser weights an index is read with: they lie in its folder, so that whoever is given the index reads alike."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geoaddr.parsing.tagger import Tagger

WEIGHTS = "parse.weights"


def settle_weights(version: Path, weights: Path | None) -> None:
    """Put a copy of the chosen weights beside the index, or take an earlier one away; unusable weights are a ``UsageError``."""
    kept = version / WEIGHTS
    if weights is None:
        kept.unlink(missing_ok=True)
        return
    from geoaddr.parsing.tagger import load_tagger

    load_tagger(weights)
    if kept.is_file() and kept.read_bytes() == weights.read_bytes():
        return
    fresh = kept.with_name(f"{WEIGHTS}.new")
    shutil.copyfile(weights, fresh)
    fresh.replace(kept)


def settled_reader(version: Path) -> Tagger | None:
    """Return the trained reading that lies beside the index, or None when the shipped one is used."""
    kept = version / WEIGHTS
    if not kept.is_file():
        return None
    from geoaddr.parsing.tagger import load_tagger

    return load_tagger(kept)
