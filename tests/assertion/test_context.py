"""The engine on spans of anybody's: order, offsets, sections, own cues, time."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncotext.assertion import Assertion, ContextEngine
from oncotext.errors import LexiconError, UnknownNameError
from oncotext.language.annotations import SectionData
from oncotext.language.view import TextView

_PIECES = re.findall(
    r"\S+|\s",
    "pas de sans ni mais , ; : . ( ) \n ? \t toux fièvre ne plus suspect 0 non si mère en 2012 "
    "opéré antécédent est et ou cancer",
)
HEADER = "id\tcategory\tliteral\tdirection\tscope\tnote\n"


def assert_words(
    text: str,
    *words: str,
    engine: ContextEngine | None = None,
    sections: tuple[SectionData, ...] = (),
    labels: tuple[str, ...] = (),
) -> list[Assertion]:
    view = TextView(text)
    spans = [(text.index(word), text.index(word) + len(word)) for word in words]
    return (engine or ContextEngine()).assert_spans(
        view, spans, sentences=view.sentences, sections=sections, labels=labels
    )


def test_spans_come_in_any_order_and_may_overlap() -> None:
    text = "Une toux. Pas de fièvre élevée."
    found = assert_words(text, "fièvre élevée", "toux", "fièvre")
    assert [a.negated for a in found] == [True, False, True]


def test_nothing_to_assert() -> None:
    assert ContextEngine().assert_spans(TextView("Pas de toux."), [], sentences=[0]) == []


def test_as_many_labels_as_spans() -> None:
    with pytest.raises(ValueError, match="longer"):
        assert_words("Pas de toux.", "toux", labels=("TOXICITY", "DRUG"))


def test_cues_are_offsets_of_the_text_as_given() -> None:
    # combining accents and a soft hyphen make the folded text shorter
    text = "Ane\u0301mie. Ab\u00adsence de fie\u0300vre."
    (fever,) = assert_words(text, "fie\u0300vre")
    cue = fever.cues["negated"]
    assert text[cue["start"] : cue["end"]] == cue["text"] == "Ab\u00adsence de"
    assert cue["rule"] == "neg-absence"


def test_section_is_evidence_and_named_as_cue() -> None:
    text = "ANTECEDENTS FAMILIAUX : cancer gastrique"
    section: SectionData = {"label": "family_history", "start": 0, "end": len(text)}
    (found,) = assert_words("Notes : cancer gastrique", "cancer")
    assert not found.family
    (found,) = assert_words(text, "cancer", sections=(section,), labels=("MORPHOLOGY",))
    assert found.family


def test_unknown_label_counts_as_none() -> None:
    (found,) = assert_words("Vaisseaux non ectasiques.", "ectasiques", labels=("FINDING",))
    assert found.negated


def test_own_cues_on_top(tmp_path: Path) -> None:
    path = tmp_path / "own.tsv"
    path.write_text(
        HEADER + "own-1\tnegated\tzéro pointé pour\tforward\tlist\t\n", encoding="utf-8"
    )
    text = "Zéro pointé pour la toux."
    assert not assert_words(text, "toux")[0].negated
    found = assert_words(text, "toux", engine=ContextEngine([path]))[0]
    assert found.cues["negated"]["rule"] == "own-1"


def test_own_line_replaces_the_shipped_one_of_its_id(tmp_path: Path) -> None:
    path = tmp_path / "own.tsv"
    path.write_text(HEADER + "neg-sans\tnegated\tsine\tforward\tlist\t\n", encoding="utf-8")
    engine = ContextEngine([path])
    assert not assert_words("Sans toux.", "toux", engine=engine)[0].negated
    assert assert_words("Sine toux.", "toux", engine=engine)[0].negated


def test_cues_can_be_left_out() -> None:
    engine = ContextEngine(without=["plan-*", "neg-sans"])
    text = "Sans toux. On débutera imatinib."
    found = assert_words(text, "toux", "imatinib", engine=engine, labels=("TOXICITY", "DRUG"))
    assert found == [Assertion(), Assertion()]


def test_leaving_out_an_unknown_cue_names_the_closest() -> None:
    with pytest.raises(UnknownNameError, match="neg-sans"):
        ContextEngine(without=["neg-san"])


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("a\tdenied\tsans\tforward\tlist\t", UnknownNameError),
        ("a\tnegated\tsans\tonwards\tlist\t", LexiconError),
        ("a\tnegated\tsans\tforward\tparagraph\t", UnknownNameError),
        ("a\ttermination\tmais\t\tlist\t", UnknownNameError),
    ],
)
def test_wrong_lines_are_named(line: str, error: type[Exception], tmp_path: Path) -> None:
    path = tmp_path / "own.tsv"
    path.write_text(HEADER + line, encoding="utf-8")
    with pytest.raises(error):
        ContextEngine([path])


@given(
    st.lists(
        st.sampled_from(_PIECES),
        max_size=40,
    )
)
def test_any_text_is_read(words: list[str]) -> None:
    text = " ".join(words)
    view = TextView(text)
    spans = [(i, i + 4) for i in range(len(text) - 3) if text[i : i + 4] == "toux"]
    for found in ContextEngine().assert_spans(view, spans, sentences=view.sentences):
        for cue in found.cues.values():
            assert text[cue["start"] : cue["end"]] == cue["text"]


@pytest.mark.parametrize(
    "piece", ["pas de toux, ", "Pas de toux. ", "suspect ( toux : ", "toux ni "]
)
def test_time_grows_with_the_text_only(piece: str) -> None:
    engine = ContextEngine()

    def seconds(times: int) -> float:
        text = piece * times
        view = TextView(text)
        at = piece.index("toux")
        spans = [(i * len(piece) + at, i * len(piece) + at + 4) for i in range(times)]
        starts = view.sentences
        begin = time.process_time()
        engine.assert_spans(view, spans, sentences=starts)
        return time.process_time() - begin

    seconds(100)
    assert seconds(16_000) < 12 * seconds(4_000) + 0.1
