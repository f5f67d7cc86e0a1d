"""The terms as scispaCy's knowledge base; its candidates beside ours."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import oncotext
from oncotext.errors import MissingExtraError
from oncotext.linking.knowledge_base import scispacy_candidates, write_knowledge_base
from oncotext.linking.systems import code_system
from oncotext.matching.inflection import phrase_form

UNKNOWN = [
    "adénocarcinome lieberkuhnien peu differencie",
    "carcinomes urothelial infiltrants",
    "lymphome diffus à grandes cellule B",
    "mélanome à extension superficiel",
    "sarcome d'Ewings",
]


@pytest.mark.parametrize("system", ["ICD-O-3-M", "ICD-O-3-T", "CTCAE-5"])
def test_every_code_is_a_concept_with_its_terms(tmp_path: Path, system: str) -> None:
    path = tmp_path / "kb.jsonl"
    count = write_knowledge_base(path, system)
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == count == len({c.code for c in code_system(system).concepts})
    assert sum(len(line["aliases"]) for line in lines) == len(code_system(system).surfaces)
    assert all(line["canonical_name"] for line in lines)


def test_scispacy_reads_it_and_misses_no_more_than_we(tmp_path: Path) -> None:
    pytest.importorskip("scispacy")
    path = tmp_path / "kb.jsonl"
    write_knowledge_base(path, "ICD-O-3-T")
    generator = scispacy_candidates(path)
    sites = ["lobe superieur poumons", "quadran supéro-externe", "tete du pancréas", "col utérus"]
    theirs = generator([phrase_form(site) for site in sites], 20)
    for site, candidates in zip(sites, theirs, strict=True):
        best = max(candidates, key=lambda c: max(c.similarities))
        ours = [c.code for c in oncotext.link(site, "ICD-O-3-T", k=10)]
        assert best.concept_id in ours


@pytest.mark.parametrize("surface", UNKNOWN)
def test_misspelt_forms_are_found(surface: str) -> None:
    assert oncotext.link(surface, "ICD-O-3-M", k=1)[0].score > 0.3


def test_missing_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "nmslib", None)
    with pytest.raises(MissingExtraError, match="scispacy"):
        scispacy_candidates(tmp_path / "kb.jsonl")
