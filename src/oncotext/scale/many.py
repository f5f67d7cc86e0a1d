"""Many reports in, as many annotated reports out, in order, on one or more processes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from oncotext.errors import UsageError
from oncotext.extraction import MAX_CHARS
from oncotext.pipelines import DEFAULT, resolve
from oncotext.report import AnnotatedReport
from oncotext.scale.batch import Finish, Job, annotate, as_job, finished
from oncotext.scale.workers import annotate_in_processes

if TYPE_CHECKING:
    from spacy.language import Language

T = TypeVar("T")
Item = str | tuple[str | None, str] | AnnotatedReport

BATCH_SIZE = 32
# A batch is cut short where it has grown to this many characters, so that a few huge
# reports do not fill the memory.
BATCH_CHARS = 500_000


def extract_many(
    reports: Iterable[Item],
    *,
    jobs: int = 1,
    batch_size: int = BATCH_SIZE,
    pipeline: str | Path | Language = DEFAULT,
    max_chars: int = MAX_CHARS,
) -> Generator[AnnotatedReport, None, None]:
    """Annotate many reports.

    Parameters
    ----------
    reports : iterable of str, (id, text) or AnnotatedReport
        Read as results are asked for, a few batches ahead. An id of None is replaced by a
        prefix of the text's SHA-256. Annotated reports are annotated anew, but those with
        an ``error`` are passed on as they are.
    jobs : int
        Number of worker processes; 1 works in this process.
    batch_size : int
        Reports that go through the pipeline, or to a worker, together.
    pipeline : str, Path or Language
        A name, a folder, or a loaded pipeline.
    max_chars : int
        Longer reports fail.

    Yields
    ------
    AnnotatedReport
        One for each report, in order. A report that fails, even by ending its worker
        process, comes without text and with ``error``; all others are processed.

    Raises
    ------
    UsageError
        A wrong argument, at the call.
    OncotextError
        The pipeline cannot be loaded, or worker processes cannot be started.

    Notes
    -----
    Worker processes are started by `multiprocessing`'s default method. Where that is
    ``spawn`` (Windows, macOS), a script must call this under
    ``if __name__ == "__main__":``.

    Examples
    --------
    >>> texts = [("A", "Pas de métastase."), ("B", "")]
    >>> [(r.id, r.error.code if r.error else None) for r in extract_many(texts)]
    [('A', None), ('B', 'E201')]
    """
    if jobs == 1:
        return finish_many(
            reports, _same, batch_size=batch_size, pipeline=pipeline, max_chars=max_chars
        )
    # JSON passes between processes at half the cost of pickled models
    packed = finish_many(
        reports, _pack, jobs=jobs, batch_size=batch_size, pipeline=pipeline, max_chars=max_chars
    )
    return _unpacked(packed)


def finish_many(
    reports: Iterable[Item],
    finish: Callable[[AnnotatedReport], T],
    *,
    jobs: int = 1,
    batch_size: int = BATCH_SIZE,
    pipeline: str | Path | Language = DEFAULT,
    max_chars: int = MAX_CHARS,
) -> Generator[T, None, None]:
    """Like `extract_many`, but gives ``finish(report)``, made by the worker of the report.

    So the parent does not become the bottleneck of many workers. ``finish`` is a function of
    a module, and what it returns can be pickled.
    """
    if isinstance(reports, (str, bytes)) or not isinstance(reports, Iterable):
        raise UsageError(
            f"Reports are an iterable of texts, not {type(reports).__name__}.",
            remedy="For one text use oncotext.extract.",
        )
    for name, value in (("jobs", jobs), ("batch_size", batch_size), ("max_chars", max_chars)):
        if not isinstance(value, int) or value < 1:
            raise UsageError(f"{name} must be a whole number of at least 1, not {value!r}.")
    batches = _batches(reports, batch_size)
    if jobs > 1:
        return annotate_in_processes(
            batches, pipeline, jobs=jobs, max_chars=max_chars, finish=finish
        )
    return _annotate_here(batches, pipeline, max_chars, finish)


def _annotate_here(
    batches: Iterator[list[Job | AnnotatedReport]],
    pipeline: str | Path | Language,
    max_chars: int,
    finish: Finish,
) -> Generator[Any, None, None]:
    nlp = resolve(pipeline)
    for batch in batches:
        for report in annotate(nlp, batch, max_chars):
            yield finished(report, finish)


def _same(report: AnnotatedReport) -> AnnotatedReport:
    return report


def _pack(report: AnnotatedReport) -> str:
    return report.model_dump_json()


def _unpacked(packed: Generator[str, None, None]) -> Generator[AnnotatedReport, None, None]:
    with closing(packed):  # whoever stops early ends the workers too
        for line in packed:
            yield AnnotatedReport.model_validate_json(line)


def _batches(reports: Iterable[Item], size: int) -> Iterator[list[Job | AnnotatedReport]]:
    """The reports in lists; where the iterable raises, what it gave before comes first."""
    batch: list[Job | AnnotatedReport] = []
    chars = 0
    source = iter(reports)
    number = 0
    while True:
        number += 1
        try:
            item = as_job(next(source), number)
        except StopIteration:
            break
        except Exception:
            if batch:
                yield batch
            raise
        batch.append(item)
        chars += len(item.text)
        if len(batch) >= size or chars >= BATCH_CHARS:
            yield batch
            batch, chars = [], 0
    if batch:
        yield batch
