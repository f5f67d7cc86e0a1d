"""Hugging Face ``datasets``, as a source and a target: one row a report, with everything.

Mentions and sections are lists of structures; what has no fixed shape (attributes, cues,
record) is JSON. On disk it is what ``Dataset.save_to_disk`` writes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from oncotext.corpora.files import new_folder
from oncotext.corpora.jsonl import report_of
from oncotext.corpora.reading import Problem, Reading
from oncotext.errors import MissingExtraError
from oncotext.report import AnnotatedReport

_JSON_OF_MENTION = ("attrs", "cues")
_JSON_OF_REPORT = ("record", "error", "producer")


def _datasets() -> Any:
    try:
        import datasets
    except ImportError:
        raise MissingExtraError("Hugging Face datasets", "train") from None
    return datasets


def detect(path: Path) -> bool:
    """Whether a folder is a saved Dataset or DatasetDict."""
    return (path / "dataset_dict.json").is_file() or (
        (path / "dataset_info.json").is_file() and (path / "state.json").is_file()
    )


def read(path: Path, reading: Reading) -> Iterator[AnnotatedReport]:
    """The reports of a saved dataset, of all its splits."""
    datasets = _datasets()
    if _is_empty(path):
        return
    try:
        found = datasets.load_from_disk(str(path))
    except Exception as error:  # whatever arrow or datasets raise
        reading.problem(f"Not a saved dataset ({type(error).__name__}).", path)
        return
    parts = found.values() if isinstance(found, datasets.DatasetDict) else [found]
    for part in parts:
        yield from _reports(part, path, reading)


def _is_empty(path: Path) -> bool:
    """Whether a saved Dataset has no rows; datasets writes such a one but cannot read it."""
    try:
        state = json.loads((path / "state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(state, dict) and state.get("_data_files") == []


def from_dataset(rows: Iterable[Mapping[str, Any]], reading: Reading | None = None) -> Any:
    """Annotated reports of a dataset's rows with ``id``, ``text`` and ``mentions``.

    Parameters
    ----------
    rows : datasets.Dataset or iterable of mappings
    reading : Reading, optional
        Takes the problems, and maps the labels.
    """
    return list(_reports(rows, Path("dataset"), reading or Reading()))


def _reports(
    rows: Iterable[Mapping[str, Any]], path: Path, reading: Reading
) -> Iterator[AnnotatedReport]:
    for number, row in enumerate(rows, 1):
        try:
            values = _values(row)
        except (KeyError, TypeError, ValueError, AttributeError):
            reading.problem("Not a row with text, mentions and sections.", path, number)
            continue
        yield report_of(values, path, number, reading)


def _values(row: Mapping[str, Any]) -> dict[str, Any]:
    """The plain report of a row: without the nulls that arrow fills in."""
    values: dict[str, Any] = {key: value for key, value in row.items() if value is not None}
    if not isinstance(values["text"], str):
        raise TypeError
    for key in _JSON_OF_REPORT:
        if isinstance(values.get(key), str):
            values[key] = json.loads(values[key])
    mentions = []
    for mention in values.get("mentions", ()):
        kept = {key: value for key, value in mention.items() if value is not None}
        kept |= {key: json.loads(kept[key]) for key in _JSON_OF_MENTION if key in kept}
        mentions.append(kept)
    values["mentions"] = mentions
    values["sections"] = [
        {key: value for key, value in section.items() if value is not None}
        for section in values.get("sections", ())
    ]
    return values


def to_dataset(reports: Iterable[AnnotatedReport]) -> Any:
    """A ``datasets.Dataset`` of annotated reports."""
    datasets = _datasets()
    rows = [_row(report) for report in reports]
    features = _features(datasets)
    columns = {name: [row.get(name) for row in rows] for name in features}
    return datasets.Dataset.from_dict(columns, features=features)


def _row(report: AnnotatedReport) -> dict[str, Any]:
    plain = report.to_dict()
    for mention in plain["mentions"]:
        mention |= {key: _json(mention[key]) for key in _JSON_OF_MENTION if mention.get(key)}
    return plain | {key: _json(plain[key]) for key in _JSON_OF_REPORT if plain.get(key)}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _features(datasets: Any) -> Any:
    def columns(text: str = "", whole: str = "", yes: str = "") -> dict[str, Any]:
        kinds = {"string": text, "int64": whole, "bool": yes}
        return {
            name: datasets.Value(kind) for kind, names in kinds.items() for name in names.split()
        }

    mention = columns(
        text="id text label code name attrs section rule cues",
        whole="start end",
        yes="negated hypothetical historical family",
    )
    mention |= {"score": datasets.Value("float64"), "fragments": [[datasets.Value("int64")]]}
    return datasets.Features(
        columns(text="id text record error producer")
        | {"mentions": [mention], "sections": [columns(text="label title", whole="start end")]}
    )


def write(reports: Sequence[AnnotatedReport], path: Path) -> list[Problem]:
    """Write a folder that ``datasets.load_from_disk`` reads."""
    dataset = to_dataset(reports)
    new_folder(path)
    with _quiet(_datasets()):
        dataset.save_to_disk(str(path))
    return []


@contextmanager
def _quiet(datasets: Any) -> Iterator[None]:
    """Without progress bars, which would stand between our lines on stderr."""
    shown = not datasets.utils.are_progress_bars_disabled()
    datasets.utils.disable_progress_bars()
    try:
        yield
    finally:
        if shown:
            datasets.utils.enable_progress_bars()
