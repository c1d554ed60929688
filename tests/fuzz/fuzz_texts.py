"""Fuzzing of reading, matching and comparing with atheris (``pip install -e '.[fuzz]'``).

``python tests/fuzz/fuzz_texts.py -max_total_time=300 CORPUS`` mutates texts for five minutes, keeps those that reach new code in
the folder CORPUS and stops at the first broken property; what it finds belongs into tests/cases/hostile.csv. The first run
fills the folder with the texts of the test cases.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from pathlib import Path

import atheris

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

with atheris.instrument_imports(include=["geoaddr", "matchers"]):
    from match_register import small_register
    from text_properties import check_compared, check_text

    from matchers.index import build_index, open_index

FOLDER = Path(tempfile.mkdtemp(prefix="geoaddr-fuzz-"))
build_index(iter(small_register()), FOLDER, seq=1)
INDEX = open_index(FOLDER)


def one_input(data: bytes) -> None:
    """Check every property of the text, and of its two halves beside each other."""
    text = data.decode("utf-8", "surrogatepass" if len(data) % 2 else "replace") if _decodes(data) else data.decode("utf-8", "replace")
    check_text(text, INDEX)
    half, tab, other = text.partition("\t")
    if tab:
        check_compared(half, other)


def _decodes(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def fill(corpus: Path) -> None:
    """Begin with the texts that the tests know."""
    corpus.mkdir(parents=True, exist_ok=True)
    for name in ("match", "parse", "hostile"):
        path = TESTS / "cases" / f"{name}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            for number, row in enumerate(csv.DictReader(file)):
                (corpus / f"{name}-{number}").write_bytes(row["text"].encode("utf-8", "surrogatepass"))


if __name__ == "__main__":
    folders = [Path(argument) for argument in sys.argv[1:] if not argument.startswith("-")]
    if folders and not folders[0].exists():
        fill(folders[0])
    atheris.Setup([*sys.argv, "-max_len=600"], one_input)
    atheris.Fuzz()
