"""Every code of ICD-O-3 and every term of CTCAE v5.0 has a French term, and no other is used."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from oncotext.lexicon import load_concepts
from oncotext.matching.inflection import expand

LEXICONS = {"MORPHOLOGY": "histology", "TOPOGRAPHY": "topography", "TOXICITY": "toxicity"}


def codes() -> dict[str, set[str]]:
    """The codes by label; ``ADDITION`` are those of ICD-O-3.2 in use."""
    found = defaultdict(set)
    path = Path(__file__).parent / "codes.tsv"
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            label, code = line.split("\t")
            found[label].add(code)
    return found


@pytest.mark.parametrize("label", LEXICONS)
def test_every_code_has_a_french_term(label: str) -> None:
    ours = {concept.code for concept in load_concepts(LEXICONS[label])}
    assert sorted(codes()[label] - ours) == []


def test_additions_have_a_french_term() -> None:
    ours = {concept.code for concept in load_concepts("histology")}
    assert sorted(codes()["ADDITION"] - ours) == []


@pytest.mark.parametrize("label", ["TOPOGRAPHY", "TOXICITY"])
def test_every_code_exists(label: str) -> None:
    ours = {concept.code for concept in load_concepts(LEXICONS[label])}
    assert sorted(ours - codes()[label]) == []


def test_every_histology_exists() -> None:
    """A listed code, or a listed histology with another behaviour, or an addition of ICD-O-3.2
    that the lexicon names as such in its source."""
    listed = codes()["MORPHOLOGY"] | codes()["ADDITION"]
    histologies = {code[:4] for code in listed}
    unknown = {
        concept.code
        for concept in load_concepts("histology")
        if concept.code[:4] not in histologies and "ICD-O-3" not in concept.source
    }
    assert sorted(unknown) == []


def test_the_sizes_of_the_classifications() -> None:
    assert {label: len(found) for label, found in codes().items()} == {
        "MORPHOLOGY": 1032,
        "ADDITION": 10,
        "TOPOGRAPHY": 330,
        "TOXICITY": 837,
    }


def test_frequent_toxicities_have_ten_forms() -> None:
    forms = defaultdict(set)
    for concept in load_concepts("toxicity"):
        for term in (concept.preferred, *concept.variants):
            forms[concept.code].update(expand(term.removeprefix("~")))
    path = Path(__file__).parent / "frequent_toxicities.txt"
    frequent = path.read_text(encoding="utf-8").splitlines()[1:]
    assert len(frequent) == 150
    assert {term: len(forms[term]) for term in frequent if len(forms[term]) < 10} == {}
