"""Papers, attachments, the timetable and the kinds of procedures through their pages."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient
from web_fixtures import csrf_token, post

from gazetteer.store.database import Store
from gazetteer.store.models import Attachment, NamingProcedure, PlaceName
from gazetteer.workflow import move as move_record

Register = dict[str, str]
SignIn = Callable[[str], FlaskClient]
PDF = b"%PDF-1.7\n%sample\n%%EOF\n"


def open_procedure(client: FlaskClient, register: Register, **form: str) -> str:
    given = {"kind": "rename", "place": register["place"], "new_name": "锦溪路", "reason": "与邻县重名", **form}
    answer = post(client, "/names/procedures/new", given)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return str(answer.headers["Location"])


def make(client: FlaskClient, here: str, verb: str, **form: str) -> str:
    answer = post(client, f"{here}/move", {"verb": verb, **form})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return client.get(answer.headers["Location"]).get_data(as_text=True)


def attach(client: FlaskClient, here: str, content: bytes, name: str, paper: str = "") -> tuple[int, str]:
    data = {"file": (BytesIO(content), name), "paper": paper, "csrf_token": csrf_token(client)}
    answer = client.post(f"{here}/attachments", data=data, content_type="multipart/form-data")
    return answer.status_code, answer.get_data(as_text=True)


def test_papers_are_printed_and_edited_from_the_page(signed_in: SignIn, small_register: Register) -> None:
    officer, approver = signed_in("officer"), signed_in("approver")
    here = open_procedure(officer, small_register)
    assert officer.get(f"{here}/papers/reply.pdf").status_code == 409
    make(officer, here, "check")
    make(approver, here, "approve", decision_no="样本〔2026〕1号", authority="样本区人民政府")
    page = officer.get(here).get_data(as_text=True)
    assert f"{here}/papers/announcement.docx" in page
    reply = officer.get(f"{here}/papers/reply.pdf")
    assert (reply.content_type, reply.data[:5]) == ("application/pdf", b"%PDF-")
    assert "no-store" in reply.headers["Cache-Control"]
    with ZipFile(BytesIO(officer.get(f"{here}/papers.zip").data)) as archive:
        assert archive.namelist()[0] == "00 全部文书.pdf"
    table = officer.get(f"{here}/comparison.csv").get_data(as_text=True)
    assert table.count("锦溪路") == 3
    assert table.count("肖桥路") == 3
    assert officer.get(f"{here}/papers/reply.txt").status_code == 404


def test_a_name_with_a_character_no_typeface_has_is_refused_at_printing(signed_in: SignIn, small_register: Register) -> None:
    officer = signed_in("officer")
    here = open_procedure(officer, small_register, new_name="\U0002a6a8溪路")
    answer = officer.get(f"{here}/papers/application.pdf")
    assert answer.status_code == 400
    assert "U+2A6A8" in answer.get_data(as_text=True)


def test_attachments_are_taken_given_back_and_kept_from_others(
    signed_in: SignIn, sqlite_store: Store, small_register: Register, web_client: FlaskClient
) -> None:
    officer = signed_in("officer")
    here = open_procedure(officer, small_register)
    assert attach(officer, here, b"MZ program", "方案.pdf")[0] == 422
    status, _ = attach(officer, here, PDF, "综合评估.pdf", "assessment")
    assert status == 303
    page = officer.get(here).get_data(as_text=True)
    assert "综合评估.pdf" in page
    with sqlite_store.reading() as session:
        kept = session.query(Attachment).one()
        assert kept.paper == "assessment"
    given = officer.get(f"{here}/attachments/{kept.id}")
    assert given.data == PDF
    assert "attachment" in given.headers["Content-Disposition"]
    assert web_client.get(f"{here}/attachments/{kept.id}").status_code in (302, 303)
    viewer = signed_in("viewer")
    assert viewer.get(f"{here}/attachments/{kept.id}").status_code == 403
    assert "/attachments/" not in viewer.get(here).get_data(as_text=True)
    assert attach(viewer, here, PDF, "x.pdf")[0] == 403


def test_a_protected_name_asks_for_its_papers_on_the_page(signed_in: SignIn, small_register: Register) -> None:
    officer, approver = signed_in("officer"), signed_in("approver")
    here = open_procedure(officer, small_register, kind="protect", new_name="", grade="first", heritage_class="百年古街巷")
    make(officer, here, "check")
    make(approver, here, "approve", decision_no="1", authority="样本区人民政府")
    assert "保护名录" in officer.get(f"/names/procedures/new?place={small_register['place']}&kind=rename").get_data(as_text=True)
    there = open_procedure(officer, small_register)
    page = make(officer, there, "check")
    assert "必须，还缺" in page
    assert "地名保护措施方案" in page
    refused = post(approver, f"{there}/move", {"verb": "approve", "decision_no": "2", "authority": "样本区人民政府"})
    assert refused.status_code == 409
    assert "第二十五条" in refused.get_data(as_text=True)


def test_a_name_is_taken_off_the_protection_list_from_its_page(signed_in: SignIn, small_register: Register) -> None:
    officer, approver = signed_in("officer"), signed_in("approver")
    assert "还没有地名" in officer.get("/names/protected").get_data(as_text=True)
    here = open_procedure(officer, small_register, kind="protect", new_name="", grade="first", heritage_class="百年古街巷")
    make(officer, here, "check")
    make(approver, here, "approve", decision_no="1", authority="样本区人民政府")
    listed = officer.get("/names/protected").get_data(as_text=True)
    assert f"/names/procedures/new?place={small_register['place']}&amp;kind=delist" in listed
    refused = {"kind": "delist", "place": small_register["place"], "reason": "已拆除", "ground": "thing_gone"}
    answer = post(officer, "/names/procedures/new", refused)
    assert answer.status_code == 409
    assert "就近移用" in answer.get_data(as_text=True)
    there = open_procedure(officer, small_register, kind="delist", new_name="", reason="误列", ground="listed_in_error")
    make(officer, there, "check")
    page = make(officer, there, "consult", kind="expert_opinion", text="同意移出")
    assert "移出依据" in page
    assert "条文未经核对原文" in page
    assert post(approver, f"{there}/move", {"verb": "approve", "decision_no": "2", "authority": "样本区人民政府"}).status_code == 409
    for paper in ("delisting_grounds", "expert_report"):
        assert attach(officer, there, PDF + paper.encode(), f"{paper}.pdf", paper)[0] == 303
    make(approver, there, "approve", decision_no="2", authority="样本区人民政府")
    gone = officer.get("/names/protected?list=delisted").get_data(as_text=True)
    assert "肖桥路" in gone
    assert officer.get(f"{there}/papers/announcement.pdf").status_code == 200


@pytest.mark.parametrize("kind", ["rename", "retire", "correct", "merge", "split", "alias", "protect", "delist"])
def test_every_kind_has_its_form(signed_in: SignIn, small_register: Register, kind: str) -> None:
    page = signed_in("officer").get(f"/names/procedures/new?place={small_register['place']}&kind={kind}").get_data(as_text=True)
    assert f'name="kind" value="{kind}"' in page


def test_a_split_is_proposed_in_lines_and_carried_out(signed_in: SignIn, sqlite_store: Store, small_register: Register) -> None:
    officer, approver = signed_in("officer"), signed_in("approver")
    wrong = {"kind": "split", "place": small_register["place"], "parts": "锦川东路 到底", "reason": "过长", "keeps": "1"}
    answer = post(officer, "/names/procedures/new", wrong)
    assert answer.status_code == 422
    assert "到底" in answer.get_data(as_text=True)
    here = open_procedure(officer, small_register, kind="split", new_name="", parts="锦川东路 86\n锦川西路 88-", reason="过长")
    make(officer, here, "check")
    make(approver, here, "approve", decision_no="1", authority="样本区人民政府")
    with sqlite_store.reading() as session:
        names = {place.standard_name: place.status for place in session.query(PlaceName)}
    assert names == {"肖桥路": "retired", "锦川东路": "current", "锦川西路": "current"}


def test_a_refusal_goes_to_review_and_is_decided_by_another(signed_in: SignIn, sqlite_store: Store, small_register: Register) -> None:
    officer, approver, admin = signed_in("officer"), signed_in("approver"), signed_in("administrator")
    here = open_procedure(officer, small_register)
    make(officer, here, "check")
    page = make(approver, here, "refuse", text="材料不全")
    assert "登记复议申请" in page
    make(officer, here, "appeal", text="不服")
    assert post(approver, f"{here}/move", {"verb": "overturn", "text": "撤销"}).status_code == 403
    make(admin, here, "overturn", text="原决定不当")
    with sqlite_store.reading() as session:
        assert session.query(NamingProcedure).one().status == "checked"


def test_a_division_change_is_opened_from_the_list(signed_in: SignIn, sqlite_store: Store, small_register: Register) -> None:
    officer = signed_in("officer")
    assert "区划更名" in officer.get("/names/procedures/new?kind=division_rename").get_data(as_text=True)
    form = {"kind": "division_rename", "unit": small_register["division"], "new_name": "肖桥社区", "reason": "村改居"}
    answer = post(officer, "/names/procedures/new", form)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    page = officer.get(answer.headers["Location"]).get_data(as_text=True)
    assert "风险评估报告" in page
    assert "行政区划管理条例" in page


def test_the_timetable_shows_each_deadline_on_its_day(signed_in: SignIn, small_register: Register) -> None:
    officer = signed_in("officer")
    here = open_procedure(officer, small_register)
    page = officer.get("/names/procedures/timetable").get_data(as_text=True)
    assert here in page
    assert "周一" in page


def test_a_retired_name_is_told_why_it_cannot_be_changed(signed_in: SignIn, sqlite_store: Store, small_register: Register) -> None:
    from datetime import date

    from gazetteer.store.events import SYSTEM

    with sqlite_store.transaction() as session:
        move_record(
            session, session.get_one(PlaceName, small_register["place"]), "retire", actor=SYSTEM, also={"valid_to": date(2026, 1, 1)}
        )
    form = {"kind": "alias", "place": small_register["place"], "new_name": "老街", "reason": "群众称呼"}
    assert post(signed_in("officer"), "/names/procedures/new", form).status_code == 409


def test_a_certificate_for_a_number_that_was_not_touched_is_refused_beside_its_field(signed_in: SignIn, small_register: Register) -> None:
    officer, approver = signed_in("officer"), signed_in("approver")
    here = open_procedure(officer, small_register)
    make(officer, here, "check")
    make(approver, here, "approve", decision_no="1号", authority="样本区人民政府")
    assert officer.get(f"{here}/papers/certificate.pdf?door=88").status_code == 200
    wrong = officer.get(f"{here}/papers/certificate.pdf?door=7号")
    assert wrong.status_code == 404
    assert 'id="door-error">这个办件没有涉及“7号”' in wrong.get_data(as_text=True)


def test_an_alias_is_replayed_on_its_page_before_it_is_decided(signed_in: SignIn, sqlite_store: Store, small_register: Register) -> None:
    officer, approver = signed_in("officer"), signed_in("approver")
    here = open_procedure(officer, small_register, kind="alias", new_name="样本老街", variant_kind="folk", reason="群众都这样叫")
    assert "还没有重放" in approver.get(here).get_data(as_text=True)
    page = make(officer, here, "check")
    assert "不变" in page
    assert "没有会改坏的" in page
    proposal = page.partition('href="/match/aliases/')[2].partition('"')[0]
    assert "由办件办理" in approver.get(f"/match/aliases/{proposal}").get_data(as_text=True)
    assert post(approver, f"/match/aliases/{proposal}/decide", {"verb": "adopt", "reason": "对"}).status_code == 409
    make(approver, here, "approve", decision_no="1", authority="样本局")
    assert "已采用" in approver.get(f"/match/aliases/{proposal}").get_data(as_text=True)
    assert post(approver, f"{here}/undo").status_code == 303
    assert "已撤回" in approver.get(f"/match/aliases/{proposal}").get_data(as_text=True)


def test_what_is_lacking_and_what_is_wrong_with_a_name_is_said_in_english_too(signed_in: SignIn, small_register: Register) -> None:
    officer, approver = signed_in("officer"), signed_in("approver")
    here = post(officer, "/names/procedures/new", {"kind": "division_split", "unit": small_register["division"], "reason": "样本",
                "parts": "样甲村 330213003811\n样乙村 330213003812"}).headers["Location"]  # fmt: skip
    make(officer, here, "check")
    decision = {"verb": "approve", "decision_no": "样本〔2026〕3号", "authority": "样本区人民政府"}
    refused = post(approver, f"{here}/move?lang=en", decision).get_data(as_text=True)
    assert "Statement of basic facts (行政区划管理条例 第十三条)" in refused
    assert "Public opinion (行政区划管理条例 第十三条)" in refused
    assert "基本情况说明" not in refused
    assert "Statement of basic facts" in approver.get(f"{here}?lang=en").get_data(as_text=True)
    chinese = post(approver, f"{here}/move?lang=zh", decision).get_data(as_text=True)
    assert "材料不齐，不能决定。缺：基本情况说明（行政区划管理条例 第十三条）；" in chinese
    there = open_procedure(officer, small_register, new_name="毛泽东路")
    make(officer, there, "check")
    blocked = post(approver, f"{there}/move?lang=en", decision)
    assert blocked.status_code == 409
    assert "National leader&#39;s name: " in blocked.get_data(as_text=True)
