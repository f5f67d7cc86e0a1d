"""The titles in medSpaCy's own sectionizer, and medSpaCy's rules in ours."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from oncotext.errors import MissingExtraError
from oncotext.language.tokenizer import OncoFrench
from oncotext.language.view import TextView
from oncotext.lexicon import read_cues, write_cues
from oncotext.sections import find_sections
from oncotext.sections.medspacy_rules import from_section_rules, to_section_rules

TEXT = """Lettre
Motif d'hospitalisation
Nuit agitée.
Antecedents familiaux
Aucun.
Histoire de la maladie
Début en mars.
Conclusion
Stable.
"""


def test_medspacy_finds_the_same_sections() -> None:
    sections = pytest.importorskip("medspacy.section_detection")
    nlp = OncoFrench()
    nlp.add_pipe("sentencizer")
    pipe = nlp.add_pipe("medspacy_sectionizer", config={"rules": None, "require_start_line": True})
    assert isinstance(pipe, sections.Sectionizer)
    pipe.add(to_section_rules())
    found = [section.category for section in nlp(TEXT)._.sections if section.category]
    ours = [section["label"] for section in find_sections(TextView(TEXT))]
    assert found == ours[1:]


def test_rules_know_their_title() -> None:
    pytest.importorskip("medspacy")
    rules = to_section_rules()
    assert {"oncotext": "conclusion.conclusion"} in [rule.metadata for rule in rules]
    assert len({rule.literal for rule in rules}) == len(rules)


def test_rules_of_medspacy_serve_as_a_title_file(tmp_path: Path) -> None:
    rules = [
        SimpleNamespace(literal="Vie au foyer:", category="social_history"),
        SimpleNamespace(literal="Mot du cadre", category="mine"),
        SimpleNamespace(literal="Cahier de liaison", category="nursing"),
    ]
    path = tmp_path / "titles.tsv"
    write_cues(path, from_section_rules(rules, labels={"mine": "discussion"}))
    assert [cue.category for cue in read_cues(path)] == ["lifestyle", "discussion", "other"]
    text = "Lettre\nMotif : avis.\nVie au foyer : calme.\nMot du cadre : rien.\n"
    labels = [s["label"] for s in find_sections(TextView(text), titles=[path])]
    assert labels == ["header", "reason", "lifestyle", "discussion"]


def test_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "medspacy.section_detection", None)
    with pytest.raises(MissingExtraError, match="medspacy"):
        to_section_rules()
