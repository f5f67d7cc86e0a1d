"""The pipe in pipelines of ours and of others."""

from __future__ import annotations

from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import DocBin

import oncotext.assertion.pipe  # noqa: F401  registers the factory
from oncotext.language.annotations import add_mentions, data_of, mentions_of


def blank(**config: object) -> Language:
    nlp = spacy.blank("xx")
    nlp.add_pipe("oncotext.assertion", config=config)
    return nlp


def ruled(**config: object) -> Language:
    nlp = spacy.blank("xx")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "FINDING", "pattern": word} for word in ("toux", "fièvre")])  # type: ignore[attr-defined]
    nlp.add_pipe("oncotext.assertion", config=config)
    return nlp


def test_mentions_get_flags_and_cues() -> None:
    nlp = blank()
    doc = nlp.make_doc("Pas de métastase. Un carcinome.")
    add_mentions(
        doc,
        [
            {"start": 7, "end": 16, "label": "MORPHOLOGY", "code": "8000/6"},
            {"start": 21, "end": 30, "label": "MORPHOLOGY", "code": "8010/3"},
        ],
    )
    first, second = mentions_of(nlp.get_pipe("oncotext.assertion")(doc))  # type: ignore[operator]
    assert first["negated"]
    assert first["cues"]["negated"]["text"] == "Pas de"
    assert "negated" not in second
    assert "cues" not in second
    assert doc.spans["oncotext"][0]._.is_negated


def test_running_again_changes_nothing_and_leaves_nothing_stale() -> None:
    nlp = blank()
    doc = nlp.make_doc("Une toux.")
    add_mentions(
        doc, [{"start": 4, "end": 8, "label": "TOXICITY", "code": "Cough", "negated": True}]
    )
    pipe = nlp.get_pipe("oncotext.assertion")
    pipe(pipe(doc))  # type: ignore[operator]
    assert mentions_of(doc) == [{"start": 4, "end": 8, "label": "TOXICITY", "code": "Cough"}]


def test_entities_of_a_pipeline_without_mentions() -> None:
    doc = ruled()("Pas de toux. Une fièvre.")
    assert [ent._.is_negated for ent in doc.ents] == [True, False]
    assert doc.ents[0]._.cues["negated"]["rule"] == "neg-pas-de"


def test_entities_are_left_alone_on_demand() -> None:
    doc = ruled(ents=False)("Pas de toux.")
    assert not doc.ents[0]._.is_negated


def test_span_group() -> None:
    nlp = blank(spans_key="mine")
    doc = nlp.make_doc("Suspicion de récidive.")
    doc.spans["mine"] = [doc.char_span(13, 21)]
    doc = nlp.get_pipe("oncotext.assertion")(doc)  # type: ignore[operator]
    assert doc.spans["mine"][0]._.is_hypothetical


def test_own_sentences_are_used() -> None:
    nlp = ruled()
    nlp.add_pipe("sentencizer", first=True)
    assert [e._.is_negated for e in nlp("Pas de toux . Fièvre . fièvre").ents] == [True, False]


def test_saved_pipeline_and_docs_say_the_same(tmp_path: Path) -> None:
    nlp = ruled(without=["neg-sans"])
    nlp.to_disk(tmp_path)
    again = spacy.load(tmp_path)
    text = "Sans fièvre. Pas de toux."
    for pipeline in (nlp, again):
        doc = pipeline(text)
        assert [ent._.is_negated for ent in doc.ents] == [False, True]
    box = DocBin(store_user_data=True, docs=[doc])
    (stored,) = DocBin().from_bytes(box.to_bytes()).get_docs(nlp.vocab)
    assert [ent._.is_negated for ent in stored.ents] == [False, True]


def test_processes_say_the_same() -> None:
    docs = list(ruled().pipe(["Pas de toux.", "Une toux."] * 2, n_process=2))
    assert [doc.ents[0]._.is_negated for doc in docs] == [True, False] * 2


def test_empty_doc() -> None:
    doc = ruled()("")
    assert data_of(doc).get("mentions", []) == []
