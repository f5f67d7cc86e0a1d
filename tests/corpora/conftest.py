"""Corpora for tests: shared ones where they exist, random reports else."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2].parent / "shared" / "corpora"


def _shared(name: str) -> Path:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{name} is not on this machine")
    return path


@pytest.fixture(scope="session")
def fracco() -> Path:
    return _shared("fracco")


@pytest.fixture(scope="session")
def e3c() -> Path:
    return _shared("e3c-fr/layer1-train")


@pytest.fixture(scope="session")
def parhaf() -> Path:
    return _shared("parhaf/reports.jsonl")
