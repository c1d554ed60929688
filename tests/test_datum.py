"""GCJ-02 and BD-09: golden numbers of other implementations, and round trips that close to the last digits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoaddr.datum import (
    bd09_from_gcj02,
    bd09_from_wgs84,
    gcj02_from_bd09,
    gcj02_from_wgs84,
    wgs84_from_bd09,
    wgs84_from_gcj02,
)
from geoaddr.geometry import distance_m, distances_m

CHINA_LON = st.floats(73.5, 135.0).filter(lambda lon: abs(lon - 105.0) > 1e-6)
CHINA_LAT = st.floats(18.0, 53.5)


def test_the_documented_example_of_gcoord_is_met_within_a_millimetre() -> None:
    lon, lat = bd09_from_wgs84(116.403988, 39.914266)
    assert distance_m(float(lon), float(lat), 116.41661560068297, 39.92196580126834) < 0.001


def test_the_shift_in_fenghua_is_some_hundred_metres_and_not_zero() -> None:
    lon, lat = gcj02_from_wgs84(121.4, 29.65)
    assert 450 < distance_m(121.4, 29.65, float(lon), float(lat)) < 600


def test_outside_china_nothing_is_shifted() -> None:
    lon, lat = gcj02_from_wgs84([2.35, -74.0], [48.85, 40.7])
    assert lon.tolist() == [2.35, -74.0]
    assert lat.tolist() == [48.85, 40.7]


@given(CHINA_LON, CHINA_LAT)
def test_gcj02_round_trip_closes_within_nanometres(lon: float, lat: float) -> None:
    back_lon, back_lat = wgs84_from_gcj02(*gcj02_from_wgs84(lon, lat))
    assert distance_m(lon, lat, float(back_lon), float(back_lat)) < 1e-8


@given(CHINA_LON, CHINA_LAT)
def test_bd09_round_trip_closes_within_nanometres(lon: float, lat: float) -> None:
    back_lon, back_lat = wgs84_from_bd09(*bd09_from_wgs84(lon, lat))
    assert distance_m(lon, lat, float(back_lon), float(back_lat)) < 1e-8


def test_round_trips_of_a_whole_array_close_exactly_for_most_points_and_within_nanometres_for_all() -> None:
    random = np.random.default_rng(2016)
    lon, lat = random.uniform(73.5, 135, 50_000), random.uniform(18, 53.5, 50_000)
    error = distances_m(lon, lat, *wgs84_from_bd09(*bd09_from_wgs84(lon, lat)))
    assert np.median(error) == 0.0
    assert error.max() < 1e-8


def test_baidus_second_shift_alone_can_be_undone() -> None:
    lon, lat = gcj02_from_bd09(*bd09_from_gcj02(121.4, 29.65))
    assert (float(lon), float(lat)) == pytest.approx((121.4, 29.65), abs=1e-13)


def test_shapes_are_kept_and_empty_arrays_are_fine() -> None:
    grid_lon, grid_lat = np.meshgrid([121.1, 121.2, 121.3], [29.5, 29.6])
    lon, lat = wgs84_from_gcj02(grid_lon, grid_lat)
    assert lon.shape == lat.shape == (2, 3)
    assert wgs84_from_gcj02([], [])[0].shape == (0,)
    assert wgs84_from_gcj02(121.4, 29.6)[0].shape == ()


def test_not_a_number_stays_not_a_number() -> None:
    lon, lat = wgs84_from_bd09([np.nan, 121.4], [29.6, 29.6])
    assert np.isnan(lon[0])
    assert np.isfinite(lon[1])
    assert np.isfinite(lat[1])
