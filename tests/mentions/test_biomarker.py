"""Biomarkers: `biomarker.cases`, then what no case can say."""

from __future__ import annotations

from pathlib import Path
from time import process_time

import pytest
import spacy

from oncotext.language.annotations import mentions_of
from oncotext.language.tokenizer import OncoFrench
from oncotext.lexicon import load_concepts
from oncotext.mentions.biomarker import BiomarkerPipe
from oncotext.report import AnnotatedReport


@pytest.fixture(scope="module")
def pipe() -> BiomarkerPipe:
    return BiomarkerPipe()


def test_cases(pipe: BiomarkerPipe, gold_case: AnnotatedReport) -> None:
    doc = pipe(OncoFrench()(gold_case.text))
    assert [(m["start"], m["end"], m["code"]) for m in mentions_of(doc)] == [
        (m.start, m.end, m.code) for m in gold_case.mentions
    ]


def test_attributes(pipe: BiomarkerPipe) -> None:
    doc = pipe(OncoFrench()("RE 70 %, PD-L1 TPS 5 %, SATB2 +, KRAS muté (G12D)."))
    attrs = [m["attrs"] for m in mentions_of(doc)]
    assert attrs[0] == {"num": "70", "unit": "%"}
    assert attrs[1] == {"num": "5", "unit": "%", "detail": "TPS"}
    assert attrs[2] == {"detail": "SATB2"}


def test_offsets_survive_combining_marks(pipe: BiomarkerPipe) -> None:
    text = "re\u0301cepteurs d'œstroge\u0300nes ne\u0301gatifs"
    (mention,) = mentions_of(pipe(OncoFrench()(text)))
    assert (mention["start"], mention["end"], mention["code"]) == (0, len(text), "ER=NEGATIVE")


def test_works_under_any_tokenizer() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("oncotext.biomarker")
    assert nlp("HER2 3+")._.report.mentions[0].code == "HER2=POSITIVE"


def test_tables(pipe: BiomarkerPipe) -> None:
    doc = pipe(OncoFrench()("RE | 95 % |\nRP | 40 % |\nHER2 | 3+ |"))
    assert [m["code"] for m in mentions_of(doc)] == ["ER=POSITIVE", "PR=POSITIVE", "HER2=POSITIVE"]


def test_users_own_markers(tmp_path: Path) -> None:
    path = tmp_path / "own.tsv"
    path.write_text(
        "id\tlabel\tcode\tpreferred\tvariants\tattrs\tsource\tnote\n"
        "X1\tBIOMARKER\tOTHER\tmarqueurine\t\tkind=ihc;detail=MARQUEURINE\t\t\n",
        encoding="utf-8",
    )
    doc = BiomarkerPipe(lexicon=[path])(OncoFrench()("Marqueurine : négative."))
    assert mentions_of(doc)[0]["attrs"] == {"detail": "MARQUEURINE"}


def test_a_name_belongs_to_one_marker() -> None:
    owner: dict[str, str] = {}
    for concept in load_concepts("biomarkers"):
        for phrase, _ in concept.phrases():
            assert owner.setdefault(phrase, concept.id) == concept.id


@pytest.mark.parametrize("piece", ["RE, ", "(", "Ki67 ", "1 ", "- ", "mutation de ", "CD3 (", "\n"])
def test_time_grows_with_the_text(pipe: BiomarkerPipe, piece: str) -> None:
    nlp = OncoFrench()
    times = []
    for count in (4_000, 16_000):
        doc = nlp(piece * count)
        start = process_time()
        list(pipe.find(doc))
        times.append(process_time() - start)
    assert times[1] < 12 * times[0] + 0.2
