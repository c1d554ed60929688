"""Strict models for what clients send, and short messages for what they got wrong."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from web.messages import _

DEEPEST = 20


class Read(BaseModel):
    """Parent of models whose text is only read and never kept: unknown fields are refused, any character is taken."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, allow_inf_nan=False)


class Strict(Read):
    """Parent of every other model of input: text that no database can hold is refused as well."""

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, value: Any) -> Any:
        if _has_nul(value, 0):
            raise ValueError("NUL")
        return value


class Shown(BaseModel):
    """Parent of every model of an answer: further fields may be added and are passed through."""

    model_config = ConfigDict(extra="allow")


def field_errors(error: ValidationError, location: str) -> list[dict[str, str]]:
    """Return ``[{"field", "message"}]`` in the order found, at most twenty; the value itself is never repeated."""
    return [
        {"field": ".".join(str(step) for step in one["loc"]) or location, "message": _message(one["type"], one.get("ctx", {}), one["msg"])}
        for one in error.errors(include_url=False, include_input=False)[:20]
    ]


def _message(kind: str, context: dict[str, Any], fallback: str) -> str:
    messages = {
        "missing": _("必须提供"),
        "extra_forbidden": _("不认识这个参数"),
        "int_parsing": _("要是整数"),
        "int_type": _("要是整数"),
        "int_from_float": _("要是整数"),
        "int_parsing_size": _("数太大"),
        "float_parsing": _("要是数"),
        "float_type": _("要是数"),
        "finite_number": _("要是有限的数"),
        "bool_parsing": _("要是 true 或 false"),
        "bool_type": _("要是 true 或 false"),
        "string_type": _("要是文字"),
        "string_pattern_mismatch": _("格式不对"),
        "date_from_datetime_parsing": _("要是形如 2026-11-23 的日期"),
        "date_parsing": _("要是形如 2026-11-23 的日期"),
        "date_type": _("要是形如 2026-11-23 的日期"),
        "list_type": _("要是数组"),
        "dict_type": _("要是对象"),
        "model_type": _("要是对象"),
        "value_error": _("含有不能登记的字符"),
        "string_unicode": _("含有不能登记的字符"),
    }
    if kind in messages:
        return messages[kind]
    if kind == "string_too_short":
        return _("至少 %(n)s 个字", n=context.get("min_length"))
    if kind == "string_too_long":
        return _("最多 %(n)s 个字", n=context.get("max_length"))
    if kind in ("too_long", "too_short"):
        return _("个数要在允许的范围内（最多 %(n)s）", n=context.get("max_length", "…"))
    if kind in ("greater_than_equal", "greater_than"):
        return _("不能小于 %(n)s", n=context.get("ge", context.get("gt")))
    if kind in ("less_than_equal", "less_than"):
        return _("不能大于 %(n)s", n=context.get("le", context.get("lt")))
    if kind in ("literal_error", "enum"):
        return _("只能是 %(expected)s", expected=context.get("expected"))
    return fallback


def _has_nul(value: Any, depth: int) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if depth > DEEPEST:
        return True
    if isinstance(value, dict):
        return any(_has_nul(key, depth + 1) or _has_nul(one, depth + 1) for key, one in value.items())
    if isinstance(value, list):
        return any(_has_nul(one, depth + 1) for one in value)
    return False
