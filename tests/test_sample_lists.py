"""The sample's official lists and its word stock."""

from __future__ import annotations

from collections import Counter

import pytest

from gazetteer.divisions import spoken_name
from gazetteer.sample.lists import list_dates, national_list, yearly_list
from gazetteer.sample.words import inventory, shares, speech

VILLAGES_EACH_YEAR = (398, 398, 398, 397, 393, 337, 337, 337)


# The official lists


def test_the_yearly_lists_hold_every_village_of_their_year() -> None:
    counts = tuple(sum(row.level == "community" for row in yearly_list(date)) for date in list_dates())
    assert counts == VILLAGES_EACH_YEAR
    assert [sum(row.level == "town" for row in yearly_list(date)) for date in list_dates()] == [11, 11, 11, 12, 12, 12, 12, 12]


@pytest.mark.parametrize("date", list_dates())
def test_every_unit_of_a_list_has_its_parent_in_the_list_and_a_code_of_its_level(date: str) -> None:
    found = yearly_list(date)
    codes = {row.code for row in found}
    assert len(codes) == len(found)
    assert {row.parent for row in found} - codes == {"3302"}
    assert {(row.level, len(row.code)) for row in found} == {("district", 6), ("town", 9), ("community", 12)}


def test_the_district_was_a_city_before_the_autumn_of_2016() -> None:
    assert [yearly_list(date)[0][:2] for date in list_dates()[:2]] == [("330283", "奉化市"), ("330213", "奉化区")]


def test_codes_of_the_lists_are_used_again_for_other_villages() -> None:
    before, after = ({row.code[6:]: row.name for row in yearly_list(date) if row.level == "community"} for date in list_dates()[:2])
    assert sum(code in after and after[code] != name for code, name in before.items()) == 153


def test_the_national_list_is_a_tree_with_unique_codes() -> None:
    found = national_list()
    codes = {row.code for row in found}
    assert len(codes) == len(found)
    assert {row.parent for row in found} <= codes | {""}
    assert Counter(row.level for row in found) == {"province": 31, "city": 342, "district": 2978, "town": 1387}


@pytest.mark.parametrize(
    ("official", "said"),
    [("西岸村委会", "西岸村"), ("桃源社区", "桃源社区"), ("西坞居委会", "西坞居委会"), ("三溪农场生活区", "三溪农场生活区")],
)
def test_addresses_say_a_village_without_its_committee(official: str, said: str) -> None:
    assert spoken_name(official) == said


# The word stock


def test_no_two_characters_of_the_inventory_sound_alike() -> None:
    from pypinyin import lazy_pinyin

    sounds = Counter(lazy_pinyin(character)[0] for character in inventory()["characters"])
    assert [sound for sound, times in sounds.items() if times > 1] == []


@pytest.mark.parametrize("group", speech()["homophones"])
def test_homophones_have_a_reading_in_common(group: str) -> None:
    from pypinyin import Style, pinyin

    readings = [set(pinyin(character, heteronym=True, style=Style.NORMAL)[0]) for character in group]
    assert set.intersection(*readings), group


def test_shares_add_up_and_give_everyone_the_least() -> None:
    found = shares(1003, [0.3, 5.0, 1.0, 0.01], 2)
    assert sum(found) == 1003
    assert min(found) >= 2
    with pytest.raises(ValueError):
        shares(3, [1.0, 1.0], 2)
