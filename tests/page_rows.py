"""What tests of pages need: a photo, and case records, one certain, one doubtful, one that the register does not know."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from gazetteer.cases.people import PersonBox, put_person
from gazetteer.keys import data_key
from gazetteer.linking.engine import Engine
from gazetteer.linking.linker import LinkRequest, link_cases
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM
from gazetteer.store.models import CaseRecord
from gazetteer.workflow import enter
from geoaddr.settings import Settings

TEXTS = {"S1": "奉化区西坞街道肖桥路88号", "S2": "西坞街道肖桥路88号对面", "S3": "肖桥路777号"}
PERSON = {"name": "样本甲", "phone": "000-00000001"}


def small_photo() -> bytes:
    """Return a little JPEG."""
    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (40, 30), "#0b4ea2").save(out, "JPEG")
    return out.getvalue()


def add_cases(store: Store, settings: Settings) -> dict[str, str]:
    """Add an elder for each text, with a person; returns case ids by ref."""
    ids: dict[str, str] = {}
    engine = Engine(store, Path(settings.index_dir))
    with store.transaction() as session:
        for ref in TEXTS:
            case = CaseRecord(kind="elder", ref=ref, title="", attributes={"town": "西坞街道"}, lon=None, lat=None, division_code="")
            ids[ref] = enter(session, case, actor=SYSTEM, verb="imported", status="loaded").id
            put_person(session, PersonBox(data_key(settings)), ids[ref], PERSON)
        requests = [LinkRequest(ids[ref], "residence", text) for ref, text in TEXTS.items()]
        link_cases(session, engine.view_in(session), requests, actor=SYSTEM)
    engine.close()
    return ids
