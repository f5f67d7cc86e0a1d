"""One report in, one annotated report out; and parts of that work for anybody's spans."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from oncotext.errors import BinaryInputError, EmptyReportError, ReportTooLongError, UsageError
from oncotext.pipelines import DEFAULT, resolve

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

    from oncotext.assertion import Assertion
    from oncotext.linking import Candidate
    from oncotext.report import AnnotatedReport, Section

MAX_CHARS = 5_000_000


def check_text(text: str, *, max_chars: int = MAX_CHARS, where: str = "") -> str:
    """The text itself, if it can be processed.

    Raises
    ------
    EmptyReportError, ReportTooLongError, BinaryInputError
    """
    if not isinstance(text, str):
        raise UsageError(f"A report is a str, not {type(text).__name__}.", where=where)
    if not text.strip():
        raise EmptyReportError("The report is empty.", where=where)
    if len(text) > max_chars:
        raise ReportTooLongError(
            f"The report has {len(text):,} characters, more than {max_chars:,}.",
            where=where,
            remedy="Raise the limit (--max-chars, max_chars) or split the report.",
        )
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in set(text)):
        raise BinaryInputError(
            "The report holds NUL bytes or lone surrogates.",
            where=where,
            remedy="Export it as plain text (UTF-8).",
        )
    return text


def extract(
    text: str,
    id: str | None = None,
    *,
    pipeline: str | Path | Language = DEFAULT,
    max_chars: int = MAX_CHARS,
) -> AnnotatedReport:
    """Annotate one report.

    Parameters
    ----------
    text : str
        The report as it is; offsets in the result count its Unicode code points.
    id : str, optional
        The report's id; by default a prefix of the text's SHA-256.
    pipeline : str, Path or Language
        A name, a folder, or a loaded pipeline.
    max_chars : int
        Longer reports raise `ReportTooLongError`.

    Returns
    -------
    AnnotatedReport

    Raises
    ------
    OncotextError
        The text is empty, too long, not text; or the pipeline is unknown.

    Examples
    --------
    >>> report = extract("Cancer du sein gauche, OMS 1.", id="A-1")
    >>> report.record.performance_status
    'ECOG:1'
    """
    nlp = resolve(pipeline)
    doc = make_doc(nlp, check_text(text, max_chars=max_chars))
    return report_from(nlp(doc), id, nlp)


def make_doc(nlp: Language, text: str) -> Doc:
    """Tokenise without spaCy's own length limit, which is meant for parsers."""
    limit, nlp.max_length = nlp.max_length, max(nlp.max_length, len(text))
    try:
        return nlp.make_doc(text)
    finally:
        nlp.max_length = limit


def report_from(doc: Doc, id: str | None, nlp: Language) -> AnnotatedReport:
    """The annotated report of a processed Doc, with its producer."""
    from oncotext import __version__
    from oncotext.language.annotations import report_of
    from oncotext.lexicon import lexicon_checksum
    from oncotext.report import AnnotatedReport, Producer

    report = report_of(doc)
    assert isinstance(report, AnnotatedReport)
    if id is not None:
        report.id = id
    report.producer = Producer(
        version=__version__,
        pipeline=f"{nlp.meta['lang']}_{nlp.meta['name']}",
        lexicon=lexicon_checksum(),
    )
    return report


def assert_spans(
    text: str,
    spans: Sequence[tuple[int, int]],
    *,
    labels: Sequence[str] = (),
    pipeline: str | Path | Language = DEFAULT,
) -> list[Assertion]:
    """Negation, hypothesis, history and family of spans, whoever found them.

    Parameters
    ----------
    text : str
    spans : sequence of (start, end)
        Character offsets, in any order.
    labels : sequence of str, optional
        The mention label of each span, where known.
    pipeline : str, Path or Language

    Returns
    -------
    list of Assertion
        In the order of the spans.

    Examples
    --------
    >>> [a.negated for a in assert_spans("Pas de fièvre, mais une toux.", [(7, 13), (24, 28)])]
    [True, False]
    """
    from oncotext.assertion.learned_pipe import LearnedAssertionPipe
    from oncotext.assertion.pipe import AssertionPipe
    from oncotext.language.annotations import sections_of

    for start, end in spans:
        if not 0 <= start < end <= len(text):
            raise UsageError(
                f"Span ({start}, {end}) lies outside the text of {len(text)} characters."
            )
    if labels and len(labels) != len(spans):
        raise UsageError(f"{len(labels)} labels for {len(spans)} spans.")
    nlp = resolve(pipeline)
    assertion = _pipe(nlp, "oncotext.assertion")
    assert isinstance(assertion, AssertionPipe)
    doc = _run(nlp, text, ("oncotext.sentences", "oncotext.sections"))
    found = assertion.engine.assert_spans_of(
        doc, list(spans), sections=sections_of(doc), labels=labels
    )
    for _, pipe in nlp.pipeline:
        if isinstance(pipe, LearnedAssertionPipe):
            found = pipe.revise(doc, spans, labels, found)
    return found


def find_sections(text: str, *, pipeline: str | Path | Language = DEFAULT) -> list[Section]:
    """The sections of a report; they tile the text.

    Examples
    --------
    >>> [(s.label, s.title) for s in find_sections("MOTIF : toux.\\nCONCLUSION : RAS.")]
    [('reason', 'MOTIF'), ('conclusion', 'CONCLUSION')]
    """
    from oncotext.language.annotations import sections_of
    from oncotext.report import Section

    nlp = resolve(pipeline)
    _pipe(nlp, "oncotext.sections")
    doc = _run(nlp, text, ("oncotext.sections",))
    return [Section.model_validate(section) for section in sections_of(doc)]


def link(
    surface: str,
    system: str,
    k: int = 5,
    context: str | None = None,
    *,
    pipeline: str | Path | Language = DEFAULT,
) -> list[Candidate]:
    """The codes that a surface form most likely stands for, best first.

    Parameters
    ----------
    surface : str
        The words of the mention, e.g. ``"adénocarcinome lieberkühnien"``.
    system : str
        ``"ICD-O-3-M"``, ``"ICD-O-3-T"`` or ``"CTCAE-5"``.
    k : int
        At most this many candidates.
    context : str, optional
        The sentence around the mention: its words speak for codes whose terms have them.
    pipeline : str, Path or Language
        One with a trained linker serves it; others have that of the lexicon.

    Returns
    -------
    list of Candidate
        Their scores are probabilities: a threshold gives no code rather than a wrong one.

    Raises
    ------
    UnknownNameError
        No such code system.

    Examples
    --------
    >>> link("carcinomes canalaires infiltrants", "ICD-O-3-M", k=1)
    [Candidate(code='8500/3', name='carcinome canalaire infiltrant', score=1.0)]
    """
    from oncotext.linking import link as link_by_lexicon

    if pipeline != DEFAULT:
        from oncotext.linking.pipe import LinkingPipe

        nlp = resolve(pipeline)
        for _, pipe in nlp.pipeline:
            if isinstance(pipe, LinkingPipe) and system in pipe.linkers:
                return pipe.linkers[system].link(surface, k, context)
    return link_by_lexicon(surface, system, k, context)


def _pipe(nlp: Language, factory: str) -> object:
    for name, pipe in nlp.pipeline:
        if nlp.get_pipe_meta(name).factory == factory:
            return pipe
    raise UsageError(f"The pipeline has no pipe {factory!r}.", remedy=f"nlp.add_pipe({factory!r})")


def _run(nlp: Language, text: str, factories: tuple[str, ...]) -> Doc:
    """Run only the pipes of the named factories; a saved pipeline calls them otherwise."""
    doc = make_doc(nlp, check_text(text))
    for name, pipe in nlp.pipeline:
        if nlp.get_pipe_meta(name).factory in factories:
            doc = pipe(doc)
    return doc
