"""Codes that spreadsheets damaged on their way: restored where nothing was lost, refused where digits are gone."""

from __future__ import annotations

import re

_BLANKS = " \t\r\n\u3000\u00a0\ufeff\u200b"
_FLOATED = re.compile(r"([0-9]+)\.0+")
_EXPONENT = re.compile(r"[0-9](?:\.[0-9]+)?[Ee]\+?[0-9]{1,3}")
_WIDE = str.maketrans("０１２３４５６７８９", "0123456789")


class DamagedCodeError(ValueError):
    """The digits of a code cannot be known any more; the message says why, in words for the report."""


def clean(cell: object) -> str:
    """Return the text of a cell without blanks around it (full-width ones too), or an empty string: None -> ""."""
    return cell.strip(_BLANKS) if isinstance(cell, str) else ""


def restore_code(cell: object) -> str:
    """Return a code as it was before a spreadsheet took it for a number.

    "330213001001.0" -> "330213001001"; "'3302" -> "3302"; full-width digits become ASCII. Raises DamagedCodeError for "3.30213E+11",
    where digits are lost.
    """
    text = clean(cell)
    if text.isascii() and text.isalnum() and not ("E" in text or "e" in text):
        return text
    text = text.lstrip("'‘’").translate(_WIDE)
    floated = _FLOATED.fullmatch(text)
    if floated:
        return floated.group(1)
    if _EXPONENT.fullmatch(text):
        raise DamagedCodeError("编码被表格软件改成了科学计数法，末尾数字已丢失：请把该列设为文本后重新导出")
    return text
