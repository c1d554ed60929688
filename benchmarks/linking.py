"""How well and how fast address texts find their entry: the sample district, texts with truth, and what each verdict was worth.

Usage: ``python benchmarks/linking.py [--size 300000] [--queries 20000] [--combined 2] [--failures 20] [--seed 7]``. Seeds 1–899 may be
looked at; 900 and above are kept for figures, and ``--failures 0`` keeps their texts unseen.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from random import Random

from gazetteer.divisions import spoken_name
from gazetteer.sample.district import SampleDistrict, generate
from gazetteer.sample.lists import list_dates, yearly_list
from gazetteer.sample.places import place_features, road_features
from gazetteer.sample.queries import Text, queries, unanswerable
from gazetteer.sample.words import speech
from matchers.index import Index, build_index, open_index
from matchers.match import match
from matchers.verdict import Entry, Query, Verdict

_PART = {"road": "road", "lane": "road", "estate": "estate", "natural_village": "village_group"}
_TOP = {"province": "浙江省", "city": "宁波市", "district": "奉化区"}
NAMED = {
    "level dropped": ("level_dropped", "all_levels_dropped", "short_levels"), "reordered": ("reordered",), "homophone": ("homophone",),
    "typo": ("swapped", "doubled", "omitted", "look_alike"), "missing 号": ("missing_number_word", "number_style"),
    "numerals": ("chinese_numerals",), "full width": ("full_width",), "traditional": ("traditional",), "separators": ("separators",),
    "courier text": ("courier_note", "contact"), "former names": ("old_district_name", "old_town_name", "old_community_name"),
}  # fmt: skip
"""The noise classes that figures elsewhere are given for, with ours that belong to each."""
FLATS = 150
_PUBLISHED = {"town": 9, "community": 12}


def division_entries() -> Iterator[Entry]:
    """Yield today's divisions with the names they carried in earlier yearly lists, and the district with its former name."""
    yield Entry("D330213", "division", "浙江省宁波市奉化区", division_code="330213", **_TOP, aliases=(("奉化市", "former", "2016-11-17"),))
    today = {row.code: row for row in yearly_list(list_dates()[-1])}
    former: dict[str, set[str]] = defaultdict(set)
    for date in list_dates():
        for row in yearly_list(date):
            if row.level == "town":
                heir = next((code for code, new in today.items() if new.level == "town" and new.name[:2] == row.name[:2]), "")
                former[heir].add(row.name)
    for code, row in today.items():
        if row.level not in _PUBLISHED:
            continue
        names = {**_TOP, "town": row.name if row.level == "town" else today[row.parent].name}
        if row.level == "community":
            names["community"] = spoken_name(row.name)
        earlier = former.get(code, set()) | set(speech()["old_communities"].get(names.get("community", ""), ()))
        aliases = tuple((name, "former", "") for name in sorted(earlier) if name != row.name)
        yield Entry(f"D{code}", "division", "".join(names.values()), division_code=code, **names, aliases=aliases)


def place_entries(district: SampleDistrict) -> Iterator[Entry]:
    """Yield roads, estates, natural villages and points of interest."""
    rows = {row.code: row for row in yearly_list(list_dates()[-1])}
    for feature in (*road_features(district), *place_features(district)):
        row = feature["properties"]
        code = row["division"]
        names = {**_TOP, "town": rows[code[:9]].name}
        if len(code) == 12:
            names["community"] = spoken_name(rows[code].name)
        aliases = [(text, "former", "") for text in row["former_names"].split("|") if text]
        aliases += [(text, "alias", "") for text in row["aliases"].split("|") if text]
        own = {_PART.get(row["category"], "poi"): row["name"]}
        yield Entry(
            row["ref"],
            "place",
            row["name"],
            category=row["category"],
            place_id=row["ref"],
            division_code=code,
            **names,
            **own,
            aliases=tuple(aliases),
        )


def register(district: SampleDistrict) -> Iterator[Entry]:
    """Yield the whole sample register as entries."""
    yield from division_entries()
    yield from place_entries(district)
    for row in district.addresses():
        yield Entry(
            row.ref, "address", row.full, ref=row.ref, division_code=row.division, province=row.province, city=row.city,
            district=row.district, town=row.town, community=row.community, village_group=row.village_group, road=row.road,
            sub_road=row.sub_road, estate=row.estate, poi=row.poi, number=row.number, building=row.building, unit=row.unit,
            floor=row.floor, room=row.room, lon=row.lon, lat=row.lat, point_level="number",
        )  # fmt: skip


def measure(index: Index, texts: list[Text], shown: int) -> None:
    """Match the texts and print quality per noise class, the worth of A and B, and the time it took."""
    for text in texts[:500]:
        match(Query(text.text), index)
    times, verdicts = [], []
    for text in texts:
        start = time.perf_counter()
        verdicts.append(match(Query(text.text), index))
        times.append(time.perf_counter() - start)
    times.sort()
    middle, slow = times[len(times) // 2] * 1e3, times[int(len(times) * 0.99)] * 1e3
    print(f"{len(texts) / sum(times):,.0f} texts/s; p50 {middle:.3f} ms, p99 {slow:.3f} ms, longest {times[-1] * 1e3:.1f} ms")
    _print_quality(texts, verdicts)
    _print_failures(texts, verdicts, shown)


def first_of(verdict: Verdict) -> str:
    """Return the id that the verdict puts first: its address, or its first candidate."""
    if verdict.address is not None:
        return verdict.address.id
    return verdict.candidates[0].entry.id if verdict.candidates else ""


class Tally:
    """What became of the answerable texts of one class: how many, right entry first, right entry accepted, any entry accepted."""

    def __init__(self) -> None:
        self.texts = self.first = self.right = self.accepted = 0

    def add(self, text: Text, verdict: Verdict) -> None:
        """Count one text with its verdict."""
        accepted = verdict.verdict in ("A", "B")
        self.texts += 1
        self.first += first_of(verdict) == text.truth_ref
        self.accepted += accepted
        self.right += accepted and first_of(verdict) == text.truth_ref

    def __str__(self) -> str:
        count = max(self.texts, 1)
        return f"n {self.texts:6d}  right first {self.first / count:.4f}  A+B right {self.right / count:.4f}"


def _print_quality(texts: list[Text], verdicts: list[Verdict]) -> None:
    whole, unsaid, named = Tally(), Tally(), Tally()
    classes: dict[str, Tally] = defaultdict(Tally)
    by_reason: dict[str, Counter[str]] = defaultdict(Counter)
    wrong = right = 0
    ours = {one for group in NAMED.values() for one in group}
    for text, verdict in zip(texts, verdicts, strict=True):
        accepted = verdict.verdict in ("A", "B")
        right += accepted and first_of(verdict) == text.truth_ref
        wrong += accepted and first_of(verdict) != text.truth_ref
        if text.truth_ref is None:
            by_reason[text.reason][verdict.verdict] += 1
            continue
        tallies = [whole, classes["+".join(text.noises) if len(text.noises) < 2 else "combined"]]
        tallies += [unsaid] if "wrong_town" not in text.noises else []
        tallies += [named] if text.noises and ours.issuperset(text.noises) else []
        for tally in tallies:
            tally.add(text, verdict)
    print(
        f"right first {whole.first / whole.texts:.4f}; A+B precision {right / max(right + wrong, 1):.4f} ({wrong} wrong), "
        f"share of answerable {whole.accepted / whole.texts:.4f}"
    )
    print(f"  the eleven named classes  {named}")
    print(f"  all but wrong_town        {unsaid}")
    for name, tally in sorted(classes.items(), key=lambda item: item[1].right / item[1].texts):
        print(f"  {name or 'none':22s} {tally}")
    for reason, counts in sorted(by_reason.items()):
        print(f"  unanswerable {reason:18s} {dict(counts)}")


def fresh_flats(index: Index, district: SampleDistrict, seed: int) -> None:
    """Ask for flats drawn anew, right and with a wrong building, unit or room, and print how many wrong ones were accepted."""
    rng = Random(f"flats {seed}")
    wrong = [unanswerable(address, district, rng, "no_such_unit") for address in district.pick(_positions(district, rng))]
    flats = [row for row in district.pick(_positions(district, rng, 8)) if row.room][:FLATS]
    accepted = [text.text for text in wrong if match(Query(text.text), index).verdict in ("A", "B")]
    missed = [row.full for row in flats if first_of(match(Query(row.full), index)) != row.ref]
    print(f"{len(wrong)} flats that do not exist: {len(accepted)} given A or B {accepted[:3]}")
    print(f"{len(flats)} flats that do: {len(flats) - len(missed)} found {missed[:3]}")


def _positions(district: SampleDistrict, rng: Random, times: int = 1) -> list[int]:
    return [rng.randrange(district.size) for _each in range(FLATS * times)]


def _print_failures(texts: list[Text], verdicts: list[Verdict], shown: int) -> None:
    groups: dict[str, list[str]] = defaultdict(list)
    for text, verdict in zip(texts, verdicts, strict=True):
        accepted = verdict.verdict in ("A", "B")
        line = f"    {text.text} -> {verdict.verdict} {verdict.reason} {first_of(verdict)} (truth {text.truth_ref} {text.noises})"
        if accepted and first_of(verdict) != text.truth_ref:
            groups["accepted wrongly"].append(line)
        elif text.truth_ref and first_of(verdict) != text.truth_ref:
            groups[f"not first: {verdict.reason}"].append(line)
        elif text.truth_ref and not accepted:
            groups[f"first, not accepted: {verdict.reason}"].append(line)
    for group, lines in sorted(groups.items(), key=lambda item: -len(item[1])):
        print(f"  {group}: {len(lines)}", *lines[:shown], sep="\n")


def main() -> None:
    """Build, measure, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--size", type=int, default=300_000)
    options.add_argument("--queries", type=int, default=20_000)
    options.add_argument("--combined", type=int, default=1)
    options.add_argument("--failures", type=int, default=5)
    options.add_argument("--seed", type=int, default=7)
    chosen = options.parse_args()
    district = generate(chosen.size)
    entries = list(register(district))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        start = time.perf_counter()
        build_index(entries, folder, seq=1)
        built = time.perf_counter() - start
        del entries
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.perf_counter()
        index = open_index(folder)
        opened = time.perf_counter() - start
        print(f"{len(index):,} entries: built in {built:.1f} s, {size / 1e6:.0f} MB on disk; peak memory {before / 1024:.0f} MB")
        print(f"opened in {opened * 1e3:.1f} ms")
        texts = list(queries(district, chosen.queries, chosen.seed, combined=chosen.combined, unanswerable_share=0.2))
        measure(index, texts, chosen.failures)
        fresh_flats(index, district, chosen.seed)


if __name__ == "__main__":
    main()
