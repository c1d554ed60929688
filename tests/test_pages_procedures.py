"""Procedures through their pages: opened, checked, decided by a second person, carried out, taken back."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask.testing import FlaskClient
from web_fixtures import post

from gazetteer.addresses import find_address
from gazetteer.store.database import Store
from gazetteer.store.models import NamingProcedure, PlaceName

Register = dict[str, str]
SignIn = Callable[[str], FlaskClient]


def propose(client: FlaskClient, register: Register, **changed: str) -> str:
    """Open a renaming of 肖桥路 through the form; returns the procedure's address."""
    form = {"kind": "rename", "place": register["place"], "new_name": "锦溪路", "reason": "与邻县重名", **changed}
    answer = post(client, "/names/procedures/new", form)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return str(answer.headers["Location"])


def move(client: FlaskClient, here: str, verb: str, **form: str) -> str:
    answer = post(client, f"{here}/move", {"verb": verb, **form})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return client.get(answer.headers["Location"]).get_data(as_text=True)


def test_a_renaming_goes_from_proposal_to_announcement_and_carries_the_addresses_along(
    signed_in: SignIn, sqlite_store: Store, small_register: Register
) -> None:
    officer, approver = signed_in("officer"), signed_in("approver")
    here = propose(officer, small_register)
    assert "没有发现问题" in move(officer, here, "check")
    assert "样本意见：同意" in move(officer, here, "consult", kind="expert_opinion", text="样本意见：同意")
    page = move(approver, here, "approve", decision_no="样本〔2026〕1号", authority="样本区人民政府")
    assert "3 个地址换名" in page
    with sqlite_store.reading() as session:
        assert find_address(session, small_register["88"]).label.endswith("锦溪路88号")
    move(officer, here, "file", text="已报")
    assert "已公告" in move(officer, here, "announce", text="样本公告")


def test_an_approval_is_taken_back_from_the_page(signed_in: SignIn, sqlite_store: Store, small_register: Register) -> None:
    officer, approver = signed_in("officer"), signed_in("approver")
    here = propose(officer, small_register)
    move(officer, here, "check")
    page = move(approver, here, "approve", decision_no="1号", authority="样本区人民政府")
    assert f'action="{here}/undo"' in page
    assert post(approver, f"{here}/undo").status_code == 303
    with sqlite_store.reading() as session:
        assert session.get_one(PlaceName, small_register["place"]).standard_name == "肖桥路"


def test_nobody_decides_on_what_they_proposed_and_the_page_says_why(signed_in: SignIn, small_register: Register) -> None:
    approver = signed_in("approver")
    here = propose(approver, small_register)
    page = move(approver, here, "check")
    assert "提出人不能审批自己的办件" in page
    assert "两人办理" in page
    refused = post(approver, f"{here}/move", {"verb": "approve", "decision_no": "1", "authority": "x"})
    assert refused.status_code == 403


def test_a_move_out_of_order_is_greyed_with_its_reason_and_refused(signed_in: SignIn, small_register: Register) -> None:
    officer = signed_in("officer")
    here = propose(officer, small_register)
    page = officer.get(here).get_data(as_text=True)
    assert re.search(r"disabled>备案</button><span class=\"ga-why\">须先批准", page)
    assert post(officer, f"{here}/move", {"verb": "file"}).status_code == 409


def test_what_is_missing_is_said_beside_the_field_and_nothing_typed_is_lost(signed_in: SignIn, small_register: Register) -> None:
    officer, approver = signed_in("officer"), signed_in("approver")
    form = {"kind": "rename", "place": small_register["place"], "new_name": "", "reason": "很久以前就该改"}
    wrong = post(officer, "/names/procedures/new", form)
    assert wrong.status_code == 422
    assert "请填写拟用名称" in wrong.get_data(as_text=True)
    assert "很久以前就该改" in wrong.get_data(as_text=True)
    here = propose(officer, small_register)
    move(officer, here, "check")
    refused = post(approver, f"{here}/move", {"verb": "approve", "decision_no": "样本7号", "authority": ""})
    assert refused.status_code == 422
    assert "样本7号" in refused.get_data(as_text=True)


def test_a_stale_page_changes_nothing(signed_in: SignIn, sqlite_store: Store, small_register: Register) -> None:
    officer = signed_in("officer")
    here = propose(officer, small_register)
    move(officer, here, "check", version="1")
    assert post(officer, f"{here}/move", {"verb": "withdraw", "version": "1"}).status_code == 409
    with sqlite_store.reading() as session:
        assert session.query(NamingProcedure).one().status == "checked"


def test_a_new_road_is_proposed_with_its_line_drawn_on_the_map(signed_in: SignIn, sqlite_store: Store, small_register: Register) -> None:
    officer = signed_in("officer")
    line = '{"type":"LineString","coordinates":[[121.40,29.66],[121.41,29.66]]}'
    form = {"kind": "name", "place": "", "new_name": "锦溪路", "category": "road", "division": small_register["division"], "reason": "新建"}
    assert post(officer, "/names/procedures/new", {**form, "geometry": '{"type":"LineString"}'}).status_code == 422
    assert post(officer, "/names/procedures/new", {**form, "geometry": line}).status_code == 303
    with sqlite_store.reading() as session:
        place = session.query(PlaceName).filter_by(standard_name="锦溪路").one()
        assert (place.status, place.geom.geom_type) == ("proposed", "LineString")


def test_the_list_counts_what_may_be_decided(signed_in: SignIn, small_register: Register) -> None:
    officer = signed_in("officer")
    here = propose(officer, small_register)
    assert "没有这样的办件" in officer.get("/names/procedures/?waiting=approval").get_data(as_text=True)
    move(officer, here, "check")
    page = officer.get("/names/procedures/?waiting=approval").get_data(as_text=True)
    assert "锦溪路" in page
    assert "个工作日" in page
    assert officer.get("/names/procedures/?status=nonsense").status_code == 400
