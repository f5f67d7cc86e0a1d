"""The annotated corpora of the accuracy benchmarks: named on the command line, stored by name."""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from provenance import Result, now

from oncotext.cli.evaluate import checksum
from oncotext.corpora import known_corpora, load_corpus
from oncotext.evaluation.counting import DIGITS, Key, Tally
from oncotext.evaluation.result import FEW, Evaluation
from oncotext.report import AnnotatedReport

OWN = Path(__file__).parent.parent / "corpora"
OWN_CORPORA = ("oncotext-gold", "oncotext-gold-h", "oncotext-gold-j", "oncotext-gold-k")


@dataclass(frozen=True)
class Annotated:
    """A corpus as it is measured on.

    Attributes
    ----------
    name : str
        As given; ``fracco-dev2`` measures on the official split of that name alone.
    kind : str
        Name of the known corpus whose annotation it has, else empty.
    split : str or None
    reports : list of AnnotatedReport
    notes : list of str
        What a user of the figures should know.
    """

    name: str
    kind: str
    split: str | None
    reports: list[AnnotatedReport]
    notes: list[str]

    @property
    def facts(self) -> Result:
        """What is stored of a corpus: no path, no text; the checksum covers annotations too."""
        return {
            "reports": len(self.reports),
            "chars": sum(len(report.text) for report in self.reports),
            "mentions": sum(len(report.mentions) for report in self.reports),
            "split": self.split,
            "sha256": checksum(self.reports),
        }


def read(name: str, path: Path) -> Annotated:
    """A corpus, or the official split that its name ends in."""
    loaded = load_corpus(path)
    kind = loaded.known.name if loaded.known else ""
    split = _split(name, kind)
    if split:
        loaded = load_corpus(path, kind, split)
    if not loaded.reports:
        raise SystemExit(f"{name}: no annotated report found.")
    notes = list(loaded.notes)
    if loaded.problems:
        notes.append(f"Annotations that could not be read: {len(loaded.problems)}.")
    return Annotated(name, kind, split, loaded.reports, notes)


def _split(name: str, kind: str) -> str | None:
    splits = known_corpora()[kind].splits if kind else ()
    return next((split for split in splits if name.endswith(f"-{split}")), None)


def add_corpus_option(parser: argparse.ArgumentParser, what: str) -> None:
    """``--corpus NAME=PATH``, several times; none without it."""
    parser.add_argument(
        "--corpus", type=_named, action="append", default=[], metavar="NAME=PATH", help=what
    )


def _named(argument: str) -> tuple[str, Path]:
    name, equals, path = argument.partition("=")
    if not (name and equals) or not Path(path).exists():
        raise argparse.ArgumentTypeError(f"{argument!r} is not NAME=PATH with a path that exists")
    return name, Path(path)


def own_corpora() -> list[tuple[str, Path]]:
    """The project's own corpora, which every clone has."""
    return [(name, OWN / name) for name in OWN_CORPORA]


def versions() -> dict[str, str]:
    """Python and what the figures may depend on."""
    import oncotext

    packages = ("spacy", "numpy", "scikit-learn")
    return {
        "python": platform.python_version(),
        "oncotext": oncotext.__version__,
        **{name: metadata.version(name) for name in packages},
    }


def lexicon() -> str:
    """Checksum of the shipped lexicon, since rules are data."""
    from oncotext.lexicon import lexicon_checksum

    return str(lexicon_checksum())


def origin(corpus: Annotated) -> Result:
    """What stands at the head of each corpus' figures."""
    return {
        "date": now(),
        "versions": versions(),
        "lexicon": lexicon(),
        "corpus": corpus.facts,
        "notes": list(corpus.notes),
    }


def merged(benchmark: str, found: Mapping[str, Result], out: Path) -> Result:
    """The stored result with the corpora of this run put in place of their earlier figures.

    A corpus that was not given keeps what it had, with its own date and versions.
    """
    stored = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
    corpora = {**stored.get("corpora", {}), **found}
    return {"benchmark": benchmark, "corpora": dict(sorted(corpora.items()))}


def tally_row(evaluation: Evaluation, *key: str) -> Result:
    """``n`` to find, precision, recall, F1 and its 95 % interval (None below 20 cases)."""
    return row_of(evaluation.sheet.total(key), evaluation, key)


def row_of(tally: Tally, evaluation: Evaluation, key: Key) -> Result:
    """The same of counts at hand."""
    row = {name: value for name, value in tally.row().items() if name in ("p", "r", "f1")}
    return {"n": tally.gold, **row, "ci": _interval(evaluation, key, "f1", tally.gold)}


def rate_row(evaluation: Evaluation, *key: str) -> Result:
    """``n`` cases (codes, of a mean over codes), the value and its 95 % interval."""
    sheet = evaluation.sheet
    n = sheet.macro_mean(key).n if key in sheet.macros else sheet.mean(key).n
    return {
        "n": n,
        "value": evaluation.value(*key),
        "ci": _interval(evaluation, key, "value", n),
    }


def _interval(evaluation: Evaluation, key: Key, measure: str, n: int) -> list[float] | None:
    ends = evaluation.intervals.get((key, measure))
    return [round(end, DIGITS) for end in ends] if ends and n >= FEW else None


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table."""
    from rich.console import Console
    from rich.table import Table

    table = Table(*columns, title=title, title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def cells(row: Result) -> tuple[str, ...]:
    """Cases, figures and interval of a row in a terminal."""
    ci = f"{row['ci'][0]:.3f}–{row['ci'][1]:.3f}" if row["ci"] else ""
    if "value" in row:
        value = "" if row["value"] is None else f"{row['value']:.3f}"
        return f"{row['n']:,}", "", "", value, ci
    return f"{row['n']:,}", *(f"{row[name]:.3f}" for name in ("p", "r", "f1")), ci
