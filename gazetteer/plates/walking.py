"""The order in which to walk past many points: always on to the nearest one not yet seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

METRES_PER_DEGREE = 111_000.0
"""Near enough for comparing distances inside one district; what is shown to people is measured geodesically."""


def walking_order(points: Sequence[tuple[float, float]], start: tuple[float, float] | None = None) -> list[int]:
    """Return the indices of lon, lat points in walking order from ``start``, or from the south-easternmost point.

    Example: [(121.40, 29.6), (121.42, 29.6), (121.41, 29.6)] -> [1, 2, 0]. The empty list gives the empty list.
    """
    if not points:
        return []
    lonlat = np.asarray(points, dtype=np.float64)
    plane = np.column_stack((lonlat[:, 0] * np.cos(np.radians(lonlat[:, 1].mean())), lonlat[:, 1])) * METRES_PER_DEGREE
    if start is None:
        here = plane[int(np.argmax(plane[:, 0] - plane[:, 1]))]
    else:
        here = np.array((start[0] * np.cos(np.radians(lonlat[:, 1].mean())), start[1])) * METRES_PER_DEGREE
    waiting = np.arange(len(points))
    order: list[int] = []
    while waiting.size:
        gaps = ((plane[waiting] - here) ** 2).sum(axis=1)
        nearest = int(np.argmin(gaps))
        order.append(int(waiting[nearest]))
        here = plane[order[-1]]
        waiting = np.delete(waiting, nearest)
    return order
