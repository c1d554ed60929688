"""What speaks against an installer's report: every doubt has a code and a sentence, none of them loses the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.plates.conventions import conventions
from gazetteer.store.models import Plate, PlateVisit, StandardAddress
from gazetteer.store.spatial import in_bbox
from geoaddr.errors import UsageError
from geoaddr.geometry import box_around, distance_m, distances_m, to_cgcs2000
from geoaddr.plausibility import check_lonlat

OUTCOMES = ("installed", "taken_down", "problem")
DATUM_CRS = {"WGS84": "wgs84", "CGCS2000": "cgcs2000", "GCJ-02": "gcj02", "BD-09": "bd09"}

DOUBTS = {
    "unknown-serial": "没有发放过这个编号的门牌",
    "bad-serial": "编号的位数或校验位不对",
    "bad-signature": "二维码的签名不符，可能不是本系统制作的门牌",
    "no-signature": "没有二维码签名（手工输入）",
    "cancelled-plate": "这块门牌已作废",
    "already-installed": "这块门牌已经确认安装",
    "not-dispatched": "这块门牌尚未派发安装",
    "not-hanging": "这块门牌不在墙上，无从拆除",
    "retired-address": "地址已停用",
    "no-position": "没有定位",
    "implausible-position": "定位不合理",
    "unknown-datum": "定位的坐标系不明",
    "low-accuracy": "定位误差过大",
    "far-from-door": "离登记的门位过远",
    "no-door-point": "登记的地址没有定位点，无法比对",
    "nearer-to-another-door": "离另一个门牌更近，可能挂错了门",
    "no-photo": "没有照片",
    "same-photo": "照片与另一块门牌的照片相同",
    "device-time": "手机时间与收到时间相差过大",
    "reported-problem": "安装人员报告了问题",
    "public-report": "群众反映门牌有问题",
}


@dataclass(frozen=True, slots=True)
class VisitReport:
    """One report from the door, as the phone sends it. Degrees in ``datum``; ``accuracy_m`` metres; ``outcome`` one of OUTCOMES."""

    idempotency_key: str
    serial: str
    outcome: str
    signature: str = ""
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    datum: str = "WGS84"
    device_time: datetime | None = None
    photo: bytes | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known when a report is judged: the plate and its address, the position in CGCS2000, limits in metres."""

    report: VisitReport
    plate: Plate | None
    address: StandardAddress | None
    lon: float | None
    lat: float | None
    door: tuple[float, float] | None
    distance_m: float | None
    photo_sha256: str | None
    authentic: bool | None
    received_at: datetime
    max_accuracy_m: float
    max_distance_m: float


def position_of(report: VisitReport) -> tuple[float | None, float | None]:
    """Return the reported position in CGCS2000 degrees, None where there is none or its datum is not known."""
    if report.lon is None or report.lat is None or report.datum not in DATUM_CRS:
        return None, None
    if check_lonlat(report.lon, report.lat) is not None:
        return None, None
    lons, lats = to_cgcs2000([report.lon], [report.lat], DATUM_CRS[report.datum])
    return float(lons[0]), float(lats[0])


def doubts_about(session: Session, seen: Seen) -> list[str]:
    """Return the codes of everything that speaks against a report, in the order of CHECKS; empty: it counts as it stands."""
    return [code for check in CHECKS for code in check(session, seen)]


def doubt_text(code: str) -> str:
    """Return the sentence for a doubt's code."""
    return DOUBTS.get(code, code)


def require_report(report: VisitReport) -> None:
    """Raise ``UsageError`` for what no honest device sends: no key, an unknown outcome, numbers that are none."""
    if not 8 <= len(report.idempotency_key) <= 80:
        raise UsageError("缺少本次上报的唯一标识", field="idempotency_key")
    if report.outcome not in OUTCOMES:
        raise UsageError(f"结果只能是 {'、'.join(OUTCOMES)}", field="outcome")
    if report.outcome == "problem" and not report.reason.strip():
        raise UsageError("报告问题时请写明原因", field="reason")
    if (report.lon is None) != (report.lat is None):
        raise UsageError("经度和纬度要一起给出", field="lon")
    if report.accuracy_m is not None and not 0 <= report.accuracy_m < 1e7:
        raise UsageError("定位误差应为不小于 0 的米数", field="accuracy_m")
    if report.lon is not None and report.lat is not None and not (-180 <= report.lon <= 180 and -90 <= report.lat <= 90):
        raise UsageError("定位不是经纬度", field="lon")
    if report.device_time is not None and report.device_time.tzinfo is None:
        raise UsageError("手机时间要带时区", field="device_time")


def _identity(_session: Session, seen: Seen) -> Iterator[str]:
    if seen.plate is None:
        yield "unknown-serial"
    if seen.authentic is False:
        yield "bad-signature"
    if seen.authentic is None and conventions()["confirmation"]["signature_required"]:
        yield "no-signature"


def _status(_session: Session, seen: Seen) -> Iterator[str]:
    if seen.plate is None or seen.report.outcome == "problem":
        return
    status = seen.plate.status
    if seen.report.outcome == "taken_down":
        if status not in ("installed", "accepted", "damaged"):
            yield "not-hanging"
        return
    if status in ("cancelled", "replaced", "taken_down"):
        yield "cancelled-plate"
    elif status in ("installed", "accepted", "damaged"):
        yield "already-installed"
    elif status not in ("dispatched", "received"):
        yield "not-dispatched"
    if seen.address is not None and seen.address.status in ("retired", "rejected"):
        yield "retired-address"


def _position(_session: Session, seen: Seen) -> Iterator[str]:
    report = seen.report
    if report.outcome == "problem":
        return
    if report.lon is None or report.lat is None:
        yield "no-position"
        return
    if seen.lon is None or seen.lat is None:
        yield "implausible-position" if report.datum in DATUM_CRS else "unknown-datum"
        return
    if report.accuracy_m is None or report.accuracy_m > seen.max_accuracy_m:
        yield "low-accuracy"
    if seen.plate is None:
        return
    if seen.distance_m is None:
        yield "no-door-point"
    elif seen.distance_m > seen.max_distance_m:
        yield "far-from-door"


def _other_door(session: Session, seen: Seen) -> Iterator[str]:
    """The plate may be at the neighbour's: another numbered door is nearer by more than the position can be wrong."""
    if seen.address is None or seen.lon is None or seen.lat is None or seen.distance_m is None or seen.report.outcome != "installed":
        return
    margin = max(conventions()["confirmation"]["nearer_margin_m"], seen.report.accuracy_m or 0.0)
    radius = seen.distance_m - margin
    if radius <= 0:
        return
    columns = StandardAddress
    near = session.scalars(
        select(columns.geom).where(
            in_bbox(session, StandardAddress, box_around(seen.lon, seen.lat, radius)), columns.id != seen.address.id,
            columns.status == "current", (columns.number != "") | (columns.building != ""), columns.unit == "", columns.room == "",
            (columns.number != seen.address.number) | (columns.place_id != seen.address.place_id)
            | (columns.building != seen.address.building),
        ).limit(500)
    ).all()  # fmt: skip
    points = [geom.representative_point() for geom in near if geom is not None]
    if points and distances_m([point.x for point in points], [point.y for point in points], seen.lon, seen.lat).min() < radius:
        yield "nearer-to-another-door"


def _photo(session: Session, seen: Seen) -> Iterator[str]:
    if seen.photo_sha256 is None:
        if conventions()["confirmation"]["photo_required"] and seen.report.outcome == "installed":
            yield "no-photo"
        return
    twin = select(PlateVisit.id).where(PlateVisit.photo_sha256 == seen.photo_sha256, PlateVisit.serial != seen.report.serial).limit(1)
    if session.scalar(twin) is not None:
        yield "same-photo"


def _clock(_session: Session, seen: Seen) -> Iterator[str]:
    told = seen.report.device_time
    if told is None:
        return
    if told > seen.received_at + timedelta(days=1) or told < seen.received_at - timedelta(
        days=conventions()["confirmation"]["device_days"]
    ):
        yield "device-time"


def _problem(_session: Session, seen: Seen) -> Iterator[str]:
    if seen.report.outcome == "problem":
        yield "reported-problem"


CHECKS: tuple[Callable[[Session, Seen], Iterator[str]], ...] = (_identity, _status, _position, _other_door, _photo, _clock, _problem)


def measured(lon: float | None, lat: float | None, door: tuple[float, float] | None) -> float | None:
    """Return the metres between a reported position and the registered door, None where either is missing."""
    return None if lon is None or lat is None or door is None else distance_m(lon, lat, *door)
