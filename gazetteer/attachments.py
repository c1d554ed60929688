"""Files that belong to a record: checked for what they are and kept under their hash, on disk before any row names them."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gazetteer.names.procedure_rules import paper_titles, rule_of
from gazetteer.plates.photos import FORMATS, write_durably
from gazetteer.store.events import Actor
from gazetteer.store.models import Attachment
from gazetteer.workflow import change, enter
from geoaddr.errors import NotFound, UsageError

FOLDER = "attachments"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES = {"application/pdf": "pdf", "image/jpeg": "jpg", DOCX: "docx", XLSX: "xlsx"}
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MEMBERS = {"word/document.xml": DOCX, "xl/workbook.xml": XLSX}
LONGEST_FILENAME = 120


def attach(
    session: Session, subject_kind: str, subject_id: str, data: bytes, filename: str, media_dir: Path, *, actor: Actor, paper: str = ""
) -> Attachment:
    """Keep a file with a record and write its event; the same file sent twice is attached once, and as a paper where either says so.

    PDF, DOCX, XLSX, JPEG, PNG and WebP are taken for what their content is, whatever they are called; pictures are stored without their
    EXIF. ``UsageError`` for anything else, empty or too large files, a paper no table names, or one file too many.
    """
    if paper and paper not in paper_titles():
        raise UsageError("没有这一种材料", field="paper")
    media_type, content = _examined(data)
    digest = hashlib.sha256(content).hexdigest()
    of_subject = select(Attachment).where(Attachment.subject_id == subject_id)
    same = session.scalar(of_subject.where(Attachment.sha256 == digest))
    if same is not None:
        return _as_paper(session, same, paper, actor)
    limit = rule_of("attachments")["most_per_procedure"]
    if (session.scalar(select(func.count()).select_from(of_subject.subquery())) or 0) >= limit:
        raise UsageError(f"最多 {limit} 个附件", field="file")
    path = _path(media_dir, digest, media_type)
    if not path.exists():
        write_durably(path, content)
    made = Attachment(
        subject_kind=subject_kind, subject_id=subject_id, paper=paper, sha256=digest, filename=clean_filename(filename, media_type),
        media_type=media_type, size_bytes=len(content),
    )  # fmt: skip
    told = {"subject_id": subject_id, "paper": paper, "sha256": digest, "size_bytes": len(content)}
    return enter(session, made, actor=actor, verb="add", payload=told)


def _as_paper(session: Session, there: Attachment, paper: str, actor: Actor) -> Attachment:
    """Return a file that is there already, now as the paper it is sent as; a file is one paper, not two."""
    if there.paper and paper and paper != there.paper:
        raise UsageError(f"这个文件已作为“{paper_titles()[there.paper]}”收下，一个文件只算一种材料", field="file")
    if paper and not there.paper:
        change(session, there, actor=actor, verb="amend", to={"paper": paper})
    return there


def attachment_file(session: Session, attachment_id: str, media_dir: Path, *, subject_id: str) -> tuple[Attachment, Path]:
    """Return an attachment of this record and its file; ``NotFound`` where there is none."""
    row = session.get(Attachment, attachment_id)
    if row is None or row.subject_id != subject_id:
        raise NotFound("没有这个附件", field="id")
    path = _path(media_dir, row.sha256, row.media_type)
    if not _HASH.fullmatch(row.sha256) or not path.is_file():
        raise NotFound(f"附件“{row.filename}”的文件不在媒体文件夹中，请从备份恢复", field="id")
    return row, path


def clean_filename(filename: str, media_type: str) -> str:
    """Return a name fit to be shown and saved: without folders and control characters, with the ending of what it is."""
    name = re.sub(r"[\x00-\x1f\x7f<>:\"/\\|?*]", "", filename.replace("\\", "/").rsplit("/", 1)[-1]).strip(". ")
    stem = name.rsplit(".", 1)[0] if "." in name else name
    return f"{(stem or '附件')[:LONGEST_FILENAME]}.{TYPES[media_type]}"


def _examined(data: bytes) -> tuple[str, bytes]:
    """Return the media type of a file by its content, and what is to be stored of it."""
    from gazetteer.plates.photos import clean_photo

    if not data:
        raise UsageError("附件是空文件", field="file")
    if len(data) > (limit := rule_of("attachments")["largest_mb"]) * 1_000_000:
        raise UsageError(f"附件超过 {limit} MB，请压缩后再传", field="file")
    if data.startswith(b"%PDF-"):
        return "application/pdf", data
    if data.startswith(b"PK\x03\x04"):
        return _office_type(data), data
    if data.startswith((b"\xff\xd8", b"\x89PNG", b"RIFF")):
        return "image/jpeg", clean_photo(data)
    raise UsageError(f"只收 PDF、DOCX、XLSX 和图片（{'、'.join(FORMATS)}）", field="file")


def _office_type(data: bytes) -> str:
    from io import BytesIO

    try:
        with ZipFile(BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (BadZipFile, OSError, ValueError) as error:
        raise UsageError("这个文件损坏了，打不开", field="file") from error
    if any("vbaProject" in name for name in names):
        raise UsageError("不收带宏的文件，请另存为不带宏的 DOCX 或 XLSX", field="file")
    for member, media_type in _MEMBERS.items():
        if member in names:
            return media_type
    raise UsageError("不收压缩包，请把里面的文件分别上传", field="file")


def _path(media_dir: Path, digest: str, media_type: str) -> Path:
    return Path(media_dir) / FOLDER / digest[:2] / f"{digest}.{TYPES[media_type]}"
