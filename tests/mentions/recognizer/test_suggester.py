"""Which spans a span categorizer looks at, and what it reads of a Doc."""

from __future__ import annotations

import pytest

from oncotext.mentions.recognizer.forms import CorpusForms
from oncotext.mentions.recognizer.readings import readings_of
from oncotext.mentions.recognizer.suggester import candidates, mention_suggester
from oncotext.training.examples import rules_before

TEXT = "Carcinome du sein (droit). Pas de fièvre."


@pytest.fixture(scope="module")
def docs() -> list:
    return list(rules_before("fr_onco_rules").pipe([TEXT, "", " \n", "?!"]))


def found(doc: object, lengths: list[int]) -> list[str]:
    (_, reading), *_ = readings_of(doc, CorpusForms({}))
    return [reading[first:last].text for first, last in candidates(reading, lengths).tolist()]


def test_candidates_lie_in_a_sentence_and_begin_and_end_with_words(docs: list) -> None:
    assert found(docs[0], [2]) == ["Carcinome", "Carcinome du", "du sein", "sein", "droit)",
                                   "Pas de", "de fièvre"]  # fmt: skip
    assert "sein (droit)" in found(docs[0], [4])


def test_what_the_rules_have_found_is_a_candidate_whatever_its_length(docs: list) -> None:
    assert found(docs[0], []) == ["Carcinome", "sein"]


def test_of_texts_without_words_there_are_none(docs: list) -> None:
    assert [found(doc, [1, 2]) for doc in docs[2:]] == [[], []]
    assert readings_of(docs[1], CorpusForms({})) == []
    assert mention_suggester([1])([]).lengths.tolist() == []


def test_a_reading_is_a_copy_that_says_what_the_rules_found(docs: list) -> None:
    (_, reading), *_ = readings_of(docs[0], CorpusForms({}))
    assert reading.text == docs[0].text
    assert [token.tag != 0 for token in reading[:4]] == [True, False, True, False]
    assert not any(token.tag for token in docs[0])
    assert "rules" not in docs[0].spans
