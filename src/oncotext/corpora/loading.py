"""One way in: a corpus in any format that is read, with what is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from oncotext.corpora.formats import Format, format_named, format_of
from oncotext.corpora.known import KnownCorpus, checksum, known_corpus, recognised
from oncotext.corpora.reading import Problem, Reading
from oncotext.errors import InputError, UnknownNameError
from oncotext.report import AnnotatedReport


@dataclass(slots=True)
class Corpus:
    """Annotated reports, and all that is to be said of them.

    Attributes
    ----------
    reports : list[AnnotatedReport]
        The annotated ones.
    unannotated : list[AnnotatedReport]
        Texts that nobody has annotated; they cannot be measured on.
    format : str
        Name of the format that was read.
    known : KnownCorpus or None
        The known corpus that it is.
    split : str or None
        The only split that was asked for.
    split_of : dict
        The official split of each report's id.
    problems : list[Problem]
        What could not be read, each with file and line. The rest was read.
    left_out : Counter
        Annotations left out on purpose, by the corpus' own label.
    code_status : Counter
        Mentions without a valid code, by why (``tocheck``, ``missing``, ...).
    notes : list[str]
        What else a user of the figures should know.
    """

    reports: list[AnnotatedReport]
    unannotated: list[AnnotatedReport]
    format: str
    known: KnownCorpus | None = None
    split: str | None = None
    split_of: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    code_status: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[AnnotatedReport]:
        return iter(self.reports)

    def __len__(self) -> int:
        return len(self.reports)

    @property
    def checksum(self) -> str:
        """SHA-256 of ids and texts, to name the corpus of a figure."""
        return checksum([*self.reports, *self.unannotated])


def load_corpus(
    path: str | Path,
    name: str | None = None,
    split: str | None = None,
    *,
    format: str | None = None,
    labels: Mapping[str, str | None] | None = None,
) -> Corpus:
    """Read a corpus; what is wrong in it is collected, and the rest is read.

    Parameters
    ----------
    path : str or Path
        A file or folder. Nothing is ever downloaded.
    name : str, optional
        A known corpus (``known_corpora()``); by default it is recognised.
    split : str, optional
        An official split of a known corpus; else a sub-folder.
    format : str, optional
        A format's name; by default it is recognised.
    labels : mapping, optional
        From the corpus' labels to ours, None to leave out.

    Raises
    ------
    UnknownNameError
        No such corpus, format or split.
    InputError
        No such path, or nothing recognised there.

    Examples
    --------
    >>> corpus = load_corpus("corpora/oncotext-gold")  # doctest: +SKIP
    >>> len(corpus), corpus.format, corpus.problems  # doctest: +SKIP
    (36, 'gold', [])
    """
    path = Path(path)
    if not path.exists():
        raise InputError("No such file or folder.", where=str(path), remedy="Check the path.")
    folder = path / split if split and (path / split).is_dir() else path
    known = known_corpus(name) if name else None
    chosen = format_named(format) if format else format_of(folder)
    if known is None and format is None:
        known = recognised(folder, chosen.name) or recognised(path, chosen.name)
    _check_split(path, folder, known, split)
    reading = Reading(labels=labels or {}, adapt=known.adapt if known else None)
    corpus = _read(folder, chosen, known, reading)
    if known and split:
        _keep(corpus, split)
    corpus.split = split
    if known:
        corpus.notes += _differences(corpus, known)
    for report in corpus.reports:
        for mention in report.mentions:
            corpus.code_status.update(mention.attrs.get("code_status", "").split())
    return corpus


def _check_split(path: Path, folder: Path, known: KnownCorpus | None, split: str | None) -> None:
    if split is None or (known and split in known.splits):
        return
    if known and known.splits:
        raise UnknownNameError(f"split of {known.title}", split, known.splits)
    if folder == path:
        remedy = "Only known corpora and sub-folders are splits."
        raise InputError(f"There is no split {split!r}.", where=str(path), remedy=remedy)


def _read(path: Path, format: Format, known: KnownCorpus | None, reading: Reading) -> Corpus:
    reports = list(format.read(path, reading))
    corpus = Corpus([], [], format.name, known, problems=reading.problems)
    corpus.left_out = reading.left_out
    seen: set[str] = set()
    for found, kept in ((reports, corpus.reports), (reading.unannotated, corpus.unannotated)):
        for report in _named(found, known):
            if report.id in seen:
                reading.problem(f"The id {report.id!r} was used before.", path)
                continue
            seen.add(report.id)
            kept.append(report)
            split = known.split_of(report.id) if known else None
            if split:
                corpus.split_of[report.id] = split
    return corpus


def _named(reports: list[AnnotatedReport], known: KnownCorpus | None) -> list[AnnotatedReport]:
    """Reports of a known corpus have the official names of its documents, without folders."""
    if known is None:
        return reports
    if known.part and any(known.part in report.id.split("/") for report in reports):
        reports = [report for report in reports if known.part in report.id.split("/")]
    for report in reports:
        report.id = report.id.rsplit("/", 1)[-1]
    return reports


def _keep(corpus: Corpus, split: str) -> None:
    for reports in (corpus.reports, corpus.unannotated):
        reports[:] = [each for each in reports if corpus.split_of.get(each.id, split) == split]
    ids = {each.id for each in (*corpus.reports, *corpus.unannotated)}
    corpus.split_of = {id: split for id, split in corpus.split_of.items() if id in ids}


def _differences(corpus: Corpus, known: KnownCorpus) -> list[str]:
    """Where a copy is not the official corpus."""
    parts: dict[str, list[AnnotatedReport]] = {}
    for report in (*corpus.reports, *corpus.unannotated):
        parts.setdefault(corpus.split_of.get(report.id, ""), []).append(report)
    notes = []
    for split, count in known.splits.items():
        reports = parts.get(split, [])
        expected = known.checksums.get(split)
        if reports and len(reports) != count:
            notes.append(f"{known.title} {split}: {len(reports)} of {count} documents.")
        elif reports and expected and checksum(reports) != expected:
            notes.append(f"{known.title} {split}: the texts are not those of the official copy.")
    return notes
