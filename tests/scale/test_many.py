"""Many reports in this process and in others."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from spacy.language import Language

from oncotext.errors import OncotextError, UsageError
from oncotext.report import AnnotatedReport, Failure
from oncotext.scale import extract_many
from oncotext.scale.workers import WorkerError

Texts = list[tuple[str, str]]
needs_fork = pytest.mark.skipif(
    multiprocessing.get_start_method() != "fork", reason="components of the test's own"
)


def codes(reports: list[AnnotatedReport]) -> list[str | None]:
    return [report.error.code if report.error else None for report in reports]


@pytest.mark.parametrize("jobs", [1, 2])
def test_in_order_with_ids_and_texts(folder: Path, texts: Texts, jobs: int) -> None:
    reports = list(extract_many(texts, jobs=jobs, batch_size=7, pipeline=folder))
    assert [(report.id, report.text) for report in reports] == texts
    assert all(report.producer and not report.error for report in reports)


def test_jobs_give_equal_reports(folder: Path, texts: Texts) -> None:
    texts[5] = ("vide", "  ")
    alone = list(extract_many(texts, pipeline=folder))
    assert list(extract_many(texts, jobs=2, batch_size=3, pipeline=folder)) == alone


def test_batch_size_changes_nothing(folder: Path, texts: Texts) -> None:
    one = list(extract_many(texts, batch_size=1, pipeline=folder))
    assert list(extract_many(texts, batch_size=1000, pipeline=folder)) == one


def test_forms_of_items(folder: Path) -> None:
    done = AnnotatedReport(id="P", text="", error=Failure(code="E200", message="absent"))
    again = AnnotatedReport(id="Q", text="Toux.")
    items: list[Any] = ["Toux.", (None, "Toux."), (7, "Toux."), ["L", "Toux."], done, again]
    reports = list(extract_many(items, pipeline=folder))
    assert [report.id for report in reports[2:]] == ["7", "L", "P", "Q"]
    assert reports[0].id == reports[1].id
    assert len(reports[0].id) == 16
    assert reports[4] is done
    assert reports[5].producer is not None


@pytest.mark.parametrize("jobs", [1, 2])
def test_items_of_wrong_types_fail_alone(folder: Path, jobs: int) -> None:
    items: list[Any] = [
        ("A", "Toux."),
        None,
        42,
        ("B", b"Toux."),
        ("C", None),
        ({}, "Toux."),
        ("D", "x", "y"),
        lambda: None,  # cannot even be sent to a worker
        ("E", "Toux."),
    ]
    reports = list(extract_many(items, jobs=jobs, batch_size=2, pipeline=folder))
    assert codes(reports) == [None, *["E100"] * 7, None]
    assert [report.id for report in reports] == [
        *("A", "item-2", "item-3", "B", "C", "item-6", "item-7", "item-8", "E")
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "E201"), (" \n", "E201"), ("a\x00b", "E202"), ("a\ud800b", "E202"), ("x" * 101, "E203")],
)
def test_texts_that_cannot_be_processed(folder: Path, text: str, code: str) -> None:
    reports = list(extract_many([("A", text), ("B", "Toux.")], pipeline=folder, max_chars=100))
    assert codes(reports) == [code, None]
    assert reports[0].id == "A"
    assert AnnotatedReport.from_json(reports[0].to_json()) == reports[0]


def test_ids_that_are_no_unicode_are_escaped(folder: Path) -> None:
    reports = list(extract_many([("a\udce9", "Toux."), ("b\udce9", "")], pipeline=folder))
    assert [report.id for report in reports] == ["a\\udce9", "b\\udce9"]
    assert codes(reports) == [None, "E201"]


@needs_fork
@pytest.mark.parametrize("jobs", [1, 2])
def test_an_exception_is_its_reports_error_without_text(
    faulty: Language, texts: Texts, jobs: int
) -> None:
    texts[11] = ("faute", "ERREUR secrète chez la patiente.")
    reports = list(extract_many(texts, jobs=jobs, batch_size=4, pipeline=faulty))
    assert codes(reports) == [None] * 11 + ["E500"] + [None] * 48
    failure = reports[11].error
    assert failure is not None
    assert "ValueError" in failure.message
    assert "secrète" not in reports[11].to_json()


@needs_fork
@pytest.mark.parametrize("batch_size", [1, 5, 100])
def test_a_crash_costs_its_own_report_only(faulty: Language, texts: Texts, batch_size: int) -> None:
    texts[0] = ("premier", "ARRET.")
    texts[23] = ("milieu", "ARRET secret.")
    texts[24] = ("suivant", "ERREUR.")
    texts[59] = ("dernier", "ARRET.")
    reports = list(extract_many(texts, jobs=2, batch_size=batch_size, pipeline=faulty))
    assert [report.id for report in reports] == [id for id, _ in texts]
    wrong = {report.id: report.error.code for report in reports if report.error}
    assert wrong == {"premier": "E501", "milieu": "E501", "suivant": "E500", "dernier": "E501"}
    assert "SIGKILL" in reports[23].error.message  # type: ignore[union-attr]


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_workers_killed_from_outside_lose_nothing(folder: Path, texts: Texts) -> None:
    reports = []
    for report in extract_many(texts, jobs=2, batch_size=2, pipeline=folder):
        reports.append(report)
        if len(reports) in (1, 20):
            for child in multiprocessing.active_children():
                os.kill(child.pid or 0, signal.SIGKILL)
    assert [(report.id, report.text) for report in reports] == texts
    assert codes(reports) == [None] * 60


@pytest.mark.parametrize("jobs", [1, 2])
def test_reads_only_a_little_ahead(folder: Path, jobs: int) -> None:
    given = 0

    def endless() -> Iterator[str]:
        nonlocal given
        while True:
            given += 1
            yield f"Rapport {given}."

    stream = extract_many(endless(), jobs=jobs, batch_size=3, pipeline=folder)
    assert [next(stream).text for _ in range(10)][-1] == "Rapport 10."
    assert given <= 10 + 3 * 4 * jobs + 3
    stream.close()
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_was_read_before_the_source_fails_is_given(folder: Path, jobs: int) -> None:
    def broken() -> Iterator[tuple[str, str]]:
        for number in range(7):
            yield str(number), "Toux."
        raise ConnectionError("base fermée")

    stream = extract_many(broken(), jobs=jobs, batch_size=3, pipeline=folder)
    assert [next(stream).id for _ in range(7)] == list("0123456")
    with pytest.raises(ConnectionError):
        next(stream)


@pytest.mark.parametrize("jobs", [1, 2])
def test_no_reports(folder: Path, jobs: int) -> None:
    assert list(extract_many([], jobs=jobs, pipeline=folder)) == []


@pytest.mark.parametrize(
    "arguments", [{"jobs": 0}, {"jobs": -1}, {"batch_size": 0}, {"max_chars": 0}, {"jobs": 1.5}]
)
def test_wrong_arguments_at_the_call(arguments: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        extract_many([], **arguments)


def test_a_text_is_not_an_iterable_of_texts() -> None:
    with pytest.raises(UsageError, match=r"oncotext\.extract"):
        extract_many("Toux.")


@pytest.mark.parametrize("jobs", [1, 2])
def test_unknown_pipeline(jobs: int) -> None:
    with pytest.raises(OncotextError, match="fr_onco_regles"):
        next(extract_many(["Toux."], jobs=jobs, pipeline="fr_onco_regles"))


def test_a_huge_report_among_small_ones(folder: Path) -> None:
    huge = "Surveillance sans particularité. " * 60_000
    reports = list(
        extract_many([("A", "Toux."), ("H", huge), ("B", "Toux.")], jobs=2, pipeline=folder)
    )
    assert [(report.id, len(report.text)) for report in reports] == [
        ("A", 5),
        ("H", len(huge)),
        ("B", 5),
    ]
    assert codes(reports) == [None] * 3


SPAWNED = """
    import multiprocessing, sys
    import oncotext.pipelines
    from oncotext.scale import extract_many

    if {guard}:
        multiprocessing.set_start_method("spawn")
        nlp = oncotext.pipelines.load({folder!r})
        texts = [(str(n), f"Rapport {{n}}.") for n in range(9)]
        pipeline = nlp if {loaded} else {folder!r}
        reports = extract_many(texts, jobs=2, batch_size=2, pipeline=pipeline)
        print([report.id for report in reports if report.producer])
"""


def run_script(path: Path, **values: Any) -> subprocess.CompletedProcess[str]:
    path.write_text(textwrap.dedent(SPAWNED).format(**values), encoding="utf-8")
    return subprocess.run(
        [sys.executable, path], capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("loaded", [True, False])
def test_under_spawn(tmp_path: Path, folder: Path, loaded: bool) -> None:
    guard = '__name__ == "__main__"'
    done = run_script(tmp_path / "run.py", guard=guard, folder=str(folder), loaded=loaded)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str([str(n) for n in range(9)])


def test_a_script_without_guard_under_spawn_is_told_so(tmp_path: Path, folder: Path) -> None:
    done = run_script(tmp_path / "run.py", guard=True, folder=str(folder), loaded=False)
    assert done.returncode == 1
    assert f"{WorkerError.code}" in done.stderr
    assert "__main__" in done.stderr.splitlines()[-1]
