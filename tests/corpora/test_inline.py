"""Gold sources with inline marks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from oncotext.corpora.inline import parse_gold, read_gold
from oncotext.errors import InputError

CORPUS = Path(__file__).parents[2] / "corpora" / "oncotext-gold"
RECORD = '\n===RECORD===\n{"report_type": "other"}'


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.gold")), ids=lambda path: path.stem)
def test_same_as_the_compiled_corpus(path: Path) -> None:
    lines = (CORPUS / "gold.jsonl").read_text(encoding="utf-8").splitlines()
    compiled = {report["id"]: report for report in map(json.loads, lines)}
    assert read_gold(path).to_dict() == compiled[path.stem]


def test_marks_become_mentions_with_offsets_of_the_clean_text() -> None:
    source = (
        "Suivi.\n⟦§conclusion⟧Pas de ⟦cancer|MORPHOLOGY|8000/3|neg⟧ ; "
        "⟦OMS 1|PERFORMANCE_STATUS|ECOG:1⟧."
    )
    report = parse_gold(source + RECORD, id="X")
    assert report.text == "Suivi.\nPas de cancer ; OMS 1."
    assert [(m.text, m.code, m.negated) for m in report.mentions] == [
        ("cancer", "8000/3", True),
        ("OMS 1", "ECOG:1", False),
    ]
    assert [(s.label, s.start, s.end) for s in report.sections] == [
        ("header", 0, 7),
        ("conclusion", 7, len(report.text)),
    ]


def test_attributes_and_equal_signs_in_codes() -> None:
    report = parse_gold("⟦RE 90 %|BIOMARKER|ER=POSITIVE|num=90|unit=%⟧" + RECORD, id="X")
    assert report.mentions[0].code == "ER=POSITIVE"
    assert report.mentions[0].attrs == {"num": "90", "unit": "%"}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("texte", "===RECORD==="),
        ("texte\n===RECORD===\n{", "not JSON"),
        ("a\n⟦cancer|MORPHOLOGY⟧" + RECORD, "line 2"),
        ("⟦cancer|MORPHOLOGY|8000/3|nég⟧" + RECORD, "'nég'"),
        ("⟦cancer|MORFOLOGY|8000/3⟧" + RECORD, "mentions.0.label"),
        ("⟦§conclusions⟧Fin." + RECORD, "sections.0.label"),
        ("⟦cancer|MORPHOLOGY|8000/3" + RECORD, "balanced"),
    ],
)
def test_faults_are_named(source: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        parse_gold(source, id="X", where="x.gold")
    assert "x.gold" in str(caught.value)


def test_unreadable_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.gold"):
        read_gold(tmp_path / "absent.gold")
