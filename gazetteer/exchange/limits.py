"""How large and how strange a file may be before it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from geoaddr.errors import UsageError


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers of ``gazetteer/data/exchange_limits.yaml``."""

    max_unpacked_mb: int
    max_ratio: int
    max_members: int
    max_columns: int
    max_cell_characters: int
    header_rows_searched: int
    vector_rows_at_once: int
    question_sample_bytes: int


@cache
def limits() -> Limits:
    """Return the shipped limits."""
    import yaml

    return Limits(**yaml.safe_load(files("gazetteer").joinpath("data/exchange_limits.yaml").read_text(encoding="utf-8")))


def check_size(path: Path, limit_bytes: int) -> None:
    """Refuse a missing, empty or too large file at once, without opening it. ``limit_bytes`` is the setting ``max_upload_mb``."""
    if not path.is_file():
        raise UsageError(f"找不到文件 {path}", field="file")
    size = path.stat().st_size
    if size == 0:
        raise UsageError(f"文件 {path.name} 是空的（0 字节）", field="file")
    if size > limit_bytes:
        message = (
            f"文件 {path.name} 有 {size / 2**20:,.0f} MB，超过上限 {limit_bytes / 2**20:,.0f} MB：请拆分后再导入，或调高 max_upload_mb"
        )
        raise UsageError(message, field="file")
