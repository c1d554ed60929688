"""Whom to call, set apart from where it is: phone numbers and the names beside them that people write into address cells.

Names are only recognised beside a phone number or a form of address (先生, 女士, 收), and only where a separator sets them
apart from the address; nothing that may be part of an address is taken.
"""

from __future__ import annotations

import re

LONGEST = 400
"""Characters beyond which a cell is no address with a contact, and is left alone."""

SEPARATORS = r"\s,，;；、。:：/|（(）)"
_DASH = r"[-－—‐]"
_GAP = r"[ \-－—‐]"
_MOBILE, _LANDLINE = r"1[3-9]\d{9}", rf"0\d{{2,3}}{_DASH}?\d{{7,8}}"
_WRITTEN_APART = rf"\d{{3}}{_DASH}\d{{8}}|\d{{3}}{_GAP}\d{{4}}{_GAP}\d{{4}}"
_PHONE = rf"(?:\+?86{_DASH}?)?(?:{_MOBILE}|{_LANDLINE}|{_WRITTEN_APART})(?!\d)"
_CALL = r"(?:联系人|联系电话|联系|收件人|收货人|电话|手机|电联)"
_PERSON = r"[\u4e00-\u9fff·]{2,4}(?:先生|女士|小姐|收)?\d{0,4}"
_APART = rf"(?<=[{SEPARATORS}])"
_BEFORE = rf"(?:{_APART}{_PERSON}[{SEPARATORS}]*)?"
_AFTER = rf"(?:[{SEPARATORS}]+{_PERSON}(?=[{SEPARATORS}]*$))?"
_WITH_PHONE = re.compile(rf"[{SEPARATORS}]*(?:{_CALL}[{SEPARATORS}]*)*{_BEFORE}(?:{_CALL}[{SEPARATORS}]*)*(?<!\d){_PHONE}[）)]?{_AFTER}")
_ADDRESSED = re.compile(rf"[{SEPARATORS}]+[\u4e00-\u9fff·]{{2,4}}(?:先生|女士|小姐|收)[{SEPARATORS}]*$")


def set_apart(text: str) -> tuple[str, str]:
    """Return the address and the contact written beside it, either of which may be empty.

    >>> set_apart("西坞街道肖桥路88号 样本甲 000-00000001")
    ('西坞街道肖桥路88号', '样本甲 000-00000001')
    >>> set_apart("肖桥路88号3幢2单元501室")
    ('肖桥路88号3幢2单元501室', '')
    """
    if len(text) > LONGEST:
        return text, ""
    found: list[str] = []

    def take(match: re.Match[str]) -> str:
        found.append(match.group().strip(" \t\n\u3000,，;；、:：（()）"))
        return " " if match.end() < len(text) else ""

    address = _ADDRESSED.sub(take, _WITH_PHONE.sub(take, text))
    return (address.strip(), " ".join(found)) if found else (text, "")
