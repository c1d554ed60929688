"""Procedures through their pages: opened, checked, decided by a second person, carried out, taken back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from flask.testing import FlaskClient
from web_fixtures import post

from gazetteer.addresses import find_address
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM
from gazetteer.store.models import Division, NamingProcedure, PlaceName
from gazetteer.workflow import enter

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


def beside(store: Store, register: Register) -> str:
    """Add 锦水路 in the same village and return its id."""
    with store.transaction() as session:
        road = PlaceName(
            standard_name="锦水路", specific="锦水", generic="路", pinyin="Jinshui Lu", sound="jinshuilu", category="road",
            division_id=register["division"],
        )  # fmt: skip
        return enter(session, road, actor=SYSTEM, verb="created", status="current").id


def test_roads_are_merged_and_retired_into_another_by_the_names_an_officer_types(
    signed_in: SignIn, sqlite_store: Store, small_register: Register
) -> None:
    other = beside(sqlite_store, small_register)
    officer = signed_in("officer")
    merged = {"kind": "merge", "place": small_register["place"], "reason": "两路相接", "sources": "锦水路"}
    here = str(post(officer, "/names/procedures/new", merged).headers["Location"])
    with sqlite_store.reading() as session:
        assert session.query(NamingProcedure).one().details["sources"] == [other]
    assert "已撤回" in move(officer, here, "withdraw")
    retired = {"kind": "retire", "place": small_register["place"], "reason": "已并入", "successor": "锦水路"}
    assert post(officer, "/names/procedures/new", retired).status_code == 303
    with sqlite_store.reading() as session:
        assert session.query(NamingProcedure).filter_by(kind="retire").one().new_place_id == other


def test_a_name_that_nothing_answers_to_is_said_beside_its_field(signed_in: SignIn, small_register: Register) -> None:
    officer = signed_in("officer")
    merged = {"kind": "merge", "place": small_register["place"], "reason": "写了很久的理由", "sources": "没有的路"}
    wrong = post(officer, "/names/procedures/new", merged)
    assert wrong.status_code == 422
    page = wrong.get_data(as_text=True)
    assert 'id="sources-error">没有另一处同类的现行名称叫“没有的路”' in page
    assert "写了很久的理由" in page
    unit = post(officer, "/names/procedures/new", {"kind": "division_merge", "reason": "并村", "sources": "没有村"})
    assert unit.status_code == 422
    assert 'href="#unit"' in unit.get_data(as_text=True)


def test_divisions_are_merged_by_name_or_code(signed_in: SignIn, sqlite_store: Store, small_register: Register) -> None:
    with sqlite_store.transaction() as session:
        village = session.get_one(Division, small_register["division"])
        for code, name in (("330213005991", "上横村委会"), ("330213005992", "下横村委会")):
            row = Division(code=code, name=name, level="community", parent_id=village.parent_id, valid_from=date(2016, 1, 1), source="测试")
            enter(session, row, actor=SYSTEM, verb="created", status="current")
    officer = signed_in("officer")
    form = {"kind": "division_merge", "unit": small_register["division"], "reason": "并村", "sources": "上横村委会\n330213005992"}
    answer = post(officer, "/names/procedures/new", form)
    assert answer.status_code == 303, answer.get_data(as_text=True)


def test_a_skipped_step_is_refused_with_reason_and_article_in_words(signed_in: SignIn, small_register: Register) -> None:
    officer = signed_in("officer")
    here = propose(officer, small_register)
    page = officer.get(here).get_data(as_text=True)
    assert "须先批准，再备案 <span" in page
    assert "地名管理条例 第十三条" in page
    skipped = {"file": "须先批准，再备案（地名管理条例 第十三条）", "announce": "须先批准、备案，再公告（地名管理条例 第十四条）"}
    for verb, said in skipped.items():
        refused = post(officer, f"{here}/move", {"verb": verb})
        assert refused.status_code == 409
        assert said in refused.get_data(as_text=True)


def test_after_the_filing_the_page_does_not_ask_for_an_approval_again(signed_in: SignIn, small_register: Register) -> None:
    officer, approver = signed_in("officer"), signed_in("approver")
    here = propose(officer, small_register)
    move(officer, here, "check")
    move(approver, here, "approve", decision_no="1号", authority="样本区人民政府")
    page = move(officer, here, "file")
    assert "办件已备案" in page
    assert "须先批准" not in page


def test_another_approval_of_what_is_approved_is_refused_and_not_called_done(signed_in: SignIn, small_register: Register) -> None:
    officer, approver = signed_in("officer"), signed_in("approver")
    here = propose(officer, small_register)
    move(officer, here, "check")
    move(approver, here, "approve", decision_no="1号", authority="样本区人民政府")
    assert "已批准" in move(approver, here, "approve", decision_no="1号", authority="样本区人民政府")
    other = post(approver, f"{here}/move", {"verb": "approve", "decision_no": "2号", "authority": "样本区人民政府"})
    assert other.status_code == 409
    assert "办件已批准（地名管理条例 第十二条）" in other.get_data(as_text=True)


def test_who_refused_is_told_on_the_page_that_another_person_enters_the_review(signed_in: SignIn, small_register: Register) -> None:
    officer, approver = signed_in("officer"), signed_in("approver")
    here = propose(officer, small_register)
    move(officer, here, "check")
    move(approver, here, "refuse", text="与历史不符")
    move(officer, here, "appeal", text="请求复议")
    page = approver.get(here).get_data(as_text=True)
    assert 'name="verb" value="overturn"' not in page
    assert "请由另一位审批人员登记" in page
    refused = post(approver, f"{here}/move", {"verb": "overturn", "text": "原决定撤销"})
    assert refused.status_code == 403


def test_what_is_approved_stays_in_the_list_until_it_is_announced(signed_in: SignIn, small_register: Register) -> None:
    officer, approver = signed_in("officer"), signed_in("approver")
    here = propose(officer, small_register)
    page = officer.get(here).get_data(as_text=True)
    assert "决定期限" in page
    assert "审核期限" not in page
    move(officer, here, "check")
    move(approver, here, "approve", decision_no="1号", authority="样本区人民政府")
    listed = officer.get("/names/procedures/").get_data(as_text=True)
    assert here in listed
    assert "没办结的 1" in listed
    move(officer, here, "file")
    move(officer, here, "announce")
    assert here not in officer.get("/names/procedures/").get_data(as_text=True)


def test_what_was_refused_has_no_deadline_for_filing(signed_in: SignIn, small_register: Register) -> None:
    officer, approver = signed_in("officer"), signed_in("approver")
    here = propose(officer, small_register)
    move(officer, here, "check")
    page = move(approver, here, "refuse", text="与历史不符")
    clocks = page.split('id="clocks"')[1].split("</section>")[0]
    assert "备案" not in clocks
    assert "公告" not in clocks
    assert "60 日" in clocks
