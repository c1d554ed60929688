"""The code on a plate: ``{base_url}/p/{serial}?s={signature}``, drawn with high error correction.

The signature proves that this installation issued the serial; it gives no access to anything.
"""

from __future__ import annotations

import hashlib
import hmac
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import segno

from gazetteer.plates.serials import parse_serial
from geoaddr.errors import UsageError
from geoaddr.ids import ALPHABET

SIGNATURE_LENGTH = 10
"""Characters of 5 bits: one guess in 10^15 is right."""

_PURPOSE = b"geoaddr plate serial, 1"


def sign(serial: str, secret: str) -> str:
    """Return the signature of a serial under the installation's secret: ten characters a person could still type."""
    key = hmac.new(secret.encode(), _PURPOSE, hashlib.sha256).digest()
    number = int.from_bytes(hmac.new(key, serial.encode(), hashlib.sha256).digest()[:8], "big")
    return "".join(ALPHABET[(number >> 5 * place) & 31] for place in range(SIGNATURE_LENGTH))


def verify(serial: str, signature: str, secret: str) -> bool:
    """Say whether a signature belongs to a serial; letter case does not matter."""
    return hmac.compare_digest(sign(serial, secret).encode(), signature.strip().lower().encode())


def plate_url(base_url: str, serial: str, secret: str) -> str:
    """Return what the plate's code contains."""
    return f"{base_url.rstrip('/')}/p/{serial}?s={sign(serial, secret)}"


def read_code(text: str) -> tuple[str, str | None]:
    """Return serial and signature from a scanned address or a typed serial; the host may be any (plates outlive domains).

    Example: "https://dz.example/p/3302130000000126?s=abc" -> ("3302130000000126", "abc"). ``UsageError`` where it is neither.
    """
    if "/p/" not in text:
        return parse_serial(text), None
    try:
        parts = urlsplit(text.strip())
    except ValueError as error:
        raise UsageError("这不是门牌二维码", field="serial") from error
    signature = parse_qs(parts.query).get("s", [None])[0]
    return parse_serial(parts.path.rsplit("/p/", 1)[-1].strip("/")), signature


def symbol(content: str) -> segno.QRCode:
    """Return the symbol: a quarter of it may be soiled or torn and it still reads (level H is 30 %)."""
    return segno.make_qr(content, error="h", boost_error=False)


def svg(content: str) -> str:
    """Return the symbol as an SVG element without size attributes, for pages."""
    out = BytesIO()
    symbol(content).save(out, kind="svg", border=4, xmldecl=False, svgns=True, omitsize=True, nl=False)
    return out.getvalue().decode()
