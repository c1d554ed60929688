"""How long the audit of a whole register takes: names, addresses and plates, each check apart, and names touched by one decision.

Run: python benchmarks/audit_speed.py DATABASE_URL, for a register made by ``geoaddr demo --size 300000`` or by an import. Everything is
rolled back. Seconds are CPU seconds of this process (a PostgreSQL server works beside it) and seconds on the wall.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TypeVar

from gazetteer.names.address_checks import ADDRESS_CHECKS
from gazetteer.names.audit import audit, audit_addresses
from gazetteer.names.register import NameRegister
from gazetteer.names.sign_checks import plates_that_differ
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM

TOUCHED = 20
Result = TypeVar("Result")


def timed(what: str, work: Callable[[], Result]) -> Result:
    """Do some work and print how long it took."""
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    print(f"{what}: {time.process_time() - cpu:.2f} s CPU, {time.perf_counter() - wall:.2f} s")
    return result


def main() -> int:
    """Measure and print; 2 without a database."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    store = Store(sys.argv[1])
    try:
        with store.reading() as session:
            register = timed("names read", lambda: NameRegister.load(session))
            print(f"{len(register.names):,} names, {sum(one.category != 'poi' for one in register.names):,} of them audited")
            for check in (*ADDRESS_CHECKS, plates_that_differ):
                found = timed(check.__name__, lambda check=check: sum(1 for _ in check(session)))  # type: ignore[misc]
                print(f"    {found:,} found")
        with store.transaction() as session:
            whole = timed("names audited", lambda: audit(session, actor=SYSTEM, register=register))
            print(f"    {whole.checked:,} names, doubts by rule {whole.by_rule}")
            some = [one.id for one in register.names[:TOUCHED]]
            timed(f"{TOUCHED} touched names audited", lambda: audit(session, actor=SYSTEM, register=register, place_ids=some))
            doors = timed("addresses audited", lambda: audit_addresses(session, actor=SYSTEM))
            print(f"    {doors.checked:,} addresses, doubts by rule {doors.by_rule}")
            session.rollback()
    finally:
        store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
