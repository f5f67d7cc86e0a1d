"""Corpora that oncotext knows: what each measures, its licence, source and official splits.

``known.tsv`` and ``splits.tsv`` beside this module hold them. None is shipped or downloaded;
a user gives the path of a copy.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from oncotext.corpora.files import files_in
from oncotext.corpora.reading import Adapt
from oncotext.errors import UnknownNameError
from oncotext.report import AnnotatedReport

_HEAD = 20_000  # characters of a file that are looked at to recognise its corpus
_SPLITS_OF = {"fracco": "cantemist"}  # FRACCO keeps the documents' names


@dataclass(frozen=True, slots=True)
class KnownCorpus:
    """A corpus that others published, or our own.

    Attributes
    ----------
    format : str
        The annotation format of its official copy.
    measures : str
        What it can measure.
    archive : str
        Checksum of the official archive.
    splits : dict
        The official splits and how many documents each has.
    checksums : dict
        Of the splits whose texts we know, see `checksum`.
    part : str
        The folder to read where the corpus has its documents more than once.
    """

    name: str
    title: str
    format: str
    language: str
    signature: str
    part: str
    measures: str
    licence: str
    source: str
    archive: str
    splits: dict[str, int]
    checksums: dict[str, str]
    note: str

    @property
    def adapt(self) -> Adapt | None:
        """What makes its labels and codes ours."""
        from oncotext.corpora import fracco

        return {"fracco": fracco.adapt, "cantemist": fracco.adapt_cantemist}.get(self.name)

    def split_of(self, id: str) -> str | None:
        """The official split of a document; None where the corpus has none."""
        listed = _splits(_SPLITS_OF.get(self.name, self.name))
        return listed.get(id, listed.get("*"))


@lru_cache(maxsize=1)
def known_corpora() -> dict[str, KnownCorpus]:
    """All known corpora by name."""
    corpora = [_corpus(row) for row in _rows("known.tsv")]
    return {corpus.name: corpus for corpus in corpora}


def known_corpus(name: str) -> KnownCorpus:
    """A known corpus; an unknown name is answered with the closest."""
    corpora = known_corpora()
    if name not in corpora:
        raise UnknownNameError("corpus", name, corpora)
    return corpora[name]


def recognised(path: Path, format: str) -> KnownCorpus | None:
    """The known corpus that a path holds, by what its first files look like."""
    suffixes = {"brat": (".ann",), "xmi": (".xml", ".xmi"), "jsonl": (".jsonl",)}.get(format, ())
    heads = [path.name]
    for file in files_in(path, *suffixes)[:3] if suffixes else ():
        with open(file, encoding="utf-8", errors="replace") as source:
            heads.append(source.read(_HEAD))
    for corpus in known_corpora().values():
        if corpus.format == format and re.search(corpus.signature, "\n".join([*heads, ""])):
            return corpus
    return None


def checksum(reports: Iterable[AnnotatedReport]) -> str:
    """SHA-256 of the ids and texts of reports in the order of their ids, each ended by NUL."""
    digest = hashlib.sha256()
    for id, text in sorted((report.id, report.text) for report in reports):
        digest.update(f"{id}\0{text}\0".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


@lru_cache(maxsize=8)
def _splits(corpus: str) -> dict[str, str]:
    return {row["id"]: row["split"] for row in _rows("splits.tsv") if row["corpus"] == corpus}


def _rows(name: str) -> list[dict[str, str]]:
    text = (files("oncotext.corpora") / name).read_text(encoding="utf-8")
    head, *lines = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return [dict(zip(head, line, strict=True)) for line in lines]


def _corpus(row: dict[str, str]) -> KnownCorpus:
    splits = {key: int(value) for key, value in _pairs(row["splits"]).items()}
    texts = {key: row[key] for key in row if key not in ("splits", "checksums")}
    return KnownCorpus(**texts, splits=splits, checksums=_pairs(row["checksums"]))


def _pairs(cell: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in cell.split(";") if pair)
