"""The two secrets of an installation: from the settings, or made once and kept in a private file of the media folder."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from geoaddr.errors import UsageError
from geoaddr.settings import Settings


def secret_key(settings: Settings) -> str:
    """Return the key that signs sessions and plate QR codes."""
    return settings.secret_key.get_secret_value() or _kept(settings.media_dir / "keys" / "secret_key", lambda: secrets.token_urlsafe(48))


def data_key(settings: Settings) -> bytes:
    """Return the 32 bytes that encrypt person data at rest."""
    text = settings.data_key.get_secret_value() or _kept(
        settings.media_dir / "keys" / "data_key", lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    )
    try:
        key = base64.urlsafe_b64decode(text)
    except (binascii.Error, ValueError) as error:
        raise UsageError("DATA_KEY 不是有效的 base64", field="data_key") from error
    if len(key) != 32:
        raise UsageError("DATA_KEY 解码后必须正好 32 字节", field="data_key")
    return key


def _kept(path: Path, make: Callable[[], str]) -> str:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(made := make())
        file.flush()
        os.fsync(file.fileno())
    return made
