"""Sentences of clinical text: what ends one and what does not."""

from __future__ import annotations

import itertools
import time

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

from oncotext.language.sentences import (
    sentence_around,
    sentence_starts,
    sentences_of,
    set_sentences,
)
from oncotext.language.tokenizer import OncoFrench


def split(text: str) -> list[str]:
    starts = [*sentence_starts(text), len(text)]
    return [text[a:b].strip() for a, b in itertools.pairwise(starts)]


@pytest.mark.parametrize(
    "text",
    [
        "Vu ce jour par le Dr. Aube avec le Pr. Lune et Mme. Vent.",
        "Tumeur codée C50.9 au registre.",
        "Nodule de 3,2 cm, puis 3.4 cm au contrôle.",
        "Mutation p.L858R de l'EGFR, c.2573T>G.",
        "Lésion du quadrant sup. ext. gauche, cf. compte rendu.",
        "Le Dr D. Aube a opéré.",
        "Marge inf. à 2 mm env. selon le méd. référent.",
        "Ganglions : 0N+/12. ",
        "Image évocatrice de métastase ? angiome ?",
        "Prise à 8h.30 de 2.5 mg",
    ],
)
def test_what_ends_no_sentence(text: str) -> None:
    assert split(text) == [text.strip()]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Pas de lésion. Pas de nodule.", ["Pas de lésion.", "Pas de nodule."]),
        ("Nodule de 3 cm. Foie normal.", ["Nodule de 3 cm.", "Foie normal."]),
        ("pT2 N0 M0. Marges saines.", ["pT2 N0 M0.", "Marges saines."]),
        ("Récidive ? Scanner demandé.", ["Récidive ?", "Scanner demandé."]),
        ("« Tout va bien. » Elle mange.", ["« Tout va bien. »", "Elle mange."]),
        ('Il dit "oui." Il part.', ['Il dit "oui."', "Il part."]),
        ("Il y a. Il part.", ["Il y a.", "Il part."]),
        ("Arrêt !  Reprise.", ["Arrêt !", "Reprise."]),
        ("Ganglions : 0N+/12. Marge saine.", ["Ganglions : 0N+/12.", "Marge saine."]),
        ("Taille 12. Grade 2.", ["Taille 12.", "Grade 2."]),
    ],
)
def test_real_ends(text: str, sentences: list[str]) -> None:
    assert split(text) == sentences


def test_hard_wrapped_lines_go_on() -> None:
    text = (
        "Patiente adressée pour une masse du sein gauche découverte à\n"
        "l'autopalpation il y a trois semaines, sans écoulement ni\n"
        "rétraction, dont la biopsie a montré un carcinome lobulaire de\n"
        "Grade II. L'examen du creux axillaire est normal."
    )
    assert [s.split()[0] for s in split(text)] == ["Patiente", "L'examen"]


@pytest.mark.parametrize("bullet", ["- ", "-", "• ", "* ", "– ", "— ", "1. ", "2) ", "a) ", "(b) "])
def test_bullets_begin_sentences(bullet: str) -> None:
    text = f"Antécédents\n{bullet}diabète\n{bullet}appendicectomie"
    assert split(text) == ["Antécédents", f"{bullet}diabète", f"{bullet}appendicectomie"]


@pytest.mark.parametrize("newline", ["\n", "\r\n", " \n", "\n\n", "\n \n"])
def test_headings_and_short_lines_end_at_their_line(newline: str) -> None:
    text = newline.join(["CONCLUSION :", "Adénocarcinome du côlon", "Marges saines"])
    assert split(text) == ["CONCLUSION :", "Adénocarcinome du côlon", "Marges saines"]


@pytest.mark.parametrize("gap", ["\t", "     ", " | "])
def test_table_rows_are_sentences(gap: str) -> None:
    rows = [f"hémoglobine{gap}10,2", f"plaquettes{gap}120", f"leucocytes{gap}3,4"]
    assert split("\n".join(rows)) == rows


def test_blank_lines_end_what_a_line_break_does_not() -> None:
    assert split("une tumeur\ndu sein") == ["une tumeur\ndu sein"]
    assert split("une tumeur\n\ndu sein") == ["une tumeur", "du sein"]


TEXTS = st.one_of(
    st.text(),
    st.text(st.sampled_from("aA. ,?!\n\r\t-•|\u00a0\x1c0:Dr'»)")),
)


@given(TEXTS)
def test_starts_are_sorted_and_stand_on_no_blank(text: str) -> None:
    starts = sentence_starts(text)
    assert starts[0] == 0
    assert starts == sorted(set(starts))
    assert all(not text[start].isspace() for start in starts[1:])


@given(TEXTS)
def test_every_start_becomes_a_token_and_the_doc_gives_them_back(text: str) -> None:
    doc = OncoFrench().make_doc(text)
    if not len(doc):
        return
    set_sentences(doc, sentence_starts(text))
    offsets = {token.idx for token in doc}
    expected = [start for start in sentence_starts(text) if start in offsets]
    assert set(expected) <= set(sentences_of(doc))
    assert sentences_of(doc)[0] == 0


def test_sentences_are_found_where_a_doc_has_none() -> None:
    text = "Pas de lésion. Pas de nodule."
    assert sentences_of(OncoFrench().make_doc(text)) == [0, 15]


def test_a_docs_own_sentences_are_kept() -> None:
    nlp = spacy.blank("xx")
    doc = nlp.make_doc("un deux trois quatre")
    doc[0].is_sent_start, doc[1].is_sent_start = True, False
    doc[2].is_sent_start, doc[3].is_sent_start = True, False
    assert sentences_of(doc) == [0, 8]


def test_the_sentence_around_a_position() -> None:
    starts = [0, 10, 20]
    assert sentence_around(starts, 0, 30) == (0, 10)
    assert sentence_around(starts, 10, 30) == (10, 20)
    assert sentence_around(starts, 29, 30) == (20, 30)


@pytest.mark.parametrize(
    "piece",
    ["Nodule de 3 cm du foie. ", "ligne sans fin\n", "....", ".) ", "a" * 50, "\n \n", "? " * 20],
)
def test_time_grows_with_the_text_only(piece: str) -> None:
    def seconds(size: int) -> float:
        text = (piece * (size // len(piece) + 1))[:size]
        best = float("inf")
        for _ in range(2):
            begin = time.process_time()
            sentence_starts(text)
            best = min(best, time.process_time() - begin)
        return best

    small, large = seconds(125_000), seconds(1_000_000)
    # eight times the text; quadratic work would take 64 times as long
    assert large < 24 * small + 0.05
