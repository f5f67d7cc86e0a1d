"""Run a pipeline over a corpus, and see which of its pipes take the time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from oncotext.report import AnnotatedReport

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

_BATCH = 32
START = "start (once)"


@dataclass(frozen=True)
class Run:
    """What a pipeline predicted.

    Attributes
    ----------
    predicted : list of AnnotatedReport
        In the order of the corpus.
    timings : dict
        Seconds of each pipe, of the tokenizer, of making reports, and of the start; with
        several processes only the whole.
    """

    predicted: list[AnnotatedReport]
    timings: dict[str, float]


def run_pipeline(
    gold: Sequence[AnnotatedReport], pipeline: str | Path | Language, *, jobs: int = 1
) -> Run:
    """Annotate the texts of a corpus anew.

    A report that fails comes with its error, as of `oncotext.extract_many`.
    """
    from oncotext.pipelines import resolve
    from oncotext.scale import extract_many

    items = [(report.id, report.text) for report in gold]
    if jobs > 1:
        begin = perf_counter()
        predicted = list(extract_many(items, jobs=jobs, pipeline=pipeline))
        return Run(predicted, {f"extraction ({jobs} processes)": perf_counter() - begin})
    begin = perf_counter()
    nlp = resolve(pipeline)
    list(extract_many(items[:1], pipeline=nlp))  # much is built at first use
    timings: dict[str, float] = {}
    _lap(timings, START, begin)
    found: list[AnnotatedReport] = []
    for first in range(0, len(items), _BATCH):
        batch = items[first : first + _BATCH]
        try:
            found += _timed(nlp, batch, timings)
        except Exception:  # one of them fails: it gets its error, the others are done
            found += extract_many(batch, pipeline=nlp)
    return Run(found, timings)


def _timed(
    nlp: Language, batch: Sequence[tuple[str, str]], timings: dict[str, float]
) -> list[AnnotatedReport]:
    from oncotext.extraction import check_text, make_doc, report_from

    begin = perf_counter()
    docs: list[Doc] = [make_doc(nlp, check_text(text)) for _, text in batch]
    begin = _lap(timings, "tokenizer", begin)
    for name, pipe in nlp.pipeline:
        docs = _through(pipe, docs)
        begin = _lap(timings, name, begin)
    made = [report_from(doc, id, nlp) for doc, (id, _) in zip(docs, batch, strict=True)]
    _lap(timings, "report", begin)
    return made


def _through(pipe: Any, docs: list[Doc]) -> list[Doc]:
    if hasattr(pipe, "pipe"):
        return list(pipe.pipe(docs, batch_size=len(docs)))
    return [pipe(doc) for doc in docs]


def _lap(timings: dict[str, float], name: str, begin: float) -> float:
    now = perf_counter()
    timings[name] = timings.get(name, 0.0) + now - begin
    return now
