"""Gold sources as a format of corpora: a folder of ``.gold`` files, read and written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from oncotext.corpora.carrying import longest
from oncotext.corpora.files import file_name, files_in, new_folder, report_id
from oncotext.corpora.inline import FLAG_OF, RECORD_LINE, read_gold
from oncotext.corpora.reading import Problem, Reading
from oncotext.errors import InputError
from oncotext.report import AnnotatedReport, Mention

_MARKS = re.compile(r"[⟦⟧]")
_RESERVED = re.compile(r"[⟦⟧|]")


def detect(path: Path) -> bool:
    """Whether it is a ``.gold`` file or a folder with some."""
    if path.is_dir():
        return next(path.rglob("*.gold"), None) is not None
    return path.suffix.lower() == ".gold"


def read(path: Path, reading: Reading) -> Iterator[AnnotatedReport]:
    """The reports of a ``.gold`` file or of a folder of them."""
    for file in files_in(path, ".gold"):
        try:
            report = read_gold(file)
        except InputError as error:
            where, line = (error.where or str(file)), None
            if match := re.search(r", line (\d+)$", where):
                line = int(match.group(1))
            reading.problem(error.what, file, line)
            continue
        yield report.model_copy(update={"id": report_id(file, path)})


def write(reports: Sequence[AnnotatedReport], path: Path) -> list[Problem]:
    """Write a folder of gold sources; a report that holds marks itself cannot be one."""
    new_folder(path)
    problems: list[Problem] = []
    for report in reports:
        file = path / (file_name(report.id) + ".gold")
        try:
            source = gold_source(report, file, problems)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(source, encoding="utf-8", newline="")
        except InputError as error:
            problems.append(Problem(str(file), None, f"Not written: {error.what}"))
        except OSError as error:
            problems.append(Problem(str(file), None, f"Not written: {error.strerror}."))
    return problems


def gold_source(
    report: AnnotatedReport, where: object = "", problems: list[Problem] | None = None
) -> str:
    """A report's text with inline marks, then its record; the reverse of `parse_gold`.

    Parameters
    ----------
    report : AnnotatedReport
        Of mentions that overlap the longest is written; pieces become their hull.
    where : object
        Named in problems.
    problems : list, optional
        Takes what could not be written.

    Examples
    --------
    >>> from oncotext.corpora.inline import parse_gold
    >>> source = '⟦cancer|MORPHOLOGY|8000/3|neg⟧.\\n===RECORD===\\n{}'
    >>> gold_source(parse_gold(source, id="A")) == source + "\\n"
    True
    """
    text = report.text
    if _MARKS.search(text) or RECORD_LINE in text or "\r\n===RECORD===\r\n" in text:
        raise InputError("The text holds marks of the gold form.", where=str(where))
    mentions = longest(report.mentions)
    inserts: list[tuple[int, int, str]] = []
    for section in report.sections:
        implied = section.label == "header" and section.start == 0
        within = any(m.start < section.start < m.end for m in mentions)
        if within and problems is not None:
            what = f"Section {section.label} begins inside a mention; written after it."
            problems.append(Problem(str(where), None, what))
        if section.end > section.start and not implied:
            inserts.append((section.start, section.start, f"⟦§{section.label}⟧"))
    for mention in mentions:
        mark = _mark(mention, text[mention.start : mention.end])
        if mark:
            inserts.append((mention.start, mention.end, mark))
        elif problems is not None:
            what = f"{mention.id} is not written: it holds marks of the gold form."
            problems.append(Problem(str(where), None, what))
    parts: list[str] = []
    position = 0
    # Where a section begins inside a mention, its mark comes after the mention.
    for start, end, mark in sorted(inserts, key=lambda insert: insert[:2]):
        parts += [text[position:start] if start > position else "", mark]
        position = max(position, end)
    record = json.dumps(report.to_dict()["record"], ensure_ascii=False, indent=1)
    return "".join(parts) + text[position:] + RECORD_LINE + record + "\n"


def _mark(mention: Mention, surface: str) -> str | None:
    short = {flag: name for name, flag in FLAG_OF.items()}
    fields = [surface, mention.label, mention.code or ""]
    fields += [short[flag] for flag in short if getattr(mention, flag)]
    if any("=" in key for key in mention.attrs):
        return None
    fields += [f"{key}={value}" for key, value in mention.attrs.items()]
    if surface.startswith("§") or any(map(_RESERVED.search, fields)):
        return None
    return f"⟦{'|'.join(fields)}⟧"
