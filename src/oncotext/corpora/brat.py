"""BRAT stand-off: a ``.txt`` and a ``.ann`` for each report.

``T1\tLABEL 3 9;12 20\ttext`` is a mention, perhaps in pieces; ``#1\tAnnotatorNotes T1\t8500/3``
its code (FRACCO names the note ``ICD-O``); ``A1\tnegated T1`` a flag; a note ``Attrs`` holds
the attributes that our mentions have, as JSON. Relations and events are not read.
Offsets are code points of the text as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from oncotext.corpora.files import decoded, file_name, files_in, lines_of, new_folder, report_id
from oncotext.corpora.reading import Draft, Problem, Reading, inked
from oncotext.report import FLAGS, LABELS, AnnotatedReport, Mention

_SPANS = re.compile(r"\d+ \d+(?:;\d+ \d+)*")
_TARGET = re.compile(r"[TREAMN][0-9]+|\*")
_ID = re.compile(r"T[1-9]\d*")
_ATTRS = "Attrs"
_NOT_READ = "RE*NM"  # relations, events, equivalences, normalisations, event modifications
_FLAG_OF: dict[str, str] = {
    **{str(flag): flag for flag in FLAGS},
    "negation": "negated",
    "hypothesis": "hypothetical",
    "speculation": "hypothetical",
    "history": "historical",
}
_BLANK = re.compile(r"[\n\r\t\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def detect(path: Path) -> bool:
    """Whether a folder has ``.ann`` files."""
    return path.is_dir() and next(path.rglob("*.ann"), None) is not None


def read(path: Path, reading: Reading) -> Iterator[AnnotatedReport]:
    """The reports of a folder; a text without its ``.ann`` is unannotated."""
    for file in files_in(path, ".txt"):
        text = decoded(file, reading)
        if text is None:
            continue
        id, notes = report_id(file, path), file.with_suffix(".ann")
        if not notes.exists():
            reading.problem("No .ann file beside it.", file)
            reading.unannotated.append(AnnotatedReport(id=id, text=text))
            continue
        source = decoded(notes, reading)
        if source is not None:
            yield reading.report(id, text, _drafts(source, text, notes, reading), notes)
    for file in files_in(path, ".ann"):
        if not file.with_suffix(".txt").exists():
            reading.problem("No .txt file beside it.", file)


def _drafts(source: str, text: str, file: Path, reading: Reading) -> list[Draft]:
    drafts: dict[str, Draft] = {}
    others: list[tuple[int, list[str]]] = []
    for number, line in lines_of(source):
        fields = line.split("\t", 2)
        if line[0] == "T":
            draft = _text_bound(fields, number)
            if draft is None:
                reading.problem("Not 'T1<tab>LABEL START END<tab>text'.", file, number)
            elif draft.id in drafts:
                reading.problem(f"The id {draft.id} was used before.", file, number)
            else:
                drafts[draft.id] = draft
        elif line[0] in "#A":
            others.append((number, fields))
        elif line[0] not in _NOT_READ:
            reading.problem("Not a line of BRAT stand-off.", file, number)
    for number, fields in others:  # a note may stand before what it notes
        fault = _add(drafts, fields)
        if fault:
            reading.problem(fault, file, number)
    found = list(drafts.values())
    for draft in found:
        _take_notes(draft)
    return _with_line_ends(found, text)


def _text_bound(fields: list[str], line: int) -> Draft | None:
    if len(fields) < 2:
        return None
    label, _, places = fields[1].partition(" ")
    if not label or not _TARGET.fullmatch(fields[0]) or not _SPANS.fullmatch(places):
        return None
    spans = [tuple(map(int, place.split(" "))) for place in places.split(";")]
    surface = fields[2] if len(fields) > 2 else None
    return Draft(fields[0], label, [(start, end) for start, end in spans], line, surface)


def _add(drafts: dict[str, Draft], fields: list[str]) -> str | None:
    """Give a note or an attribute to its mention; what is wrong with it, if anything."""
    kind, _, rest = fields[1].partition(" ") if len(fields) > 1 else ("", "", "")
    target, _, value = rest.partition(" ")
    if not kind or not _TARGET.fullmatch(target):
        return "Neither a note nor an attribute of BRAT."
    if target not in drafts:
        return None if target[0] in _NOT_READ else f"There is no {target}."
    if fields[0][0] == "#":
        drafts[target].notes.append((kind, fields[2] if len(fields) > 2 else ""))
    elif kind.lower() in _FLAG_OF:
        drafts[target].flags[_FLAG_OF[kind.lower()]] = value.lower() not in ("false", "no", "0")
    else:
        drafts[target].attrs[kind] = value or "true"
    return None


def _take_notes(draft: Draft) -> None:
    """The first note is the code; a corpus of its own mind reads ``notes`` itself."""
    for kind, note in draft.notes:
        if kind == _ATTRS:
            try:
                attrs = json.loads(note)
            except json.JSONDecodeError:
                attrs = {"notes": note}
            draft.attrs |= attrs if isinstance(attrs, dict) else {"notes": note}
        elif draft.code is None:
            draft.code = note
        else:
            draft.attrs["notes"] = "; ".join(filter(None, [draft.attrs.get("notes"), note]))


def _with_line_ends(drafts: list[Draft], text: str) -> list[Draft]:
    """Offsets of a text whose line ends became CRLF after it was annotated (a Windows copy)."""
    if "\r\n" not in text or _misplaced(drafts, text) == 0:
        return drafts
    kept = [i for i, char in enumerate(text) if not (char == "\r" and text[i : i + 2] == "\r\n")]
    before = [draft.spans for draft in drafts]
    wrong = _misplaced(drafts, text)
    for draft in drafts:
        if all(end <= len(kept) for _, end in draft.spans):
            draft.spans = [(kept[start], kept[end - 1] + 1) for start, end in draft.spans if end]
    if _misplaced(drafts, text) >= wrong:
        for draft, spans in zip(drafts, before, strict=True):
            draft.spans = spans
    return drafts


def _misplaced(drafts: list[Draft], text: str) -> int:
    return sum(
        draft.surface is not None
        and inked(draft.surface) != inked("".join(text[start:end] for start, end in draft.spans))
        for draft in drafts
    )


def write(reports: Sequence[AnnotatedReport], path: Path) -> list[Problem]:
    """Write a folder that BRAT opens: texts, annotations, and ``annotation.conf``."""
    new_folder(path)
    labels: set[str] = set(LABELS)
    problems: list[Problem] = []
    for report in reports:
        file = path / (file_name(report.id) + ".txt")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(report.text, encoding="utf-8", newline="")
            lines = "".join(f"{line}\n" for line in _lines(report.mentions))
            file.with_suffix(".ann").write_text(lines, encoding="utf-8", newline="\n")
        except OSError as error:
            problems.append(Problem(str(file), None, f"Not written: {error.strerror}."))
        labels |= {mention.label for mention in report.mentions}
    conf = _CONF.format(labels="\n".join(sorted(labels)), flags=_FLAG_LINES)
    (path / "annotation.conf").write_text(conf, encoding="utf-8", newline="\n")
    return problems


_CONF = "[entities]\n{labels}\n\n[relations]\n\n[events]\n\n[attributes]\n{flags}\n"
_FLAG_LINES = "\n".join(f"{flag}\tArg:<ENTITY>" for flag in FLAGS)


def _lines(mentions: Sequence[Mention]) -> Iterator[str]:
    ids = [mention.id for mention in mentions]
    if len(set(ids)) < len(ids) or not all(map(_ID.fullmatch, ids)):
        ids = [f"T{number}" for number in range(1, len(ids) + 1)]
    note = attribute = 0
    for id, mention in zip(ids, mentions, strict=True):
        spans = mention.fragments or [(mention.start, mention.end)]
        places = ";".join(f"{start} {end}" for start, end in spans)
        yield f"{id}\t{mention.label} {places}\t{_BLANK.sub(' ', mention.text)}"
        attrs = json.dumps(mention.attrs, ensure_ascii=False) if mention.attrs else None
        for kind, value in (("AnnotatorNotes", mention.code), (_ATTRS, attrs)):
            if value is not None:
                note += 1
                yield f"#{note}\t{kind} {id}\t{_BLANK.sub(' ', value)}"
        for flag in FLAGS:
            if getattr(mention, flag):
                attribute += 1
                yield f"A{attribute}\t{flag} {id}"
