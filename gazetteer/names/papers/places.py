"""Where a place lies, in the words of a paper: division, longitude and latitude, and how long or large it is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gazetteer.store.models import PlaceName
from geoaddr.geometry import length_m

CATEGORY_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "road": "街路巷", "lane": "街路巷", "estate": "住宅区", "building": "楼宇", "natural_village": "自然村", "bridge": "桥梁",
        "park": "公园", "square": "广场", "station": "交通设施", "cemetery": "公墓", "school": "学校", "hospital": "医院",
        "service": "公共服务设施",
        "company": "企业", "shop": "商业", "market": "市场", "facility": "设施", "poi": "其他地理实体", "natural": "自然地理实体",
        "province": "行政区划", "city": "行政区划", "district": "行政区划", "town": "行政区划（镇街）", "community": "村（居）委会",
    }
)  # fmt: skip


def location_of(place: PlaceName | None, division: str) -> str:
    """Say where a place is, a line by its middle: 位于…西坞街道，东经121.4050°、北纬29.6500°（CGCS2000），长约 968 米."""
    if place is None:
        return division
    if place.geom is None:
        return f"位于{division}（图上位置未登记）"
    is_line = place.geom.geom_type in ("LineString", "MultiLineString")
    point = place.geom.interpolate(0.5, normalized=True) if is_line else place.geom.representative_point()
    text = f"位于{division}，东经{point.x:.4f}°、北纬{point.y:.4f}°（CGCS2000）"
    return f"{text}，长约 {length_m(place.geom):.0f} 米" if is_line else text
