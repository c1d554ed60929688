"""An address as a person would say it: labelled stretches of text that noises change one by one."""

from __future__ import annotations

from typing import NamedTuple

from gazetteer.sample.addresses import Address

LEVELS = ("province", "city", "district", "town", "community")
NAMES = ("town", "community", "village_group", "road", "estate", "poi")
"""Labels whose text is a name, where keying and hearing mistakes happen."""


class Stretch(NamedTuple):
    """One stretch of text and what it stands for (the labels of ``geoaddr.parts``, estate for the name of an estate)."""

    label: str
    text: str


Spoken = tuple[Stretch, ...]


def spoken(address: Address) -> Spoken:
    """Return the address in full, cut into stretches in the standard order; joined they are ``address.full``.

    >>> # 浙江省宁波市奉化区岳林街道桃源社区昌石路7号 -> province, city, district, town, community, road, number
    """
    written = (
        ("province", address.province, ""),
        ("city", address.city, ""),
        ("district", address.district, ""),
        ("town", address.town, ""),
        ("community", address.community, ""),
        ("village_group", address.village_group, ""),
        ("road", address.road, ""),
        ("sub_road", address.sub_road, ""),
        ("number", address.number, "号"),
        ("estate", address.estate, ""),
        ("poi", address.poi, ""),
        ("building", address.building, "幢"),
        ("unit", address.unit if address.room else "", "单元"),
        ("floor", address.floor, "层"),
        ("room", address.room, "室"),
    )
    return tuple(Stretch(label, text + ending) for label, text, ending in written if text)


def written(parts: Spoken) -> str:
    """Return the stretches as one line of text."""
    return "".join(part.text for part in parts)


def changed(parts: Spoken, label: str, text: str) -> Spoken:
    """Return the stretches with the first one of this label saying ``text`` instead (unchanged when there is none)."""
    for index, part in enumerate(parts):
        if part.label == label:
            return (*parts[:index], Stretch(label, text), *parts[index + 1 :])
    return parts


def without(parts: Spoken, *labels: str) -> Spoken:
    """Return the stretches whose label is not among these."""
    return tuple(part for part in parts if part.label not in labels)


def text_of(parts: Spoken, label: str) -> str:
    """Return the text of the first stretch with this label, or ''."""
    return next((part.text for part in parts if part.label == label), "")
