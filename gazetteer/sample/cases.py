"""Case records as offices keep them: elders with two addresses and service stations, their texts written by habit.

Every address text comes with its truth, which is written to a file of its own and never imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import NamedTuple

from gazetteer.sample.addresses import Address
from gazetteer.sample.district import SampleDistrict
from gazetteer.sample.people import person
from gazetteer.sample.plates import LAST_DAY
from gazetteer.sample.queries import Text, habitual, unanswerable

LIVING = {"独居": 18, "空巢": 30, "与子女同住": 42, "与亲属同住": 6, "集中供养": 4}
BENEFITS = {"": 62, "居家养老服务补贴": 22, "高龄津贴": 10, "特困供养": 4, "重度失能": 2}
UNANSWERABLE_SHARE, EMPTY_SHARE, UNIT_MISSING_SHARE, NEIGHBOUR_SHARE = 0.05, 0.005, 0.08, 0.015
"""Shares of address texts: without an answer, empty, of a flat without its number, and of elders at the door of the one before."""

ELDER_COLUMNS = (
    "编号", "姓名", "性别", "身份证号", "所属镇街", "村社区", "户籍地址", "实际居住地址", "居住状况",
    "享受类别", "联系电话", "紧急联系人", "紧急联系电话", "批准时间", "备注",
)  # fmt: skip
STATION_COLUMNS = ("编号", "站点名称", "站点类型", "所属镇街", "地址", "经度", "纬度", "服务电话", "启用日期", "建筑面积", "运营状态")
STATION_TYPES = ("居家养老服务站", "助餐点", "未保站")


class Truth(NamedTuple):
    """What a text of a file really means; the columns of truth.csv."""

    file: str
    ref: str
    field: str
    text: str
    truth_ref: str
    truth_kind: str
    noises: str
    answerable: int
    reason: str


class Cases(NamedTuple):
    """Rows of one case file (in the order of its columns) with their truths."""

    rows: list[tuple[str, ...]]
    truths: list[Truth]


def truth_of(file: str, ref: str, field: str, text: Text, kind: str = "address") -> Truth:
    """Return the line of truth.csv for a text."""
    known = text.truth_ref or ""
    return Truth(file, ref, field, text.text, known, kind if known else "", "|".join(text.noises), 1 if known else 0, text.reason)


def case_counts(size: int) -> dict[str, int]:
    """Return how many elders, plots and stations a district of ``size`` addresses has: 30,000 addresses -> 3,000 records."""
    total = round(3000 * (size / 30_000) ** 0.5)
    stations, plots = max(15, round(total * 0.06)), round(total * 0.18)
    return {"elders": total - stations - plots, "plots": plots, "stations": stations}


def elder_positions(district: SampleDistrict, count: int) -> list[int]:
    """Return where in the stream the two addresses of each elder stand (home and, for those who moved, the actual one)."""
    rng = Random(f"elder positions {district.size} {district.seed}")
    return [rng.randrange(district.size) for _each in range(2 * count)]


def station_positions(district: SampleDistrict, count: int) -> list[int]:
    """Return where in the stream stations look for a host door; enough of them that every town is met."""
    rng = Random(f"station positions {district.size} {district.seed}")
    return [rng.randrange(district.size) for _each in range(count * 4 + 400)]


def elders(district: SampleDistrict, count: int, known: Mapping[int, Address] | None = None, file: str = "cases_elders.csv") -> Cases:
    """Return ``count`` elders: most live where they are registered (written differently), the others elsewhere.

    ``known`` holds addresses of ``elder_positions`` that a caller has at hand, so that they need not be made again.
    """
    rng = Random(f"elders {district.size} {district.seed}")
    picked = district.pick(elder_positions(district, count), known)
    rows: list[tuple[str, ...]] = []
    truths: list[Truth] = []
    home = picked[0]
    for index in range(count):
        ref = f"E{index + 1:06d}"
        home = home if index and rng.random() < NEIGHBOUR_SHARE else picked[2 * index]
        actual = home if rng.random() < 0.68 else picked[2 * index + 1]
        registered, living = _text(home, district, rng), _text(actual, district, rng)
        truths += [truth_of(file, ref, "address", registered), truth_of(file, ref, "residence_address", living)]
        one, kin = person(index + 1, rng), person(100_000 + index, rng)
        approved = LAST_DAY - timedelta(days=rng.randint(10, 3000))
        rows.append(
            (ref, one.name, one.sex, one.identity_number, actual.town, actual.community, registered.text, living.text, _drawn(LIVING, rng),
             _drawn(BENEFITS, rng), one.phone, kin.name, kin.phone, approved.isoformat(), "样本数据")
        )  # fmt: skip
    return Cases(rows, truths)


def stations(district: SampleDistrict, count: int, known: Mapping[int, Address] | None = None, file: str = "cases_stations.csv") -> Cases:
    """Return ``count`` stations: a child-protection station in every town, the others home-care stations and meal points."""
    rng = Random(f"stations {district.size} {district.seed}")
    picked = district.pick(station_positions(district, count), known)
    doors = [row for row in picked if row.number and not row.room]
    hosts = list({row.town: row for row in doors}.values())[:count]
    chosen = {row.ref for row in hosts}
    hosts += [row for row in dict.fromkeys(doors) if row.ref not in chosen][: count - len(hosts)]
    towns = len({row.town for row in doors})
    rows: list[tuple[str, ...]] = []
    truths: list[Truth] = []
    for index, host in enumerate(hosts):
        ref = f"S{index + 1:06d}"
        kind = "未保站" if index < towns else rng.choice(STATION_TYPES[:2])
        text = unanswerable(host, district, rng) if rng.random() < UNANSWERABLE_SHARE / 2 else habitual(host, rng, 2)
        truths.append(truth_of(file, ref, "address", text))
        name = f"{host.town}未成年人保护工作站" if kind == "未保站" else f"{host.community}{'老年食堂' if kind == '助餐点' else kind}"
        opened = LAST_DAY - timedelta(days=rng.randint(100, 2500))
        lon, lat = (f"{degrees + rng.uniform(-2e-4, 2e-4):.6f}" for degrees in (host.lon, host.lat))
        operating = rng.choices(("正常", "暂停", "筹建"), (90, 5, 5))[0]
        area, phone = str(rng.randint(40, 900)), f"000-{900_000 + index:08d}"
        rows.append((ref, name, kind, host.town, text.text, lon, lat, phone, opened.isoformat(), area, operating))
    return Cases(rows, truths)


def _text(address: Address, district: SampleDistrict, rng: Random) -> Text:
    chance = rng.random()
    if chance < EMPTY_SHARE:
        return Text("", None, (), "empty")
    if chance < EMPTY_SHARE + UNANSWERABLE_SHARE:
        return unanswerable(address, district, rng)
    if address.room and rng.random() < UNIT_MISSING_SHARE:
        found = habitual(district.door_of(address), rng)
        return found._replace(noises=("unit_missing", *found.noises))
    return habitual(address, rng)


def _drawn(weights: dict[str, int], rng: Random) -> str:
    return rng.choices(list(weights), list(weights.values()))[0]
