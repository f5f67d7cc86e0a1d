"""A pipeline that needs no lexicon, and reports to run it on."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from spacy.language import Language
from spacy.tokens import Doc

from oncotext.language.tokenizer import OncoFrench

TEXTS = [(f"R{n}", f"Patiente n° {n}. Pas de métastase.\nOMS {n % 4}.") for n in range(60)]


@Language.component("test_faults")
def faults(doc: Doc) -> Doc:
    """Fails, or ends its process, on reports that say so."""
    if "ERREUR" in doc.text:
        raise ValueError(f"report text: {doc.text}")
    if "ARRET" in doc.text:
        os.kill(os.getpid(), signal.SIGKILL)
    return doc


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved pipeline that finds sentences only."""
    nlp = OncoFrench(meta={"name": "sentences"})
    nlp.add_pipe("oncotext.sentences")
    path = tmp_path_factory.mktemp("pipeline")
    nlp.to_disk(path)
    return path


@pytest.fixture(scope="session")
def faulty() -> Language:
    """A loaded pipeline that fails on reports that say so."""
    nlp = OncoFrench(meta={"name": "faulty"})
    nlp.add_pipe("oncotext.sentences")
    nlp.add_pipe("test_faults")
    return nlp


@pytest.fixture
def texts() -> list[tuple[str, str]]:
    return list(TEXTS)
