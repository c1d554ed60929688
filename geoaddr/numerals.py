"""Chinese and ASCII numerals of numbers on doors; never of numerals inside names."""

from __future__ import annotations

from functools import lru_cache

NUMERAL_CHARS = "〇零一二两三四五六七八九十百千廿卅卌壹贰叁肆伍陆柒捌玖拾佰仟"
"""Characters a door number may be written with, after traditional forms are folded."""

_UNSUPPORTED = str.maketrans({"卅": "三十", "卌": "四十", "廿": "二十"})
_LARGEST = 999_999


def is_ascii_number(token: str) -> bool:
    """Say whether a token is made of ASCII digits only; ``"⑺".isdigit()`` is True, this is False for it."""
    return token.isascii() and token.isdecimal()


@lru_cache(maxsize=4096)
def parse_number(token: str) -> int | None:
    """Return the whole number a token stands for, or None when it is not one.

    The token must already be cut out of the address: names like 三十里铺 are never searched for numerals here.
    ``"廿三"`` -> 23, ``"二百六十四"`` -> 264, ``"二〇三"`` -> 203, ``"12"`` -> 12, ``"百"`` -> None, ``""`` -> None.
    """
    if is_ascii_number(token):
        return int(token) if len(token) <= 6 else None
    if not token or len(token) > 9 or any(char not in NUMERAL_CHARS for char in token):
        return None
    import cn2an

    try:
        number = int(cn2an.cn2an(token.translate(_UNSUPPORTED), "normal"))
    except (ValueError, KeyError):  # cn2an raises KeyError on forms like 百百百一
        return None
    return number if 0 <= number <= _LARGEST else None


def digits_of(token: str) -> str | None:
    """Return the ASCII digits a numeral token is written as, keeping leading zeros of digit-by-digit forms.

    ``"八"`` -> ``"8"``, ``"一百零八"`` -> ``"108"``, ``"〇五"`` -> ``"05"``, ``"里"`` -> None.
    """
    if is_ascii_number(token):
        return token
    number = parse_number(token)
    if number is None:
        return None
    leading = len(token) - len(token.lstrip("〇零"))
    return str(number).rjust(len(token), "0") if leading and len(str(number)) < len(token) else str(number)


def to_chinese(number: int) -> str:
    """Return the spoken Chinese numeral of 0–9999, as folk and old plates write it: ``264`` -> ``"二百六十四"``, ``12`` -> ``"十二"``."""
    if not 0 <= number <= 9999:
        raise ValueError(f"{number} is outside 0–9999")
    import cn2an

    spoken = str(cn2an.an2cn(number))
    return spoken[1:] if spoken.startswith("一十") else spoken
