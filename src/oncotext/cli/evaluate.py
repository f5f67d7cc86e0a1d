"""``oncotext evaluate``: accuracy against an annotated corpus."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from oncotext.errors import InputError, UsageError
from oncotext.pipelines import DEFAULT

if TYPE_CHECKING:
    from oncotext.evaluation import Evaluation
    from oncotext.report import AnnotatedReport

_PACKAGES = ("spacy", "numpy", "pydantic")
_MOST_PROBLEMS_TOLD = 10
_PLAIN_WIDTH = 120


def evaluate(
    corpus: Annotated[
        Path,
        typer.Option(
            metavar="PATH", show_default=False, help="The annotated corpus: a file or a folder."
        ),
    ],
    pipeline: Annotated[
        str | None,
        typer.Option(
            show_default=DEFAULT, help="A shipped pipeline, an installed model or a folder."
        ),
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Evaluate these predictions; no pipeline runs."),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A second system's predictions, to be compared."),
    ] = None,
    training: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH", help="What the system was trained on: tells seen codes from unseen."
        ),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(metavar="L1,L2", show_default="all", help="Evaluate only these labels."),
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="Only this part of the corpus: train, dev, test.")
    ] = None,
    details: Annotated[
        bool, typer.Option("--details", help="Show values, groups and codes too.")
    ] = False,
    given_spans: Annotated[
        bool,
        typer.Option(
            "--given-spans/--no-given-spans",
            help="Also evaluate flags and codes on the annotated spans (not with --predictions).",
        ),
    ] = True,
    json_out: Annotated[
        Path | None, typer.Option("--json", metavar="OUT", help="Write all figures as JSON.")
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="OUT", help="Write the error browser; it holds the reports' texts."),
    ] = None,
    agreement: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Compare the corpus with a second annotator's instead."),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Number of processes.")] = 1,
) -> None:
    """Evaluate a pipeline, or predictions, against an annotated corpus.

    Shows precision, recall and F1 with 95 % intervals (bootstrap over reports); of figures
    with fewer than 20 cases the errors are listed instead. Exit codes: 0 all done, 1 some
    reports failed, 2 wrong usage or unreadable input.
    """
    if agreement and (predictions or against or pipeline or training or html):
        raise UsageError("--agreement compares two annotations; it takes no system's options.")
    if predictions and pipeline:
        raise UsageError("Give --pipeline or --predictions, not both.")
    _check_outputs(json_out, html)
    chosen = [label.strip() for label in labels.split(",") if label.strip()] if labels else None
    gold = _read(corpus, split)
    if agreement:
        _agree(gold, _read(agreement, split), chosen, json_out)
        return
    predicted, timings = _predicted(gold, predictions, pipeline or DEFAULT, jobs)
    from oncotext.evaluation import evaluate as evaluated

    evaluation = evaluated(
        gold,
        predicted,
        against=None if against is None else _read_predictions(against),
        labels=chosen,
        training=None if training is None else _read(training),
        given_spans=(pipeline or DEFAULT) if given_spans and not predictions else None,
    )
    evaluation.timings = timings
    evaluation.about = _about(corpus, gold, str(predictions or pipeline or DEFAULT))
    _show(evaluation.table(details=details))
    _write(evaluation, gold, predicted, json_out, html)
    raise typer.Exit(1 if evaluation.failed else 0)


def _check_outputs(*targets: Path | None) -> None:
    for target in targets:
        if target and (target.is_dir() or not target.absolute().parent.is_dir()):
            remedy = "Name a file in a folder that exists."
            raise UsageError("Cannot be written.", where=str(target), remedy=remedy)


def _read(path: Path, split: str | None = None) -> Sequence[AnnotatedReport]:
    """A corpus; what is wrong with parts of it is told on stderr."""
    from oncotext.corpora import load_corpus

    corpus = load_corpus(path, split=split)
    for problem in corpus.problems[:_MOST_PROBLEMS_TOLD]:
        typer.echo(f"warning: {problem}", err=True)
    if len(corpus.problems) > _MOST_PROBLEMS_TOLD:
        more = len(corpus.problems) - _MOST_PROBLEMS_TOLD
        typer.echo(f"warning: {more} more problems", err=True)
    if not corpus.reports:
        raise InputError("No annotated report found.", where=str(path))
    return corpus.reports


def _read_predictions(path: Path) -> Sequence[AnnotatedReport]:
    """Reports that failed, or in which nothing was found, are among them."""
    from oncotext.report import read_jsonl

    if path.suffix != ".jsonl":
        return _read(path)
    try:
        return list(read_jsonl(path))
    except UnicodeDecodeError:
        raise InputError("Not valid UTF-8.", where=str(path)) from None


def _predicted(
    gold: Sequence[AnnotatedReport], predictions: Path | None, pipeline: str, jobs: int
) -> tuple[Sequence[AnnotatedReport], dict[str, float]]:
    if predictions is not None:
        return _read_predictions(predictions), {}
    from oncotext.evaluation import run_pipeline

    run = run_pipeline(gold, pipeline, jobs=jobs)
    return run.predicted, run.timings


def _agree(
    first: Iterable[AnnotatedReport],
    second: Iterable[AnnotatedReport],
    labels: Sequence[str] | None,
    json_out: Path | None,
) -> None:
    from oncotext.evaluation import agreement

    found = agreement(first, second, labels)
    _show(found.table())
    if json_out:
        _write_json(found.to_dict(), json_out)


def _about(corpus: Path, gold: Iterable[AnnotatedReport], system: str) -> dict[str, Any]:
    from importlib.metadata import version

    from oncotext import __version__
    from oncotext.evaluation.bootstrap import RESAMPLES, SEED
    from oncotext.lexicon import lexicon_checksum

    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"oncotext": __version__, **{name: version(name) for name in _PACKAGES}},
        "system": system,
        "lexicon": lexicon_checksum(),
        "corpus": str(corpus),
        "corpus_sha256": checksum(gold),
        "bootstrap": {"resamples": RESAMPLES, "seed": SEED, "over": "reports"},
    }


def checksum(reports: Iterable[AnnotatedReport]) -> str:
    """SHA-256 of annotated reports, whatever their order and the format they came in."""
    lines = sorted(
        json.dumps(report.to_dict(), ensure_ascii=True, sort_keys=True) for report in reports
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _show(table: Any) -> None:
    from rich.console import Console

    # in a file or pipe tables are not squeezed to a terminal's width
    width = None if sys.stdout.isatty() else _PLAIN_WIDTH
    Console(width=width, highlight=False).print(table)


def _write(
    evaluation: Evaluation,
    gold: Sequence[AnnotatedReport],
    predicted: Sequence[AnnotatedReport],
    json_out: Path | None,
    html: Path | None,
) -> None:
    if json_out:
        _write_json(evaluation.to_dict(), json_out)
    if html:
        from oncotext.evaluation.browser import write_browser

        write_browser(gold, predicted, html, labels=evaluation.labels)
        typer.echo(f"Written: {html}", err=True)


def _write_json(values: dict[str, Any], target: Path) -> None:
    target.write_text(
        json.dumps(values, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n"
    )
    typer.echo(f"Written: {target}", err=True)
