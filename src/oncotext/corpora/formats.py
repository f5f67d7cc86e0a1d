"""The annotation formats: what they are called, how they are recognised, what they carry.

One module a format, imported when it is used; each has ``detect(path)``, ``write(reports,
path)`` and, unless it is written only, ``read(path, reading)``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from oncotext.corpora.carrying import CARGO, EVERYTHING, present
from oncotext.corpora.reading import Problem, Reading
from oncotext.errors import InputError, UnknownNameError, UsageError
from oncotext.report import AnnotatedReport


@dataclass(frozen=True, slots=True)
class Format:
    """An annotation format.

    Attributes
    ----------
    name : str
        As in ``--from`` and ``--to``.
    title : str
        What others call it.
    suffixes : tuple of str
        Of a path to write; empty for a folder.
    carries : frozenset of str
        Kinds of `CARGO` that come back when it is read.
    reads : bool
        False where it is written only.
    extra : str
        The optional dependency that it needs.
    note : str
        What else a user should know.
    """

    name: str
    title: str
    module: str
    suffixes: tuple[str, ...]
    carries: frozenset[str]
    reads: bool = True
    extra: str = ""
    note: str = ""

    @property
    def _module(self) -> Any:
        return import_module(f"oncotext.corpora.{self.module}")

    def detect(self, path: Path) -> bool:
        """Whether a path looks like this format."""
        found: bool = self._module.detect(path)
        return found

    def read(self, path: Path, reading: Reading) -> Iterator[AnnotatedReport]:
        """The reports of a path; what is wrong with it goes to ``reading.problems``."""
        if not self.reads:
            raise UsageError(f"{self.title} is written, not read.", where=str(path))
        reports: Iterator[AnnotatedReport] = self._module.read(path, reading)
        return reports

    def write(self, reports: Sequence[AnnotatedReport], path: Path) -> list[Problem]:
        """Write reports to a path; gives what could not be written."""
        problems: list[Problem] = self._module.write(reports, path)
        return problems

    def loses(self, reports: Sequence[AnnotatedReport]) -> dict[str, int]:
        """What the reports hold and this format cannot carry: how many reports of each kind."""
        held = present(reports)
        return {kind: held[kind] for kind in CARGO if held[kind] and kind not in self.carries}


def _all_but(*kinds: str) -> frozenset[str]:
    return EVERYTHING - set(kinds)


FORMATS = {
    each.name: each
    for each in (
        Format(
            "jsonl",
            "oncotext JSON Lines",
            "jsonl",
            (".jsonl", ".ndjson"),
            EVERYTHING,
            note="A line without `mentions` is an unannotated text.",
        ),
        Format(
            "gold",
            "oncotext inline marks",
            "gold",
            (),
            _all_but("ids", "fragments", "overlaps", "details", "production"),
            note="A folder of `.gold`. Texts and codes without ⟦ ⟧ |; sections tile the text.",
        ),
        Format(
            "brat",
            "BRAT stand-off",
            "brat",
            (),
            _all_but("sections", "details", "record", "production"),
            note="A folder of `.txt` and `.ann`. Ids are kept where all are `T1`, `T2`, ...; a "
            "line end in a code becomes a blank.",
        ),
        Format(
            "doccano",
            "doccano JSONL",
            "doccano",
            (".doccano.jsonl",),
            frozenset({"overlaps"}),
        ),
        Format(
            "label-studio",
            "Label Studio JSON",
            "label_studio",
            (".json",),
            _all_but("fragments", "details"),
            note="The project's configuration is `oncotext.corpora.label_studio.CONFIG`.",
        ),
        Format(
            "xmi",
            "INCEpTION / WebAnno UIMA CAS XMI",
            "xmi",
            (),
            _all_but("details", "record", "production"),
            extra="corpora",
            note="A folder of `.xmi` and `TypeSystem.xml`. Texts without control characters.",
        ),
        Format(
            "docbin",
            "spaCy DocBin",
            "docbin",
            (".spacy",),
            EVERYTHING,
            note="`doc.ents` and `doc.spans` for training; exact offsets in `doc.user_data`.",
        ),
        Format(
            "datasets",
            "Hugging Face datasets",
            "hugging_face",
            (),
            EVERYTHING,
            extra="train",
            note="A folder as `save_to_disk` writes it.",
        ),
        Format(
            "conll",
            "CoNLL BIO",
            "conll",
            (".conll", ".bio"),
            frozenset(),
            reads=False,
            note="Whole tokens of oncotext's tokenizer.",
        ),
    )
}


def format_named(name: str) -> Format:
    """The format of that name; an unknown one is answered with the closest."""
    if name not in FORMATS:
        raise UnknownNameError("format", name, FORMATS)
    return FORMATS[name]


def format_of(path: Path) -> Format:
    """The format of what is at a path, by its content."""
    if not path.exists():
        raise InputError("No such file or folder.", where=str(path), remedy="Check the path.")
    for each in FORMATS.values():
        if each.detect(path):
            return each
    if path.is_dir() and next(path.rglob("*.jsonl"), None):
        return FORMATS["jsonl"]
    names = ", ".join(FORMATS)
    raise InputError("Its format is not recognised.", where=str(path), remedy=f"Name one: {names}.")


def format_for(path: Path) -> Format:
    """The format to write to a path, by its suffix."""
    name = path.name.lower()
    fits = [
        (len(suffix), each)
        for each in FORMATS.values()
        for suffix in each.suffixes
        if name.endswith(suffix)
    ]
    if not fits:
        remedy = f"Name one (--to): {', '.join(FORMATS)}."
        raise UsageError("Its suffix names no format.", where=str(path), remedy=remedy)
    return max(fits, key=lambda fit: fit[0])[1]


def table() -> str:
    """The formats and what they carry, as a Markdown table (``docs/formats.md``)."""
    head = ["format", "`--to`", "read", "write", *CARGO, "needs", "note"]
    rows = [head, ["---"] * len(head)]
    for each in FORMATS.values():
        rows.append(
            [
                each.title,
                f"`{each.name}`",
                "yes" if each.reads else "no",
                "yes",
                *("yes" if kind in each.carries else "-" for kind in CARGO),
                f"`oncotext[{each.extra}]`" if each.extra else "-",
                each.note.replace("|", "\\|") or "-",
            ]
        )
    legend = [f"* {kind}: {meaning}" for kind, meaning in CARGO.items()]
    return "\n".join([*(f"| {' | '.join(row)} |" for row in rows), "", *legend]) + "\n"
