"""Linkers: the lexicon alone, and with the forms of a corpus."""

from __future__ import annotations

import pytest

from oncotext.errors import UsageError
from oncotext.linking.linker import Linker, behaviours_said
from oncotext.linking.systems import code_system


@pytest.fixture(scope="module")
def morphology() -> Linker:
    return Linker(code_system("ICD-O-3-M"))


@pytest.fixture(scope="module")
def topography() -> Linker:
    return Linker(code_system("ICD-O-3-T"))


@pytest.mark.parametrize(
    ("surface", "code"),
    [
        ("adénocarcinome peu différencié infiltrant de type intestinal", "8144/3"),
        ("carcinome canalaire infiltrant multifocal", "8500/3"),
        ("carcinome épidermoide infiltrent", "8070/3"),
        ("lymphome malin folliculaire", "9690/3"),
        ("mélanome malin d'extension superficielle ulcéré", "8743/3"),
    ],
)
def test_unknown_forms(morphology: Linker, surface: str, code: str) -> None:
    assert code in [candidate.code for candidate in morphology.link(surface, 3)]


def test_what_is_no_type_has_no_certain_code(morphology: Linker) -> None:
    for surface in ("consultation de contrôle", "épaississement", "prise de contraste"):
        assert sum(candidate.score for candidate in morphology.link(surface, 10)) < 0.5


def test_scores_are_probabilities(morphology: Linker) -> None:
    for surface in ("carcinome bizarre", "tumeur stromale du grêle", "xyz"):
        scores = [candidate.score for candidate in morphology.link(surface, 10)]
        assert all(0 < score <= 1 for score in scores)
        assert sum(scores) <= 1.001
        assert scores == sorted(scores, reverse=True)


def test_a_side_says_nothing_of_a_site(topography: Linker) -> None:
    assert topography.link("lobe supérieur du poumon droit", 1) == topography.link(
        "lobe supérieur du poumon", 1
    )


def test_context_speaks_for_the_codes_that_it_names(morphology: Linker) -> None:
    plain = {c.code: c.score for c in morphology.link("carcinome infiltrants", 10)}
    around = {
        c.code: c.score
        for c in morphology.link("carcinome infiltrants", 10, "Profil lobulaire du carcinome.")
    }
    assert around.get("8520/3", 0) >= plain.get("8520/3", 0)


def test_a_corpus_teaches_its_forms() -> None:
    aliases = {"masse spiculee": {"8000/1": 3}, "carcinome": {"8140/3": 9, "8010/3": 1}}
    linker = Linker(code_system("ICD-O-3-M"), aliases=aliases)
    assert linker.link("Masse spiculée", 1)[0].code == "8000/1"
    assert linker.link("carcinomes", 1)[0].code == "8140/3"
    first, second = linker.link("carcinome", 2)
    assert (first.code, second.code) == ("8140/3", "8010/3")
    assert first.score > 0.7


def test_names_are_those_of_the_lexicon(morphology: Linker) -> None:
    names = {c.code: c.name for c in morphology.link("carcinome canalaire infiltrant", 3)}
    assert names["8500/3"] == "carcinome canalaire infiltrant"
    assert all(names.values())


def test_at_least_one_candidate_must_be_asked_for(morphology: Linker) -> None:
    with pytest.raises(UsageError):
        morphology.link("carcinome", 0)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("carcinome in situ", "2"),
        ("carcinome non infiltrant", "2"),
        ("carcinome infiltrant", "3"),
        ("tumeur borderline", "1"),
        ("carcinome", ""),
    ],
)
def test_behaviours_that_words_speak_of(form: str, said: str) -> None:
    assert behaviours_said(form) == frozenset(said)
