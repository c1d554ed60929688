"""Cut the two shipped weights of Noto Sans SC down to what an address, a plate or a certificate prints.

Characters: the 8105 of 通用规范汉字表 (2013), read from the Unihan property kTGH in Debian's ``unicode-data``;
rarer characters that occur in place names; Latin with tone marks for pinyin; punctuation, full-width
forms, circled and Roman numerals, units. The full faces come from npm, pinned in tools/assets.

    python tools/subset_fonts.py             # rewrite gazetteer/data/fonts
"""

from __future__ import annotations

import bz2
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "tools" / "assets"
TARGET = ROOT / "gazetteer" / "data" / "fonts"
UNIHAN = Path("/usr/share/unicode/Unihan_OtherMappings.txt.bz2")
PACKAGE = "@expo-google-fonts/noto-sans-sc"
WEIGHTS = {"400Regular/NotoSansSC_400Regular.ttf": "NotoSansSC-Regular.ttf", "700Bold/NotoSansSC_700Bold.ttf": "NotoSansSC-Bold.ttf"}

# Outside the 8105 but found in the names of places (embankments, hills, bays, old counties): well-known ones, then those in the
# village names of the 2023 statistical division list for Zhejiang (国家统计局 统计用区划代码).
PLACE_NAME_CHARACTERS = "埼碶鵁鶄瑯墺峧嶴霅〇" + "丼乢剳囮坵垅垷埩埲堀寀岕峇崪崷嵔嶀廻復敭斢樁汎泑湗濛犭瑠甽矴砩硠籐荘衕輶迴鄮鑑閤頔號緹"
# (first, last) code points: Latin, tone marks, punctuation, numerals in circles, units, arrows, full width.
RANGES = (
    (0x0020, 0x007E), (0x00A0, 0x017F), (0x01CD, 0x01DC), (0x01F8, 0x01F9), (0x0251, 0x0251), (0x0261, 0x0261),
    (0x02C6, 0x02CB), (0x1E3E, 0x1E3F), (0x2010, 0x2027), (0x2030, 0x2033), (0x203B, 0x203B), (0x20AC, 0x20AC),
    (0x2103, 0x2103), (0x2116, 0x2116), (0x2150, 0x217F), (0x2190, 0x2199), (0x2200, 0x226F), (0x2460, 0x24FF),
    (0x25A0, 0x25CF), (0x2605, 0x2606), (0x2713, 0x2717), (0x3000, 0x3029), (0x3220, 0x3243), (0x3250, 0x32BF),
    (0x33A1, 0x33A1), (0xFF01, 0xFF5E), (0xFFE0, 0xFFE5),
)  # fmt: skip


def standard_characters(unihan: Path) -> set[int]:
    """Code points of 通用规范汉字表 from a Unihan "other mappings" file; refuses a file that does not hold all 8105."""
    found = set()
    with bz2.open(unihan, "rt", encoding="utf-8") as lines:
        for line in lines:
            fields = line.split("\t")
            if len(fields) > 1 and fields[1] == "kTGH":
                found.add(int(fields[0].removeprefix("U+"), 16))
    if len(found) != 8105:
        raise SystemExit(f"{unihan} 中的通用规范汉字应为 8105 个，实际 {len(found)} 个")
    return found


def wanted_characters() -> set[int]:
    """All code points the shipped faces should draw."""
    ranges = {code for first, last in RANGES for code in range(first, last + 1)}
    return standard_characters(UNIHAN) | ranges | {ord(c) for c in PLACE_NAME_CHARACTERS}


def cut(source: Path, target: Path, wanted: set[int]) -> None:
    """Write the subset of one face; refuses a face that lacks one of the ideographs."""
    options = subset.Options()
    options.layout_features = ["kern", "locl", "ccmp"]
    options.hinting = False
    options.glyph_names = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.name_languages = [0x409]
    # The build date would make every run differ.
    with TTFont(source, recalcTimestamp=False) as font:
        missing = [chr(c) for c in sorted(wanted) if c >= 0x3400 and c not in font.getBestCmap() and not 0xFF00 <= c <= 0xFFFF]
        if missing:
            raise SystemExit(f"{source.name} 缺字：{''.join(missing)}")
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=wanted)
        cutter.subset(font)
        font.save(target)


def main() -> int:
    """Install the full faces away from the tree, write the two subsets and the licence."""
    wanted = wanted_characters()
    with tempfile.TemporaryDirectory() as scratch:
        for pin in ("package.json", "package-lock.json"):
            shutil.copy(PINS / pin, scratch)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=scratch, check=True)
        package = Path(scratch) / "node_modules" / PACKAGE
        TARGET.mkdir(parents=True, exist_ok=True)
        for inside, name in WEIGHTS.items():
            cut(package / inside, TARGET / name, wanted)
        shutil.copy(package / "LICENSE_FONT", TARGET / "OFL.txt")
    return 0


if __name__ == "__main__":
    sys.exit(main())
