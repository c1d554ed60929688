"""Metres, lines, coordinate systems and the plausibility of positions."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geoaddr.datum import gcj02_from_wgs84
from geoaddr.errors import UsageError
from geoaddr.geometry import (
    area_m2,
    bearing_deg,
    box_around,
    destination,
    distance_m,
    distances_m,
    from_cgcs2000,
    geometry_from_cgcs2000,
    geometry_to_cgcs2000,
    length_m,
    locate_many_on_line,
    locate_on_line,
    parse_crs,
    point_along,
    points_along,
    to_cgcs2000,
)
from geoaddr.plausibility import check_lonlat, district_extent, inside, sniff_crs

FENGHUA = district_extent("330213")
LON = st.floats(121.05, 121.75)
LAT = st.floats(29.4, 29.78)
EASTWARD = shapely.LineString([(121.40, 29.60), (121.41, 29.60)])
BENT = shapely.LineString([(121.40, 29.60), (121.41, 29.60), (121.41, 29.61), (121.42, 29.62)])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4549", "EPSG:4549"),
        ("epsg:4528", "EPSG:4528"),
        ("GCJ-02", "gcj02"),
        ("bd09ll", "bd09"),
        ("CGCS2000", "EPSG:4490"),
        ("wgs84", "EPSG:4326"),
        ("EPSG:32651", "EPSG:32651"),
    ],
)
def test_a_coordinate_system_has_one_spelling(text: str, expected: str) -> None:
    assert parse_crs(text) == expected


@pytest.mark.parametrize("text", ["", "foo", "99999", "EPSG:4214", "2437", "EPSG:4610", "EPSG:4479", "EPSG:5773"])
def test_unknown_older_and_geocentric_systems_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_crs(text)


@pytest.mark.parametrize("crs", ["EPSG:4549", "EPSG:4528", "EPSG:4550", "EPSG:4529", "EPSG:3857", "EPSG:32651"])
def test_projected_coordinates_come_back_as_the_same_degrees(crs: str) -> None:
    x, y = from_cgcs2000([121.1, 121.7], [29.45, 29.75], crs)
    lon, lat = to_cgcs2000(x, y, crs)
    assert np.allclose(lon, [121.1, 121.7], atol=1e-9)
    assert np.allclose(lat, [29.45, 29.75], atol=1e-9)


def test_the_zone_number_stands_in_front_of_the_easting() -> None:
    plain, _ = from_cgcs2000(121.4, 29.6, "EPSG:4549")
    numbered, _ = from_cgcs2000(121.4, 29.6, "EPSG:4528")
    assert float(numbered) - float(plain) == pytest.approx(40_000_000)


def test_vendor_coordinates_are_converted_in_and_never_written_out() -> None:
    lon, lat = to_cgcs2000(*gcj02_from_wgs84([121.4], [29.65]), "gcj02")
    assert (lon[0], lat[0]) == pytest.approx((121.4, 29.65), abs=1e-12)
    with pytest.raises(UsageError):
        from_cgcs2000(121.4, 29.65, "bd09")


def test_geometries_lose_their_heights_and_keep_their_shape() -> None:
    there = geometry_from_cgcs2000(BENT, "EPSG:4549")
    back = geometry_to_cgcs2000(shapely.force_3d(there, 7.0), "EPSG:4549")
    assert not back.has_z
    assert back.equals_exact(BENT, 1e-9)


def test_a_thousandth_of_a_degree_of_latitude_is_110_85_metres_here() -> None:
    assert distance_m(121.4, 29.6, 121.4, 29.601) == pytest.approx(110.8457, abs=0.0001)
    assert distance_m(121.4, 29.6, 121.4, 29.6) == 0.0
    assert distances_m(121.4, 29.6, [121.4, 121.4], [29.6, 29.601]).tolist()[0] == 0.0


@given(LON, LAT, st.floats(0, 359.99), st.floats(0.5, 20_000))
def test_going_somewhere_and_measuring_back_agree(lon: float, lat: float, bearing: float, metres: float) -> None:
    lon2, lat2 = destination(lon, lat, bearing, metres)
    assert distance_m(lon, lat, lon2, lat2) == pytest.approx(metres, abs=1e-6)
    turn = abs(bearing_deg(lon, lat, lon2, lat2) - bearing)
    assert min(turn, 360 - turn) < 1e-3


@given(LON, LAT, st.floats(1, 5000), st.floats(0, 359))
def test_the_box_around_a_position_holds_its_circle(lon: float, lat: float, radius: float, bearing: float) -> None:
    assert inside(*destination(lon, lat, bearing, radius), box_around(lon, lat, radius))


def test_length_and_area_are_geodesic_and_zero_for_nothing() -> None:
    assert length_m(EASTWARD) == pytest.approx(distance_m(121.40, 29.60, 121.41, 29.60), abs=1e-6)
    assert length_m(shapely.LineString()) == 0.0
    square = shapely.box(121.40, 29.60, 121.41, 29.61)
    assert area_m2(square) == pytest.approx(area_m2(square.reverse()))
    assert area_m2(square) == pytest.approx(968.6 * 1108.6, rel=1e-3)


def test_north_of_an_eastward_line_is_left_of_it() -> None:
    lon, lat = destination(121.405, 29.60, 0.0, 10.0)
    seen = locate_on_line(EASTWARD, lon, lat)
    assert seen.side == "left"
    assert seen.distance_m == pytest.approx(10.0, abs=0.02)
    assert seen.offset_m == pytest.approx(length_m(EASTWARD) / 2, abs=0.01)
    assert locate_on_line(EASTWARD.reverse(), lon, lat).side == "right"
    assert locate_on_line(EASTWARD, 121.405, 29.60).side == "on"


@given(st.floats(0.0, 1.0), st.floats(-40, 40).filter(lambda aside: abs(aside) > 0.5))
def test_a_point_laid_beside_a_line_is_found_where_it_was_laid(share: float, aside: float) -> None:
    total = float(locate_many_on_line(EASTWARD, [121.41], [29.60])[0][0])
    lon, lat = point_along(EASTWARD, share * total, aside)
    offsets, asides, gaps = locate_many_on_line(EASTWARD, [lon], [lat])
    assert offsets[0] == pytest.approx(share * total, abs=1e-4)
    assert asides[0] == pytest.approx(aside, abs=1e-4)
    assert gaps[0] == pytest.approx(abs(aside), abs=1e-4)


def test_the_side_is_right_where_a_corner_is_nearest() -> None:
    corner = shapely.LineString([(121.40, 29.60), (121.41, 29.60), (121.41, 29.59)])
    outside_corner = destination(121.41, 29.60, 45.0, 20.0)
    assert locate_on_line(corner, *outside_corner).side == "left"
    sharp = shapely.LineString([(121.40, 29.60), (121.41, 29.60), (121.4001, 29.6005)])
    assert locate_on_line(sharp, *destination(121.41, 29.60, 80.0, 5.0)).side == "right"


def test_beyond_an_end_the_offset_is_held_and_the_side_is_kept() -> None:
    lon, lat = destination(121.41, 29.60, 60.0, 30.0)
    seen = locate_on_line(EASTWARD, lon, lat)
    assert seen.offset_m == pytest.approx(length_m(EASTWARD), abs=0.01)
    assert seen.side == "left"
    assert point_along(EASTWARD, -5.0) == pytest.approx((121.40, 29.60), abs=1e-9)
    assert point_along(EASTWARD, 1e9) == pytest.approx((121.41, 29.60), abs=1e-9)


def test_offsets_are_metres_even_on_a_road_of_thirty_kilometres() -> None:
    long_road = shapely.LineString([(121.10, 29.45), (121.40, 29.60)])
    lon, lat = point_along(long_road, 15_000.0)
    assert Geod(ellps="GRS80").inv(121.10, 29.45, lon, lat)[2] == pytest.approx(15_000.0, abs=0.2)


def test_parts_of_a_broken_line_count_one_after_the_other() -> None:
    broken = shapely.MultiLineString([[(121.40, 29.60), (121.41, 29.60)], [(121.42, 29.60), (121.43, 29.60)]])
    half = length_m(EASTWARD)
    assert locate_on_line(broken, 121.425, 29.60).offset_m == pytest.approx(half * 1.5, abs=0.05)
    lons, lats = points_along(broken, [half * 0.5, half * 1.5])
    assert lons.tolist() == pytest.approx([121.405, 121.425], abs=1e-6)
    assert lats.tolist() == pytest.approx([29.6, 29.6], abs=1e-6)


def test_a_line_without_length_cannot_be_measured_along() -> None:
    with pytest.raises(UsageError):
        locate_on_line(shapely.LineString([(121.4, 29.6), (121.4, 29.6)]), 121.4, 29.6)


@pytest.mark.parametrize(
    ("x", "y", "crs", "swapped"),
    [
        (640_000, 3_280_000, "EPSG:4549", False),
        (40_640_000, 3_280_000, "EPSG:4528", False),
        (350_000, 3_270_000, "EPSG:4550", False),
        (41_350_000, 3_270_000, "EPSG:4529", False),
        (3_280_000, 640_000, "EPSG:4549", True),
        (121.4, 29.6, "EPSG:4490", False),
        (29.6, 121.4, "EPSG:4490", True),
    ],
)
def test_unlabelled_coordinates_of_the_district_are_recognised(x: float, y: float, crs: str, swapped: bool) -> None:
    found = sniff_crs([x, x + 0.01], [y, y + 0.01])
    assert found is not None
    assert (found.crs, found.swapped) == (crs, swapped)


def test_coordinates_that_fit_no_window_are_not_guessed() -> None:
    assert sniff_crs([500_000.0], [4_400_000.0]) is None
    assert sniff_crs([116.4], [39.9]) is None
    assert sniff_crs([math.nan], [1.0]) is None
    assert sniff_crs([121.4, 116.4], [29.6, 39.9]) is None


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        (121.4, 29.65, None),
        (29.65, 121.4, "swapped"),
        (math.nan, 29.65, "not-a-number"),
        (121.4, math.inf, "not-a-number"),
        (0.0, 0.0, "null-island"),
        (2.35, 48.85, "out-of-china"),
        (640_000.0, 3_280_000.0, "not-degrees"),
    ],
)
def test_positions_that_cannot_be_are_named(lon: float, lat: float, code: str | None) -> None:
    problem = check_lonlat(lon, lat)
    assert (problem.code if problem else None) == code


def test_a_position_in_china_but_not_in_the_district_is_out_of_area() -> None:
    problem = check_lonlat(116.4, 39.9, FENGHUA)
    assert problem is not None
    assert problem.code == "out-of-area"
    swapped = check_lonlat(29.65, 121.4, FENGHUA)
    assert swapped is not None
    assert swapped.code == "swapped"
