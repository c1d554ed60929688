"""A small register for the tests of matching: a few streets, an estate, villages and their history (all invented but the towns)."""

from __future__ import annotations

from matchers.verdict import Entry

AREA = {"province": "浙江省", "city": "宁波市", "district": "奉化区"}
XIWU = {**AREA, "division_code": "330213004", "town": "西坞街道"}
JINPING = {**AREA, "division_code": "330213001", "town": "锦屏街道"}
VILLAGE = {**AREA, "division_code": "330213004201", "town": "西坞街道", "community": "舒前村"}


def small_register() -> list[Entry]:
    """Return divisions, places and addresses; ids say what they are."""
    return [*_divisions(), *_places(), *_street_doors(), *_flats(), *_villages(), *_history()]


def _divisions() -> list[Entry]:
    former = (("奉化市", "former", "2016-11-17"),)
    return [
        Entry("district", "division", "浙江省宁波市奉化区", division_code="330213", **AREA, aliases=former),
        Entry("xiwu", "division", "西坞街道", **XIWU),
        Entry("jinping", "division", "锦屏街道", **JINPING),
        Entry("chunhu", "division", "莼湖街道", **{**XIWU, "division_code": "330213006", "town": "莼湖街道"}),
        Entry("chunhu-old", "division", "莼湖镇", status="retired", current_id="chunhu", valid_to="2019-12-01",
              **{**XIWU, "division_code": "330213105", "town": "莼湖镇"}),
        Entry("shuqian", "division", "舒前村", **VILLAGE),
    ]  # fmt: skip


def _places() -> list[Entry]:
    renamed = (("西坞大街", "former", "2019-08-26"),)
    return [
        Entry("road-xiaoqiao", "place", "肖桥路", place_id="road-xiaoqiao", road="肖桥路", **XIWU, aliases=renamed),
        Entry("road-east", "place", "大成东路", place_id="road-east", road="大成东路", **JINPING),
        Entry("road-west", "place", "大成西路", place_id="road-west", road="大成西路", **JINPING),
        Entry("estate", "place", "锦绣苑", place_id="estate", estate="锦绣苑", **JINPING),
        Entry("clinic", "place", "西坞样本卫生院", place_id="clinic", poi="西坞样本卫生院", **XIWU),
    ]


def _street_doors() -> list[Entry]:
    doors = [
        Entry(f"xq{number}", "address", f"西坞街道肖桥路{number}号", road="肖桥路", number=number, place_id="road-xiaoqiao",
              lon=round(121.45 + position / 10_000, 7), lat=29.64, point_level="number", **XIWU)
        for position, number in enumerate(("86", "88", "90", "105-107"))
    ]  # fmt: skip
    doors[0] = doors[0]._replace(aliases=(("老供销社大楼", "folk", ""), ("西坞镇前街3号", "former", "1998-01-01")))
    doors += [
        Entry(f"{place}-8", "address", f"锦屏街道{road}8号", road=road, number="8", place_id=place, lon=lon, lat=29.66, **JINPING)
        for road, place, lon in (("大成东路", "road-east", 121.41), ("大成西路", "road-west", 121.40))
    ]
    doors.append(
        Entry("xq12-1", "address", "西坞街道肖桥路12-1号", road="肖桥路", number="12", sub_number="1", place_id="road-xiaoqiao", **XIWU)
    )
    doors.append(Entry("xq92", "address", "西坞街道肖桥路92号西坞样本卫生院", road="肖桥路", number="92", poi="西坞样本卫生院", **XIWU))
    doors.append(Entry("lane", "address", "西坞街道肖桥路264弄8号", road="肖桥路", sub_road="264弄", number="8", **XIWU))
    return doors


def _flats() -> list[Entry]:
    gate = {"road": "大成东路", "number": "66", "estate": "锦绣苑", "place_id": "estate", **JINPING}
    flats = [
        Entry(f"flat-{building}-{unit}-{room}", "address", f"锦屏街道大成东路66号锦绣苑{building}幢{unit}单元{room}室", building=building, unit=unit,  # noqa: E501
              room=room, **gate)
        for building in "123" for unit in "12" for room in ("101", "201", "501")
    ]  # fmt: skip
    return [Entry("gate", "address", "锦屏街道大成东路66号锦绣苑", **gate), *flats]


def _villages() -> list[Entry]:
    return [
        Entry("village-159", "address", "舒前村15组159号", village_group="15组", number="159", place_id="shuqian", **VILLAGE),
        Entry("hamlet-7", "address", "舒前村样本岙7号", village_group="样本岙", number="7", **VILLAGE),
    ]


def _history() -> list[Entry]:
    return [
        Entry(
            "xq16-old",
            "address",
            "西坞街道肖桥路16号",
            status="retired",
            current_id="xq88",
            valid_to="2020-01-01",
            road="肖桥路",
            number="16",
            **XIWU,
        ),
        Entry("xq200-new", "address", "西坞街道肖桥路200号", status="reserved", road="肖桥路", number="200", **XIWU),
        Entry("xq999-bad", "address", "西坞街道肖桥路999号", status="rejected", road="肖桥路", number="999", **XIWU),
    ]
