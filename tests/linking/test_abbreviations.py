"""Abbreviations that a report defines itself, by scispaCy's detector."""

from __future__ import annotations

import sys

import pytest
from spacy.tokens import Doc

import oncotext
from oncotext.errors import MissingExtraError

TEXT = (
    "Carcinome neuroendocrine à grandes cellules (CaNGC) du poumon. "
    "Pas de métastase. Le CaNGC est classé T2."
)


@pytest.mark.filterwarnings("ignore:.*W036")
def test_a_defined_abbreviation_has_the_code_of_its_long_form() -> None:
    pytest.importorskip("scispacy")
    nlp = oncotext.load()
    nlp.add_pipe("oncotext.abbreviations", before="oncotext.assertion")
    doc = nlp(TEXT)
    found = [(s.start_char, s._.code) for s in doc.spans["oncotext"] if s.text == "CaNGC"]
    assert found == [(45, "8013/3"), (84, "8013/3")]
    assert Doc(nlp.vocab).from_bytes(doc.to_bytes()).text == TEXT
    report = oncotext.extract(TEXT, pipeline=nlp)
    assert [m.rule for m in report.mentions if m.text == "CaNGC"] == ["abbreviation"] * 2


def test_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scispacy.abbreviation", None)
    with pytest.raises(MissingExtraError, match="scispacy"):
        oncotext.load().add_pipe("oncotext.abbreviations")
