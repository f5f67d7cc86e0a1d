"""Our own JSON Lines: one annotated report a line, with everything."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from oncotext.corpora.files import decoded, files_in, lines_of
from oncotext.corpora.reading import Draft, Problem, Reading
from oncotext.report import FLAGS, AnnotatedReport, write_jsonl

_SUFFIXES = (".jsonl", ".ndjson")
_BESIDES = ("name", "section", "score", "rule", "cues")
_OF_DOCCANO = {"label", "labels", "entities"}


def detect(path: Path) -> bool:
    """Whether it has the suffix, and its first line is not an object of doccano's."""
    if path.is_dir() or path.suffix.lower() not in _SUFFIXES:
        return False
    first = first_object(path)
    return first is None or "mentions" in first or not _OF_DOCCANO & set(first)


def first_object(path: Path) -> dict[str, Any] | None:
    """The object on the first line that is not blank, if it is one."""
    with open(path, encoding="utf-8-sig", errors="replace") as lines:
        for line in lines:
            if line.strip():
                try:
                    value = json.loads(line)
                except json.JSONDecodeError:
                    return None
                return value if isinstance(value, dict) else None
    return None


def objects(path: Path, reading: Reading) -> Iterator[tuple[int, Path, dict[str, Any]]]:
    """The objects of JSON Lines with their line and file; other lines become problems."""
    for file in files_in(path, *_SUFFIXES):
        source = decoded(file, reading)
        for number, line in lines_of(source or ""):
            try:
                value = json.loads(line)
            except (json.JSONDecodeError, RecursionError) as error:
                what = getattr(error, "msg", "nested too deeply")
                reading.problem(f"Not JSON: {what}.", file, number)
                continue
            if isinstance(value, dict) and isinstance(value.get("text"), str):
                yield number, file, value
            else:
                reading.problem("Not an object with a text.", file, number)


def read(path: Path, reading: Reading) -> Iterator[AnnotatedReport]:
    """The reports of a file or folder; a line without ``mentions`` is unannotated."""
    for number, file, values in objects(path, reading):
        report = report_of(values, file, number, reading)
        if "mentions" in values:
            yield report
        else:
            reading.unannotated.append(report)


def report_of(
    values: Mapping[str, Any], file: Path, line: int | None, reading: Reading
) -> AnnotatedReport:
    """A report of plain values in the shape of the data model; faults become problems."""
    id, mentions = values.get("id"), values.get("mentions") or []
    parts = {key: values.get(key) for key in ("sections", "record", "error", "producer")}
    if id is None:
        id = f"{file.stem}-{line}"
    if not isinstance(mentions, (list, tuple)):  # a DocBin gives tuples
        reading.problem("mentions is not a list.", file, line)
        mentions = []
    if not isinstance(parts["sections"] or [], (list, tuple)):
        reading.problem("sections is not a list.", file, line)
        parts["sections"] = None
    drafts = drafts_of(mentions, file, line, reading)
    return reading.report(str(id), values["text"], drafts, file, line=line, **parts)


def drafts_of(
    mentions: Iterable[Any], file: Path, line: int | None, reading: Reading
) -> Iterator[Draft]:
    """Drafts of plain mentions in the shape of the data model."""
    for number, values in enumerate(mentions, 1):
        try:
            yield _draft(values, f"T{number}", line)
        except (KeyError, TypeError, ValueError, AttributeError):
            reading.problem(f"Mention {number} has no start, end or label.", file, line)


def _draft(values: Mapping[str, Any], id: str, line: int | None) -> Draft:
    places = values.get("fragments") or [(values["start"], values["end"])]
    spans = [(start, end) for start, end in places]
    if any(type(place) is not int for span in spans for place in span):
        raise TypeError
    return Draft(
        id=str(values.get("id", id)),
        label=str(values["label"]),
        spans=spans,
        line=line,
        surface=values.get("text"),
        code=values.get("code"),
        attrs=values.get("attrs") or {},
        flags={flag: values[flag] for flag in FLAGS if flag in values},
        rest={
            key: value
            for key, value in values.items()
            if key in _BESIDES or (key == "fragments" and value)
        },
    )


def write(reports: Sequence[AnnotatedReport], path: Path) -> list[Problem]:
    """Write one file."""
    write_jsonl(reports, path)
    return []
