"""What readers share: problems collected while the rest is read, and mentions made of parts.

A reader makes a `Draft` of each annotation that it finds; `Reading` turns drafts into
mentions. What cannot be one becomes a `Problem`, one line with file and line, without text
of the report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from oncotext.report import AnnotatedReport, Failure, Mention, Producer, Record, Section

_M = TypeVar("_M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a corpus, and where."""

    file: str
    line: int | None
    what: str

    def __str__(self) -> str:
        line = f", line {self.line}" if self.line else ""
        return f"{self.file}{line}: {self.what}"


@dataclass(slots=True)
class Draft:
    """An annotation as a file has it, before its label and code are ours.

    ``spans`` are one or more pieces, in characters of the text; ``surface`` is what the file
    says stands there, where it says so; ``notes`` are BRAT's, as (kind, text).
    """

    id: str
    label: str
    spans: list[tuple[int, int]]
    line: int | None = None
    surface: str | None = None
    code: str | None = None
    attrs: dict[str, str] = field(default_factory=dict)
    flags: dict[str, bool] = field(default_factory=dict)
    notes: list[tuple[str, str]] = field(default_factory=list)
    rest: dict[str, Any] = field(default_factory=dict)


Adapt = Callable[[Draft], Draft | None]
"""A corpus' own labels and codes made ours; None leaves an annotation out."""


@dataclass(slots=True)
class Reading:
    """One reading of a corpus.

    Parameters
    ----------
    labels : mapping
        From the corpus' labels to ours; None leaves the annotations out.
    adapt : callable, optional
        What a known corpus needs beyond that.

    Attributes
    ----------
    problems : list[Problem]
        What could not be read.
    left_out : Counter
        Annotations left out on purpose, by their label in the corpus.
    unannotated : list[AnnotatedReport]
        Texts to which nobody has given annotations: not reports without findings.
    """

    labels: Mapping[str, str | None] = field(default_factory=dict)
    adapt: Adapt | None = None
    problems: list[Problem] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    unannotated: list[AnnotatedReport] = field(default_factory=list)

    def problem(self, what: str, file: object, line: int | None = None) -> None:
        """Note what is wrong."""
        self.problems.append(Problem(str(file), line, what))

    def mentions(self, text: str, drafts: Iterable[Draft], file: object) -> list[Mention]:
        """The mentions that drafts of one text make; the others become problems."""
        found: list[Mention] = []
        seen: set[str] = set()
        for draft in drafts:
            adapted = self._adapted(draft)
            if adapted is None:
                self.left_out[draft.label] += 1
                continue
            mention = self._mention(text, adapted, file)
            if mention and mention.id in seen:
                self.problem(f"The id {mention.id} was used before.", file, draft.line)
            elif mention:
                seen.add(mention.id)
                found.append(mention)
        return found

    def _adapted(self, draft: Draft) -> Draft | None:
        label = self.labels.get(draft.label, draft.label)
        if label is None:
            return None
        draft.label = label
        return self.adapt(draft) if self.adapt else draft

    def _mention(self, text: str, draft: Draft, file: object) -> Mention | None:
        spans = draft.spans
        if not spans or any(not 0 <= start < end <= len(text) for start, end in spans):
            self.problem(f"{draft.id} lies outside the text.", file, draft.line)
            return None
        surface = " ".join(text[start:end] for start, end in spans)
        if draft.surface is not None and inked(draft.surface) != inked(surface):
            what = f"{draft.id}: the text at its offsets is not the one that the file gives."
            self.problem(what, file, draft.line)
            return None
        values = {
            **draft.rest,
            "id": draft.id,
            "start": min(start for start, _ in spans),
            "end": max(end for _, end in spans),
            "text": surface,
            "label": draft.label,
            "code": draft.code,
            "attrs": draft.attrs,
            **draft.flags,
        }
        if len(spans) > 1:
            values["fragments"] = spans
        return self._valid(Mention, values, file, draft.line, draft.id)

    def report(
        self,
        id: str,
        text: str,
        drafts: Iterable[Draft],
        file: object,
        *,
        line: int | None = None,
        **rest: Any,
    ) -> AnnotatedReport:
        """A report of its text, annotations, and plain ``sections``, ``record``, ``error`` and
        ``producer``, each left out where it is wrong."""
        sections = [
            section
            for number, values in enumerate(rest.get("sections") or (), 1)
            if (section := self._section(text, values, file, line, number))
        ]
        parts: dict[str, Any] = {}
        for name, model in (("record", Record), ("error", Failure), ("producer", Producer)):
            if rest.get(name):
                part = self._valid(model, rest[name], file, line, name)
                parts |= {name: part} if part else {}
        return AnnotatedReport(
            id=id,
            text=text,
            sections=sections,
            mentions=self.mentions(text, drafts, file),
            **parts,
        )

    def _section(
        self, text: str, values: Any, file: object, line: int | None, number: int
    ) -> Section | None:
        section = self._valid(Section, values, file, line, f"section {number}")
        if section and not section.start <= section.end <= len(text):
            self.problem(f"Section {number} lies outside the text.", file, line)
            return None
        return section

    def _valid(
        self, model: type[_M], values: Any, file: object, line: int | None, what: str
    ) -> _M | None:
        try:
            return model.model_validate(values)
        except ValidationError as error:
            self.problem(f"{what}: {fault_of(error)}", file, line)
            return None


def fault_of(error: ValidationError) -> str:
    """The first thing that is wrong with a value, without the value."""
    fault = error.errors(include_input=False, include_url=False)[0]
    path = ".".join(str(part) for part in fault["loc"])
    if path == "label" and fault["type"] == "string_pattern_mismatch":
        return "unknown label."
    return f"{path}: {fault['msg']}." if path else f"{fault['msg']}."


def inked(surface: str) -> str:
    """A text without its blanks: formats differ in how they write a line end on one line."""
    return "".join(surface.split())
