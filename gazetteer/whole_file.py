"""Files that appear whole or not at all: written in a folder beside their place, then moved there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geoaddr.errors import UsageError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield where to write; what was written there, with files of other endings beside it, takes its place when all went well.

    ``UsageError`` where the folder does not exist.
    """
    if not path.parent.is_dir():
        raise UsageError(f"文件夹 {path.parent} 不存在", field="file")
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".geoaddr-") as folder:
        yield Path(folder) / path.name
        for file in Path(folder).iterdir():
            file.replace(path.parent / file.name)
