"""RESPONSE: `response.cases`, then what no case can say."""

from __future__ import annotations

from time import process_time

import pytest
import spacy

from oncotext.language.annotations import mentions_of
from oncotext.language.tokenizer import OncoFrench
from oncotext.mentions.response import ResponsePipe
from oncotext.report import AnnotatedReport

PIECES = ["stable ", "RP ", "progression de ", "\n", "- PD", "pas d'"]
SAMPLE = "Réponse partielle."


@pytest.fixture(scope="module")
def pipe() -> ResponsePipe:
    return ResponsePipe()


def test_cases(pipe: ResponsePipe, gold_case: AnnotatedReport) -> None:
    doc = pipe(OncoFrench()(gold_case.text))
    assert [(m["start"], m["end"], m["code"]) for m in mentions_of(doc)] == [
        (m.start, m.end, m.code) for m in gold_case.mentions
    ]


@pytest.mark.parametrize("piece", PIECES)
def test_time_grows_with_the_text(pipe: ResponsePipe, piece: str) -> None:
    nlp = OncoFrench()
    times = []
    for count in (4_000, 16_000):
        doc = nlp(piece * count)
        start = process_time()
        list(pipe.find(doc))
        times.append(process_time() - start)
    assert times[1] < 12 * times[0] + 0.2


def test_works_under_any_tokenizer() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("oncotext.response")
    assert nlp(SAMPLE)._.report.mentions[0].label == "RESPONSE"
