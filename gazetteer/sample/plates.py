"""Plates for a part of the doors, in every state of their life; serials are left to the register."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from gazetteer.sample.addresses import Address

LAST_DAY = date(2026, 6, 30)
"""The day the sample pretends to be written on; nothing in it is later."""

STATUSES = {
    "accepted": 56, "installed": 11, "dispatched": 7, "received": 6, "made": 5, "ordered": 7, "damaged": 4,
    "replaced": 2, "taken_down": 2, "cancelled": 1,
}  # fmt: skip
"""How often a plate is in which state; a replaced one brings its successor with it."""

ON_THE_WALL = frozenset({"installed", "accepted", "damaged", "replaced", "taken_down"})


class Plate(NamedTuple):
    """One plate: the address it stands for, kind, size, state, and where and when the installer put it up ('' if not yet)."""

    ref: str
    address_ref: str
    kind: str
    size: str
    status: str
    ordered_on: str
    installed_on: str
    lon: float | str
    lat: float | str
    replaces: str


class PlateMaker:
    """Gives plates to the doors of a stream of addresses, numbering them as they come."""

    def __init__(self, seed: int) -> None:
        self._rng = Random(f"{seed} plates")
        self._seed = seed
        self._count = 0
        self._share: dict[str, float] = {}
        self._statuses = list(STATUSES)
        self._weights = list(STATUSES.values())

    def plates(self, address: Address) -> Iterator[Plate]:
        """Yield no plate, one, or an old one with its successor; flats never have any."""
        if address.room or self._rng.random() > self._coverage(address.town):
            return
        status = self._rng.choices(self._statuses, self._weights)[0]
        plate = self._plate(address, status, "")
        yield plate
        if status == "replaced":
            yield self._plate(address, "accepted", plate.ref)

    def _coverage(self, town: str) -> float:
        if town not in self._share:
            self._share[town] = Random(f"{self._seed} coverage {town}").uniform(0.12, 0.46)
        return self._share[town]

    def _plate(self, address: Address, status: str, replaces: str) -> Plate:
        self._count += 1
        rng = self._rng
        kind = "building" if address.estate else "door"
        size = "large" if address.estate or address.poi else "small" if address.sub_road or address.village_group else "medium"
        on_the_wall = status in ON_THE_WALL
        age = rng.randint(120, 2600) if on_the_wall else rng.randint(1, 75)
        ordered = LAST_DAY - timedelta(days=age)
        installed = ordered + timedelta(days=rng.randint(14, 70)) if on_the_wall else None
        far = 4.0e-4 if rng.random() < 0.02 else 4.0e-5
        lon, lat = (round(degrees + rng.uniform(-far, far), 7) for degrees in (address.lon, address.lat))
        return Plate(
            f"M{self._count:08d}", address.ref, kind, size, status, ordered.isoformat(), installed.isoformat() if installed else "",
            lon if installed else "", lat if installed else "", replaces,
        )  # fmt: skip
