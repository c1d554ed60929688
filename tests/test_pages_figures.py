"""Every number of a name's pages is a link to exactly the rows it counts."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from flask.testing import FlaskClient
from page_rows import add_cases
from web_fixtures import post

from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM, now
from gazetteer.store.models import AddressLink, Plate, StandardAddress
from gazetteer.workflow import enter
from geoaddr.settings import Settings

SignIn = Callable[[str], FlaskClient]
FIGURE = re.compile(r'class="ga-figure" href="([^"]+)"><span class="ga-figure-n">([\d,]+)</span><span class="ga-figure-t">([^<]+)<')
TOTAL = re.compile(r"共 ([\d,]+) 条")


def listed(client: FlaskClient, url: str) -> int:
    page = client.get(url.replace("&amp;", "&")).get_data(as_text=True)
    found = TOTAL.search(page)
    return int(found.group(1).replace(",", "")) if found else 0


def add_rows(store: Store, settings: Settings, register: dict[str, str]) -> None:
    """Add cases, one with a second link to the road, plates on the wall, in the making and long gone, and a door that is no more."""
    cases = add_cases(store, settings)
    with store.transaction() as session:
        decided = {"decided_by": "engine", "decided_at": now(), "register_seq": 1, "answer": {}, "verdict": "A"}
        link = AddressLink(case_id=cases["S1"], role="site", text="肖桥路90号", address_id=register["90"], **decided)
        enter(session, link, actor=SYSTEM, verb="decide", status="linked")
        for at, status in enumerate(("installed", "ordered", "taken_down")):
            plate = Plate(serial=f"33021300000{at:05d}", address_id=register["88"], kind="door", face={})
            enter(session, plate, actor=SYSTEM, verb="order", status=status)
        door = session.get_one(StandardAddress, register["86"])
        gone = {"place_id": door.place_id, "division_id": door.division_id, "number": "8", "label": "肖桥路8号", "geom": door.geom}
        row = StandardAddress(**gone, point_level="number", point_source="测试", valid_to=date(2020, 1, 1))
        enter(session, row, actor=SYSTEM, verb="created", status="retired")


def test_what_would_change_is_counted_as_the_lists_count_it(
    signed_in: SignIn, sqlite_store: Store, web_settings: Settings, small_register: dict[str, str]
) -> None:
    add_rows(sqlite_store, web_settings, small_register)
    officer = signed_in("officer")
    page = officer.get(f"/names/procedures/new?kind=rename&place={small_register['place']}").get_data(as_text=True)
    figures = {text: (int(number), listed(officer, url)) for url, number, text in FIGURE.findall(page)}
    assert len(figures) == 5, figures
    for text, (number, rows) in figures.items():
        assert number == rows, text
    assert figures["挂着的门牌要换"] == (1, 1)
    assert figures["地址换名"] == (3, 3)
    place = officer.get(f"/map/place/{small_register['place']}").get_data(as_text=True)
    shown = {text: (int(number), listed(officer, url)) for url, number, text in FIGURE.findall(place)}
    assert shown["业务对象"] == (1, 1)


def test_an_approval_tells_the_cases_and_papers_it_touched(
    signed_in: SignIn, sqlite_store: Store, web_settings: Settings, small_register: dict[str, str]
) -> None:
    add_rows(sqlite_store, web_settings, small_register)
    officer, approver = signed_in("officer"), signed_in("approver")
    form = {"kind": "rename", "place": small_register["place"], "new_name": "锦溪路", "reason": "与邻县重名"}
    here = str(post(officer, "/names/procedures/new", form).headers["Location"])
    post(officer, f"{here}/move", {"verb": "check"})
    post(approver, f"{here}/move", {"verb": "approve", "decision_no": "1号", "authority": "区人民政府"})
    page = approver.get(here).get_data(as_text=True)
    figures = {text: (int(number), url) for url, number, text in FIGURE.findall(page)}
    (cases,) = [one for text, one in figures.items() if text.startswith("业务对象受影响")]
    assert cases[0] == listed(approver, cases[1]) > 0
    assert figures["门址可能要换发证照"][0] == 3
    down = approver.get(figures["旧牌待拆"][1]).get_data(as_text=True)
    assert "拆除" in down


def test_the_procedures_counted_at_the_start_are_those_listed(signed_in: SignIn, small_register: dict[str, str]) -> None:
    officer, approver = signed_in("officer"), signed_in("approver")
    form = {"kind": "rename", "place": small_register["place"], "new_name": "锦溪路", "reason": "与邻县重名"}
    here = str(post(officer, "/names/procedures/new", form).headers["Location"])
    post(officer, f"{here}/move", {"verb": "check"})
    post(approver, f"{here}/move", {"verb": "approve", "decision_no": "1号", "authority": "区人民政府"})
    village = {"kind": "division_rename", "unit": small_register["division"], "new_name": "锦溪村委会", "reason": "更名"}
    assert post(officer, "/names/procedures/new", village).status_code == 303
    start = officer.get("/").get_data(as_text=True)
    figure = re.search(r'href="(/names/procedures/\?status=running)"[^>]*><span class="ga-figure-n">(\d+)<', start)
    assert figure is not None, "the figure leads to those before the decision, not to all unfinished ones"
    assert int(figure.group(2)) == listed(officer, figure.group(1)) == 1
    assert listed(officer, "/names/procedures/") == 2
