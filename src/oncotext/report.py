"""The annotated report: one shape for gold annotation and prediction.

Offsets count Unicode code points of ``text`` exactly as given, so that
``text[start:end] == mention.text``. What a field means is fixed by the annotation
guidelines (``corpora/oncotext-gold/GUIDELINES.md``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from oncotext.errors import InputError

Label = Literal[
    "MORPHOLOGY",
    "TOPOGRAPHY",
    "TNM",
    "STAGE",
    "GRADE",
    "TOXICITY",
    "PERFORMANCE_STATUS",
    "BIOMARKER",
    "DRUG",
    "RESPONSE",
    "SIZE",
]
SectionLabel = Literal[
    "header",
    "reason",
    "hospital_course",
    "clinical_information",
    "history",
    "family_history",
    "lifestyle",
    "allergies",
    "usual_treatment",
    "disease_history",
    "current_treatment",
    "tolerance",
    "symptoms",
    "examination",
    "performance",
    "laboratory",
    "imaging",
    "endoscopy",
    "procedure",
    "specimen",
    "macroscopy",
    "microscopy",
    "immunohistochemistry",
    "molecular",
    "cytology",
    "staging",
    "discussion",
    "conclusion",
    "decision",
    "treatment_plan",
    "follow_up",
    "discharge_treatment",
    "signature",
    "other",
]
ReportType = Literal[
    "pathology",
    "tumor_board",
    "consultation",
    "hospitalization",
    "imaging",
    "operative",
    "treatment_visit",
    "other",
]
Event = Literal["primary", "recurrence", "metastasis"]
Flag = Literal["negated", "hypothetical", "historical", "family"]

LABELS: tuple[str, ...] = get_args(Label)
CORPUS_LABELS: tuple[str, ...] = ("EVENT", "CLINENTITY")
"""Labels of E3C: an event, a clinical entity. They have flags but no code of ours."""

# A mistyped label of the guidelines is refused; a label of anyone else's scheme names it.
LABEL_PATTERN = rf"^({'|'.join(LABELS + CORPUS_LABELS)}|[a-z][a-z0-9_-]*:[A-Za-z0-9_.+-]+)$"
SECTION_LABELS: tuple[str, ...] = get_args(SectionLabel)
FLAGS: tuple[Flag, ...] = get_args(Flag)


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_assignment=False)


class Section(_Model):
    """A part of the report, from its title to the next one's."""

    label: SectionLabel
    title: str | None = None
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class Cue(_Model):
    """The words that set a flag, and the rule that read them."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)
    text: str
    rule: str = ""


class Mention(_Model):
    """A clinical fact at its place in the text.

    ``start`` and ``end`` are the hull where ``fragments`` says that the mention is
    discontinuous. ``label`` is one of the guidelines' eleven (`LABELS`), one of a corpus that
    has its own (`CORPUS_LABELS`), or ``scheme:NAME``. ``code`` follows the guidelines, ``name``
    is its French term, ``rule`` the lexicon entry that gave it, ``score`` the linker's
    confidence.
    """

    id: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    text: str
    label: str = Field(pattern=LABEL_PATTERN)
    code: str | None = None
    name: str | None = None
    attrs: dict[str, str] = Field(default_factory=dict)
    section: SectionLabel | None = None
    negated: bool = False
    hypothetical: bool = False
    historical: bool = False
    family: bool = False
    score: float | None = Field(default=None, ge=0, le=1)
    rule: str | None = None
    cues: dict[Flag, Cue] = Field(default_factory=dict)
    fragments: list[tuple[int, int]] = Field(default_factory=list)

    @property
    def asserted(self) -> bool:
        """True where the mention states a fact about the patient (perhaps a past one)."""
        return not (self.negated or self.hypothetical or self.family)


class Derived(_Model):
    """A value that follows from others, kept apart from what the report says."""

    field: str
    value: str
    rule: str = ""
    evidence: list[str] = Field(default_factory=list)
    agrees: bool | None = None


class Tumor(_Model):
    """One primary tumour with all that the report asserts of it."""

    event: Event | None = None
    topography: str | None = None
    laterality: Literal["left", "right", "bilateral"] | None = None
    morphology: str | None = None
    tnm: list[str] = Field(default_factory=list)
    stages: list[str] = Field(default_factory=list)
    grades: list[str] = Field(default_factory=list)
    size_mm: int | float | None = None
    biomarkers: list[str] = Field(default_factory=list)
    metastatic_sites: list[str] = Field(default_factory=list)
    derived: list[Derived] = Field(default_factory=list)
    flags: list[str] = Field(default_factory=list)


class ToxicityFact(_Model):
    """An adverse event: its CTCAE v5.0 term and, where stated, its highest grade."""

    term: str
    grade: int | None = Field(default=None, ge=1, le=5)


class FamilyCancer(_Model):
    """A relative's cancer."""

    topography: str | None = None
    relation: str | None = None


class Record(_Model):
    """The structured record: only what the report asserts."""

    report_type: ReportType | None = None
    tumors: list[Tumor] = Field(default_factory=list)
    performance_status: str | None = None
    toxicities: list[ToxicityFact] = Field(default_factory=list)
    drugs: list[str] = Field(default_factory=list)
    response: Literal["CR", "PR", "SD", "PD"] | None = None
    family_cancer_history: list[FamilyCancer] = Field(default_factory=list)
    derived_toxicities: list[ToxicityFact] = Field(default_factory=list)
    evidence: dict[str, list[str]] = Field(default_factory=dict)


class Failure(_Model):
    """Why a report could not be processed; never holds text of the report."""

    code: str
    message: str


class Producer(_Model):
    """What made the annotations."""

    version: str
    pipeline: str
    lexicon: str = ""


class AnnotatedReport(_Model):
    """A report's text with its sections, mentions and record.

    Examples
    --------
    >>> report = AnnotatedReport(id="A", text="Pas de cancer.", mentions=[
    ...     {"id": "T1", "start": 7, "end": 13, "text": "cancer", "label": "MORPHOLOGY",
    ...      "code": "8000/3", "negated": True}])
    >>> AnnotatedReport.from_json(report.to_json()) == report
    True
    """

    id: str
    text: str
    sections: list[Section] = Field(default_factory=list)
    mentions: list[Mention] = Field(default_factory=list)
    record: Record = Field(default_factory=Record)
    error: Failure | None = None
    producer: Producer | None = None

    @model_validator(mode="after")
    def _check_offsets(self) -> AnnotatedReport:
        length = len(self.text)
        for section in self.sections:
            if not section.start <= section.end <= length:
                raise ValueError(f"section {section.label} lies outside the text")
        for mention in self.mentions:
            if not mention.start < mention.end <= length:
                raise ValueError(f"mention {mention.id} lies outside the text")
            surface = self.text[mention.start : mention.end]
            if not mention.fragments and surface != mention.text:
                raise ValueError(f"mention {mention.id}: its text is not the text at its offsets")
        return self

    def to_dict(self) -> dict[str, Any]:
        """Plain values; what is empty and not required is left out."""
        out: dict[str, Any] = {
            "id": self.id,
            "text": self.text,
            "sections": [_filled(section) for section in self.sections],
            "mentions": [
                _filled(mention) | {flag: getattr(mention, flag) for flag in FLAGS}
                for mention in self.mentions
            ],
            "record": _filled(self.record),
        }
        if self.error:
            out["error"] = _filled(self.error)
        if self.producer:
            out["producer"] = _filled(self.producer)
        return out

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str, *, where: str = "") -> AnnotatedReport:
        """Read one line of JSON; raises `InputError` naming the field that is wrong."""
        try:
            return cls.model_validate_json(line)
        except ValidationError as error:
            raise InputError(
                "Not an annotated report: " + _first_fault(error),
                where=where,
                remedy="See the JSON Schema: oncotext info --schema",
            ) from None

    def _repr_html_(self) -> str:
        from oncotext.export.html import report_html

        page: str = report_html(self)
        return page

    def __rich__(self) -> Any:
        from oncotext.export.terminal import report_panel

        return report_panel(self)


def _filled(model: BaseModel) -> dict[str, Any]:
    """Fields that say something; zero and False do, None and empty collections do not."""
    filled: dict[str, Any] = _without_empty(model.model_dump(mode="json"))
    return filled


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            k: _without_empty(v) for k, v in value.items() if v is not None and v != [] and v != {}
        }
    if isinstance(value, list):
        return [_without_empty(v) for v in value]
    return value


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_input=False, include_url=False)[0]
    path = ".".join(str(part) for part in fault["loc"])
    return f"{path}: {fault['msg']}" if path else fault["msg"]


def read_jsonl(path: str | Path) -> Iterator[AnnotatedReport]:
    """Annotated reports of a JSON Lines file; a wrong line raises `InputError` with its number."""
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield AnnotatedReport.from_json(line, where=f"{path}, line {number}")


def write_jsonl(reports: Iterable[AnnotatedReport], file: str | Path | IO[str]) -> int:
    """Write reports as JSON Lines; returns how many."""
    if isinstance(file, (str, Path)):
        with open(file, "w", encoding="utf-8", newline="\n") as handle:
            return write_jsonl(reports, handle)
    count = 0
    for report in reports:
        file.write(report.to_json() + "\n")
        count += 1
    return count


def json_schema() -> dict[str, Any]:
    """The JSON Schema of an annotated report (published as ``report.schema.json``)."""
    schema: dict[str, Any] = AnnotatedReport.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return schema
