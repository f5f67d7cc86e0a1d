"""Predicted reports against annotated ones: one call for all figures."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oncotext.errors import DuplicateIdError, InputError, UnknownNameError
from oncotext.evaluation.assertion import ON_GIVEN_SPANS, ON_PAIRS, FlaggedReport, count_given_spans
from oncotext.evaluation.bootstrap import RESAMPLES, SEED, Figures, differences, intervals
from oncotext.evaluation.counting import Key, Sheet
from oncotext.evaluation.linking import LINKING_CODE, count_links
from oncotext.evaluation.mentions import BOUNDARY, CODE, MEASURES, MICRO, count_mentions
from oncotext.evaluation.records import MICRO as RECORD_MICRO
from oncotext.evaluation.records import MULTI, count_record
from oncotext.evaluation.result import Evaluation
from oncotext.evaluation.sections import LINE_ACCURACY, LINE_MACRO, START, count_sections
from oncotext.evaluation.strata import Known, Strata
from oncotext.evaluation.values import ATTRS
from oncotext.report import FLAGS, AnnotatedReport, read_jsonl

if TYPE_CHECKING:
    from spacy.language import Language

Reports = Iterable[AnnotatedReport] | str | Path
_SHOWN: tuple[Key, ...] = (
    *((ON_PAIRS, flag) for flag in FLAGS),
    *((MICRO, measure) for measure in MEASURES),
    (BOUNDARY, "exact"),
    (BOUNDARY, "overlap"),
    RECORD_MICRO,
    MULTI,
    START,
)
_RATES_SHOWN: tuple[Key, ...] = (LINE_ACCURACY, (ATTRS, "grade"), (ATTRS, "lat"))


def evaluate(
    gold: Reports,
    predicted: Reports,
    *,
    against: Reports | None = None,
    labels: Iterable[str] | None = None,
    training: Reports | None = None,
    given_spans: str | Path | Language | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Evaluation:
    """Evaluate predicted reports.

    Parameters
    ----------
    gold : iterable of AnnotatedReport, or path
        The annotated corpus.
    predicted : iterable of AnnotatedReport, or path
        Paired with ``gold`` by id; their texts must be the same. A report that failed, or is
        missing, counts as one in which nothing was found; others than gold's are ignored.
    against : iterable of AnnotatedReport, or path, optional
        A second system: its differences are tested on the same reports.
    labels : iterable of str, optional
        Evaluate only mentions of these labels, for corpora that annotate some only. The
        record is evaluated whatever they are.
    training : iterable of AnnotatedReport, or path, optional
        What the system was trained on: tells codes and surface forms that it had seen from
        others, and codes by their frequency there (else in ``gold``).
    given_spans : str, Path or Language, optional
        A pipeline whose assertion, and `oncotext.link`, are evaluated on the annotated spans.
    resamples : int
        Draws of the bootstrap; 0 for no intervals.
    seed : int
        The same seed gives the same intervals.

    Returns
    -------
    Evaluation

    Raises
    ------
    InputError
        A predicted report's text is not the annotated one's; a file cannot be read.

    Examples
    --------
    >>> import oncotext
    >>> from oncotext.corpora import read_gold, sample_paths
    >>> gold = [read_gold(path) for path in sample_paths()]
    >>> found = oncotext.extract_many((report.id, report.text) for report in gold)
    >>> evaluate(gold, found).f1("mention", "TNM", "strict")
    1.0
    """
    annotated = _by_id(gold, unique=True)
    chosen = _labels(labels, annotated.values())
    known = None if training is None else Known.of(read_reports(training))
    count = _Count(annotated, chosen, known)
    evaluation = count.evaluation(_by_id(predicted), given_spans)
    shown = figures_of(evaluation.sheet)
    evaluation.intervals = intervals(evaluation.sheet, shown, resamples=resamples, seed=seed)
    if against is not None:
        other = count.evaluation(_by_id(against))
        evaluation.differences = differences(
            evaluation.sheet,
            other.sheet,
            _compared(evaluation.sheet, other.sheet),
            resamples=resamples,
            seed=seed,
        )
    return evaluation


def evaluate_given_spans(
    reports: Iterable[FlaggedReport],
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    **options: Any,
) -> Evaluation:
    """Assertion on annotated spans of any corpus; options as of `count_given_spans`.

    Its labels need not be oncotext's: E3C's ``EVENT`` and ``CLINENTITY`` are told apart under
    ``assertion_given_spans_by_label``.
    """
    sheet = Sheet()
    for report in reports:
        sheet.begin(report.id)
        count_given_spans(sheet, report, **options)
    found = intervals(sheet, figures_of(sheet), resamples=resamples, seed=seed)
    return Evaluation(sheet, intervals=found)


class _Count:
    """Counts systems on one corpus."""

    def __init__(
        self,
        gold: dict[str, AnnotatedReport],
        labels: Collection[str] | None,
        training: Known | None,
    ) -> None:
        self._gold, self._labels, self._training = gold, labels, training
        self._frequencies = training or Known.of(gold.values())

    def evaluation(
        self,
        predicted: dict[str, AnnotatedReport],
        given_spans: str | Path | Language | None = None,
    ) -> Evaluation:
        sheet = Sheet()
        sheet.declare(*_SHOWN)
        for key in _RATES_SHOWN:
            sheet.rates[key]
        sheet.macros[LINE_MACRO]
        for report in self._gold.values():
            sheet.begin(report.id)
            self._count(sheet, report, _answer(report, predicted.get(report.id)))
            if given_spans is not None:
                count_given_spans(sheet, report, pipeline=given_spans, labels=self._labels)
                count_links(sheet, report, training=self._training, labels=self._labels)
        return Evaluation(
            sheet,
            missing=[id for id in self._gold if id not in predicted],
            failed=[id for id in self._gold if id in predicted and predicted[id].error],
            labels=None if self._labels is None else sorted(self._labels),
        )

    def _count(self, sheet: Sheet, gold: AnnotatedReport, answer: AnnotatedReport) -> None:
        strata = Strata(gold, self._frequencies, self._training)
        count_mentions(sheet, gold, answer.mentions, strata, self._labels)
        count_sections(sheet, gold, answer.sections)
        count_record(sheet, gold.record, answer.record)


def _answer(gold: AnnotatedReport, predicted: AnnotatedReport | None) -> AnnotatedReport:
    if predicted is None or predicted.error:
        return AnnotatedReport(id=gold.id, text=gold.text)
    if predicted.text != gold.text:
        raise InputError(
            "The predicted report's text is not the annotated one's.",
            where=gold.id,
            remedy="Predict on the texts of the corpus.",
        )
    return predicted


def figures_of(sheet: Sheet) -> Figures:
    """The figures that get an interval: all but those of single codes."""
    tallies = [key for key in sheet.tallies if key[0] != CODE]
    rates = [key for key in sheet.rates if key[0] != LINKING_CODE]
    return Figures(sheet, tallies, rates, list(sheet.macros))


def _compared(first: Sheet, second: Sheet) -> Figures:
    """What two systems are compared on: figures with a gold case, no groups, no single codes."""
    left_out = (CODE, ON_GIVEN_SPANS, f"{ON_GIVEN_SPANS}_by_label")

    def wanted(key: Key) -> bool:
        return not key[0].startswith("by_") and key[0] not in left_out

    tallies = [key for key in sorted(first.tallies) if wanted(key) and first.total(key).gold]
    rates = [
        key
        for key in sorted(first.rates)
        if wanted(key) and first.mean(key).n and first.mean(key).n == second.mean(key).n
    ]
    return Figures(first, tallies, rates, [])


def _by_id(reports: Reports, *, unique: bool = False) -> dict[str, AnnotatedReport]:
    found: dict[str, AnnotatedReport] = {}
    for report in read_reports(reports):
        if unique and report.id in found:
            raise DuplicateIdError("The corpus has two reports of this id.", where=report.id)
        found[report.id] = report
    return found


def _labels(labels: Iterable[str] | None, gold: Iterable[AnnotatedReport]) -> frozenset[str] | None:
    from oncotext.report import LABELS

    if labels is None:
        return None
    chosen = frozenset(labels)
    known = {*LABELS, *(mention.label for report in gold for mention in report.mentions)}
    for label in sorted(chosen - known):
        raise UnknownNameError("label", label, known)
    return chosen


def read_reports(source: Reports) -> Sequence[AnnotatedReport]:
    """The reports of a corpus (a path), or those given.

    Raises
    ------
    InputError
        There is no such path, it cannot be read whole, or it holds no report.
    """
    if not isinstance(source, (str, Path)):
        return list(source)
    path = Path(source)
    if path.is_file() and path.suffix == ".jsonl":
        return list(read_jsonl(path))
    from oncotext.corpora import load_corpus

    corpus = load_corpus(path)
    if corpus.problems:
        remedy = "oncotext.corpora.load_corpus reads the rest, and lists all problems."
        raise InputError(str(corpus.problems[0]), remedy=remedy)
    if not corpus.reports:
        raise InputError("No annotated report found.", where=str(path))
    return corpus.reports
