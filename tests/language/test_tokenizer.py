"""The tokenizer: every character kept, clinical forms whole."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

from oncotext.language.tokenizer import FrenchClinicalTokenizer, OncoFrench
from oncotext.language.view import view_of


@pytest.fixture(scope="module")
def blank() -> OncoFrench:
    return OncoFrench()


def words(blank: OncoFrench, text: str) -> list[str]:
    return [token.text for token in blank.make_doc(text)]


@given(
    st.one_of(
        st.text(),
        st.text(st.sampled_from("aZéœ0129.,;:'’-_=/()+>* \n\r\t\u00a0\u0301\u00ad🎗𝐩pcgltTQqu")),
    )
)
def test_the_text_is_kept(text: str) -> None:
    doc = OncoFrench().make_doc(text)
    assert doc.text == text
    assert [token.idx for token in doc] == sorted({token.idx for token in doc})
    assert all(len(token) for token in doc)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("C50.9", ["C50.9"]),
        ("p.L858R", ["p.L858R"]),
        ("c.2573T>G", ["c.2573T>G"]),
        ("p.(Arg273His)", ["p.(Arg273His)"]),
        ("3,2", ["3,2"]),
        ("3.2 cm", ["3.2", "cm"]),
        ("l'ovaire", ["l'", "ovaire"]),
        ("l’ovaire", ["l’", "ovaire"]),
        ("d'un L'OS", ["d'", "un", "L'", "OS"]),
        ("qu'il jusqu’à lorsqu'il", ["qu'", "il", "jusqu’", "à", "lorsqu'", "il"]),
        ("18mm", ["18", "mm"]),
        ("T2N0", ["T2N0"]),
        ("pT2", ["pT2"]),
        ("ypT1cN0", ["ypT1cN0"]),
        ("HER2 CD20", ["HER2", "CD20"]),
        ("aujourd'hui", ["aujourd'hui"]),
        ("le Dr. Aube", ["le", "Dr.", "Aube"]),
        ("fin.", ["fin", "."]),
        ("sus-claviculaire", ["sus", "-", "claviculaire"]),
        ("RE+ (90%)", ["RE", "+", "(", "90", "%", ")"]),
        ("a -------- b", ["a", "--------", "b"]),
        ("Hb......10", ["Hb", "......", "10"]),
    ],
)
def test_documented_forms(blank: OncoFrench, text: str, tokens: list[str]) -> None:
    assert words(blank, text) == tokens


@pytest.mark.parametrize("text", ["", " ", "\n", "  a", "a  ", "a\n\n b"])
def test_blanks(blank: OncoFrench, text: str) -> None:
    assert blank.make_doc(text).text == text


def test_a_doc_has_the_view_of_its_text(blank: OncoFrench) -> None:
    assert view_of(blank.make_doc("Un œdème")).text == "Un œdème"


def test_its_own_language_leaves_french_alone() -> None:
    assert OncoFrench.lang == "onco_fr"
    assert isinstance(spacy.blank("onco_fr").tokenizer, FrenchClinicalTokenizer)
    ours = [p.name for p in entry_points(group="spacy_languages") if "oncotext" in p.value]
    assert ours == ["onco_fr"]


def test_nothing_to_save(blank: OncoFrench, tmp_path: Path) -> None:
    tokenizer = blank.tokenizer
    tokenizer.to_disk(tmp_path)
    assert tokenizer.from_disk(tmp_path) is tokenizer
    assert tokenizer.from_bytes(tokenizer.to_bytes()) is tokenizer
    assert [doc.text for doc in tokenizer.pipe(["a b", ""])] == ["a b", ""]
