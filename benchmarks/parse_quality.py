"""How well and how fast addresses are parsed: span F1 against a public labelled corpus, and parses a second on one core.

Usage: ``python benchmarks/parse_quality.py [CORPUS] [--errors N]``.
The corpus has one token and BIO tag a line (Neural Chinese Address Parsing).
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path

from corpora import DATA

from geoaddr.parse import parse
from geoaddr.parts import Parsed

DEFAULT_CORPUS = DATA / "parsing" / "ncap_dev.txt"
Span = tuple[str, int, int]

TAGS = {
    "country": "country", "province": "prov", "city": "city", "district": "district", "devzone": "devzone", "town": "town",
    "community": "community", "village_group": "road", "road": "road", "sub_road": "subroad", "number": "roadno",
    "sub_number": "subroadno", "poi": "poi", "sub_poi": "subpoi", "building": "houseno", "unit": "cellno", "floor": "floorno",
    "room": "roomno", "relation": "assist", "distance": "assist", "junction": "assist", "noise": "redundant", "contact": "person",
    "rest": "redundant",
}  # fmt: skip
"""Our labels as the corpus tags them; it has no tag for groups (tagged road), distances and junctions (tagged assist)."""


def read_corpus(path: Path) -> list[tuple[str, list[Span]]]:
    """Return ``(text, spans)`` for each address of a BIO file; a token may be several characters long."""
    addresses: list[tuple[str, list[Span]]] = []
    text, spans = "", list[Span]()
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        if not line.strip():
            if text:
                addresses.append((text, spans))
            text, spans = "", []
            continue
        token, _, tag = line.rpartition(" ")
        start, text = len(text), text + token
        if tag.startswith("B-"):
            spans.append((tag[2:].lower(), start, len(text)))
        elif tag.startswith("I-") and spans:
            spans[-1] = (spans[-1][0], spans[-1][1], len(text))
    return addresses


def corpus_spans(parsed: Parsed) -> list[Span]:
    """Return a parse in the corpus's tags.

    A lane that carries the number itself is its ``roadno``, a number off a lane its ``subroadno``, the second road of a
    junction its ``subroad``.
    """
    ordered = sorted([*parsed.parts, *parsed.rest], key=lambda part: (part.start, part.end))
    spans: list[Span] = []
    for index, part in enumerate(ordered):
        tag = TAGS[part.label]
        before = ordered[index - 1].label if index else ""
        after = ordered[index + 1].label if index + 1 < len(ordered) else ""
        if part.label == "sub_road" and part.text[0].isdecimal() and after != "number":
            tag = "roadno"
        if part.label == "number" and before == "sub_road":
            tag = "subroadno"
        if part.label == "road" and before == "relation" and ordered[index - 1].text in ("与", "和"):
            tag = "subroad"
        spans.append((tag, part.start, part.end))
    return spans


def measure(addresses: list[tuple[str, list[Span]]]) -> tuple[float, float, float, dict[str, tuple[int, int, int]]]:
    """Return precision, recall, F1 over exact spans, and per tag (right, given, expected)."""
    right, given, expected = Counter[str](), Counter[str](), Counter[str]()
    for text, gold in addresses:
        ours = corpus_spans(parse(text))
        given.update(span[0] for span in ours)
        expected.update(span[0] for span in gold)
        right.update(span[0] for span in set(ours) & set(gold))
    total, ours_total, gold_total = sum(right.values()), sum(given.values()), sum(expected.values())
    precision, recall = total / max(1, ours_total), total / max(1, gold_total)
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    return precision, recall, f1, {tag: (right[tag], given[tag], expected[tag]) for tag in sorted(given | expected)}


def speed(texts: list[str]) -> float:
    """Return parses a second of processor time."""
    begin = time.process_time()
    for text in texts:
        parse(text)
    return len(texts) / (time.process_time() - begin)


def main() -> None:
    """Print F1 of both halves of the corpus, per tag for the first, and the speed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("corpus", nargs="?", type=Path, default=DEFAULT_CORPUS)
    options.add_argument("--errors", type=int, default=0, help="print this many wrong parses of the first half")
    chosen = options.parse_args()
    if not chosen.corpus.is_file():
        print(f"No labelled addresses at {chosen.corpus}; give the path of a BIO file to measure against.")
        return
    addresses = read_corpus(chosen.corpus)
    middle = len(addresses) // 2
    halves = {"first half": addresses[:middle], "second half": addresses[middle:]}
    for name, half in halves.items():
        precision, recall, f1, tags = measure(half)
        print(f"{name}: {len(half)} addresses, span precision {precision:.4f} recall {recall:.4f} F1 {f1:.4f}")
        if name == "first half":
            for tag, (right, given, expected) in tags.items():
                print(f"  {tag:10} F1 {2 * right / max(1, given + expected):.3f}  right {right} of {given} given, {expected} expected")
    print(f"speed: {speed([text for text, _ in addresses]):,.0f} parses/s on one core")
    wrong = [(text, gold) for text, gold in halves["first half"] if set(corpus_spans(parse(text))) != set(gold)]
    for text, gold in wrong[: chosen.errors]:
        print("ours ", " ".join(f"{text[start:end]}/{tag}" for tag, start, end in corpus_spans(parse(text))))
        print("gold ", " ".join(f"{text[start:end]}/{tag}" for tag, start, end in gold))


if __name__ == "__main__":
    main()
