"""How strict a face is: as the service it stands for, not as the native API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

ViewT = TypeVar("ViewT", bound=Callable[..., Any])


def lenient(view: ViewT) -> ViewT:
    """Let an operation be asked with parameters it does not know, and with the same one twice, as its clients do."""
    view.lenient = True  # type: ignore[attr-defined]
    return view
