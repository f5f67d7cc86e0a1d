"""The shipped lexicon: every file loads, no term has two meanings, every code exists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import pytest

from oncotext.lexicon import read_concepts, read_cues
from oncotext.lexicon.loader import CONCEPT_COLUMNS, CUE_COLUMNS
from oncotext.linking.stage_tables import GROUP_COLUMNS, TABLE_COLUMNS
from oncotext.matching.inflection import expand
from oncotext.mentions.laboratory_rules import RULE_COLUMNS

FOLDER = Path(str(files("oncotext.lexicon")))
REFERENCE = Path(__file__).parents[2].parent / "shared" / "reference"


def _columns(path: Path) -> tuple[str, ...]:
    lines = path.read_text(encoding="utf-8").split("\n")
    return tuple(next(x for x in lines if x.strip() and not x.startswith("#")).split("\t"))


ALL = {path.stem: _columns(path) for path in sorted(FOLDER.glob("*.tsv"))}
CONCEPT_FILES = [name for name, columns in ALL.items() if columns == CONCEPT_COLUMNS]
CUE_FILES = [name for name, columns in ALL.items() if columns == CUE_COLUMNS]


def test_every_file_has_one_of_the_forms() -> None:
    own = {
        "stage_groups": GROUP_COLUMNS,
        "stage_tables": TABLE_COLUMNS,
        "ctcae_values": RULE_COLUMNS,
    }
    assert {*CONCEPT_FILES, *CUE_FILES, *own} == ALL.keys()
    assert {name: ALL[name] for name in own} == own
    assert {"histology", "topography", "drugs", "toxicity"} <= set(CONCEPT_FILES)


@pytest.mark.parametrize("name", CONCEPT_FILES)
def test_concept_files_load(name: str) -> None:
    concepts = read_concepts(FOLDER / f"{name}.tsv")
    assert concepts
    assert len({concept.id for concept in concepts}) == len(concepts)


@pytest.mark.parametrize("name", CUE_FILES)
def test_cue_files_load(name: str) -> None:
    assert read_cues(FOLDER / f"{name}.tsv")


@pytest.mark.parametrize("name", CONCEPT_FILES)
def test_no_phrase_stands_for_two_codes(name: str) -> None:
    codes: dict[str, set[tuple[str, str]]] = defaultdict(set)
    rows: dict[str, list[str]] = defaultdict(list)
    for concept in read_concepts(FOLDER / f"{name}.tsv"):
        for phrase, _ in concept.phrases():
            codes[phrase].add((concept.label, concept.code))
            rows[phrase].append(concept.id)
    assert {phrase: rows[phrase] for phrase, found in codes.items() if len(found) > 1} == {}


@pytest.mark.parametrize("name", CONCEPT_FILES)
def test_terms_are_well_written(name: str) -> None:
    for concept in read_concepts(FOLDER / f"{name}.tsv"):
        for term in (concept.preferred, *concept.variants):
            assert term == " ".join(term.split()), (concept.id, term)
            assert "’" not in term, (concept.id, term)
            for form in expand(term.removeprefix("~")):
                assert form, (concept.id, term)
                assert not set(form) & set("[]{}|~"), (concept.id, term)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.tsv")), ids=lambda path: path.stem)
def test_files_are_plain_utf8_with_unix_line_ends(path: Path) -> None:
    data = path.read_bytes()
    assert b"\r" not in data
    assert not data.startswith(b"\xef\xbb\xbf")
    assert data.endswith(b"\n")
    data.decode("utf-8")


def _column(path: str, number: int = 0, prefix: str = "") -> set[str]:
    lines = (REFERENCE / path).read_text(encoding="utf-8").splitlines()
    return {line.split("\t")[number].removeprefix(prefix) for line in lines if "\t" in line}


@lru_cache
def _reference(label: str) -> frozenset[str]:
    if label == "TOPOGRAPHY":
        return frozenset(_column("gold-codes/ICDO3_Topography.tsv", prefix="ICDO3:"))
    if label == "TOXICITY":
        return frozenset(_column("gold-codes/MedDRA_CTCAE-v5.0.tsv", 1))
    found = _column("gold-codes/ICDO3_Morphology.tsv", prefix="ICDO3:")
    for path in ("gold-codes/extra_codes.tsv", "icdo3/va_icdo3_morphology_en_foia2023.tsv",
                 "icdo3/icdo31_histologies_en.tsv"):  # fmt: skip
        found |= _column(path)
    # Rule F of ICD-O: a histology may take another behaviour than those listed with it.
    return frozenset(f"{code[:4]}/{behaviour}" for code in found for behaviour in "012369")


reference_needed = pytest.mark.skipif(
    not REFERENCE.is_dir(), reason="the reference lists are not beside this checkout"
)


@reference_needed
@pytest.mark.parametrize(
    ("name", "label"),
    [("histology", "MORPHOLOGY"), ("topography", "TOPOGRAPHY"), ("toxicity", "TOXICITY")],
)
def test_every_code_exists(name: str, label: str) -> None:
    concepts = read_concepts(FOLDER / f"{name}.tsv")
    assert {concept.label for concept in concepts} == {label}
    assert [c.id for c in concepts if c.code not in _reference(label)] == []


@reference_needed
@pytest.mark.parametrize("name", ["histology", "topography", "toxicity"])
def test_codes_in_attributes_exist(name: str) -> None:
    check: dict[str, Callable[[str], bool]] = {
        "node_code": lambda code: code in _reference("TOPOGRAPHY"),
    }
    for concept in read_concepts(FOLDER / f"{name}.tsv"):
        for key, value in concept.attrs.items():
            if key in check:
                assert check[key](value), (concept.id, key, value)
