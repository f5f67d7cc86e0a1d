"""What annotations teach the assertion, and what is left to the rules."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import spacy
from spacy.language import Language

import oncotext
from oncotext.assertion import Assertion
from oncotext.assertion.learned import LearnedAssertion
from oncotext.assertion.learned_pipe import LearnedAssertionPipe
from oncotext.errors import InputError, OncotextError
from oncotext.report import AnnotatedReport
from oncotext.training.assertion import train_assertion

# a centre where what is 'sous réserve' counts as hypothetical, and plans as facts
PLACES = ("du sein", "du poumon", "de la prostate", "du colon", "de l'ovaire", "du rein")
SENTENCES = (
    ("Carcinome {}, relu en double lecture ce jour.", False),
    ("Carcinome {}, sous reserve de la relecture.", True),
    ("Adenopathie {}, sous reserve de la relecture.", True),
    ("Pas de carcinome {} ce jour.", False),
)


def report(number: int) -> AnnotatedReport:
    text, mentions = f"Compte rendu {number}.\n", []
    # each sentence comes in each place
    turn = number % len(SENTENCES)
    for index, (sentence, hypothetical) in enumerate(SENTENCES[turn:] + SENTENCES[:turn]):
        start = len(text)
        line = sentence.format(PLACES[(number + index) % len(PLACES)])
        text += line + "\n"
        word = "arcinome" if "arcinome" in line else "Adenopathie"
        start += line.index(word) - (word == "arcinome")
        end = start + len(word) + (word == "arcinome")
        mentions.append(
            {"id": f"T{index}", "start": start, "end": end, "text": text[start:end],
             "label": "MORPHOLOGY", "hypothetical": hypothetical,
             "negated": line.startswith("Pas")}
        )  # fmt: skip
    return AnnotatedReport.model_validate(
        {"id": f"R{number}", "text": text, "sections": [], "mentions": mentions, "record": {}}
    )


@pytest.fixture(scope="module")
def model() -> LearnedAssertion:
    return train_assertion([report(number) for number in range(30)])


@pytest.fixture(scope="module")
def learned(model: LearnedAssertion) -> Language:
    nlp = oncotext.load()
    pipe = nlp.add_pipe("oncotext.assertion_model", after="oncotext.assertion")
    assert isinstance(pipe, LearnedAssertionPipe)
    pipe.model = model
    return nlp


TEXT = report(99).text
NEW = "Compte rendu 7.\nCarcinome du foie, sous réserve de la relecture.\nPas de carcinome du foie."


def test_it_learns_what_the_rules_do_not_know(learned: Language) -> None:
    places = [(start, start + 9) for start in map(NEW.index, ("Carcinome", "carcinome"))]
    labels = ["MORPHOLOGY"] * 2
    by_rules = oncotext.assert_spans(NEW, places, labels=labels)
    assert [(a.negated, a.hypothetical) for a in by_rules] == [(False, False), (True, False)]
    found = oncotext.assert_spans(NEW, places, labels=labels, pipeline=learned)
    assert [(a.negated, a.hypothetical) for a in found] == [(False, True), (True, False)]


def test_flags_that_the_rules_get_right_are_left_to_them(model: LearnedAssertion) -> None:
    assert list(model.weights) == ["hypothetical"]
    assert 0.5 <= model.threshold["hypothetical"] < 1


def test_mentions_get_the_flags(learned: Language) -> None:
    mentions = [m for m in oncotext.extract(NEW, pipeline=learned).mentions
                if m.label == "MORPHOLOGY"]  # fmt: skip
    assert [(m.hypothetical, m.negated) for m in mentions] == [(True, False), (False, True)]
    assert "hypothetical" not in mentions[0].cues
    assert mentions[1].cues["negated"].text.lower() == "pas de"


def test_a_flag_taken_away_takes_its_cue_with_it() -> None:
    model = LearnedAssertion({"negated": {"in=x": -9.0}}, {"negated": 0.0}, {"negated": 0.9})
    ruled = Assertion(negated=True, cues={"negated": {"start": 0, "end": 3, "rule": "r"}})
    assert model.revise(ruled, {"in=x"}) == Assertion()
    assert model.revise(ruled, {"in=y"}) is ruled


def test_saved_and_in_processes_it_is_the_same(learned: Language, tmp_path: Path) -> None:
    texts = [TEXT, NEW]
    flags: Callable[[spacy.tokens.Doc], list[bool]] = lambda doc: [
        span._.is_hypothetical for span in doc.spans["oncotext"]
    ]
    expected = [flags(learned(text)) for text in texts]
    assert any(map(any, expected))
    learned.to_disk(tmp_path)
    again = oncotext.load(tmp_path)
    assert [flags(again(text)) for text in texts] == expected
    assert [flags(doc) for doc in again.pipe(texts, n_process=2)] == expected
    places = [(16, 25)]
    one, other = (oncotext.assert_spans(NEW, places, pipeline=nlp) for nlp in (learned, again))
    assert one == other
    other_pipe = LearnedAssertionPipe("x").from_bytes(
        learned.get_pipe("oncotext.assertion_model").to_bytes()
    )
    assert other_pipe.model == learned.get_pipe("oncotext.assertion_model").model


def test_chance_changes_nothing() -> None:
    reports = [report(number) for number in range(8)]
    # hypothetical wherever the number says so: there is nothing to learn
    for number, each in enumerate(reports):
        for index, mention in enumerate(each.mentions):
            mention.hypothetical = (number * 7 + index * 5) % 3 == 0
    assert "hypothetical" not in train_assertion(reports).weights


def test_wrong_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        LearnedAssertionPipe("x").from_disk(tmp_path / "nothing")
    with pytest.raises(InputError, match="assertion model"):
        LearnedAssertionPipe("x").from_bytes(b'{"flags": 3}')


def test_nothing_annotated() -> None:
    bare = report(1)
    for mention in bare.mentions:
        mention.negated = mention.hypothetical = False
    with pytest.raises(OncotextError, match="No mention has a flag"):
        train_assertion([bare])
