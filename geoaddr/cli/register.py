"""What commands that touch the register share: opening it, naming who acts, and printing counts."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from geoaddr.errors import UsageError

if TYPE_CHECKING:
    from gazetteer.linking.engine import Engine
    from gazetteer.store.database import Store
    from gazetteer.store.events import Actor
    from geoaddr.settings import Settings


def read_settings() -> Settings:
    """Return the settings; ``UsageError`` naming the first one that is wrong."""
    from pydantic import ValidationError

    from geoaddr.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise UsageError(f"设置 GEOADDR_{name} 无效：{first['msg']}") from error


@contextmanager
def opened(settings: Settings | None = None, *, current: bool = True) -> Iterator[Store]:
    """Yield the register the settings name, closed at the end; it must be at this version's schema unless told otherwise."""
    from gazetteer.store.database import Store
    from gazetteer.store.schema import require_current

    store = Store((settings or read_settings()).database_url)
    try:
        if current:
            require_current(store)
        yield store
    finally:
        store.close()


@contextmanager
def engine_of(store: Store, settings: Settings) -> Iterator[Engine]:
    """Yield the matching engine over a register, built or opened, closed at the end."""
    from gazetteer.linking.engine import Engine

    engine = Engine(store, settings.index_dir, settings.parse_weights)
    try:
        yield engine
    finally:
        engine.close()


def operator() -> Actor:
    """Return who acts when a command is run: the person at the shell, with an administrator's rights over this machine's register."""
    from gazetteer.store.events import Actor

    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "unknown"
    return Actor("system", f"cli-{name}", "administrator")
