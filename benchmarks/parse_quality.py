"""How well and how fast addresses are parsed: span F1 against a public labelled corpus, and parses a second on one core.

Usage: ``python benchmarks/parse_quality.py [CORPUS] [--errors N] [--train LABELLED] [--disjoint]``.
The corpus has one token and BIO tag a line (Neural Chinese Address Parsing). ``--train`` also trains on another labelled file and
measures what was trained; with ``--disjoint`` texts of the corpus that stand in that file too (digits aside) are left out of all
figures, which is needed when the file is no training half of the same corpus.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path

from corpora import DATA

from geoaddr.parse import parse
from geoaddr.parsing.labelled import read_labelled
from geoaddr.parsing.tagger import Tagger, load_tagger, save_tagger
from geoaddr.parsing.training import train
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
        if part.label == "village_group" and not part.text.endswith(("组", "队")):
            tag = "community"
        if part.label == "road" and before == "relation" and ordered[index - 1].text in ("与", "和"):
            tag = "subroad"
        spans.append((tag, part.start, part.end))
    return spans


def measure(
    addresses: list[tuple[str, list[Span]]], reader: Tagger | None = None
) -> tuple[float, float, float, dict[str, tuple[int, int, int]]]:
    """Return precision, recall, F1 over exact spans, and per tag (right, given, expected)."""
    right, given, expected = Counter[str](), Counter[str](), Counter[str]()
    for text, gold in addresses:
        ours = corpus_spans(parse(text, weights=reader))
        given.update(span[0] for span in ours)
        expected.update(span[0] for span in gold)
        right.update(span[0] for span in set(ours) & set(gold))
    total, ours_total, gold_total = sum(right.values()), sum(given.values()), sum(expected.values())
    precision, recall = total / max(1, ours_total), total / max(1, gold_total)
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    return precision, recall, f1, {tag: (right[tag], given[tag], expected[tag]) for tag in sorted(given | expected)}


def speed(texts: list[str], reader: Tagger | None = None) -> float:
    """Return parses a second of processor time."""
    begin = time.process_time()
    for text in texts:
        parse(text, weights=reader)
    return len(texts) / (time.process_time() - begin)


def worst_kinds(addresses: list[tuple[str, list[Span]]], shown: int = 20) -> list[tuple[int, str]]:
    """Return how often each label of the corpus was read as what (``road → poi + road``), most frequent first."""
    kinds = Counter[str]()
    for text, gold in addresses:
        ours = corpus_spans(parse(text))
        for label, start, end in set(gold) - set(ours):
            kinds[f"{label} → {' + '.join(tag for tag, low, high in ours if low < end and start < high)}"] += 1
    return [(count, kind) for kind, count in kinds.most_common(shown)]


def trained(labelled: Path, weights: Path | None) -> Tagger:
    """Train on a labelled file (or load what was trained) and say how long it took and what its file weighs."""
    if weights is not None and weights.is_file():
        return load_tagger(weights)
    begin = time.process_time()
    tagger = train(list(read_labelled(labelled)), seed=1, told=lambda items, name: items)
    taken = time.process_time() - begin
    with tempfile.TemporaryDirectory() as folder:
        path = weights or Path(folder) / "weights"
        save_tagger(tagger, path)
        about = tagger.about
        print(f"trained on {about['texts']} texts of {labelled.name}: CPU {taken:.0f} s, file {path.stat().st_size / 1e6:.1f} MB, ", end="")
        print(f"F1 {about['held_out_f1']} on {about['held_out_texts']} texts kept back from them")
        return load_tagger(path)


def without_known(addresses: list[tuple[str, list[Span]]], labelled: Path) -> list[tuple[str, list[Span]]]:
    """Return the addresses whose text, digits aside, does not stand in the labelled file."""
    known = {_masked(one.text) for one in read_labelled(labelled)}
    return [address for address in addresses if _masked(address[0]) not in known]


def _masked(text: str) -> str:
    return "".join("0" if char.isdecimal() else char for char in text)


def print_measures(addresses: list[tuple[str, list[Span]]], reader: Tagger | None) -> None:
    """Print F1 of both halves and of all, and per tag for the first half."""
    middle = len(addresses) // 2
    for name, part in (("first half", addresses[:middle]), ("second half", addresses[middle:]), ("all", addresses)):
        precision, recall, f1, tags = measure(part, reader)
        print(f"{name}: {len(part)} addresses, span precision {precision:.4f} recall {recall:.4f} F1 {f1:.4f}")
        if name == "first half":
            for tag, (right, given, expected) in tags.items():
                print(f"  {tag:10} F1 {2 * right / max(1, given + expected):.3f}  right {right} of {given} given, {expected} expected")
    print(f"speed: {speed([text for text, _ in addresses], reader):,.0f} parses/s on one core")


def main() -> None:
    """Print F1 of both halves of the corpus, per tag for the first, the speed, the worst kinds of the first half; the same when trained."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("corpus", nargs="?", type=Path, default=DEFAULT_CORPUS)
    options.add_argument("--errors", type=int, default=0, help="print this many wrong parses of the first half")
    options.add_argument("--train", type=Path, help="labelled file to train on")
    options.add_argument("--disjoint", action="store_true", help="leave out texts that stand in the file trained on")
    options.add_argument("--weights", type=Path, help="keep what was trained here, and take it from here when it exists")
    chosen = options.parse_args()
    if not chosen.corpus.is_file():
        print(f"No labelled addresses at {chosen.corpus}; give the path of a BIO file to measure against.")
        return
    addresses = read_corpus(chosen.corpus)
    if chosen.train is not None and chosen.disjoint:
        whole, addresses = len(addresses), without_known(addresses, chosen.train)
        print(f"{whole - len(addresses)} of {whole} texts stand in {chosen.train.name} too and are left out")
    print_measures(addresses, None)
    first = addresses[: len(addresses) // 2]
    for count, kind in worst_kinds(first):
        print(f"  {count:4} {kind}")
    if chosen.train is not None:
        print_measures(addresses, trained(chosen.train, chosen.weights))
    wrong = [(text, gold) for text, gold in first if set(corpus_spans(parse(text))) != set(gold)]
    for text, gold in wrong[: chosen.errors]:
        print("ours ", " ".join(f"{text[start:end]}/{tag}" for tag, start, end in corpus_spans(parse(text))))
        print("gold ", " ".join(f"{text[start:end]}/{tag}" for tag, start, end in gold))


if __name__ == "__main__":
    main()
