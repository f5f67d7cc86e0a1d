"""The cues in medSpaCy's own ConText, and medSpaCy's rules in ours."""

from __future__ import annotations

import sys

import pytest

from oncotext.assertion import ContextEngine
from oncotext.assertion.cues import CueSet
from oncotext.assertion.medspacy_rules import from_context_rules, to_context_rules
from oncotext.errors import MissingExtraError
from oncotext.language.tokenizer import OncoFrench
from oncotext.language.view import TextView

SENTENCES = [
    ("Pas de métastase.", "negated"),
    ("Absence d'embole.", "negated"),
    ("Fièvre non retrouvée.", "negated"),
    ("Il ne présente plus de toux.", "negated"),
    ("Récidive : non.", "negated"),
    ("Suspicion de récidive.", "hypothetical"),
    ("Aspect évocateur d'un cancer.", "hypothetical"),
    ("En cas de fièvre.", "hypothetical"),
    ("Antécédent de cancer.", "historical"),
    ("Mère : cancer du sein.", "family"),
    ("Absence d'embole mais une toux.", ""),
    ("Une toux.", ""),
]
WORDS = ("métastase", "embole", "fièvre", "toux", "récidive", "cancer")


@pytest.fixture(scope="module")
def medspacy_nlp() -> OncoFrench:
    context = pytest.importorskip("medspacy.context")
    nlp = OncoFrench()
    nlp.add_pipe("sentencizer")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "X", "pattern": [{"LOWER": word}]} for word in WORDS])  # type: ignore[attr-defined]
    pipe = nlp.add_pipe("medspacy_context", config={"rules": None})
    assert isinstance(pipe, context.ConText)
    pipe.add(to_context_rules())
    return nlp


@pytest.mark.parametrize(("sentence", "flag"), SENTENCES)
def test_medspacy_says_the_same(sentence: str, flag: str, medspacy_nlp: OncoFrench) -> None:
    ent = medspacy_nlp(sentence).ents[-1]
    flags = {f for f in ("negated", "hypothetical", "historical", "family") if ent._.get(f"is_{f}")}
    assert flags == ({flag} if flag else set())
    view = TextView(sentence)
    (ours,) = ContextEngine().assert_spans(view, [(ent.start_char, ent.end_char)], sentences=[0])
    assert set(ours.cues) == flags


def test_rules_know_their_cue() -> None:
    pytest.importorskip("medspacy")
    rules = to_context_rules(CueSet())
    assert {"oncotext": "neg-sans"} in [rule.metadata for rule in rules]
    assert any(rule.literal.endswith("d’") for rule in rules)


def test_rules_of_medspacy_become_cues() -> None:
    context = pytest.importorskip("medspacy.context")
    rules = [
        context.ConTextRule(
            "zéro pointé pour", "NEGATED_EXISTENCE", direction="FORWARD", max_scope=4
        ),
        context.ConTextRule("nonobstant", "TERMINATE", direction="TERMINATE"),
        context.ConTextRule("zéro pointé", "PSEUDO", direction="PSEUDO"),
        context.ConTextRule("sinistre", "SOMETHING_ELSE", direction="FORWARD"),
    ]
    rows = from_context_rules(rules)
    assert [(row.category, row.direction, row.scope) for row in rows] == [
        ("negated", "forward", "4"),
        ("termination", "", "break"),
        ("pseudo", "", ""),
    ]
    text = "Zéro pointé pour la toux nonobstant la fièvre."
    view = TextView(text)
    spans = [(text.index(word), text.index(word) + len(word)) for word in ("toux", "fièvre")]
    found = ContextEngine(CueSet(rows=rows)).assert_spans(view, spans, sentences=[0])
    assert [a.negated for a in found] == [True, False]


def test_without_medspacy_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "medspacy.context", None)
    with pytest.raises(MissingExtraError, match=r"oncotext\[medspacy\]"):
        to_context_rules()
