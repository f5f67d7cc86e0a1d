"""doccano's JSON Lines: places and labels of mentions, nothing else.

Read in its three forms: ``label`` or ``labels`` as ``[start, end, label]``, and ``entities``
with ``start_offset`` and ``end_offset`` (a project with relations). Offsets are code points.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from oncotext.corpora.jsonl import first_object, objects
from oncotext.corpora.reading import Draft, Problem, Reading
from oncotext.report import AnnotatedReport

_KEYS = ("label", "labels", "entities")


def detect(path: Path) -> bool:
    """Whether the first line is an object with doccano's annotations."""
    if path.is_dir() or path.suffix.lower() != ".jsonl":
        return False
    first = first_object(path)
    return first is not None and "mentions" not in first and any(key in first for key in _KEYS)


def read(path: Path, reading: Reading) -> Iterator[AnnotatedReport]:
    """The reports of a file or folder; ``report_id``, else ``id``, is the report's id."""
    for line, file, values in objects(path, reading):
        drafts: list[Draft] = []
        found = [entry for key in _KEYS for entry in values.get(key) or ()]
        for number, entry in enumerate(found, 1):
            try:
                drafts.append(_draft(entry, f"T{number}", line))
            except (KeyError, TypeError, ValueError):
                reading.problem(f"Annotation {number} has no start, end or label.", file, line)
        drafts.sort(key=lambda draft: draft.spans)
        for number, draft in enumerate(drafts, 1):
            draft.id = f"T{number}"
        id = values.get("report_id", values.get("id", f"{file.stem}-{line}"))
        yield reading.report(str(id), values["text"], drafts, file, line=line)


def _draft(entry: Any, id: str, line: int) -> Draft:
    if isinstance(entry, dict):
        entry = entry["start_offset"], entry["end_offset"], entry["label"]
    start, end, label = entry
    if type(start) is not int or type(end) is not int or not isinstance(label, str):
        raise TypeError
    return Draft(id, label, [(start, end)], line)


def write(reports: Sequence[AnnotatedReport], path: Path) -> list[Problem]:
    """Write one file, to import as sequence labelling with overlapping spans allowed."""
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for report in reports:
            label = [[mention.start, mention.end, mention.label] for mention in report.mentions]
            values = {"report_id": report.id, "text": report.text, "label": label}
            file.write(json.dumps(values, ensure_ascii=False) + "\n")
    return []
