"""Stage groups (`stage.cases`)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncotext.language.tokenizer import OncoFrench
from oncotext.lexicon import load_concepts
from oncotext.mentions.stage import StagePipe
from oncotext.mentions.stage_values import VALUES
from oncotext.report import AnnotatedReport


@pytest.fixture(scope="module")
def pipeline() -> OncoFrench:
    nlp = OncoFrench()
    nlp.add_pipe("oncotext.stage")
    return nlp


def test_cases(pipeline: OncoFrench, gold_case: AnnotatedReport) -> None:
    found = pipeline(gold_case.text)._.report.mentions
    assert [(m.start, m.text, m.code) for m in found] == [
        (m.start, m.text, m.code) for m in gold_case.mentions
    ]


def test_each_classification_says_how_its_values_are_written() -> None:
    for concept in load_concepts("stages"):
        assert ":" in concept.code or concept.attrs["values"] in VALUES, concept.id


def test_a_classification_of_the_users_own(tmp_path: Path) -> None:
    columns = "id\tlabel\tcode\tpreferred\tvariants\tattrs\tsource\tnote"
    path = tmp_path / "stages.tsv"
    path.write_text(f"{columns}\nk\tSTAGE\tKADISH\tKadish\t\tvalues=dukes\t\t\n", encoding="utf-8")
    nlp = OncoFrench()
    pipe = StagePipe("oncotext.stage", lexicon=[str(path)])
    (mention,) = pipe(nlp("Esthésioneuroblastome, Kadish C."))._.report.mentions
    assert mention.code == "KADISH:C"


@given(st.text(alphabet="stade IVlABC1234EX()de FIGO'\n.,:Binet", max_size=80))
def test_any_text_gives_codes_of_known_classifications(pipeline: OncoFrench, text: str) -> None:
    systems = {concept.code.partition(":")[0] for concept in load_concepts("stages")}
    for mention in pipeline("Cancer du côlon, " + text)._.report.mentions:
        system, _, value = (mention.code or "").partition(":")
        assert system in systems
        assert value
