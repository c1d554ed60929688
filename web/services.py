"""What a view works with: the register, the matching engine, the settings and the sign-in checks of this process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Flask, current_app

from gazetteer.api_keys import KeyRing
from gazetteer.linking.engine import Engine
from gazetteer.names import clocks
from gazetteer.people import SignIns
from gazetteer.store.database import Store
from gazetteer.store.schema import require_current
from geoaddr.settings import Settings

EXTENSION = "geoaddr"


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a view may call on; one per process, shared by its threads."""

    store: Store
    engine: Engine
    settings: Settings
    sign_ins: SignIns
    keys: KeyRing


def open_services(settings: Settings) -> Services:
    """Open register and engine; ``UsageError`` where the database is not at this version's schema."""
    store = Store(settings.database_url)
    require_current(store)
    sign_ins = SignIns(store, attempts=settings.login_attempts, lockout_minutes=settings.lockout_minutes)
    engine = Engine(store, settings.index_dir, settings.parse_weights)
    engine.count_not_found()
    return Services(store, engine, settings, sign_ins, KeyRing(store))


def services_of(app: Flask) -> Services:
    """Return what an application was opened with."""
    found: Services = app.extensions[EXTENSION]
    return found


def services() -> Services:
    """Return what the application of the present request works with."""
    return services_of(current_app)


def today() -> date:
    """Return the day clocks count from: today in China, or the day the sample district was set to."""
    settings = services().settings
    return settings.today if settings.demo and settings.today is not None else clocks.today()
