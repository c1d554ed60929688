"""Make matchers/data/look_alikes.csv: which characters are written or read for one another by their shape.

Two characters count as look-alikes when the shipped font draws them nearly alike (whole, without the left or without the upper
part), or when Unihan files them under one phonetic (they share the component that is not the radical: 澄 登 橙).

Usage: ``python tools/look_alikes.py`` (needs Pillow and the Unihan files of Debian's unicode-data).
"""

from __future__ import annotations

import bz2
import csv
import re
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

ROOT = Path(__file__).parents[1]
FONT = ROOT / "gazetteer/data/fonts/NotoSansSC-Regular.ttf"
UNIHAN = Path("/usr/share/unicode")
NEAREST = 10
"""Nearest neighbours kept per view of a character."""
LARGEST_PHONETIC = 24
"""Phonetics with more characters than this share too little to be mistaken for one another."""


def characters() -> list[str]:
    """Return the characters of levels 1 and 2 of the standard list (6,500)."""
    lines = (ROOT / "geoaddr/data/standard_characters.csv").read_text(encoding="utf-8").splitlines()
    return [row["char"] for row in csv.DictReader(line for line in lines if not line.startswith("#")) if row["level"] in "12"]


def drawn_alike(known: list[str]) -> set[frozenset[str]]:
    """Return pairs among the nearest of each other in the whitened pictures of the shipped font."""
    font = ImageFont.truetype(str(FONT), 40)
    pictures = np.stack([_picture(character, font) for character in known])
    pairs: set[frozenset[str]] = set()
    for view in (pictures, pictures[:, :, 9:], pictures[:, 9:, :], pictures[:, :, :15], pictures[:, :15, :]):
        likeness = _whitened(view) @ _whitened(view).T
        np.fill_diagonal(likeness, -1)
        nearest = np.argsort(-likeness, axis=1)[:, :NEAREST]
        pairs |= {frozenset((known[row], known[other])) for row, others in enumerate(nearest) for other in others.tolist()}
    return pairs


def same_phonetic(known: list[str]) -> set[frozenset[str]]:
    """Return pairs that Unihan files under one phonetic (kPhonetic), directly or through their traditional form."""
    forms: dict[str, set[str]] = defaultdict(set)
    for character in known:
        forms[character].add(character)
    for traditional, field, value in _unihan("Unihan_Variants.txt.bz2"):
        if field == "kSimplifiedVariant":
            for simplified in re.findall(r"U\+([0-9A-F]+)", value):
                forms[traditional].add(chr(int(simplified, 16)))
    classes: dict[str, set[str]] = defaultdict(set)
    allowed = set(known)
    for character, field, value in _unihan("Unihan_DictionaryLikeData.txt.bz2"):
        if field == "kPhonetic":
            for number in re.findall(r"(?<!\S)(\d+[A-D]?)\*?(?!\S)", value):
                classes[number] |= forms.get(character, set()) & allowed
    return {
        frozenset((one, other))
        for members in classes.values()
        if len(members) <= LARGEST_PHONETIC
        for one in members
        for other in members
        if one != other
    }


def main() -> None:
    """Write the table, each pair once, under the character that comes first."""
    known = characters()
    found: dict[str, set[str]] = defaultdict(set)
    for pair in drawn_alike(known) | same_phonetic(known):
        one, other = sorted(pair)
        found[one].add(other)
    with (ROOT / "matchers/data/look_alikes.csv").open("w", encoding="utf-8", newline="") as out:
        out.write(
            "# Characters of similar shape among levels 1 and 2 of 通用规范汉字表 (2013). Made by tools/look_alikes.py: nearest pictures\n"
        )
        out.write(
            "# in Noto Sans SC (OFL), and shared phonetic in Unihan 15.0.0 kPhonetic (Debian unicode-data 15.0.0-1, Unicode licence v3).\n"
        )
        out.write("character,others\n")
        out.writelines(f"{character},{''.join(sorted(others))}\n" for character, others in sorted(found.items()))


def _picture(character: str, font: ImageFont.FreeTypeFont) -> NDArray[np.float32]:
    image = Image.new("L", (48, 48), 0)
    ImageDraw.Draw(image).text((24, 24), character, 255, font=font, anchor="mm")
    small = image.filter(ImageFilter.GaussianBlur(0.8)).resize((24, 24), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32) / 255


def _whitened(view: NDArray[np.float32]) -> NDArray[np.float32]:
    flat = view.reshape(len(view), -1)
    values, sizes, _axes = np.linalg.svd(flat - flat.mean(0), full_matrices=False)
    kept = values[:, :150] * sizes[:150] ** 0.5
    whitened: NDArray[np.float32] = kept / np.linalg.norm(kept, axis=1, keepdims=True)
    return whitened


def _unihan(name: str) -> list[tuple[str, str, str]]:
    lines = bz2.decompress((UNIHAN / name).read_bytes()).decode("utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line.startswith("U+"))
    return [(chr(int(row[0][2:], 16)), row[1], row[2]) for row in rows]


if __name__ == "__main__":
    main()
