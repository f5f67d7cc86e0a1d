"""Folding: one character for one, so that offsets stay."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncotext.language.folding import AE, IGNORABLE, OE, OTHER, fold

# Lone surrogates too: folding must not fall over what is refused only later.
ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))
CP1252 = [bytes([b]).decode("cp1252") for b in range(256) if b not in (129, 141, 143, 144, 157)]


@given(ANY_TEXT)
def test_same_length_for_any_text(text: str) -> None:
    assert len(fold(text)) == len(text)


@given(ANY_TEXT)
def test_folded_text_folds_to_itself(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(ANY_TEXT, ANY_TEXT)
def test_each_character_folds_alone(one: str, other: str) -> None:
    assert fold(one + other) == fold(one) + fold(other)


@given(ANY_TEXT)
def test_no_capitals_accents_or_odd_blanks_remain(text: str) -> None:
    for char in fold(text):
        assert char == char.lower()
        assert not (char.isspace() and char not in " \n\x1c\x1d\x1e\x1f")
        assert len(unicodedata.normalize("NFD", char)) == 1 or char in "\x9c\xe6"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("MÉTASTASE", "metastase"),
        ("àâäçéèêëîïôöùûüÿñ", "aaaceeeeiioouuuyn"),
        ("ÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸÑ", "aaaceeeeiioouuuyn"),
        ("l'os l’os l‘os l`os lʼos l′os", "l'os l'os l'os l'os l'os l'os"),
        ("a-b‐b‑b–b—b−b", "a-b-b-b-b-b-b"),
        ("3\u00a0cm 3\u202fcm 3\u2009cm 3\tcm", "3 cm 3 cm 3 cm 3 cm"),
        ("a\r\nb", "a \nb"),
        ("• ▪ ● ■ ○ ◦ ‣ ➢ ✓ \uf0b7", "* * * * * * * * * *"),
        ("« oui » “non”", '" oui " "non"'),
        ("2 × 3", "2 x 3"),
        ("≤ 5 ≥ 6", "< 5 > 6"),
        ("5 µg 5 μg", "5 ug 5 ug"),
        ("αFP βHCG γGT", "afp bhcg ggt"),
        ("suite…", "suite."),
        ("cm² m³", "cm2 m3"),
        ("37 °C ± 1", "37 °c ± 1"),
        ("œ Œ", f"{OE} {OE}"),
        ("æ Æ", f"{AE} {AE}"),
        ("ovai\u00adre", f"ovai{IGNORABLE}re"),
        ("o\u200bs\u2060\ufeff\u200d", f"o{IGNORABLE}s" + IGNORABLE * 3),
        ("ée\u0301", f"ee{IGNORABLE}"),
        ("ｐＴ２", "pt2"),
        ("𝐩T2", "pt2"),
        ("漢🎗Ж", OTHER * 3),
    ],
)
def test_documented_classes(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize("char", CP1252, ids=lambda char: f"U+{ord(char):04X}")
def test_every_character_of_the_windows_code_page(char: str) -> None:
    folded = fold(char)
    base = unicodedata.normalize("NFD", char)[0].lower()
    assert len(folded) == 1
    if char.isascii():
        expected = {"\t": " ", "\v": " ", "\f": " ", "\r": " ", "`": "'", "\x7f": OTHER}
        assert folded == expected.get(char, char.lower())
    elif base.isascii() and base.isalpha():
        assert folded == base
    elif char == "\xa0":
        assert folded == " "


@given(st.text(st.characters(codec="cp1252")), st.text())
def test_the_neighbourhood_of_other_scripts_changes_nothing(latin: str, other: str) -> None:
    # the code page is folded in one C call, the rest by an error handler
    assert fold(other + latin + other)[len(other) : len(other) + len(latin)] == fold(latin)


def test_case_and_normal_form_meet() -> None:
    text = "Métastase hépatique à l’œsophage, évolutivité"
    decomposed = unicodedata.normalize("NFD", text)
    assert fold(decomposed).replace(IGNORABLE, "") == fold(text) == fold(text.upper())
