"""The pages of names not found and of aliases: who sees them, what an officer can do there, and what a second person decides."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from web_fixtures import post

from gazetteer.linking.engine import Engine
from gazetteer.linking.linker import LinkRequest, link_cases
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM
from gazetteer.store.models import CaseRecord
from gazetteer.workflow import enter
from geoaddr.settings import Settings

SignIn = Callable[[str], FlaskClient]
TEXTS = {"U1": "西坞街道样本老街88号", "U2": "西坞街道样本老街86号对面", "U3": "肖桥路90号"}


@pytest.fixture
def cases(small_register: dict[str, str], sqlite_store: Store, web_settings: Settings) -> dict[str, str]:
    """Cases whose texts name a street the register lacks."""
    ids: dict[str, str] = {}
    engine = Engine(sqlite_store, web_settings.index_dir)
    with sqlite_store.transaction() as session:
        for ref in TEXTS:
            case = CaseRecord(kind="elder", ref=ref, attributes={})
            ids[ref] = enter(session, case, actor=SYSTEM, verb="imported", status="loaded").id
        requests = [LinkRequest(ids[ref], "residence", text) for ref, text in TEXTS.items()]
        link_cases(session, engine.view_in(session), requests, actor=SYSTEM)
    engine.close()
    return ids


def _open_name(client: FlaskClient, name: str = "样本老街") -> str:
    page = client.get("/match/unknown/").get_data(as_text=True)
    found = re.search(rf'href="(/match/unknown/\w+)"><strong>{name}', page)
    assert found is not None, page
    return found[1]


def _proposed(client: FlaskClient, small_register: dict[str, str], name: str = "样本老街") -> str:
    answer = post(
        client, "/match/aliases/", {"unknown": _open_name(client, name).rpartition("/")[2], "place": small_register["place"], "name": name}
    )
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.headers["Location"]


def _version(client: FlaskClient, url: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', client.get(url).get_data(as_text=True))
    assert found is not None
    return found[1]


def test_a_look_up_on_the_page_is_on_the_list_at_once(small_register: dict[str, str], signed_in: SignIn) -> None:
    client = signed_in("officer")
    empty = client.get("/match/unknown/").get_data(as_text=True)
    assert "没有要看的名称" in empty
    for _ in range(2):
        post(client, "/match/", {"text": "西坞街道样本新路8号3幢501室 样本甲 000-00000001"})
    page = client.get("/match/unknown/").get_data(as_text=True)
    assert "样本新路" in page
    assert "查询 2" in page
    assert "样本甲" not in page
    assert "501" not in page
    assert "没有符合的名称" in client.get("/match/unknown/?source=cases").get_data(as_text=True)


def test_the_list_is_for_those_who_decide(cases: dict[str, str], signed_in: SignIn) -> None:
    viewer = signed_in("viewer")
    assert viewer.get("/match/unknown/").status_code == 403
    assert viewer.get("/match/aliases/").status_code == 403


def test_the_list_is_exported_as_shown(cases: dict[str, str], signed_in: SignIn) -> None:
    text = signed_in("officer").get("/match/unknown/?format=csv&source=cases").get_data(as_text=True)
    assert "样本老街" in text
    assert text.count("\r\n") == 2
    assert "88" not in text


def test_a_name_is_set_aside_with_a_reason_and_brought_back(cases: dict[str, str], signed_in: SignIn) -> None:
    client = signed_in("officer")
    url = _open_name(client)
    answer = post(client, f"{url}/ignore", {"reason": "elsewhere", "version": _version(client, url)})
    assert answer.status_code == 303
    assert "样本老街</strong>" not in client.get("/match/unknown/").get_data(as_text=True)
    assert "在外区" in client.get("/match/unknown/?status=ignored").get_data(as_text=True)
    assert post(client, f"{url}/reopen").status_code == 303
    assert "样本老街</strong>" in client.get("/match/unknown/").get_data(as_text=True)


def test_a_name_leads_to_its_place_and_to_a_naming_procedure(cases: dict[str, str], signed_in: SignIn) -> None:
    client = signed_in("officer")
    url = _open_name(client)
    page = client.get(url).get_data(as_text=True)
    assert "/names/procedures/new" in page or "procedures" in page
    found = post(client, f"{url}/search", {"q": "肖桥路"}).get_data(as_text=True)
    assert "作为它的别名" in found
    assert "肖桥路" in found


def test_an_alias_is_adopted_by_an_approver_and_taken_back(
    cases: dict[str, str], small_register: dict[str, str], signed_in: SignIn, sqlite_store: Store
) -> None:
    officer, approver = signed_in("officer"), signed_in("approver")
    url = _proposed(officer, small_register)
    page = officer.get(url).get_data(as_text=True)
    assert "<b>1</b>改好" in page
    assert "西坞街道样本老街88号" in page
    assert "提出建议的人不能自己采用" in page
    assert post(officer, f"{url}/decide", {"verb": "adopt"}).status_code == 403
    adopted = post(approver, f"{url}/decide", {"verb": "adopt", "version": _version(approver, url)})
    assert adopted.status_code == 303
    assert 'data-verdict="B"' in post(officer, "/match/", {"text": "样本老街88号"}).get_data(as_text=True)
    assert "样本老街</strong>" not in officer.get("/match/unknown/").get_data(as_text=True)
    assert "已采用" in approver.get("/match/aliases/?status=adopted").get_data(as_text=True)
    version = _version(approver, url)
    refused = post(approver, f"{url}/withdraw", {"reason": "", "version": version})
    assert refused.status_code == 422
    assert "请写明为什么撤回" in refused.get_data(as_text=True)
    assert post(approver, f"{url}/withdraw", {"reason": "另有其路", "version": version}).status_code == 303
    assert 'data-verdict="N"' in post(officer, "/match/", {"text": "样本老街88号"}).get_data(as_text=True)
    told = approver.get(url).get_data(as_text=True)
    assert "已撤回" in told
    assert "另有其路" in told


def test_a_choice_in_the_review_offers_the_alias_it_hints_at(
    cases: dict[str, str], small_register: dict[str, str], signed_in: SignIn, sqlite_store: Store
) -> None:
    client = signed_in("officer")
    record = client.get(f"/cases/{cases['U1']}").get_data(as_text=True)
    link = re.search(r"/cases/review/\?link=(\w+)", record)
    assert link is not None
    answer = post(client, f"/cases/review/{link[1]}/accept", {"entry_id": small_register["88"]})
    assert answer.status_code == 303
    assert "样本" not in answer.headers["Location"]
    page = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert "刚才的原文写作“样本老街”，您选的是“肖桥路”" in page
    hinted = re.search(r'name="link" value="(\w+)"', page)
    assert hinted is not None
    proposal = post(client, "/match/aliases/", {"link": hinted[1]})
    assert proposal.status_code == 303
    assert "改好" in client.get(proposal.headers["Location"]).get_data(as_text=True)


def test_a_refused_proposal_says_why(cases: dict[str, str], small_register: dict[str, str], signed_in: SignIn) -> None:
    officer, approver = signed_in("officer"), signed_in("approver")
    url = _proposed(officer, small_register)
    assert post(officer, f"{url}/replay").status_code == 303
    version = _version(approver, url)
    assert post(approver, f"{url}/decide", {"verb": "refuse", "version": version}).status_code == 422
    assert post(approver, f"{url}/decide", {"verb": "refuse", "reason": "两条不同的路", "version": version}).status_code == 303
    assert "两条不同的路" in officer.get(url).get_data(as_text=True)
