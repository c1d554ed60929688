"""Makes the foreign word tables of the naming rules from Unicode CLDR: foreign places, and how foreign each character and pair reads.

Run: python tools/transliteration.py. Reads the Chinese names of territories and cities in CLDR (as shipped by Babel), the foreign names
listed by hand in words.csv and word_families.csv and the official division lists; writes
gazetteer/data/naming/{foreign_places,transliteration,transliteration_pairs}.csv. The weight of a character is the logarithm of how much
more frequent it is in transliterated names than in names of Chinese divisions.
"""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import babel
from babel import Locale

DATA = Path(__file__).resolve().parent.parent / "gazetteer" / "data"
CHINESE_ZONES = ("Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "Asia/Macau", "Asia/Taipei", "Etc/Unknown")
CHINESE_TERRITORIES = ("CN", "HK", "MO", "TW", "ZZ", "XA", "XB")
CHINESE_WORDS = """
    凤凰城 金边 万象 昭和 中非 海地 蒙古 帝力 赤塔 中途岛 道森 阿里 世界 东亚 南亚 中亚
    西亚 北亚 安曼 中美洲 复活节岛 圣诞岛 黑山 阿尔 利亚 迪蒙 中非共 图勒 亚丁 温得 洛美 朱巴
    大特克 加利 卡塞 诺姆 威克 休达 古晋 里加 大洋洲 欧亚大陆 仰光 马里 南极洲 欧洲 亚洲 非洲
    美洲 北美洲 南美洲 拉丁美洲 欧盟 联合国
""".split()  # noqa: SIM905 - seventy words read better in rows
"""Names in CLDR that are also plain Chinese words, or belong to another rule."""
ENDING = re.compile(r"[（(].*[)）]|(?:共和国|群岛|半岛|诸岛|地区|王国|联合酋长国|州|市|岛|港|国|湾|河|堡|城|角)$")
HAN = re.compile(r"[一-鿿]+")
FOREIGN_SMOOTHING, CHINESE_SMOOTHING, ALPHABET = 0.3, 0.5, 3000
LEAST, MOST = -2.0, 2.2
FOREIGN_RULES = ("foreign-place-name", "foreign-person-name", "foreign-word")


def foreign_names() -> list[str]:
    """Return the Chinese names CLDR has for foreign territories and cities."""
    chinese = Locale("zh")
    found = {name for code, name in chinese.territories.items() if code not in CHINESE_TERRITORIES}
    found |= {zone["city"] for key, zone in chinese.time_zones.items() if "city" in zone and key not in CHINESE_ZONES}
    parts = {part for name in found for part in re.split(r"[·\s和及与-]", re.sub(r"[（(].*[)）]", "", name))}
    return sorted(one for one in parts if HAN.fullmatch(one) and len(one) > 1 and one not in CHINESE_WORDS and "时区" not in one)


def chinese_names() -> list[str]:
    """Return the names of divisions without their endings, each once."""
    found = set()
    for file in sorted((DATA / "divisions").glob("*.csv")):
        with file.open(encoding="utf-8") as lines:
            found |= {row["name"] for row in csv.DictReader(line for line in lines if not line.startswith("#"))}
    ending = r"(村民委员会|居民委员会|社区居委会|村委会|居委会|街道|社区|省|市|县|区|镇|乡|自治.*)$"
    return sorted({re.sub(ending, "", name) for name in found})


def listed_names() -> list[str]:
    """Return the foreign places and persons listed by hand, from three characters on."""
    found = []
    for name, rules in (("words.csv", FOREIGN_RULES[:2]), ("word_families.csv", FOREIGN_RULES)):
        with (DATA / "naming" / name).open(encoding="utf-8") as lines:
            rows = csv.DictReader(line for line in lines if not line.startswith("#"))
            found += [row["word"] for row in rows if row["rule"] in rules and len(row["word"]) > 2 and "国" not in row["word"]]
    return found


def pairs_of(foreign: Iterable[str], chinese: Iterable[str]) -> list[str]:
    """Return the pairs of neighbouring characters that stand in a foreign name and in no name of a Chinese division."""
    here, there = ({name[at : at + 2] for name in names for at in range(len(name) - 1)} for names in (chinese, foreign))
    return sorted(there - here)


def weights(foreign: Iterable[str], chinese: Iterable[str]) -> dict[str, float]:
    """Return the weight of every character that occurs in either list."""
    here, there = Counter("".join(chinese)), Counter("".join(foreign))
    of_here, of_there = sum(here.values()), sum(there.values())
    found = {}
    for char in sorted(set(here) | set(there)):
        likely = (there[char] + FOREIGN_SMOOTHING) / (of_there + FOREIGN_SMOOTHING * ALPHABET)
        usual = (here[char] + CHINESE_SMOOTHING) / (of_here + CHINESE_SMOOTHING * ALPHABET)
        found[char] = round(min(max(math.log(likely / usual), LEAST), MOST), 2)
    return found


def main() -> None:
    """Write the tables."""
    places, source = foreign_names(), f"Unicode CLDR (zh) as in Babel {babel.__version__}"
    with (DATA / "naming" / "foreign_places.csv").open("w", encoding="utf-8", newline="\n") as file:
        file.write(f"# Foreign territories and cities by their Chinese names. Source: {source}, Unicode License V3;\n")
        file.write("# made by tools/transliteration.py.\nname\n")
        file.writelines(f"{name}\n" for name in places)
    stems = {ENDING.sub("", name) for name in places}
    foreign, chinese = {*(one for one in stems if len(one) > 2), *listed_names()}, chinese_names()
    found = weights(foreign, chinese)
    with (DATA / "naming" / "transliteration.csv").open("w", encoding="utf-8", newline="\n") as file:
        file.write(
            f"# How much more a character occurs in transliterated names than in Chinese division names (natural log). Source: {source},\n"
        )
        file.write(
            "# words.csv, word_families.csv and the official division lists; made by tools/transliteration.py.\n"
            "# Characters without a line weigh `unknown`.\n"
            "character,weight\n"
        )
        file.writelines(
            f"{char},{weight:.2f}\n" for char, weight in sorted(found.items(), key=lambda pair: (-pair[1], pair[0])) if weight > -1.2
        )
    with (DATA / "naming" / "transliteration_pairs.csv").open("w", encoding="utf-8", newline="\n") as file:
        file.write(f"# Neighbouring characters of transliterated names that stand in no name of a Chinese division. Source: {source},\n")
        file.write("# words.csv, word_families.csv and the official division lists; made by tools/transliteration.py.\npair\n")
        file.writelines(f"{pair}\n" for pair in pairs_of(foreign, chinese))


if __name__ == "__main__":
    main()
