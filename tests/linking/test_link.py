"""Ranked codes for a surface form."""

from __future__ import annotations

import doctest
import importlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncotext.errors import UnknownNameError, UsageError
from oncotext.linking import SYSTEMS, link
from oncotext.linking.systems import code_system


def test_docstring_examples() -> None:
    assert doctest.testmod(importlib.import_module("oncotext.linking.link")).failed == 0


@pytest.mark.parametrize(
    ("surface", "system", "code"),
    [
        ("carcinome canalaire infiltrant", "ICD-O-3-M", "8500/3"),
        ("CARCINOMES CANALAIRES INFILTRANTS", "ICD-O-3-M", "8500/3"),
        ("adenocarcinome", "ICD-O-3-M", "8140/3"),
        ("mélanome", "ICD-O-3-M", "8720/3"),
        ("côlon sigmoïde", "ICD-O-3-T", "C18.7"),
        ("foie", "ICD-O-3-T", "C22.0"),
        ("Œsophage", "ICD-O-3-T", "C15.9"),
        ("neutropénies fébriles", "CTCAE-5", "Febrile neutropenia"),
        ("nausées", "CTCAE-5", "Nausea"),
    ],
)
def test_known_forms_score_one(surface: str, system: str, code: str) -> None:
    for k in (1, 5):
        best = link(surface, system, k=k)[0]
        assert (best.code, best.score) == (code, 1.0)
        assert best.name


@pytest.mark.parametrize(
    ("surface", "system", "code"),
    [
        ("carcinom canalaire infiltrent", "ICD-O-3-M", "8500/3"),
        ("mélanomme malin", "ICD-O-3-M", "8720/3"),
        ("colon sigmoïd", "ICD-O-3-T", "C18.7"),
        ("neutropénnie fébrille", "CTCAE-5", "Febrile neutropenia"),
    ],
)
def test_misspelt_forms_are_linked_to_the_closest(surface: str, system: str, code: str) -> None:
    found = link(surface, system)
    assert code in [candidate.code for candidate in found[:3]]
    assert all(candidate.score < 1 for candidate in found)


@given(
    st.text(st.characters(codec="utf-8"), max_size=30),
    st.sampled_from(sorted(SYSTEMS)),
    st.integers(1, 8),
    st.none() | st.text(max_size=30),
)
@settings(max_examples=40)
def test_candidates_are_ranked_distinct_and_at_most_k(
    surface: str, system: str, k: int, context: str | None
) -> None:
    found = link(surface, system, k=k, context=context)
    assert len(found) <= k
    assert len({candidate.code for candidate in found}) == len(found)
    known = {concept.code for concept in code_system(system).concepts}
    assert all(0 < c.score <= 1 and c.code in known for c in found)
    if context is None:
        assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)


def test_context_decides_between_similar_candidates() -> None:
    surface = "carcinome infiltrant de type particulier"
    codes = [c.code for c in link(surface, "ICD-O-3-M", k=10)]
    around = [
        c.code
        for c in link(
            surface, "ICD-O-3-M", k=10, context="Aspect de carcinome lobulaire infiltrant."
        )
    ]
    assert "8520/3" in around
    assert around.index("8520/3") <= (codes.index("8520/3") if "8520/3" in codes else 10)


@pytest.mark.parametrize("surface", ["", " ", "🎗", "\n"])
def test_nothing_to_link(surface: str) -> None:
    assert link(surface, "ICD-O-3-M") == []


def test_unknown_systems_are_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="ICD-O-3-M"):
        link("cancer", "ICD-O-3")


@pytest.mark.parametrize("k", [0, -1])
def test_k_must_ask_for_something(k: int) -> None:
    with pytest.raises(UsageError):
        link("cancer", "ICD-O-3-M", k=k)
