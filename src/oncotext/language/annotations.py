"""What the pipes write on a Doc: plain values, and the extensions that read them.

``doc.user_data["oncotext"]`` holds lists and dicts of strings, numbers and booleans only, so
`Doc.to_bytes`, `DocBin` and worker processes carry it whole. Extensions are getters over it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypedDict

import numpy as np
from spacy.tokens import Doc, Span

from oncotext.language.view import token_starts, view_of

KEY = "oncotext"
MENTIONS = "oncotext"
SECTIONS = "sections"
GRADE_ZERO = "grade-0"
"""The rule of a negation that no cue but a toxicity's grade 0 says."""


class MentionData(TypedDict, total=False):
    """A mention on a Doc. Offsets are exact characters of the text, whatever the tokens."""

    start: int
    end: int
    label: str
    code: str | None
    name: str
    attrs: dict[str, str]
    rule: str
    section_label: str  # not "section": medSpaCy reads any dict with that key as its own
    score: float
    negated: bool
    hypothetical: bool
    historical: bool
    family: bool
    cues: dict[str, dict[str, Any]]
    fragments: list[list[int]]


class CodeData(TypedDict):
    """A code that the report itself writes. Offsets are exact characters of the text."""

    start: int
    end: int
    text: str
    system: str  # "ADICAP", "ICD-O-3-M" or "ICD-O-3-T"
    code: str  # as the system spells it
    morphology: str | None  # in ICD-O-3
    topography: str | None


class _LaboratoryValue(TypedDict):
    start: int
    end: int
    text: str
    analyte: str  # a code of laboratory.tsv
    value: float  # in `unit`; the middle of a range
    unit: str
    term: str | None  # CTCAE v5.0, where the value is abnormal
    grade: int | None
    rule: str | None  # the line of ctcae_values.tsv


class LaboratoryData(_LaboratoryValue, total=False):
    """A laboratory value that the report writes. Offsets are exact characters of the text."""

    earlier: bool  # a later value has replaced it


class SectionData(TypedDict, total=False):
    """A section on a Doc."""

    start: int
    end: int
    label: str
    title: str


def data_of(doc: Doc) -> dict[str, Any]:
    """The plain values of oncotext on a Doc: ``mentions``, ``sections``, ``record``, ..."""
    data: dict[str, Any] = doc.user_data.setdefault(KEY, {})
    return data


def mentions_of(doc: Doc) -> list[MentionData]:
    """The mentions on a Doc in the order of the text."""
    found: list[MentionData] = data_of(doc).setdefault("mentions", [])
    return found


def sections_of(doc: Doc) -> list[SectionData]:
    """The sections on a Doc; empty where no sections pipe ran."""
    found: list[SectionData] = data_of(doc).get("sections", [])
    return found


def codes_of(doc: Doc) -> list[CodeData]:
    """The codes that the report writes, in order; empty where no codes pipe ran."""
    found: list[CodeData] = data_of(doc).get("codes", [])
    return found


def laboratory_of(doc: Doc) -> list[LaboratoryData]:
    """The laboratory values of the report, in order; empty where no laboratory pipe ran."""
    found: list[LaboratoryData] = data_of(doc).get("laboratory", [])
    return found


def section_at(doc: Doc, position: int) -> SectionData | None:
    """The section that holds a character."""
    sections = sections_of(doc)
    index = bisect_right([section["start"] for section in sections], position) - 1
    return sections[index] if index >= 0 else None


def add_mentions(doc: Doc, new: Iterable[MentionData], *, spans: bool = True) -> None:
    """Add mentions to a Doc and to ``doc.spans``; where two overlap the longer stays, at equal
    length the earlier one.

    ``spans=False`` leaves ``doc.spans`` to a later pipe (`write_pending_spans`).
    """
    known, added = mentions_of(doc), list(new)
    if not added:
        return
    chosen: list[MentionData] = []
    for cluster in _overlapping(sorted([*known, *added], key=_start)):
        chosen += cluster if len(cluster) == 1 else _longest(cluster)
    set_mentions(doc, chosen, spans=spans)


def set_mentions(doc: Doc, mentions: list[MentionData], *, spans: bool = True) -> None:
    """Let these be the mentions of a Doc, in order; ``doc.spans`` holds those that overlap too."""
    data_of(doc)["mentions"] = mentions
    if spans:
        _write_spans(doc, MENTIONS, mentions)
    else:
        data_of(doc)["pending"] = True


def write_pending_spans(doc: Doc) -> None:
    """Write ``doc.spans["oncotext"]`` if pipes before have left it to a later one."""
    if data_of(doc).pop("pending", False):
        _write_spans(doc, MENTIONS, mentions_of(doc))


def _start(mention: MentionData) -> int:
    return mention["start"]


def _overlapping(mentions: list[MentionData]) -> Iterator[list[MentionData]]:
    """Runs of mentions, sorted by start, of which each overlaps one before it."""
    cluster: list[MentionData] = []
    end = 0
    for mention in mentions:
        if cluster and mention["start"] >= end:
            yield cluster
            cluster = []
        cluster.append(mention)
        end = max(end, mention["end"]) if len(cluster) > 1 else mention["end"]
    if cluster:
        yield cluster


def _longest(cluster: list[MentionData]) -> list[MentionData]:
    """The longest mentions that do not overlap, in order."""
    chosen: list[MentionData] = []
    for mention in sorted(cluster, key=lambda m: m["start"] - m["end"]):
        start, end = mention["start"], mention["end"]
        if all(end <= other["start"] or other["end"] <= start for other in chosen):
            chosen.append(mention)
    return sorted(chosen, key=_start)


def set_sections(doc: Doc, sections: list[SectionData]) -> None:
    """Write the sections of a Doc and ``doc.spans["sections"]``."""
    data_of(doc)["sections"] = sections
    _write_spans(doc, SECTIONS, sections)


def _write_spans(doc: Doc, key: str, parts: Sequence[MentionData | SectionData]) -> None:
    """Parts of the text as spans: of the tokens that they touch, where they cut through some."""
    if not len(doc):
        return
    firsts = token_starts(doc)
    ends = np.searchsorted(firsts, [part["end"] for part in parts], side="left").tolist()
    starts = np.searchsorted(firsts, [part["start"] for part in parts], side="right").tolist()
    # numbers, not names: spaCy would hash each label again
    numbers = {label: doc.vocab.strings.add(label) for label in {p["label"] for p in parts}}
    doc.spans[key] = [
        Span(doc, start - 1, end, numbers[part["label"]])
        for part, start, end in zip(parts, starts, ends, strict=True)
    ]


def mention_of(span: Span) -> MentionData | None:
    """The mention that a span of ``doc.spans["oncotext"]`` or ``doc.ents`` stands for."""
    data = span.doc.user_data.get(KEY)
    if not data:
        return None
    found = None
    for mention in data.get("mentions", ()):
        if mention["label"] == span.label_ and (
            mention["start"] < span.end_char and span.start_char < mention["end"]
        ):
            if mention["start"] == span.start_char and mention["end"] == span.end_char:
                return mention  # type: ignore[no-any-return]
            found = found or mention
    return found


def _getter(field: str, default: Any, fallback: Callable[[Span], Any] | None) -> Any:
    def get(span: Span) -> Any:
        mention = mention_of(span)
        if mention is not None and field in mention:
            return mention[field]  # type: ignore[literal-required]
        own = values_of(span.doc).get(_slot(field, span))
        if own is not None:
            return own
        return fallback(span) if fallback else default

    return get


def _setter(field: str) -> Any:
    def put(span: Span, value: Any) -> None:
        values_of(span.doc)[_slot(field, span)] = value

    return put


def values_of(doc: Doc) -> dict[Any, Any]:
    """The Doc's user data, whose keys spaCy itself makes tuples."""
    values: dict[Any, Any] = doc.user_data
    return values


def _slot(field: str, span: Span) -> tuple[str, str, int, int]:
    return ("._.", _EXTENSION_OF[field], span.start_char, span.end_char)


_EXTENSION_OF = {
    "negated": "is_negated",
    "hypothetical": "is_hypothetical",
    "historical": "is_historical",
    "family": "is_family",
    "section_label": "section_category",
    "code": "code",
    "name": "name",
    "attrs": "attrs",
    "cues": "cues",
}
_FLAG_FIELDS = ("negated", "hypothetical", "historical", "family")


def _section_label(span: Span) -> str | None:
    section = section_at(span.doc, span.start_char)
    return section["label"] if section else None


def register_extensions() -> None:
    """Register the Doc and Span extensions; safe to call at any time and more than once.

    Extensions of the same names that medSpaCy registered before are taken over: values it
    sets are kept, and its section category answers where oncotext found no sections.
    """
    for field, name in _EXTENSION_OF.items():
        default: Any = False if field in _FLAG_FIELDS else None
        fallback: Callable[[Span], Any] | None = None
        if Span.has_extension(name):
            _, _, before, _ = Span.get_extension(name)
            if before is not None and getattr(before, "oncotext", False):
                continue
            fallback = before
        if field == "section_label":
            fallback = _first_of(_section_label, fallback)
        if field in ("attrs", "cues"):
            fallback = lambda span: {}
        getter = _getter(field, default, fallback)
        getter.oncotext = True
        Span.set_extension(name, getter=getter, setter=_setter(field), force=True)
    Doc.set_extension("report", getter=report_of, force=True)
    Doc.set_extension("codes", getter=codes_of, force=True)
    Doc.set_extension("laboratory", getter=laboratory_of, force=True)


def _first_of(first: Callable[[Span], Any], second: Callable[[Span], Any] | None) -> Any:
    def get(span: Span) -> Any:
        value = first(span)
        return second(span) if value is None and second else value

    return get


_REPORT_FIELD = {"section_label": "section"}
_DOC_FIELD = {"section": "section_label"}


def report_fields(mention: Mapping[str, Any]) -> dict[str, Any]:
    """A mention of a Doc with the field names of a report."""
    return {_REPORT_FIELD.get(field, field): value for field, value in mention.items()}


def doc_fields(mention: Mapping[str, Any]) -> dict[str, Any]:
    """A mention of a report with the field names of a Doc."""
    return {_DOC_FIELD.get(field, field): value for field, value in mention.items()}


def report_of(doc: Doc) -> Any:
    """The annotated report of a Doc (``doc._.report``)."""
    from oncotext.report import AnnotatedReport

    data = data_of(doc)
    text = view_of(doc).text
    return AnnotatedReport.model_validate(
        {
            "id": data.get("id") or report_id(text),
            "text": text,
            "sections": data.get("sections", []),
            "mentions": [
                {
                    "id": f"T{number}",
                    "text": text[m["start"] : m["end"]],
                    **report_fields(m),
                }
                for number, m in enumerate(data.get("mentions", []), 1)
            ],
            "record": data.get("record", {}),
            "producer": data.get("producer"),
        }
    )


def report_id(text: str) -> str:
    """The default id of a report: the first 16 hex digits of its text's SHA-256."""
    import hashlib

    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
