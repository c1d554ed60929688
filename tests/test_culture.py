"""The culture of names: stories with sources, names through time, collections, Linked Places, the provincial items."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
from page_rows import small_photo
from register_rows import add_district, add_division, add_road
from sqlalchemy import select

from gazetteer.culture.collections import (
    collection_record,
    collections_with,
    create_collection,
    edit_collection,
    list_collections,
    publish_collection,
)
from gazetteer.culture.linked_places import linked_place, write_linked_places
from gazetteer.culture.past import names_through_time, units_through_time
from gazetteer.culture.stories import amend_story, picture_file, stories_of, take_story_back, tell_story
from gazetteer.culture.subjects import find_subject
from gazetteer.place_codes import issue_codes
from gazetteer.standards.provincial_items import write_items
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM, history
from gazetteer.store.models import DivisionSuccession, Event, Lineage, NameStory, NameVariant, PlaceName
from gazetteer.workflow import change, enter, move
from geoaddr.errors import Conflict, NotFound, UsageError


@pytest.fixture
def road_id(store: Store) -> str:
    """A road in a village; its id."""
    with store.transaction() as session:
        units = add_district(session)
        return add_road(session, units["village"], category_code="23510", pinyin="Xiaoqiao Lu", meaning="小桥边的路", source="普查登记").id


def test_what_is_told_has_a_source_or_is_marked_as_word_of_mouth(store: Store, road_id: str) -> None:
    with store.transaction() as session:
        subject = find_subject(session, road_id)
        with pytest.raises(UsageError, match="出处"):
            tell_story(session, subject, "origin", "村口有小桥", actor=SYSTEM)
        tell_story(session, subject, "origin", "村口有小桥", actor=SYSTEM, oral=True)
        tell_story(session, subject, "history", "1958 年筑路", actor=SYSTEM, source="档案 A-1", period="1958 年")
    with store.reading() as session:
        told = stories_of(session, find_subject(session, road_id))
    assert [(one["kind"], one["text"], one["oral"], one["source"]) for one in told] == [
        ("origin", "村口有小桥", True, ""), ("meaning", "小桥边的路", False, "普查登记"), ("history", "1958 年筑路", False, "档案 A-1"),
    ]  # fmt: skip


def test_the_mark_of_an_import_is_no_source(store: Store, road_id: str) -> None:
    with store.transaction() as session:
        road = session.get_one(PlaceName, road_id)
        change(session, road, actor=SYSTEM, verb="correct", to={"source": "import 0123456789ab"})
        subject = find_subject(session, road_id)
        assert [one["source"] for one in stories_of(session, subject)] == [""]
        assert [one["source"] for one in names_through_time(session, subject)] == [""]


def test_a_story_is_changed_and_taken_back_with_everything_on_record(store: Store, road_id: str) -> None:
    with store.transaction() as session:
        story = tell_story(session, find_subject(session, road_id), "tale", "相传", actor=SYSTEM, oral=True)
        amend_story(session, story.id, "相传有桥神", actor=SYSTEM, oral=True, version=story.version)
        with pytest.raises(Conflict):
            amend_story(session, story.id, "又说", actor=SYSTEM, oral=True, version=1)
        with pytest.raises(UsageError, match="为什么"):
            take_story_back(session, story.id, actor=SYSTEM, reason=" ")
        take_story_back(session, story.id, actor=SYSTEM, reason="查无此说")
        told = [(one.action, one.payload) for one in history(session, story.id)]
        assert session.get(NameStory, story.id) is None
    assert [action for action, _payload in told] == ["name_story.tell", "name_story.amend", "name_story.take_back"]
    assert told[1][1]["before"]["text"] == "相传"
    assert (told[2][1]["reason"], told[2][1]["was"]["text"]) == ("查无此说", "相传有桥神")


@pytest.mark.parametrize(
    ("kind", "text", "source", "field"), [("gossip", "x", "y", "kind"), ("origin", " ", "y", "text"), ("origin", "字" * 4_001, "y", "text")]
)
def test_what_cannot_be_told_is_refused(store: Store, road_id: str, kind: str, text: str, source: str, field: str) -> None:
    with store.transaction() as session, pytest.raises(UsageError) as refused:
        tell_story(session, find_subject(session, road_id), kind, text, actor=SYSTEM, source=source)
    assert refused.value.field == field


def test_only_pictures_that_a_story_shows_are_handed_out(store: Store, road_id: str, tmp_path: Path) -> None:
    with store.transaction() as session:
        subject = find_subject(session, road_id)
        with pytest.raises(UsageError, match="图片"):
            tell_story(session, subject, "picture", "小桥", actor=SYSTEM, source="自摄")
        made = tell_story(session, subject, "picture", "小桥", actor=SYSTEM, source="自摄", photo=small_photo(), media_dir=tmp_path)
        assert picture_file(session, str(made.sha256), tmp_path).read_bytes().startswith(b"\xff\xd8")
        with pytest.raises(NotFound):
            picture_file(session, "0" * 64, tmp_path)


def test_the_names_of_a_place_come_in_order_with_those_it_took_in(store: Store, road_id: str) -> None:
    with store.transaction() as session:
        road = session.get_one(PlaceName, road_id)
        old = add_road(session, road.division, "老街", valid_from=date(1950, 1, 1))
        move(session, old, "retire", actor=SYSTEM, also={"valid_to": date(2001, 5, 1)})
        seq = session.scalar(select(Event.seq).order_by(Event.seq.desc()).limit(1))
        session.add(Lineage(seq=seq or 0, subject_kind="place_name", kind="merged", old_id=old.id, new_id=road_id))
        variant = NameVariant(place_id=road_id, text="桥头路", kind="former", valid_from=None, valid_to=date(1990, 1, 1), source="地名志")
        enter(session, variant, actor=SYSTEM, verb="added")
        past = names_through_time(session, find_subject(session, road_id))
    assert [(one["name"], one["kind"]) for one in past] == [("老街", "merged"), ("桥头路", "former"), ("肖桥路", "standard")]


def test_a_unit_goes_on_under_a_new_code_as_the_same_name(store: Store) -> None:
    with store.transaction() as session:
        units = add_district(session)
        first = add_division(
            session, "330213101", "莼湖镇", "town", units["district"], valid_from=date(2010, 1, 1), valid_to=date(2017, 1, 1)
        )
        second = add_division(
            session, "330213111", "莼湖镇", "town", units["district"], valid_from=date(2017, 1, 1), valid_to=date(2019, 8, 26)
        )
        third = add_division(session, "330213008", "莼湖街道", "town", units["district"], valid_from=date(2019, 8, 26))
        for old, new, on in ((first, second, date(2017, 1, 1)), (second, third, date(2019, 8, 26))):
            session.add(DivisionSuccession(old_id=old.id, new_id=new.id, kind="recoded", changed_on=on, inferred=False, source=""))
        session.flush()
        past = names_through_time(session, find_subject(session, third.id))
        units_then = units_through_time(session, third.id)
    assert [(one["name"], one["valid_from"], one["valid_to"]) for one in past] == [
        ("莼湖镇", "2010-01-01", "2019-08-26"),
        ("莼湖街道", "2019-08-26", None),
    ]
    assert [one["code"] for one in units_then] == ["330213008", "330213111", "330213101"]


def test_a_collection_is_drafted_filled_and_published(store: Store, road_id: str) -> None:
    with store.transaction() as session:
        made = create_collection(session, "桥的名字", actor=SYSTEM)
        with pytest.raises(Conflict, match="还没有地名"):
            publish_collection(session, made.id, actor=SYSTEM)
        with pytest.raises(NotFound):
            edit_collection(session, made.id, actor=SYSTEM, title="桥的名字", stops=[{"id": "0000000000000"}])
        edit_collection(session, made.id, actor=SYSTEM, title="桥的名字", intro="三座桥", stops=[{"id": road_id, "caption": "第一座"}])
        assert list_collections(session) == []
        publish_collection(session, made.id, actor=SYSTEM)
        with pytest.raises(Conflict, match="至少要有一处"):
            edit_collection(session, made.id, actor=SYSTEM, title="桥的名字")
        assert collections_with(session, road_id) == [{"id": made.id, "title": "桥的名字"}]
        stop = collection_record(session, made.id)["stops"][0]
    assert (stop["name"], stop["caption"], stop["within"]) == ("肖桥路", "第一座", "浙江省宁波市奉化区西坞街道肖桥村村委会")


def test_a_place_is_exchanged_with_its_names_times_and_sources(store: Store, road_id: str, tmp_path: Path) -> None:
    with store.transaction() as session:
        variant = NameVariant(place_id=road_id, text="桥头路", kind="former", valid_from=None, valid_to=date(1990, 1, 1), source="地名志")
        enter(session, variant, actor=SYSTEM, verb="added")
        tell_story(session, find_subject(session, road_id), "origin", "村口有小桥", actor=SYSTEM, oral=True)
        change(session, session.get_one(PlaceName, road_id), actor=SYSTEM, verb="edit", to={"history": "样本沿革", "source": ""})
        issue_codes(session, [session.get_one(PlaceName, road_id)], actor=SYSTEM)
    with store.reading() as session:
        feature = linked_place(session, road_id, "https://names.example")
        count = write_linked_places(session, tmp_path / "places.json", "https://names.example")
    assert feature["@id"] == f"https://names.example/n/{road_id}"
    assert feature["names"][0] == {
        "toponym": "桥头路", "lang": "zh", "citations": [{"label": "地名志"}], "when": {"timespans": [{"end": {"in": "1990-01-01"}}]},
    }  # fmt: skip
    assert feature["properties"]["place_code"] == "33021300423510000001"
    assert feature["geometry"]["type"] == "LineString"
    assert feature["descriptions"][0] == {"value": "村口有小桥", "lang": "zh", "source": {"label": "口述"}}
    assert feature["descriptions"][-1:] == [{"value": "样本沿革", "lang": "zh"}], "what came without source is not called word of mouth"
    written = json.loads((tmp_path / "places.json").read_text(encoding="utf-8"))
    assert (count, written["features"][0]["@id"]) == (1, feature["@id"])


def test_the_provincial_items_hold_every_coded_place_and_say_how_many_are_not(store: Store, road_id: str, tmp_path: Path) -> None:
    with store.transaction() as session:
        road = session.get_one(PlaceName, road_id)
        issue_codes(session, [road], actor=SYSTEM)
        add_road(session, road.division, "无<码>路")
        written = write_items(session, tmp_path / "items.xml")
    assert (written.places, written.uncoded) == (1, 1)
    root = ElementTree.parse(tmp_path / "items.xml").getroot()
    record = root[0]
    assert record.attrib["CALLOPERATE"] == "ADD"
    assert record.attrib["STREETID"] == "330213004"
    assert {one.tag: one.text for one in record if one.tag in ("BMMX0001", "BMMX0002", "BMMX0009", "BMMX0042")} == {
        "BMMX0001": "33021300423510000001", "BMMX0002": "肖桥路", "BMMX0009": "路", "BMMX0042": "小桥边的路",
    }  # fmt: skip
