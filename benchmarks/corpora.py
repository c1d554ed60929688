"""Where the corpora that are measured against lie; they are not part of the project."""

from __future__ import annotations

import os
from pathlib import Path

DATA = Path(os.environ.get("GEOADDR_BENCH_DATA", Path(__file__).resolve().parent.parent.parent / "shared" / "data"))
"""Folder with ``parsing/``, ``names/`` and ``relevance/``; name another by the environment."""
