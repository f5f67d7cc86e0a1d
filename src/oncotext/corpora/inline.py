"""The project's gold sources: a report with inline marks, then its record.

``⟦surface|LABEL|code|flag|key=value⟧`` is a mention, ``⟦§label⟧`` begins a section, the line
``===RECORD===`` ends the text, and the record follows as JSON. The form is described in
``corpora/oncotext-gold/GUIDELINES.md``.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from oncotext.errors import InputError
from oncotext.report import AnnotatedReport

RECORD_LINE = "\n===RECORD===\n"
FLAG_OF = {"neg": "negated", "hyp": "hypothetical", "hist": "historical", "fam": "family"}
_MARK = re.compile(r"⟦([^⟦⟧]*)⟧")
_REMEDY = "The form is described in GUIDELINES.md."


def read_gold(path: str | Path) -> AnnotatedReport:
    """Read one ``.gold`` file; its id is the file's name without suffix.

    Parameters
    ----------
    path : str or Path
        A UTF-8 file.

    Returns
    -------
    AnnotatedReport
        Offsets count the code points of the text without its marks.

    Raises
    ------
    InputError
        The file cannot be read, or a mark or the record is wrong; names file and line.
    """
    path = Path(path)
    try:
        source = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Cannot be read: {type(error).__name__}.", where=str(path)) from None
    return parse_gold(source, id=path.stem, where=str(path))


def parse_gold(source: str, *, id: str, where: str = "") -> AnnotatedReport:
    """The annotated report of a gold source; see `read_gold`.

    Examples
    --------
    >>> report = parse_gold('Pas de ⟦cancer|MORPHOLOGY|8000/3|neg⟧.\\n===RECORD===\\n{}', id="A")
    >>> report.text, report.mentions[0].negated
    ('Pas de cancer.', True)
    """
    if RECORD_LINE.replace("\n", "\r\n") in source:  # all of the file was saved on Windows
        source = source.replace("\r\n", "\n")
    body, separator, record = source.partition(RECORD_LINE)
    if not separator:
        raise InputError("No line ===RECORD===.", where=where, remedy=_REMEDY)
    text, sections, mentions = _unmark(body, where)
    line = body.count("\n") + 3
    try:
        return AnnotatedReport.model_validate(
            {
                "id": id,
                "text": text,
                "sections": _tile(sections, len(text)),
                "mentions": mentions,
                "record": json.loads(record),
            }
        )
    except json.JSONDecodeError as error:
        what = f"The record is not JSON: {error.msg}."
        raise InputError(what, where=f"{where}, line {line + error.lineno - 1}") from None
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(map(str, fault["loc"]))
        raise InputError(f"{field}: {fault['msg']}.", where=where, remedy=_REMEDY) from None


def _unmark(body: str, where: str) -> tuple[str, list[dict[str, Any]], list[dict[str, Any]]]:
    """The text without marks, its sections (without ends) and its mentions."""
    parts: list[str] = []
    sections: list[dict[str, Any]] = []
    mentions: list[dict[str, Any]] = []
    length = position = 0
    for mark in _MARK.finditer(body):
        plain = body[position : mark.start()]
        parts.append(plain)
        length += len(plain)
        position = mark.end()
        inner = mark.group(1)
        if inner.startswith("§"):
            sections.append({"label": inner[1:].strip(), "start": length})
            continue
        at = f"{where}, line {body.count(chr(10), 0, mark.start()) + 1}"
        mention = _mention(inner, number=len(mentions) + 1, start=length, where=at)
        mentions.append(mention)
        parts.append(mention["text"])
        length = mention["end"]
    parts.append(body[position:])
    text = "".join(parts)
    if "⟦" in text or "⟧" in text:
        raise InputError("The marks ⟦ ⟧ are not balanced.", where=where, remedy=_REMEDY)
    return text, sections, mentions


def _mention(inner: str, *, number: int, start: int, where: str) -> dict[str, Any]:
    surface, *fields = inner.split("|")
    if len(fields) < 2 or not surface:
        raise InputError("A mark needs surface, label and code.", where=where, remedy=_REMEDY)
    label, code, *rest = fields
    mention: dict[str, Any] = {
        "id": f"T{number}",
        "start": start,
        "end": start + len(surface),
        "text": surface,
        "label": label,
        "code": code or None,
    }
    for field in rest:
        key, equals, value = field.partition("=")
        if equals:
            mention.setdefault("attrs", {})[key] = value
        elif field in FLAG_OF:
            mention[FLAG_OF[field]] = True
        else:
            raise InputError(f"Unknown flag {field!r}.", where=where, remedy=_REMEDY)
    return mention


def _tile(sections: list[dict[str, Any]], length: int) -> list[dict[str, Any]]:
    """Sections with their ends; ``header`` where nothing precedes the first; none empty."""
    if not sections or sections[0]["start"] > 0:
        sections = [{"label": "header", "start": 0}, *sections]
    ends = [section["start"] for section in sections[1:]] + [length]
    return [
        {**section, "end": end}
        for section, end in zip(sections, ends, strict=True)
        if end > section["start"]
    ]
