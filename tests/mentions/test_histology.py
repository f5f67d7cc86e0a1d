"""Histological types (`histology.cases`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from oncotext.language.tokenizer import OncoFrench
from oncotext.report import AnnotatedReport


@pytest.fixture(scope="module")
def pipeline() -> OncoFrench:
    nlp = OncoFrench()
    nlp.add_pipe("oncotext.histology")
    return nlp


def test_cases(pipeline: OncoFrench, gold_case: AnnotatedReport) -> None:
    found = pipeline(gold_case.text)._.report.mentions
    assert [(m.start, m.end, m.text, m.code) for m in found] == [
        (m.start, m.end, m.text, m.code) for m in gold_case.mentions
    ]


def test_a_mention_names_its_term_and_its_rule(pipeline: OncoFrench) -> None:
    [mention] = pipeline("Carcinomes canalaires infiltrants.")._.report.mentions
    assert mention.name == "carcinome canalaire infiltrant"
    assert mention.rule
    assert mention.label == "MORPHOLOGY"


def test_types_do_not_run_over_a_blank_line(pipeline: OncoFrench) -> None:
    [mention] = pipeline("Carcinome\n\nInfiltrant les tissus")._.report.mentions
    assert mention.text == "Carcinome"


def test_a_users_lexicon_wins(tmp_path: Path) -> None:
    path = tmp_path / "mine.tsv"
    path.write_text(
        "id\tlabel\tcode\tpreferred\tvariants\tattrs\tsource\tnote\n"
        "mine\tMORPHOLOGY\t8000/1\tmélanome\n",
        encoding="utf-8",
    )
    nlp = OncoFrench()
    nlp.add_pipe("oncotext.histology", config={"lexicon": [str(path)]})
    [mention] = nlp("Mélanome du dos.")._.report.mentions
    assert (mention.code, mention.rule) == ("8000/1", "mine")
