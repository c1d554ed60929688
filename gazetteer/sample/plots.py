"""Plots in the invented cemeteries: section, row and seat, with a site that people name in their own way."""

from __future__ import annotations

from random import Random

from gazetteer.sample.addresses import CITY, DISTRICT, PROVINCE
from gazetteer.sample.cases import Cases, Truth, truth_of
from gazetteer.sample.cemeteries import Cemetery
from gazetteer.sample.district import SampleDistrict
from gazetteer.sample.noise import apply_noises
from gazetteer.sample.people import person
from gazetteer.sample.queries import Text
from gazetteer.sample.spoken import Spoken, Stretch, changed, written
from gazetteer.sample.terrain import to_degrees
from gazetteer.sample.words import Names

PLOT_COLUMNS = (
    "编号", "公墓名称", "公墓类型", "所在地址", "墓区", "排", "号", "穴位类型", "占地面积", "状态", "联系人", "联系电话", "经度", "纬度",
)  # fmt: skip
SECTION_NAMES = ("东区", "西区", "南区", "北区", "松区", "竹区")
HABITS = ("level_dropped", "short_levels", "old_district_name", "old_town_name", "homophone", "traditional", "separators")
OUTSIDE_SHARE, UNKNOWN_SHARE = 0.02, 0.03
"""Shares of plots whose point lies outside the approved ground, and whose cemetery does not exist."""


def plots(district: SampleDistrict, count: int, file: str = "cases_cemeteries.xlsx") -> Cases:
    """Return ``count`` different plots with an address text of their cemetery; the truth is the cemetery (a place)."""
    rng = Random(f"plots {district.size} {district.seed}")
    strangers = Names(Random(f"strangers {district.seed}"))
    for site in district.cemeteries:
        strangers.reserve("cemetery", site.name[:2])
    taken: set[tuple[str, ...]] = set()
    rows: list[tuple[str, ...]] = []
    truths: list[Truth] = []
    while len(rows) < count:
        site = rng.choice(district.cemeteries)
        place = (SECTION_NAMES[rng.randrange(site.sections)], str(rng.randint(1, site.rows)), str(rng.randint(1, site.seats)))
        if (site.ref, *place) in taken:
            continue
        taken.add((site.ref, *place))
        ref = f"C{len(rows) + 1:06d}"
        text = _text(site, rng, strangers)
        truths.append(truth_of(file, ref, "address", text, "place"))
        double = rng.random() < 0.6
        area = rng.choice((0.8, 0.9, 1.0) if double else (0.5, 0.6, 0.7)) + (0.6 if rng.random() < 0.03 else 0.0)
        kin = person(200_000 + len(rows), rng)
        lon, lat = _position(site, rng)
        rows.append(
            (ref, site.name, site.site_type, text.text, *place, "双穴" if double else "单穴", f"{area:.1f}",
             rng.choices(("已使用", "已售", "预订", "空置"), (60, 20, 8, 12))[0], kin.name, kin.phone, f"{lon:.7f}", f"{lat:.7f}")
        )  # fmt: skip
    return Cases(rows, truths)


def site_spoken(site: Cemetery) -> Spoken:
    """Return the site of a cemetery in stretches, in full."""
    village = site.village
    texts = (
        ("province", PROVINCE),
        ("city", CITY),
        ("district", DISTRICT),
        ("town", village.town),
        ("community", village.name),
        ("poi", site.name),
    )
    return tuple(Stretch(label, text) for label, text in texts)


def _text(site: Cemetery, rng: Random, strangers: Names) -> Text:
    parts = site_spoken(site)
    kinds = tuple(rng.sample(HABITS, rng.choice((0, 1, 1, 2))))
    if rng.random() < UNKNOWN_SHARE:
        parts, done = apply_noises(
            changed(parts, "poi", strangers.specific("cemetery") + "公墓"), tuple(kind for kind in kinds if kind != "homophone"), rng
        )
        return Text(written(parts), None, done, "no_such_place")
    parts, done = apply_noises(parts, kinds, rng)
    return Text(written(parts), site.ref, done)


def _position(site: Cemetery, rng: Random) -> tuple[float, float]:
    reach = site.half_m * (1.0 if rng.random() >= OUTSIDE_SHARE else 6.0)
    x, y = rng.uniform(-0.9, 0.9) * reach, rng.uniform(-0.9, 0.9) * reach
    if reach > site.half_m:
        x = site.half_m * 3 + abs(x)
    return to_degrees(site.x + x, site.y + y)
