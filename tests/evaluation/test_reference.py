"""The figures are those of the reference scorer, which fixes what each of them means."""

from __future__ import annotations

import importlib.util
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import oncotext
from oncotext.corpora import read_gold
from oncotext.evaluation import evaluate
from oncotext.report import AnnotatedReport, write_jsonl

ROOT = Path(__file__).parents[2]
Perturb = Callable[[AnnotatedReport, random.Random], AnnotatedReport]


@pytest.fixture(scope="module")
def scorer() -> ModuleType:
    path = ROOT.parent / "shared" / "tools" / "score.py"
    if not path.exists():
        pytest.skip("the reference scorer lies beside the checkout")
    spec = importlib.util.spec_from_file_location("reference_scorer", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def gold() -> list[AnnotatedReport]:
    paths = sorted((ROOT / "corpora" / "oncotext-gold").glob("*.gold"))
    assert len(paths) == 36
    return [read_gold(path) for path in paths]


def check(
    scorer: ModuleType,
    folder: Path,
    gold: Iterable[AnnotatedReport],
    predicted: Iterable[AnnotatedReport],
    labels: set[str] | None = None,
) -> None:
    """Both read the same two files; ours holds all that the reference gives."""
    ours, theirs = folder / "gold.jsonl", folder / "predicted.jsonl"
    write_jsonl(gold, ours)
    write_jsonl(predicted, theirs)
    reference = scorer.score(scorer.read(ours), scorer.read(theirs), labels)
    found = evaluate(ours, theirs, labels=labels, resamples=0).to_dict()
    assert list(_differences(reference, found)) == []


def _differences(reference: Any, found: Any, path: str = "") -> Iterable[str]:
    if isinstance(reference, dict):
        for key, value in reference.items():
            if key in found:
                yield from _differences(value, found[key], f"{path}/{key}")
            else:
                yield f"{path}/{key} is missing"
    elif isinstance(reference, float):
        if round(reference, 4) != found:
            yield f"{path}: {reference} is given as {found}"
    elif reference != found:
        yield f"{path}: {reference} is given as {found}"


def test_gold_against_itself(
    scorer: ModuleType, gold: list[AnnotatedReport], tmp_path: Path
) -> None:
    check(scorer, tmp_path, gold, gold)


def test_gold_against_predictions(
    scorer: ModuleType, gold: list[AnnotatedReport], tmp_path: Path
) -> None:
    predicted = list(oncotext.extract_many((report.id, report.text) for report in gold))
    check(scorer, tmp_path, gold, predicted)
    check(scorer, tmp_path, gold, predicted, {"TNM", "TOXICITY"})
    check(scorer, tmp_path, gold, predicted[:20])
    check(scorer, tmp_path, predicted, gold)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), first=st.integers(0, 35), count=st.integers(1, 4))
def test_gold_against_chance(
    scorer: ModuleType,
    gold: list[AnnotatedReport],
    perturb: Perturb,
    tmp_path: Path,
    seed: int,
    first: int,
    count: int,
) -> None:
    chance = random.Random(seed)
    some = gold[first : first + count]
    predicted = [perturb(report, chance) for report in some]
    check(scorer, tmp_path, some, predicted)
    check(scorer, tmp_path, predicted, [perturb(report, chance) for report in predicted])


@pytest.mark.parametrize("blank", ["\u00a0", "\x85", "\u2028", "\r", "\x1c", "\t"])
def test_odd_blanks_in_sections(scorer: ModuleType, tmp_path: Path, blank: str) -> None:
    text = f"{blank}MOTIF{blank}\n{blank}\n \nCONCLUSION :{blank}\nrien\n"
    cut = text.index("\n \n")
    sections = [
        {"label": "reason", "start": 0, "end": cut},
        {"label": "conclusion", "start": cut, "end": len(text)},
    ]
    gold = AnnotatedReport.model_validate({"id": "A", "text": text, "sections": sections})
    other = [{**sections[0], "end": cut + 4}, {**sections[1], "start": cut + 4}]
    predicted = AnnotatedReport.model_validate({"id": "A", "text": text, "sections": other})
    check(scorer, tmp_path, [gold], [predicted])
    check(scorer, tmp_path, [gold], [AnnotatedReport(id="A", text=text)])


def test_mentions_at_one_place_twice(
    scorer: ModuleType, report: Callable[..., AnnotatedReport], tmp_path: Path
) -> None:
    site = {"of": "sein", "label": "TOPOGRAPHY", "code": "C50.9"}
    gold = report("A", "Cancer du sein.", site, {**site, "code": "C50.1"})
    predicted = report("A", "Cancer du sein.", {**site, "code": "C50.1"})
    check(scorer, tmp_path, [gold], [predicted])
    check(scorer, tmp_path, [predicted], [gold])
