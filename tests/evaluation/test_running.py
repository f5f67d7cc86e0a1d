from __future__ import annotations

from collections.abc import Callable

import oncotext
from oncotext.evaluation import run_pipeline
from oncotext.evaluation.running import START
from oncotext.report import AnnotatedReport

Make = Callable[..., AnnotatedReport]


def test_a_run_gives_what_extraction_gives_and_times_each_pipe(report: Make) -> None:
    gold = [report("A", "Cancer du sein, pT2 N0."), report("B", "Pas de métastase.")]
    run = run_pipeline(gold, "fr_onco_rules")
    assert run.predicted == list(oncotext.extract_many((g.id, g.text) for g in gold))
    pipes = oncotext.load().pipe_names
    assert set(run.timings) == {START, "tokenizer", *pipes, "report"}
    assert all(spent >= 0 for spent in run.timings.values())


def test_a_report_that_fails_does_not_end_the_run(report: Make) -> None:
    gold = [report("A", "Cancer du sein."), report("B", " "), report("C", "Cancer du foie.")]
    found = run_pipeline(gold, "fr_onco_rules").predicted
    assert [each.id for each in found] == ["A", "B", "C"]
    assert [each.error.code if each.error else None for each in found] == [None, "E201", None]


def test_nothing_to_run() -> None:
    assert run_pipeline([], "fr_onco_rules").predicted == []
