"""The recogniser in a pipeline: saved, read again, as bytes, in processes."""

from __future__ import annotations

from pathlib import Path

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import raise_error

import oncotext
from oncotext.errors import InputError, UnknownNameError
from oncotext.mentions.recognizer.backend import read_backend
from oncotext.mentions.recognizer.pipe import RecognizerPipe
from oncotext.report import AnnotatedReport
from oncotext.training.examples import examples_of, rules_before
from oncotext.training.mentions_config import SpacyMentionsConfig
from oncotext.training.tok2vec import train_tok2vec

TEXT = "Biopsie {}. On trouve un machin du truc. TNM pT2N0. Patient OMS 1."
FOUND = [
    ("machin", "MORPHOLOGY"),
    ("truc", "TOPOGRAPHY"),
    ("pT2N0", "TNM"),
    ("OMS 1", "PERFORMANCE_STATUS"),
]


def reports() -> list[AnnotatedReport]:
    made = []
    for number in range(6):
        text = TEXT.format(number)
        mentions = [
            {"id": words, "start": text.index(words), "end": text.index(words) + len(words),
             "text": words, "label": label}
            for words, label in FOUND[:2]
        ]  # fmt: skip
        made.append(
            AnnotatedReport.model_validate({"id": f"R{number}", "text": text, "mentions": mentions})
        )
    return made


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Language:
    folder = tmp_path_factory.mktemp("recognizer")
    config = SpacyMentionsConfig.model_validate(
        {
            "labels": ["MORPHOLOGY", "TOPOGRAPHY"],
            "output": folder,
            "train": {"path": folder},
            "model": {"width": 16, "depth": 1},
            "training": {"epochs": 40, "learning_rate": 0.02},
        }
    )
    examples = examples_of(reports(), rules_before("fr_onco_rules"), config.labels)
    backend = train_tok2vec(
        examples, [], config, tell=lambda line: None, checkpoints=folder, evaluate=lambda model: {}
    ).backend
    nlp = oncotext.load()
    pipe = nlp.add_pipe("oncotext.recognizer", before="oncotext.assertion")
    assert isinstance(pipe, RecognizerPipe)
    pipe.backend = backend
    return nlp


def found_by(nlp: Language) -> list[tuple[str, str]]:
    doc = nlp(TEXT.format(7))
    return [(span.text, span.label_) for span in doc.spans["oncotext"]]


def test_model_and_rules_are_both_heard(trained: Language) -> None:
    assert found_by(trained) == FOUND
    report = oncotext.extract(TEXT.format(8), pipeline=trained)
    assert [(m.text, m.label) for m in report.mentions] == FOUND
    assert report.mentions[0].rule == "recognizer"
    assert 0.5 < (report.mentions[0].score or 0) <= 1


def test_a_saved_pipeline_is_the_same(trained: Language, tmp_path: Path) -> None:
    trained.to_disk(tmp_path / "saved")
    for nlp in (oncotext.load(tmp_path / "saved"), spacy.load(tmp_path / "saved")):
        assert found_by(nlp) == FOUND
    again = oncotext.load(tmp_path / "saved")
    assert found_by(again.from_bytes(trained.to_bytes())) == FOUND


def test_batches_and_processes_give_the_same(trained: Language) -> None:
    texts = [TEXT.format(number) for number in range(5)]
    for processes in (1, 2):
        docs = list(trained.pipe(texts, n_process=processes))
        assert [[(s.text, s.label_) for s in doc.spans["oncotext"]] for doc in docs] == [FOUND] * 5


def test_one_document_that_fails_does_not_stop_the_others(trained: Language) -> None:
    pipe = trained.get_pipe("oncotext.recognizer")
    backend, failed = pipe.backend, []

    class Failing:
        labels, kind = backend.labels, backend.kind

        def predict(self, docs: list[Doc]) -> object:
            if any("Biopsie 2" in doc.text for doc in docs):
                raise ValueError
            return backend.predict(docs)

    pipe.backend = Failing()
    pipe.set_error_handler(lambda name, component, docs, error: failed.extend(docs))
    try:
        done = list(pipe.pipe(trained.make_doc(TEXT.format(number)) for number in range(4)))
    finally:
        pipe.backend = backend
        pipe.set_error_handler(raise_error)
    assert (len(done), len(failed)) == (3, 1)


def test_an_empty_text_and_one_long_line(trained: Language) -> None:
    one_line = TEXT.format(7).replace("\n", " ") + " "
    docs = list(trained.pipe(["", " ", one_line * 200]))
    found = [span.text for span in docs[2].spans["oncotext"]]
    assert found.count(FOUND[0][0]) >= 190
    assert not docs[0].ents


def test_untrained_it_does_nothing() -> None:
    nlp = oncotext.load()
    nlp.add_pipe("oncotext.recognizer", before="oncotext.assertion")
    text = "Carcinome du sein."
    before, after = oncotext.extract(text), oncotext.extract(text, pipeline=nlp)
    assert before.mentions == after.mentions


def test_rules_own_stages_for_good() -> None:
    with pytest.raises(UnknownNameError, match="TNM"):
        oncotext.load().add_pipe("oncotext.recognizer", config={"owns": ["TNM"]})


def test_a_missing_model_is_told(trained: Language, tmp_path: Path) -> None:
    trained.to_disk(tmp_path)
    (tmp_path / "oncotext_recognizer" / "model" / "tok2vec.bin").unlink()
    with pytest.raises(InputError, match="oncotext train"):
        oncotext.load(tmp_path)
    with pytest.raises(UnknownNameError, match="spacy"):
        read_backend("spacyy", tmp_path)


def test_grades_of_adverse_events_that_only_the_model_finds() -> None:
    from oncotext.mentions.toxicity import read_grades

    text = "Tolérance : machin de grade 2."
    doc = oncotext.load()(text)
    mention = {"start": 12, "end": 18, "label": "TOXICITY", "code": None}
    read_grades(doc, [mention])  # type: ignore[list-item]
    assert mention["attrs"] == {"grade": "2"}
