"""What must hold for every text whatever: checked by the property tests with generated texts and by the fuzzer with mutated ones."""

from __future__ import annotations

import json

from geoaddr.normalize import normalize
from geoaddr.parse import parse
from geoaddr.parts import LABELS
from matchers.index import IndexLike
from matchers.match import explain, match
from matchers.tables import codes
from matchers.texts import compare_texts
from matchers.verdict import LEVELS, NEXT_STEPS, VERDICTS, Query, Verdict

RELATIONS = ("same", "partial", "different")


def check_normalized(text: str) -> None:
    """Normalising is a fixed point, and its offsets lead back into the raw text in order."""
    found = normalize(text)
    assert normalize(found.text).text == found.text, f"not a fixed point: {text!r}"
    assert len(found.offsets) == len(found.ends) == len(found.text)
    assert all(0 <= start <= end <= len(text) for start, end in zip(found.offsets, found.ends, strict=True))
    assert list(found.offsets) == sorted(found.offsets)


def check_parsed(text: str, index: IndexLike) -> None:
    """Parts and rest are in order, lie within the text, carry known labels and recompose the normalised text: nothing is lost."""
    parsed = parse(text, index.lexicon)
    stretches = sorted((*parsed.parts, *parsed.rest), key=lambda part: (part.start, part.end))
    assert "".join(part.text for part in stretches) == parsed.normalized, f"lost or invented: {text!r}"
    assert all(part.label in LABELS for part in parsed.parts)
    assert all(0 <= part.start <= part.end <= len(text) for part in stretches)
    assert parse(text, index.lexicon) == parsed


def check_matched(text: str, index: IndexLike) -> Verdict:
    """A verdict keeps its promises: known codes, one entry for A and B and none otherwise, the same every time, plain JSON."""
    verdict = match(Query(text), index)
    known = codes()
    assert verdict.verdict in VERDICTS
    assert verdict.next in NEXT_STEPS
    assert verdict.match_level in LEVELS
    assert verdict.reason in known["reasons"]
    assert verdict.reason != "failed"
    assert all(warning in known["warnings"] for warning in verdict.warnings)
    assert all(line.outcome in known["outcomes"] for line in verdict.evidence)
    assert (verdict.address is not None) == (verdict.verdict in ("A", "B"))
    assert verdict.address is None or not verdict.candidates
    assert 0.0 <= verdict.score <= 1.0
    assert 0.0 <= verdict.margin <= 1.0
    assert match(Query(text), index) == verdict
    assert explain(Query(text), index).verdict == verdict
    json.dumps(verdict.as_dict(), ensure_ascii=True)
    return verdict


def check_compared(a: str, b: str) -> None:
    """Two texts relate in one of three ways, the same in either order, and a text is never different from itself where it says anything."""
    there, back = compare_texts(a, b), compare_texts(b, a)
    assert there.relation in RELATIONS
    assert (there.relation, round(there.score, 9)) == (back.relation, round(back.score, 9)), f"not symmetric: {a!r} {b!r}"
    assert 0.0 <= there.score <= 1.0


def check_text(text: str, index: IndexLike) -> Verdict:
    """Check everything that holds for one text."""
    check_normalized(text)
    check_parsed(text, index)
    return check_matched(text, index)
