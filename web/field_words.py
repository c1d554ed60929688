"""The words for the columns of files: what each field of an import is called in an office."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _l

from web.words import word

FIELDS: dict[str, Any] = {
    "ref": _l("编号"),
    "code": _l("代码"),
    "name": _l("名称"),
    "parent": _l("上级代码"),
    "level": _l("级别"),
    "valid_from": _l("启用日期"),
    "valid_to": _l("停用日期"),
    "predecessors": _l("前身代码"),
    "category": _l("类别"),
    "category_code": _l("类别代码"),
    "place_code": _l("地名代码"),
    "division": _l("区划代码"),
    "lon": _l("经度"),
    "lat": _l("纬度"),
    "aliases": _l("别名"),
    "former_names": _l("曾用名"),
    "pinyin": _l("汉语拼音"),
    "origin": _l("来历"),
    "meaning": _l("含义"),
    "history": _l("沿革"),
    "full": _l("整条地址"),
    "address_ref": _l("地址编号"),
    "serial": _l("门牌编号"),
    "kind": _l("种类"),
    "size": _l("规格"),
    "ordered_on": _l("下单日期"),
    "installed_on": _l("安装日期"),
    "replaces": _l("替换了哪块"),
    "address": _l("地址（户籍或所在地）"),
    "residence_address": _l("实际居住地址"),
    "status": _l("状态"),
    "contact_in_address": _l("写在地址里的联系方式"),
}


def field_word(name: str) -> str:
    """Return the word for a field of an import: ``residence_address`` -> 实际居住地址; the name itself where there is none."""
    if name in FIELDS:
        return str(FIELDS[name])
    found = word("case_field", name)
    return found if found != name else word("label", name)


def install(app: Flask) -> None:
    """Give templates ``field_word``."""
    app.jinja_env.globals.update(field_word=field_word)
