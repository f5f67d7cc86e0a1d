"""A batch of reports in, as many annotated reports out; a failure stays with its report."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oncotext.errors import OncotextError, UsageError
from oncotext.extraction import check_text, make_doc, report_from
from oncotext.language.annotations import report_id
from oncotext.report import AnnotatedReport, Failure

if TYPE_CHECKING:
    from spacy.language import Language

Finish = Callable[[AnnotatedReport], Any]
"""What is made of a report where it was processed, before it is handed on."""


class ProcessingError(OncotextError):
    """A report on which the pipeline itself failed."""

    code = "E500"


@dataclass(frozen=True, slots=True)
class Job:
    """A report to annotate."""

    id: str
    text: str


def as_job(item: Any, number: int) -> Job | AnnotatedReport:
    """What `extract_many` is given, as a job; or its failure where it has a wrong type.

    Parameters
    ----------
    item : str, (id, text) or AnnotatedReport
        Of an annotated report only id and text are used; one that failed stays as it is.
    number : int
        The item's place, which names it where it has no id.
    """
    if isinstance(item, AnnotatedReport):
        return item if item.error else Job(item.id, item.text)
    if isinstance(item, str):
        return Job(report_id(item), item)
    unnamed = f"item-{number}"
    if not isinstance(item, (tuple, list)) or len(item) != 2:
        what = f"A report is a str or (id, text), not {type(item).__name__}."
        return failed(unnamed, UsageError(what, where=f"Item {number}"))
    given, text = item
    if given is None and isinstance(text, str):
        return Job(report_id(text), text)
    if not isinstance(given, (str, int)) or isinstance(given, bool):
        what = f"An id is a str or int, not {type(given).__name__}."
        return failed(unnamed, UsageError(what, where=f"Item {number}"))
    if not isinstance(text, str):
        what = f"A text is a str, not {type(text).__name__}."
        return failed(str(given), UsageError(what, where=f"Item {number}"))
    return Job(printable(str(given)), text)


def printable(name: str) -> str:
    """A name that can be written as UTF-8: lone surrogates become escapes."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def failed(id: str, error: Exception) -> AnnotatedReport:
    """The report that stands for one that could not be processed; it holds no text.

    Of an error that is not our own only type and place are told: its message may quote the
    report.
    """
    if not isinstance(error, OncotextError):
        error = ProcessingError(f"{type(error).__name__} in {_place(error)}.")
    message = " ".join(filter(None, (error.what, error.remedy)))
    if error.where:
        message = f"{error.where}: {message}"
    failure = Failure(code=error.code, message=printable(message))
    return AnnotatedReport(id=printable(id), text="", error=failure)


def _place(error: Exception) -> str:
    """File and line that raised, without what stands there."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "oncotext" in frame.filename]
    last = (ours or frames)[-1:] or None
    if last is None:
        return "the pipeline"
    parts = last[0].filename.replace("\\", "/").split("/")
    return f"{'/'.join(parts[-3:])}, line {last[0].lineno}"


def annotate(
    nlp: Language, items: Sequence[Job | AnnotatedReport], max_chars: int
) -> list[AnnotatedReport]:
    """Annotate the jobs among ``items``; the result has one report for each item, in order."""
    results: list[AnnotatedReport | None] = [
        item if isinstance(item, AnnotatedReport) else _refusal(item, max_chars) for item in items
    ]
    open_jobs = [
        (index, item)
        for index, item in enumerate(items)
        if results[index] is None and isinstance(item, Job)
    ]
    for (index, _), report in zip(
        open_jobs, _annotate_all(nlp, [job for _, job in open_jobs]), strict=True
    ):
        results[index] = report
    return [report for report in results if report is not None]


def _refusal(job: Job, max_chars: int) -> AnnotatedReport | None:
    try:
        check_text(job.text, max_chars=max_chars)
    except OncotextError as error:
        return failed(job.id, error)
    return None


def _annotate_all(nlp: Language, jobs: list[Job]) -> list[AnnotatedReport]:
    if len(jobs) > 1:
        try:
            docs = list(nlp.pipe([make_doc(nlp, job.text) for job in jobs], batch_size=len(jobs)))
            # an error handler of the user's own may have dropped Docs
            if len(docs) == len(jobs):
                return [report_from(doc, job.id, nlp) for job, doc in zip(jobs, docs, strict=True)]
        except Exception:
            pass  # one of them failed: which one shows when they are done one by one
    return [_annotate_one(nlp, job) for job in jobs]


def _annotate_one(nlp: Language, job: Job) -> AnnotatedReport:
    try:
        return report_from(nlp(make_doc(nlp, job.text)), job.id, nlp)
    except Exception as error:
        return failed(job.id, error)


def finished(report: AnnotatedReport, finish: Finish) -> Any:
    """``finish(report)``; where that raises, the same of the failure."""
    try:
        return finish(report)
    except Exception as error:
        return finish(failed(report.id, error))
