"""Labelled addresses as offices and research keep them: one token and one tag a line, a blank line between addresses."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from geoaddr.errors import UsageError
from geoaddr.parsing.lattice import REST
from geoaddr.parts import LABELS

_CORPUS_TAGS = {
    "prov": "province", "devzone": "devzone", "subroad": "sub_road", "roadno": "number", "subroadno": "sub_number",
    "subpoi": "sub_poi", "houseno": "building", "cellno": "unit", "floorno": "floor", "roomno": "room", "assist": "relation",
    "intersection": "junction", "redundant": "noise", "otherinfo": "noise", "person": "contact",
}  # fmt: skip
"""Tags of the public corpora that are spelt differently from our labels."""
_LABEL_OF = {label: label for label in LABELS} | {label.replace("_", ""): label for label in LABELS} | _CORPUS_TAGS
LONGEST_TEXT = 400
"""Characters of one labelled address; more means that the blank lines are missing."""


class Labelled(NamedTuple):
    """One labelled address: ``spans`` are ``(label, start, end)`` in our labels and cover the text; ``rest`` where it has no tag."""

    text: str
    spans: tuple[tuple[str, int, int], ...]


def read_labelled(path: Path) -> Iterator[Labelled]:
    """Yield the addresses of a labelled file with BIO or BIOES tags, in our labels or in those of the public corpora.

    A line is a token of one or more characters and its tag, with blanks or a tab between. The first line that is not so, a tag that
    is not known or that does not go on with the one before is a ``UsageError`` with its number.
    """
    text, spans, open_label = "", list[tuple[str, int, int]](), ""
    for number, line in _lines(path):
        if not line.strip():
            if text:
                yield Labelled(text, tuple(spans))
            text, spans, open_label = "", [], ""
            continue
        token, prefix, label = _token_and_tag(path, number, line)
        start, text = len(text), text + token
        if len(text) > LONGEST_TEXT:
            raise UsageError(f"{path} 第 {number} 行：这条地址已超过 {LONGEST_TEXT} 个字，请检查地址之间是否缺少空行")
        if prefix in ("I", "E"):
            if label != open_label:
                raise UsageError(f"{path} 第 {number} 行：标签 {prefix}-{label} 前面没有相接的 B-{label}，请检查标注是否缺行")
            spans[-1] = (label, spans[-1][1], len(text))
        elif prefix == "O" and spans and spans[-1][0] == REST:
            spans[-1] = (REST, spans[-1][1], len(text))
        else:
            spans.append((label, start, len(text)))
        open_label = label if prefix in ("B", "I") else ""
    if text:
        yield Labelled(text, tuple(spans))


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line numbers and lines; a file that cannot be read or is not UTF-8 is a ``UsageError``."""
    try:
        with path.open("rb") as stream:
            for number, raw in enumerate(stream, 1):
                if number == 1:
                    raw = raw.removeprefix(codecs.BOM_UTF8)
                yield number, raw.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} 第 {number} 行不是 UTF-8 文字，请另存为 UTF-8 后再试") from error
    except OSError as error:
        raise UsageError(f"标注文件 {path} 打不开：{error.strerror}") from error


def _token_and_tag(path: Path, number: int, line: str) -> tuple[str, str, str]:
    """Return token, prefix and our label of a line; ``O`` has the label ``rest``."""
    token, _, tag = line.rstrip().replace("\t", " ").rpartition(" ")
    token = token.rstrip(" ") or token[:1]
    if not token:
        raise UsageError(f"{path} 第 {number} 行：应为“字 标签”两列，实际是“{line[:40]}”")
    if tag == "O":
        return token, "O", REST
    prefix, dash, name = tag.partition("-")
    label = _LABEL_OF.get(name.lower())
    if dash != "-" or prefix not in ("B", "I", "E", "S") or label is None:
        known = "、".join(sorted(_LABEL_OF))
        raise UsageError(f"{path} 第 {number} 行：不认识标签“{tag[:40]}”；可用 B-/I-/E-/S- 加下列之一，或 O：{known}")
    return token, prefix, label
