"""The README's figures are those stored, and each stored result says where it comes from."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
BENCHMARKS = ROOT / "benchmarks"
RESULTS = sorted((BENCHMARKS / "results").glob("*.json"))
NAMES = [path.stem for path in RESULTS]

pytestmark = pytest.mark.skipif(not BENCHMARKS.is_dir(), reason="needs a clone with benchmarks/")


@pytest.fixture(scope="module")
def table() -> Iterator[Any]:
    """The script, whose neighbours import each other by their bare names."""
    before = set(sys.modules)
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import table

        yield table
    finally:
        sys.path.remove(str(BENCHMARKS))
        for name in set(sys.modules) - before:
            path = getattr(sys.modules[name], "__file__", None)
            if path and Path(path).parent == BENCHMARKS:
                del sys.modules[name]


def values_of(tree: Any, wanted: str) -> Iterator[Any]:
    """All values under a key, however deep."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key == wanted:
                yield value
            yield from values_of(value, wanted)
    elif isinstance(tree, list):
        for value in tree:
            yield from values_of(value, wanted)


def strings_of(tree: Any) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, dict):
        yield from tree
        for value in tree.values():
            yield from strings_of(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from strings_of(value)


def measured_parts(result: dict[str, Any]) -> list[dict[str, Any]]:
    """A result by corpus, or as a whole; each must stand by itself."""
    return list(result["corpora"].values()) if "corpora" in result else [result]


@pytest.mark.parametrize("name", ["README.md", "README.fr.md"])
def test_readme_says_what_is_stored(table: Any, name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    wanted = table.rendered(table.stored(), table.PAGES[name])
    assert table.page(text, wanted) == text, "run: python benchmarks/table.py"


@pytest.mark.parametrize("path", RESULTS, ids=NAMES)
def test_result_names_versions_date_and_checksum(path: Path) -> None:
    result = json.loads(path.read_text(encoding="utf-8"))
    assert result["benchmark"]
    for part in measured_parts(result):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", part["date"])
        versions = list(values_of(part, "versions"))
        assert any("oncotext" in found and "python" in found for found in versions)
        checksums = list(values_of(part, "sha256"))
        assert checksums
        assert all(re.fullmatch(r"[0-9a-f]{64}", found) for found in checksums)


@pytest.mark.parametrize("path", RESULTS, ids=NAMES)
def test_result_has_no_path_of_the_machine(path: Path) -> None:
    result = json.loads(path.read_text(encoding="utf-8"))
    found = [text for text in strings_of(result) if re.match(r"(?:/|~|[A-Za-z]:[\\/]|\.\.)", text)]
    assert not found


@pytest.mark.parametrize(
    "name", ["oncotext-gold", "oncotext-gold-h", "oncotext-gold-j", "oncotext-gold-k"]
)
def test_figures_are_of_the_present_annotation(table: Any, name: str) -> None:
    from annotated import OWN, read  # type: ignore[import-not-found]

    stored = table.stored()["accuracy"]["corpora"][name]
    wanted = read(name, OWN / name).facts["sha256"]
    assert stored["corpus"]["sha256"] == wanted, "run: python benchmarks/accuracy.py"


def test_blind_figures_are_the_datasheets(table: Any) -> None:
    sheet = (ROOT / "corpora/oncotext-gold-k/DATASHEET.md").read_text(encoding="utf-8")
    for value in table.BLIND.values():
        assert (f"{value:.3f}" if isinstance(value, float) else str(value)) in sheet


def test_what_is_not_stored_has_no_row(table: Any) -> None:
    text = table.rendered({}, "en")
    assert "|" not in text
    assert "results" in text


SPEED = {
    "date": "2026-01-02T03:04:05+00:00",
    "corpus": {"name": "texts", "texts": 1200},
    "sample": {"texts": 100},
    "race": {
        "rates": {
            "oncotext report": {"docs_per_s": {"median": 140.04}},
            "edsnlp pipeline": {"docs_per_s": {"median": 20.0}},
        },
        "ratios": {"oncotext report / edsnlp pipeline": {"median": 7.0}},
    },
    "first_sight": {"oncotext": {"docs_per_cpu_s": 100}, "edsnlp": {"docs_per_cpu_s": 20.0}},
    "first_sight_ratios": {"all": 5.0, "without_dates": 1.5},
}
MEMORY = {
    "date": "2026-01-02T03:04:05+00:00",
    "corpus": {"name": "texts", "texts": 1200},
    "peaks": {
        "import spacy": {"peak_bytes": 95_000_000},
        "oncotext, all texts": {"peak_bytes": 232_400_000},
    },
}


def test_speed_and_memory(table: Any) -> None:
    english = table.rendered({"speed": SPEED, "memory": MEMORY}, "en")
    assert "| 140.0 | 20.0 (7.0 times slower) |" in english
    assert "| 100.0 | 20.0 (5.0 times slower; 1.5 without its dates) |" in english
    assert "| 1,200 texts | 232 MB, of which 95 importing spaCy |" in english
    french = table.rendered({"speed": SPEED, "memory": MEMORY}, "fr")
    assert "| 140,0 | 20,0 (7,0 fois plus lent) |" in french


def test_speed_without_another_library(table: Any) -> None:
    alone = {
        **SPEED,
        "race": {"rates": {"oncotext report": {"docs_per_s": {"median": 140.0}}}, "ratios": {}},
        "first_sight": {"oncotext": {"docs_per_cpu_s": 100.0}},
        "first_sight_ratios": {},
    }
    assert "| 140.0 | – | – | 2026-01-02 |" in table.rendered({"speed": alone}, "en")
