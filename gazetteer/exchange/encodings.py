"""Which encoding a text file is in: byte-order mark, else UTF-8 if it is valid throughout, else GB18030 if that is."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from gazetteer.exchange.limits import limits
from geoaddr.errors import UsageError

_BLOCK = 1 << 20
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NAMES = {"gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030", "utf8": "utf-8", "utf-8": "utf-8-sig"}


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec that decodes the whole file, and a doubt about it worth showing to a person (or an empty string)."""

    name: str
    doubt: str = ""


def detect_encoding(path: Path, wanted: str | None = None) -> Encoding:
    """Return the encoding of a text file after decoding all of it strictly, in constant memory.

    ``wanted`` is tried alone when given (GBK and GB2312 are read as their superset GB18030). A file that is neither
    UTF-8 nor GB18030, or that holds zero bytes, is refused with the line of the first byte that does not fit.
    """
    if wanted is not None:
        return Encoding(_checked(path, wanted))
    with path.open("rb") as stream:
        head = stream.read(4)
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    if marked is not None:
        return Encoding(_checked(path, marked))
    bad_utf8 = _first_bad_byte(path, "utf-8")
    if bad_utf8 is None:
        return Encoding("utf-8")
    bad_gb = _first_bad_byte(path, "gb18030")
    if bad_gb is None:
        return Encoding("gb18030", _question(path))
    line = _line_of(path, max(bad_utf8, bad_gb))
    message = f"文件 {path.name} 既不是 UTF-8 也不是 GB18030 编码（第 {line} 行无法解码）：请另存为 UTF-8 后再导入"
    raise UsageError(message, field="encoding")


def _checked(path: Path, name: str) -> str:
    known = _NAMES.get(name.lower().replace("_", "-"), name)
    try:
        readable = codecs.lookup(known)._is_text_encoding
    except LookupError:
        readable = False
    if not readable:
        raise UsageError(f"不认识编码 {name!r}：可用 utf-8、gb18030、gbk、big5、utf-16", field="encoding")
    bad = _first_bad_byte(path, known)
    if bad is not None:
        raise UsageError(f"文件 {path.name} 不是 {name} 编码：第 {_line_of(path, bad)} 行起无法解码", field="encoding")
    return known


def _first_bad_byte(path: Path, name: str) -> int | None:
    """Return the offset of a byte near the first that does not decode, or None when the whole file is valid."""
    decoder = codecs.getincrementaldecoder(name)("strict")
    read = 0
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            try:
                text = decoder.decode(block)
            except UnicodeDecodeError as error:
                return read + error.start
            if "\0" in text:
                return read + max(0, block.find(b"\0"))
            read += len(block)
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return read
    return None


def _line_of(path: Path, offset: int) -> int:
    line, left = 1, offset
    with path.open("rb") as stream:
        while left > 0 and (block := stream.read(min(_BLOCK, left))):
            line += block.count(b"\n")
            left -= len(block)
    return line


def _question(path: Path) -> str:
    """Return a doubt when text that decodes as GB18030 is more likely Big5 (Big5 bytes are valid GB18030, but read as nonsense)."""
    with path.open("rb") as stream:
        sample = stream.read(limits().question_sample_bytes)
    try:
        as_big5 = sample.decode("big5", "ignore")
    except UnicodeDecodeError:
        return ""
    as_gb = sample.decode("gb18030", "ignore")
    if _common(as_gb) >= _common(as_big5):
        return ""
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    if best is not None and best.encoding in ("big5", "big5hkscs", "cp950"):
        return "按 GB18030 读取，但更像繁体 Big5 编码：请核对预览，必要时用 --encoding big5"
    return ""


def _common(text: str) -> float:
    """Return the share of non-ASCII characters that are in GB2312's or Big5's everyday ranges and not private or rare."""
    wide = [character for character in text if character > "\x7f"]
    if not wide:
        return 0.0
    everyday = sum(
        1
        for character in wide
        if "\u4e00" <= character <= "\u9fa5" or "\u3000" <= character <= "\u301f" or "\uff00" <= character <= "\uff5e"
    )
    return everyday / len(wide)
