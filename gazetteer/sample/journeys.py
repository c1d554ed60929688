"""Each journey run once on the sample district, through the same functions the pages call."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gazetteer.linking.engine import Engine
from gazetteer.names import procedures
from gazetteer.names.approval import approve
from gazetteer.names.checks import check_name
from gazetteer.names.register import NameRegister
from gazetteer.plates.assignment import assign_number
from gazetteer.plates.numbering import propose_number
from gazetteer.plates.orders import advance, order_plates
from gazetteer.plates.visits import VisitReport, receive_visit
from gazetteer.store.database import Store
from gazetteer.store.events import Actor, now
from gazetteer.store.models import Finding, PlaceName, Plate, PlateTask, StandardAddress
from geoaddr.errors import GeoaddrError
from geoaddr.settings import Settings
from matchers.verdict import Query

SPECIFICS = ("锦岙", "栖霞坞", "望岭", "溪畔", "梅岙", "松泉", "竹坞", "桂岭")
"""Invented specific terms tried, in this order, for the renaming of the sample."""

FLAGGED = ("洋", "大", "怪")


@dataclass(frozen=True)
class Cast:
    """Who and what takes part: the register, the engine, the settings and one actor per role."""

    store: Store
    engine: Engine
    settings: Settings
    people: dict[str, Actor]


def run_journeys(cast: Cast) -> list[str]:
    """Run journeys A, B and C once and return a sentence on what each did."""
    return [journey(cast) for journey in JOURNEYS]


def find_an_address(cast: Cast) -> str:
    """Journey A: one of the sample's own addresses, written the way people write it, is found and explained."""
    with cast.store.reading() as session:
        door = session.scalar(
            select(StandardAddress)
            .where(StandardAddress.status == "current", StandardAddress.room == "", StandardAddress.number != "")
            .limit(1)
        )
        if door is None:
            raise GeoaddrError("样本区里没有门牌地址")
        written = door.label.replace("浙江省宁波市奉化区", "奉化市").replace("号", "號") + " 请放门口"
    verdict = cast.engine.match(Query(written))
    found = verdict.address.label if verdict.address else "无"
    return f"A 匹配：“{written}” → {verdict.verdict}（{verdict.reason}，得分 {verdict.score:.2f}）{found}"


def rename_a_place(cast: Cast) -> str:
    """Journey B: a flagged name is proposed for renaming, examined, approved by another person, filed and announced."""
    officer, approver = cast.people["officer"], cast.people["approver"]
    with cast.store.transaction() as session:
        finding, place = _flagged(session)
        new_name = _acceptable_name(session, place)
        procedure = procedures.propose(
            session,
            kind="rename",
            reason=f"名称不规范：{finding.evidence}",
            actor=officer,
            place_id=place.id,
            new_name=new_name,
            finding_id=finding.id,
        )
        procedures.check(session, procedure.id, actor=officer)
        procedures.consult(session, procedure.id, [procedures.Opinion("expert_opinion", "样本专家意见：同意更名")], actor=officer)
        old_name = place.standard_name
    with cast.store.transaction() as session:
        result = approve(
            session,
            procedure.id,
            actor=approver,
            decision_no="样本〔2026〕1号",
            authority="样本区人民政府",
            text="同意",
            engine=cast.engine,
        )
    with cast.store.transaction() as session:
        procedures.file(session, procedure.id, actor=officer)
        procedures.announce(session, procedure.id, actor=officer, text="样本公告")
    return (
        f"B 地名：{old_name} → {new_name}（{finding.rule}），{result.addresses} 个地址换名，"
        f"{result.plates_ordered} 块门牌下单，重新判定 {(result.links or {}).get('examined', 0)} 条关联，已备案、已公告"
    )


def hang_a_plate(cast: Cast) -> str:
    """Journey C: a new door gets a number along its road, its plate is ordered, made, hung, confirmed at the door and accepted."""
    officer, installer = cast.people["officer"], cast.people["installer"]
    with cast.store.transaction() as session:
        road, lon, lat = _gap_on_a_road(session)
        proposal = propose_number(session, road.id, lon, lat)
        door = assign_number(session, road.id, proposal.number, sub_number=proposal.sub_number, lon=lon, lat=lat, actor=officer)
        order = order_plates(session, [door.id], reason="新建房屋", actor=officer)
        for verb in ("make", "receive"):
            advance(session, order.id, verb, actor=officer)
        advance(session, order.id, "dispatch", actor=officer, assigned_to=installer.id)
        plate = session.scalars(select(Plate).join(PlateTask, PlateTask.plate_id == Plate.id).where(PlateTask.order_id == order.id)).one()
        label, serial = door.label, plate.serial
    report = VisitReport(
        idempotency_key=f"sample-{serial}", serial=serial, outcome="installed", lon=lon, lat=lat, accuracy_m=6.0, datum="CGCS2000",
        device_time=now() - timedelta(minutes=3), photo=_photo(),
    )  # fmt: skip
    with cast.store.transaction() as session:
        visit = receive_visit(session, report, actor=installer, settings=cast.settings)
        plate = session.scalars(select(Plate).where(Plate.serial == serial)).one()
        doubts = "、".join(visit.doubts) or "无疑点"
        return f"C 门牌：{label} 编为 {proposal.text} 号（{proposal.explanation}），门牌 {serial} 现场确认（{doubts}），状态 {plate.status}"


JOURNEYS: tuple[Callable[[Cast], str], ...] = (find_an_address, rename_a_place, hang_a_plate)


def _flagged(session: Session) -> tuple[Finding, PlaceName]:
    """Return an open finding on a road or estate with plates on its doors, the one with the fewest of them."""
    plated = (
        select(StandardAddress.place_id, func.count().label("plates"))
        .join(Plate, Plate.address_id == StandardAddress.id)
        .where(StandardAddress.status == "current", Plate.status.in_(("installed", "accepted")))
        .group_by(StandardAddress.place_id)
        .subquery()
    )
    statement = (
        select(Finding, PlaceName)
        .join(PlaceName, PlaceName.id == Finding.subject_id)
        .join(plated, plated.c.place_id == PlaceName.id)
        .where(Finding.status == "open", Finding.issue_class.in_(FLAGGED), PlaceName.category.in_(("estate", "road", "lane")))
        .order_by(plated.c.plates, Finding.id)
        .limit(1)
    )
    row = session.execute(statement).first()
    if row is None:
        raise GeoaddrError("样本区里没有可供演示的不规范地名")
    return row.Finding, row.PlaceName


def _acceptable_name(session: Session, place: PlaceName) -> str:
    register = NameRegister.load(session)
    for specific in SPECIFICS:
        name = specific + (place.generic or "苑")
        if check_name(name, place.category, place.division.code, register)["verdict"] == "clean":
            return name
    raise GeoaddrError("没有一个备用名称通过检查")


def _gap_on_a_road(session: Session) -> tuple[PlaceName, float, float]:
    """Return a road of the sample and a place beside it where a door could be: eight metres off its middle."""
    roads = (
        select(PlaceName)
        .where(PlaceName.category == "road", PlaceName.status == "current", PlaceName.geom.is_not(None))
        .order_by(PlaceName.id)
    )
    for road in session.scalars(roads.limit(200)):
        line = road.geom
        if line is not None and line.geom_type == "LineString":
            point = line.interpolate(0.53, normalized=True)
            return road, round(point.x, 7), round(point.y + 8 / 111_000, 7)
    raise GeoaddrError("样本区里没有可编号的道路")


def _photo() -> bytes:
    """Return a small picture drawn for the sample, as a phone would send one."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (480, 320), (11, 78, 162))
    ImageDraw.Draw(image).rectangle((20, 20, 460, 300), outline=(255, 255, 255), width=6)
    kept = io.BytesIO()
    image.save(kept, "JPEG")
    return kept.getvalue()
