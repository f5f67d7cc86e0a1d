"""Label Studio's JSON: one list of tasks.

A mention is a region of the control ``label``; its code and attributes are texts, its flags
choices, of the same region. Sections and record ride in the task's data, which Label Studio
keeps. `CONFIG` is the labelling configuration. Offsets are code points; those of versions
before 1.5, in UTF-16 units, are recognised by the text that each region repeats.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from oncotext.corpora.files import decoded, files_in
from oncotext.corpora.reading import Draft, Problem, Reading
from oncotext.report import FLAGS, LABELS, AnnotatedReport, Mention

_LABEL_TAGS = "".join(f'<Label value="{label}"/>' for label in LABELS)
_FLAG_TAGS = "".join(f'<Choice value="{flag}"/>' for flag in FLAGS)
CONFIG = f"""<View>
  <Labels name="label" toName="text">{_LABEL_TAGS}</Labels>
  <Text name="text" value="$text" granularity="character"/>
  <TextArea name="code" toName="text" perRegion="true"/>
  <Choices name="flags" toName="text" perRegion="true" choice="multiple">{_FLAG_TAGS}</Choices>
  <TextArea name="attrs" toName="text" perRegion="true"/>
</View>
"""
"""The labelling configuration of a Label Studio project for these tasks."""

_DATA = ("sections", "record", "error", "producer")


def detect(path: Path) -> bool:
    """Whether it is a list of tasks with data."""
    if path.is_dir() or path.suffix.lower() != ".json":
        return False
    try:
        tasks = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, OSError, RecursionError):
        return False
    tasks = tasks if isinstance(tasks, list) else [tasks]
    return bool(tasks) and isinstance(tasks[0], dict) and "data" in tasks[0]


def read(path: Path, reading: Reading) -> Iterator[AnnotatedReport]:
    """The reports of an export; of several annotations of a task the first not cancelled."""
    for file in files_in(path, ".json"):
        source = decoded(file, reading)
        try:
            tasks = json.loads(source or "[]")
        except json.JSONDecodeError as error:
            reading.problem(f"Not JSON: {error.msg}.", file, error.lineno)
            continue
        for number, task in enumerate(tasks if isinstance(tasks, list) else [tasks], 1):
            try:
                text, data = _text(task)
                results = _results(task)
            except (KeyError, TypeError, AttributeError):
                reading.problem(f"Task {number} has no text.", file)
                continue
            id = str(data.get("report_id", task.get("id", f"{file.stem}-{number}")))
            rest = {key: data.get(key) for key in _DATA}
            if results is None:
                reading.unannotated.append(reading.report(id, text, (), file, **rest))
                continue
            drafts = _drafts(results, text, number, file, reading)
            yield reading.report(id, text, drafts, file, **rest)


def _text(task: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    data = task["data"]
    text = data["text"]
    if not isinstance(text, str):
        raise TypeError
    return text, data


def _results(task: dict[str, Any]) -> list[Any] | None:
    """The regions of a task; None where nobody annotated it."""
    for annotation in task.get("annotations") or task.get("completions") or ():
        if not annotation.get("was_cancelled"):
            return annotation.get("result") or []
    return None


def _drafts(results: list[Any], text: str, task: int, file: Path, reading: Reading) -> list[Draft]:
    drafts: dict[str, Draft] = {}
    for number, region in enumerate(results, 1):
        try:
            value, id = region["value"], str(region.get("id", f"T{number}"))
            if region["type"] == "labels":
                span = _span(value, text)
                surface = value.get("text")
                drafts[id] = Draft(id, value["labels"][0], [span], surface=surface)
        except (KeyError, TypeError, IndexError):
            reading.problem(f"Task {task}: region {number} has no start, end or label.", file)
    for region in results:
        try:
            draft = drafts.get(str(region.get("id")))
            if draft:
                _add(draft, region["from_name"], region["value"])
        except (KeyError, TypeError, ValueError, IndexError, AttributeError):
            reading.problem(f"Task {task}: a region's code, flags or attributes are wrong.", file)
    return list(drafts.values())


def _span(value: dict[str, Any], text: str) -> tuple[int, int]:
    start, end = value["start"], value["end"]
    if type(start) is not int or type(end) is not int:
        raise TypeError
    surface = value.get("text")
    if surface is None or text[start:end] == surface or not 0 <= start < end:
        return start, end
    units = text.encode("utf-16-le", "surrogatepass")
    left = len(units[: 2 * start].decode("utf-16-le", "replace"))
    right = len(units[: 2 * end].decode("utf-16-le", "replace"))
    return (left, right) if text[left:right] == surface else (start, end)


def _add(draft: Draft, name: str, value: dict[str, Any]) -> None:
    """Give a region's code, flags or attributes to its mention."""
    if name == "code":
        draft.code = value["text"][0]
    elif name == "flags":
        draft.flags |= {flag: True for flag in value["choices"] if flag in FLAGS}
    elif name == "attrs":
        draft.attrs = json.loads(value["text"][0])


def write(reports: Sequence[AnnotatedReport], path: Path) -> list[Problem]:
    """Write one file of tasks."""
    tasks = [_task(report) for report in reports]
    source = json.dumps(tasks, ensure_ascii=False, indent=1)
    path.write_text(source + "\n", encoding="utf-8", newline="\n")
    return []


def _task(report: AnnotatedReport) -> dict[str, Any]:
    plain = report.to_dict()
    data = {"report_id": report.id, "text": report.text}
    data |= {key: plain[key] for key in _DATA if plain.get(key)}
    regions = [region for mention in report.mentions for region in _regions(mention)]
    return {"data": data, "annotations": [{"result": regions}]}


def _regions(mention: Mention) -> Iterator[dict[str, Any]]:
    place = {"start": mention.start, "end": mention.end}
    fixed = {"id": mention.id, "to_name": "text"}

    def region(name: str, type: str, **value: Any) -> dict[str, Any]:
        return {**fixed, "from_name": name, "type": type, "value": {**place, **value}}

    surface = None if len(mention.fragments) > 1 else mention.text
    extra = {"text": surface} if surface is not None else {}
    yield region("label", "labels", labels=[mention.label], **extra)
    if mention.code is not None:
        yield region("code", "textarea", text=[mention.code])
    flags = [flag for flag in FLAGS if getattr(mention, flag)]
    if flags:
        yield region("flags", "choices", choices=flags)
    if mention.attrs:
        yield region("attrs", "textarea", text=[json.dumps(mention.attrs, ensure_ascii=False)])
