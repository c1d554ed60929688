"""Photos from the field: checked, re-encoded without EXIF, kept under their own hash, on disk before any row names them."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from io import BytesIO
from pathlib import Path

from gazetteer.plates.conventions import conventions
from geoaddr.errors import NotFound, UsageError

FORMATS = ("JPEG", "PNG", "WEBP")
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


def keep_photo(data: bytes, media_dir: Path) -> str:
    """Store a photo and return the SHA-256 that names it; the same photo is stored once.

    Only pixels survive: position, camera and time in EXIF are dropped (upright first), large photos made smaller. The file is
    written and synced before this returns, so a row never names a missing photo; a photo no row came to name harms nothing.
    ``UsageError`` for what is no JPEG, PNG or WebP, is too large, or unpacks to more pixels than a camera takes.
    """
    clean = clean_photo(data)
    digest = hashlib.sha256(clean).hexdigest()
    path = _path(media_dir, digest)
    if not path.exists():
        write_durably(path, clean)
    return digest


def photo_path(media_dir: Path, sha256: str) -> Path:
    """Return the file of a stored photo; ``NotFound`` where there is none."""
    if not _HASH.fullmatch(sha256) or not (path := _path(media_dir, sha256)).is_file():
        raise NotFound("没有这张照片", field="photo")
    return path


def clean_photo(data: bytes) -> bytes:
    """Return the photo as a JPEG holding nothing but its pixels; see ``keep_photo`` for what is refused."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    limits = conventions()["confirmation"]
    if not data:
        raise UsageError("照片是空文件，请重拍", field="photo")
    if len(data) > limits["max_photo_bytes"]:
        raise UsageError(f"照片超过 {limits['max_photo_bytes'] // 1_000_000} MB，请缩小后再传", field="photo")
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            width, height = image.size
            if width * height > limits["max_photo_pixels"]:
                raise UsageError(f"照片有 {width}×{height} 像素，超出相机照片的大小", field="photo")
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UsageError("照片无法读取：请上传 JPEG、PNG 或 WebP 图片", field="photo") from error
    upright.thumbnail((limits["photo_edge_px"], limits["photo_edge_px"]))
    out = BytesIO()
    # A fresh image carries no info dictionary, hence no EXIF, XMP or comment.
    bare = Image.new("RGB", upright.size)
    bare.paste(upright)
    bare.save(out, "JPEG", quality=limits["photo_quality"], optimize=True)
    return out.getvalue()


def _path(media_dir: Path, digest: str) -> Path:
    return media_dir / "photos" / digest[:2] / f"{digest}.jpg"


def write_durably(path: Path, data: bytes) -> None:
    """Write beside, sync, rename, sync the folder: after a power cut the file is whole or absent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
