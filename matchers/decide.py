"""From ranked candidates to the one verdict: an ordered list of rules, the first that speaks decides."""

from __future__ import annotations

import re
from collections.abc import Callable

from geoaddr.parts import Part
from matchers.answer import answered, unanswered
from matchers.case import INSIDE, Case, is_doubled, is_omission, rank, right_characters
from matchers.cores import number_range
from matchers.index.keys import NAMED, RANGE_SPAN, door_key, lane_key
from matchers.index.naming import DIVISIONS, own_part, plain
from matchers.index.read import IndexLike
from matchers.outcomes import GOOD
from matchers.question import Question
from matchers.tables import weights, words
from matchers.unusual import noted, several_addresses
from matchers.verdict import Candidate, Entry, Evidence, Verdict


def decide(question: Question, candidates: list[Candidate], index: IndexLike) -> Verdict:
    """Return the verdict on a question given its compared candidates; every path ends in one of the reasons of ``codes.yaml``."""
    return noted(_decided(question, candidates, index), question)


def _decided(question: Question, candidates: list[Candidate], index: IndexLike) -> Verdict:
    for reading_rule in READING_RULES:
        verdict = reading_rule(question, index)
        if verdict is not None:
            return verdict
    if not candidates:
        return unanswered(question, "N", "review", "place_not_found", _deepest_division(question, index))
    table = weights()
    case = Case(question, index, table, rank(candidates, table))
    for rule in WEIGHING if case.is_plain else RULES:
        verdict = rule(case)
        if verdict is not None:
            return verdict
    return _accepted(case)


def unread(question: Question, index: IndexLike) -> Verdict | None:
    """Nothing to read: never the same as nothing found."""
    if question.names or question.number:
        return None
    if not question.parsed.text.strip():
        return unanswered(question, "X", "reject", "empty")
    if not any(character.isalnum() for character in question.parsed.normalized):
        return unanswered(question, "X", "reject", "unreadable")
    return None


def elsewhere(question: Question, index: IndexLike) -> Verdict | None:
    """A province, city or district of the nation that the register does not cover, and none of that level that it does."""
    for label in DIVISIONS[:3]:
        parts = question.given(label)
        covered = index.covered.get(label, frozenset()) if parts else frozenset()
        if covered and parts[0].text not in covered and all(_is_elsewhere(part, covered, index) for part in parts):
            return unanswered(question, "N", "review", "outside_area", _deepest_division(question, index))
    return None


_ZONE = re.compile("第?[东西南北中前后上下新老一二三四五六七八九十0-9A-Za-z甲乙丙丁]{1,3}(?:区|期|组团)")
_ROOM_OF_SEVERAL = re.compile("[东西南北中]室")
_HOUSE_OF_SEVERAL = re.compile("[东西南北前后左右中正主附辅副新老旧小](?:[边侧首头]|面)?(?:幢|栋|座|楼|屋|房|院|间|室|宅|平房|披屋|小屋)")
READING_RULES: tuple[Callable[[Question, IndexLike], Verdict | None], ...] = (unread, elsewhere)


def two_addresses(case: Case) -> Verdict | None:
    """Two different doors in one cell: a person says which is meant, or parts them."""
    if not several_addresses(case.question.parsed):
        return None
    return answered(case, "C", "review", "several_addresses", ("several_addresses",))


def nothing_named(case: Case) -> Verdict | None:
    """The place named is not there; what is there (the town, a point of interest beside it) is only given as candidate."""
    question, entry = case.question, case.entry
    if entry.kind == "division" and (_unmatched_names(case) or (question.number and own_part(entry)[0] != "community")):
        return answered(case, "N", "review", "place_not_found")
    if case.anchored:
        return None
    if any(case.has(label, "conflict", "extra") for label in ("road", "poi", "community", "village_group")) or not case.has(
        "number", "equal"
    ):
        return answered(case, "N", "review", "place_not_found")
    return answered(case, "C", "confirm", "low_score")


def wrong_number(case: Case) -> Verdict | None:
    """The place exists and has no such number or lane; a flat that fits all the same is for a person."""
    if not (case.has("sub_road", "conflict", "extra") or case.has("number", "conflict", "extra")):
        return None
    reason = "number_not_found" if case.question.number and _lane_known(case) else "sub_road_not_found"
    if case.has("poi", *GOOD) and (case.question.given("road") or case.has("room", "equal")):
        return answered(case, "C", "review", reason)
    return answered(case, "N", "review", reason)


def wrong_unit(case: Case) -> Verdict | None:
    """The door is right and the flat is not among its flats; or the register knows no flats there at all."""
    if not any(case.has(label, "conflict", "extra") for label in INSIDE):
        return None
    if any(case.has(label, "conflict") for label in INSIDE) or case.units_at_door or case.entry.building or case.entry.kind != "address":
        return answered(case, "N", "review", "unit_not_found")
    return answered(case, "C", "confirm", "unit_not_in_register", ("unit_not_in_register",))


def other_premises(case: Case) -> Verdict | None:
    """Behind the number stands what is not the house or flat of that number: another house of the yard, a garage, a numbered shop."""
    if case.entry.kind == "address" and any(_is_apart(part, case) for part in case.question.names):
        return answered(case, "C", "confirm", "unit_not_in_register", ("unit_not_in_register",))
    return None


def tie(case: Case) -> Verdict | None:
    """Several entries fit equally well: flats of one door ask for the flat, anything else for a choice."""
    if case.lead >= case.table.decide["margin_log_odds"]:
        return None
    other = case.rivals[0].entry
    doors = {(item.road, item.estate, item.sub_road, item.number, item.sub_number, item.town) for item in (case.entry, other)}
    if len(doors) == 1 and not case.question.room and (case.entry.room or case.entry.building):
        return answered(case, "C", "add_unit", "unit_missing")
    return answered(case, "C", "choose", "tie")


def only_part_of_the_building(case: Case) -> Verdict | None:
    """Building or room left out although the entry has one: the one flat on record may not be the one meant."""
    if case.has("room", "missing") or case.has("building", "missing"):
        return answered(case, "C", "add_unit" if case.has("room", "missing") else "confirm", "unit_missing")
    return (
        answered(case, "C", "choose", "number_missing")
        if any(line.label == "number" and line.weight < 0 for line in case.best.evidence)
        else None
    )


def contradiction(case: Case) -> Verdict | None:
    """Parts that fit nothing on record: another district or road; another town or village without anything else that agrees."""
    if any(case.has(label, "conflict") for label in ("province", "city", "district")):
        return answered(case, "C", "review", "contradiction")
    if case.entry.kind == "division" and any(line.outcome == "extra" and line.label in DIVISIONS for line in case.best.evidence):
        return answered(case, "C", "review", "contradiction", ("contradictory_levels",))
    if case.has("road", "conflict") or case.has("village_group", "conflict") or case.has("sub_road", "missing"):
        return answered(case, "C", "review", "contradiction")
    if _floor_denies_room(case):
        return answered(case, "C", "review", "contradiction")
    if case.has("poi", "conflict") or _known_elsewhere(case):
        return answered(case, "C", "review", "poi_elsewhere")
    if case.has("town", "conflict") and not case.supports:
        return answered(case, "C", "confirm", "road_outside_named_town", ("road_outside_named_town",))
    if case.has("community", "conflict") and (case.similar or case.good("village_group") or not case.good("town")):
        return answered(case, "C", "review", "contradiction", ("community_differs",))
    return None


def words_left(case: Case) -> Verdict | None:
    """Words nobody understood, or a spot described relative to the entry."""
    if case.question.several_numbers:
        return answered(case, "C", "review", "leftover_words", ("several_addresses",))
    if case.question.leftovers or _name_before_a_village_door(case) or _number_goes_on(case) or _another_zone(case):
        return answered(case, "C", "confirm", "leftover_words")
    if any(part.text not in words("at_a_flat" if case.entry.room else "loose_relations") for part in case.question.relations):
        return answered(case, "C", "confirm", "relative_position")
    unknown = ("road", "sub_road", "village_group") if case.entry.kind == "address" else ("road", "sub_road", "village_group", "poi")
    if any(line.outcome == "extra" and line.label in unknown for line in case.best.evidence):
        return answered(case, "C", "confirm", "leftover_words")
    return None


def too_weak(case: Case) -> Verdict | None:
    """Similar names need support, ranges must be certain, and the score must reach the threshold."""
    similar = case.similar
    if len(similar) > 2 or (similar and not case.firm and any(_is_weak(case, line) for line in similar if line.label in case.anchors)):
        return answered(case, "C", "confirm", "weak_similarity")
    if case.has("number", "in_range") and number_range(case.question.number, RANGE_SPAN):
        return answered(case, "C", "confirm", "in_range")
    return answered(case, "C", "confirm", "low_score") if case.best.score < case.table.decide["b_score"] else None


RULES: tuple[Callable[[Case], Verdict | None], ...] = (
    two_addresses,
    nothing_named,
    wrong_number,
    wrong_unit,
    other_premises,
    tie,
    only_part_of_the_building,
    contradiction,
    words_left,
    too_weak,
)
"""Asked in order; what none of them holds back is accepted."""

WEIGHING: tuple[Callable[[Case], Verdict | None], ...] = (tie, too_weak)
"""The rules that may still hold back a plain case, in which all the others have nothing to look at."""


def _is_weak(case: Case, line: Evidence) -> bool:
    """Say whether a similar name may as well be another: a slip needs right characters, a sound or shape something that agrees."""
    official = plain(line.official)
    if len(line.given) > len(official) and not is_doubled(line.given, official):
        return case.supports < case.table.decide["omission_supports"]  # a word more makes another name: 松浔埠 is not 松埠
    if right_characters(line) >= case.table.decide["typo_right_characters"]:
        return False
    if line.outcome != "typo":
        return case.supports < 1
    left_out = is_omission(line) or (line.label != "road" and len(line.given) < len(official))
    return not left_out or case.supports < case.table.decide["omission_supports"]


def _accepted(case: Case) -> Verdict:
    warnings = () if case.is_exact else _warnings(case)
    reason = _variation(case)
    coarse = case.entry.kind != "address"
    if coarse:
        warnings = (*warnings, "no_door_in_text")
    if not (case.entry.room or case.question.inside) and case.units_at_door:
        return answered(case, "B" if reason else "A", "add_unit", reason or "unit_missing", warnings)
    if reason:
        return answered(case, "B", "confirm" if coarse or case.has("position", "far") else "accept", reason, warnings)
    return answered(case, "A", "confirm" if coarse else "accept", "exact_coarse" if coarse else "exact", warnings)


def _variation(case: Case) -> str:
    """Return the reason why the match is not exact, the weightiest first, or an empty string."""
    entry, evidence = case.entry, case.best.evidence
    if case.is_exact:
        return "part_missing" if _hamlet_missing(case) else ""
    if entry.status == "retired":
        return "historic"
    if entry.status in ("proposed", "reserved"):
        return "not_in_force"
    if case.has("town", "conflict"):
        return "road_outside_named_town"
    if case.has("community", "conflict"):
        return "contradictory_levels"
    for outcome in ("typo", "look_alike", "homophone", "former", "alias"):
        if any(line.outcome == outcome for line in evidence):
            return outcome
    if any(line.outcome == "abbreviated" and line.label not in DIVISIONS[:4] for line in evidence):
        return "abbreviated"
    if case.question.slips:
        return "typo"
    if case.question.former:
        return "former"
    if case.has("number", "in_range"):
        return "in_range"
    if any(line.outcome == "extra" and line.label in DIVISIONS for line in evidence):
        return "contradictory_levels"
    if case.has("poi", "extra"):
        return "extra_poi"
    if case.question.relations or case.question.asides:
        return "loose_relation"
    if _is_on_unknown_floor(case):
        return "unit_not_in_register"
    if case.has("unit", "missing") or _hamlet_missing(case):
        return "part_missing"
    return "far_from_point" if case.has("position", "far") else ""


def _warnings(case: Case) -> tuple[str, ...]:
    if case.is_plain and case.entry.status == "current":
        return ()
    checks = (
        ("road_outside_named_town", case.has("town", "conflict")),
        ("community_differs", case.has("community", "conflict")),
        ("contradictory_levels", any(line.outcome == "extra" and line.official for line in case.best.evidence)),
        ("far_from_given_point", case.has("position", "far")),
        ("historic_entry", case.entry.status == "retired"),
        ("not_in_force", case.entry.status in ("proposed", "reserved")),
        ("extra_poi", case.has("poi", "extra")),
        ("unit_not_in_register", _is_on_unknown_floor(case)),
    )
    return tuple(warning for warning, holds in checks if holds)


def _name_before_a_village_door(case: Case) -> bool:
    """An unknown name between the village and the number is the hamlet or road of that number: another door than the village's own."""
    if case.entry.kind != "address" or any(case.good(label) for label in ("road", "poi", "village_group")):
        return False
    number = case.question.parsed.first("number")
    return number is not None and any(part.start < number.start for part in case.question.names)


def _number_goes_on(case: Case) -> bool:
    """What goes on with a number belongs to it: 88丙号, 88之1A and 88号附甲 are other doors than 88, not 88 and something there."""
    number = case.question.parsed.first("number")
    if number is None:
        return False
    bare = number.text[-1:].isascii()
    return any(
        part.start == number.end and part.text[:1] in words("number_goes_on") and (bare or len(part.text) <= 2)
        for part in case.question.names
    )


def _is_apart(part: Part, case: Case) -> bool:
    """Say whether a place named behind the number has a number of its own, or is another part of the yard or beside the flat."""
    if part.label not in ("poi", "sub_poi"):
        return False
    parsed, text = case.question.parsed, part.text
    before = [other for other in parsed.parts if other.end <= part.start and other.label in ("number", "building", "room")]
    if not before:
        return False
    if text in words("numbered_premises") and any(other.start == part.end and other.label in ("number", *INSIDE) for other in parsed.parts):
        return True
    if case.entry.room:
        return text in words("with_a_flat") or _ROOM_OF_SEVERAL.fullmatch(text) is not None
    return _HOUSE_OF_SEVERAL.fullmatch(text) is not None


def _is_on_unknown_floor(case: Case) -> bool:
    """Say whether the text names a storey of a house of which the register knows none: 21号2楼."""
    return bool(case.question.floor and case.entry.kind == "address" and not (case.entry.floor or case.entry.room))


def _floor_denies_room(case: Case) -> bool:
    """Say whether the floor given is not the one that the room's number tells, where the register knows no floor: 5楼101室."""
    floor, room = case.question.floor, case.question.room
    if case.entry.floor or not (floor.isdecimal() and room.isdecimal() and len(room) > 2):
        return False
    return int(floor) != int(room[:-2])


def _another_zone(case: Case) -> bool:
    """A phase or zone that the register does not know numbers its buildings anew: 锦绣苑二期1幢 is not 锦绣苑1幢."""
    if not (case.entry.estate and case.entry.building):
        return False
    return case.has("poi", "extra") and any(
        part.label == "sub_poi" and _ZONE.fullmatch(part.text) is not None for part in case.question.names
    )


def _hamlet_missing(case: Case) -> bool:
    entry = case.entry
    return bool(entry.kind == "address" and entry.village_group and not (entry.road or entry.estate) and not case.good("village_group"))


def _is_elsewhere(part: Part, covered: frozenset[str], index: IndexLike) -> bool:
    """Say whether a division lies outside; a short form that is one of the register's own divisions as well does not (锦屏: 锦屏街道)."""
    if not part.ref or part.value in covered or part.text in covered:
        return False
    return not any(name.value in covered or (part.text != part.value and name.label in DIVISIONS) for name in index.names(part.text))


def _deepest_division(question: Question, index: IndexLike) -> str:
    known = [part.label for part in question.divisions if index.names(part.text)]
    return max(known, key=DIVISIONS.index) if known else "none"


def _unmatched_names(case: Case) -> bool:
    return any(
        line.outcome in ("extra", "conflict") and line.label in ("road", "sub_road", "poi", "village_group", "community")
        for line in case.best.evidence
    )


def _lane_known(case: Case) -> bool:
    """Say whether the road has the lane the text names (true where it names none)."""
    lane, road = case.question.sub_road, case.entry.road
    return not lane or bool(case.index.rows_at(plain(road), lane_key(lane), limit=1))


def _may_be_at(other: Entry, entry: Entry) -> bool:
    """Say whether what is recorded of a point of interest leaves open that it is at the door of an entry."""
    if other.kind == "address" and (other.road, other.number) != (entry.road, entry.number):
        return False
    return (not other.road or other.road == entry.road) and other.town in ("", entry.town)


def _known_elsewhere(case: Case) -> bool:
    """A point of interest that the entry lacks but the register has, at another road or in another town."""
    entry = case.entry
    for line in case.best.evidence:
        if line.label != "poi" or line.outcome != "extra":
            continue
        rows = case.index.rows_at(plain(line.given), door_key(NAMED, "", ""), limit=8)
        others = [case.index.entry(row) for row in rows]
        others = [other for other in others if other.kind == "address"] or others
        if others and not any(_may_be_at(other, entry) for other in others):
            return True
    return False
