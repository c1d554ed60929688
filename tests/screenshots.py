"""Screenshots for the README: written only when asked for with GEOADDR_KEEP_SCREENSHOTS=1, so that tests leave no trace."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"


def keep(page: Any, name: str) -> None:
    """Take a screenshot of what is in view; the picture must not be empty."""
    page.wait_for_timeout(400)
    picture = page.screenshot()
    assert len(picture) > 10_000, f"{name} looks empty"
    if os.environ.get("GEOADDR_KEEP_SCREENSHOTS"):
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / f"{name}.png").write_bytes(picture)
