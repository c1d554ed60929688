"""Archives opened with suspicion: .xlsx and .ods are ZIP files too."""

from __future__ import annotations

import zipfile
from pathlib import Path

from gazetteer.exchange.limits import limits
from geoaddr.errors import UsageError

_BLOCK = 1 << 20
_SMALL = 10 << 20


def check_archive(path: Path) -> list[str]:
    """Unpack an archive once into nothing, counting, and return its member names.

    Refuses encrypted, damaged and overfull archives. Sizes are counted while unpacking: those written in the archive may lie.
    """
    rules = limits()
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > rules.max_members:
                raise UsageError(f"压缩文件 {path.name} 内有 {len(members)} 个文件，超过上限 {rules.max_members}", field="file")
            if any(member.flag_bits & 1 for member in members):
                raise UsageError(f"文件 {path.name} 有密码保护：请去掉密码后再导入", field="file")
            if sum(member.file_size for member in members) > rules.max_unpacked_mb << 20:
                raise _bomb(path)
            total = 0
            for member in members:
                total += _unpacked(archive, member, (rules.max_unpacked_mb << 20) - total, path)
            return [member.filename for member in members]
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as error:
        raise UsageError(f"文件 {path.name} 已损坏或不是完整的压缩文件：请重新导出后再试", field="file") from error


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, allowed: int, path: Path) -> int:
    """Return how many bytes a member really unpacks to, giving up as soon as it is too much."""
    ratio, size = limits().max_ratio, 0
    with archive.open(member) as stream:
        while block := stream.read(_BLOCK):
            size += len(block)
            if size > allowed or (size > _SMALL and size > ratio * max(1, member.compress_size)):
                raise _bomb(path)
    return size


def _bomb(path: Path) -> UsageError:
    return UsageError(f"文件 {path.name} 解压后过大，疑似压缩炸弹，已拒绝：请拆分或重新导出", field="file")


def unpack_shapefile(path: Path, members: list[str], folder: Path) -> Path:
    """Unpack the one shapefile of a checked archive into ``folder`` under plain names and return its .shp.

    Member paths are not followed: only the file endings are used, so an archive cannot write elsewhere.
    """
    shapes = [name for name in members if name.lower().endswith(".shp")]
    if len(shapes) != 1:
        found = "没有 .shp 文件" if not shapes else f"有 {len(shapes)} 个 .shp 文件"
        raise UsageError(f"压缩文件 {path.name} 内{found}：请每个图层单独压缩", field="file")
    stem = shapes[0][:-4]
    with zipfile.ZipFile(path) as archive:
        for name in members:
            ending = name[len(stem) :].lower() if name[: len(stem)] == stem else ""
            if ending in (".shp", ".shx", ".dbf", ".prj", ".cpg"):
                with archive.open(name) as source, (folder / f"layer{ending}").open("wb") as target:
                    while block := source.read(_BLOCK):
                        target.write(block)
    return folder / "layer.shp"
