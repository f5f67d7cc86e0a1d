"""French plural and feminine forms, and the bracket notation."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncotext.language.folding import AE, OE
from oncotext.language.view import TextView
from oncotext.matching import inflection
from oncotext.matching.inflection import (
    adjective_forms,
    expand,
    feminine,
    noun_forms,
    phrase_form,
    plural,
    spellings,
)


def test_docstring_examples() -> None:
    assert doctest.testmod(inflection).failed == 0


@pytest.mark.parametrize(
    ("term", "terms"),
    [
        ("cancer", ["cancer"]),
        ("cancer [du sein]", ["cancer", "cancer du sein"]),
        ("[gros ]cancer", ["cancer", "gros cancer"]),
        ("{a/b} c", ["a c", "b c"]),
        ("a [b/c] {d/e}", ["a d", "a e", "a b d", "a b e", "a c d", "a c e"]),
        ("anti{-/}HER2", ["anti-HER2", "antiHER2"]),
    ],
)
def test_brackets(term: str, terms: list[str]) -> None:
    assert expand(term) == terms


@pytest.mark.parametrize(
    ("singular", "expected"),
    [
        ("tumeur", "tumeurs"),
        ("canal", "canaux"),
        ("medullaire", "medullaires"),
        ("vertebral", "vertebraux"),
        ("os", "os"),
        ("larynx", "larynx"),
        ("nez", "nez"),
        ("cerveau", "cerveaux"),
        ("boyau", "boyaux"),
        ("cheveu", "cheveux"),
        ("her2", "her2"),
    ],
)
def test_plural(singular: str, expected: str) -> None:
    assert plural(singular) == expected


@pytest.mark.parametrize(
    ("masculine", "expected"),
    [
        ("hepatique", "hepatique"),
        ("sereux", "sereuse"),
        ("invasif", "invasive"),
        ("inferieur", "inferieure"),
        ("pulmonaire", "pulmonaire"),
        ("anterieur", "anterieure"),
        ("ovarien", "ovarienne"),
        ("residuel", "residuelle"),
        ("regulier", "reguliere"),
        ("infiltrant", "infiltrante"),
        ("vertebral", "vertebrale"),
    ],
)
def test_feminine(masculine: str, expected: str) -> None:
    assert feminine(masculine) == expected


def test_participles() -> None:
    assert feminine("differencie", participle=True) == "differenciee"


@pytest.mark.parametrize(
    ("term", "forms"),
    [
        ("carcinome canalaire infiltrant", ["carcinomes canalaires infiltrants"]),
        ("tumeur de la vessie", ["tumeurs de la vessie"]),
        ("carcinome à petites cellules", ["carcinomes a petites cellules"]),
        ("carcinome in situ", ["carcinomes in situ"]),
        ("tête de l'humérus", ["tetes de l'humerus"]),
        ("angle colique gauche", ["angles coliques gauches"]),
        ("œdème", [f"{OE}demes"]),
        ("grade II", ["grades ii"]),
        ("métastase sous-cutanée", ["metastases sous cutanees"]),
    ],
)
def test_a_noun_phrase_and_its_plural(term: str, forms: list[str]) -> None:
    assert noun_forms(term) == [phrase_form(term), *forms]


@pytest.mark.parametrize(
    ("term", "forms"),
    [
        ("osseux", {"osseux", "osseuse", "osseuses"}),
        ("cérébral", {"cerebral", "cerebrale", "cerebraux", "cerebrales"}),
        ("hépatique", {"hepatique", "hepatiques"}),
        ("épidermoïde", {"epidermoide", "epidermoides"}),
        (
            "peu différencié",
            {"peu differencie", "peu differenciee", "peu differencies", "peu differenciees"},
        ),
        ("sus-hépatique", {"sus hepatique", "sus hepatiques"}),
        ("œsophagien", {f"{OE}sophagien{end}" for end in ("", "s", "ne", "nes")}),
    ],
)
def test_the_forms_of_an_adjective(term: str, forms: set[str]) -> None:
    assert set(adjective_forms(term)) == forms


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        (f"{OE}sophage", ["oesophage", f"{OE}sophage"]),
        ("oesophage", ["oesophage", f"{OE}sophage"]),
        (f"c{AE}cum", ["caecum", f"c{AE}cum"]),
        ("sein", ["sein"]),
    ],
)
def test_both_spellings_of_ligatures(phrase: str, expected: list[str]) -> None:
    assert spellings(phrase) == expected


@given(st.text(st.sampled_from("aéÉœ'’ -–x9\n"), max_size=20))
def test_phrase_form_is_stable(term: str) -> None:
    form = phrase_form(term)
    assert phrase_form(form) == form
    assert form == " ".join(form.split())
    assert "-" not in form


@given(st.text(st.sampled_from("aéÉœ'’ -–x9\u00a0"), max_size=20))
def test_terms_are_written_as_the_text_they_are_looked_up_in(term: str) -> None:
    assert TextView(term).phrases.text.strip() == phrase_form(term)


@given(st.lists(st.sampled_from(["tumeur", "à", "petite", "cellule", "bénin"]), min_size=1))
def test_forms_hold_the_term_itself_and_no_duplicates(words: list[str]) -> None:
    term = " ".join(words)
    for forms in (noun_forms(term), adjective_forms(term)):
        assert forms[0] == phrase_form(term)
        assert len(forms) == len(set(forms))
