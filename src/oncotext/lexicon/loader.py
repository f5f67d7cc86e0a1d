"""Reads and checks lexicon files; names file and line of whatever is wrong.

Concepts: ``id, label, code, preferred, variants (a|b|c), attrs (k=v;...), source, note``.
Cues and titles: ``id, category, literal, direction, scope, note``.
The form is described in ``lexicon/README.md``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from pathlib import Path

from oncotext.errors import LexiconError, UnknownNameError
from oncotext.matching.automaton import PhraseMatcher
from oncotext.matching.inflection import (
    adjective_forms,
    expand,
    noun_forms,
    phrase_form,
    spellings,
)

CONCEPT_COLUMNS = ("id", "label", "code", "preferred", "variants", "attrs", "source", "note")
CUE_COLUMNS = ("id", "category", "literal", "direction", "scope", "note")

_ABBREVIATION = re.compile(r"[A-Z0-9ÉÈ+./-]{1,5}")

# What the code of a label must look like; labels of users' own are not checked.
_CODE_FORM = {
    "MORPHOLOGY": re.compile(r"\d{4}/[0-369]"),
    "TOPOGRAPHY": re.compile(r"C\d\d\.\d"),
    "RESPONSE": re.compile(r"CR|PR|SD|PD"),
}


@dataclass(frozen=True, slots=True)
class Concept:
    """A line of a concept file."""

    id: str
    label: str
    code: str
    preferred: str
    variants: tuple[str, ...] = ()
    attrs: dict[str, str] = field(default_factory=dict, hash=False)
    source: str = ""
    note: str = ""

    def phrases(self) -> Iterator[tuple[str, bool]]:
        """Folded surface forms, each with True where only capitals count."""
        for term in (self.preferred, *self.variants):
            adjective = term.startswith("~")
            for expanded in expand(term.removeprefix("~")):
                capitals = not adjective and is_abbreviation(expanded)
                forms = adjective_forms(expanded) if adjective else noun_forms(expanded)
                for form in forms[:1] if capitals else forms:
                    for spelling in spellings(form):
                        yield spelling, capitals


@dataclass(frozen=True, slots=True)
class Cue:
    """A line of a cue or title file."""

    id: str
    category: str
    literal: str
    direction: str = ""
    scope: str = ""
    note: str = ""


def is_abbreviation(term: str) -> bool:
    """A term of at most five characters, all capitals: matched only in capitals."""
    return bool(_ABBREVIATION.fullmatch(term)) and any(char.isalpha() for char in term)


def shipped(name: str) -> Path:
    """The path of a shipped lexicon file."""
    path = Path(str(files("oncotext.lexicon"))) / f"{name}.tsv"
    if not path.exists():
        raise UnknownNameError("lexicon", name, (p.stem for p in path.parent.glob("*.tsv")))
    return path


def read_concepts(path: str | Path) -> list[Concept]:
    """The concepts of a file; raises `LexiconError` on the first wrong line."""
    concepts, ids = [], set()
    for where, row in read_rows(path, CONCEPT_COLUMNS):
        concept = _concept(row, where)
        if concept.id in ids:
            raise LexiconError(
                f"Id {concept.id!r} is used twice.", where=where, remedy="Rename one."
            )
        ids.add(concept.id)
        concepts.append(concept)
    return concepts


def read_cues(path: str | Path) -> list[Cue]:
    """The cues or titles of a file; raises `LexiconError` on the first wrong line."""
    cues, ids = [], set()
    for where, row in read_rows(path, CUE_COLUMNS):
        if not row["id"] or not row["category"] or not row["literal"]:
            raise LexiconError("id, category and literal must be given.", where=where)
        if row["id"] in ids:
            raise LexiconError(
                f"Id {row['id']!r} is used twice.", where=where, remedy="Rename one."
            )
        ids.add(row["id"])
        cues.append(Cue(**row))
    return cues


def without_ids(cues: Iterable[Cue], patterns: Sequence[str], kind: str = "cue") -> list[Cue]:
    """The cues but those whose id matches a pattern (``*`` stands for any characters).

    Raises
    ------
    UnknownNameError
        A pattern matches none.
    """
    kept = list(cues)
    for pattern in patterns:
        ids = [cue.id for cue in kept]
        kept = [cue for cue in kept if not fnmatchcase(cue.id, pattern)]
        if len(kept) == len(ids):
            raise UnknownNameError(kind, pattern, ids)
    return kept


def write_cues(path: str | Path, cues: Iterable[Cue]) -> None:
    """Write cues or titles as a file that `read_cues` takes, for example rules converted from
    medSpaCy's; an existing file is replaced."""
    rows = [
        CUE_COLUMNS,
        *((c.id, c.category, c.literal, c.direction, c.scope, c.note) for c in cues),
    ]
    lines = ("\t".join(" ".join(cell.split()) for cell in row) for row in rows)
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")


def load_concepts(name: str, extra: Sequence[str | Path] = ()) -> list[Concept]:
    """A shipped file's concepts, those of users' own files first: they win."""
    return [*(c for path in extra for c in read_concepts(path)), *_shipped_concepts(name)]


def load_cues(name: str, extra: Sequence[str | Path] = ()) -> list[Cue]:
    """A shipped file's cues or titles, those of users' own files first: they win."""
    return [*(c for path in extra for c in read_cues(path)), *_shipped_cues(name)]


def concept_matcher(name: str, extra: Sequence[str | Path] = ()) -> PhraseMatcher[Concept]:
    """The compiled matcher of a shipped lexicon with users' files on top."""
    return _matcher(name) if not extra else _compile(load_concepts(name, extra))


@cache
def cue_matcher(name: str) -> PhraseMatcher[Cue]:
    """The compiled matcher of a shipped file of cues; abbreviations count in capitals only."""
    return PhraseMatcher(
        (spelling, cue, is_abbreviation(term))
        for cue in _shipped_cues(name)
        for term in expand(cue.literal)
        for spelling in spellings(phrase_form(term))
    )


def _compile(concepts: Iterable[Concept]) -> PhraseMatcher[Concept]:
    return PhraseMatcher(
        (phrase, concept, capitals)
        for concept in concepts
        for phrase, capitals in concept.phrases()
    )


@cache
def _matcher(name: str) -> PhraseMatcher[Concept]:
    return _compile(_shipped_concepts(name))


@cache
def _shipped_concepts(name: str) -> tuple[Concept, ...]:
    return tuple(read_concepts(shipped(name)))


@cache
def _shipped_cues(name: str) -> tuple[Cue, ...]:
    return tuple(read_cues(shipped(name)))


@cache
def lexicon_checksum() -> str:
    """First 12 hex digits of the SHA-256 of all shipped lexicon files."""
    digest = hashlib.sha256()
    for path in sorted(Path(str(files("oncotext.lexicon"))).glob("*.tsv")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def read_rows(path: str | Path, columns: tuple[str, ...]) -> Iterator[tuple[str, dict[str, str]]]:
    """(file and line, values by column) of each line that is neither empty nor a comment."""
    path, header = Path(path), None
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise LexiconError(
            f"Cannot be read: {type(error).__name__}.", where=str(path), remedy="Save it as UTF-8."
        ) from None
    for number, line in enumerate(lines, 1):
        line = line.rstrip("\r")
        if not line.strip() or line.startswith("#"):
            continue
        where = f"{path}, line {number}"
        cells = [cell.strip() for cell in line.split("\t")]
        if header is None:
            header = tuple(cells)
            if header != columns:
                raise LexiconError(
                    "The first line must name the columns.",
                    where=where,
                    remedy="Expected, separated by tabs: " + ", ".join(columns),
                )
            continue
        if len(cells) > len(columns):
            raise LexiconError(f"{len(cells)} columns instead of {len(columns)}.", where=where)
        cells += [""] * (len(columns) - len(cells))
        yield where, dict(zip(columns, cells, strict=True))


def _concept(row: dict[str, str], where: str) -> Concept:
    for column in ("id", "label", "code", "preferred"):
        if not row[column]:
            raise LexiconError(f"{column} is empty.", where=where)
    form = _CODE_FORM.get(row["label"])
    if form and not form.fullmatch(row["code"]):
        raise LexiconError(
            f"{row['code']!r} is no code of {row['label']}.",
            where=where,
            remedy=f"Expected the form {form.pattern}",
        )
    variants = [v.strip() for v in row["variants"].split("|")] if row["variants"] else []
    if "" in variants:
        raise LexiconError("An empty variant.", where=where, remedy="Remove the stray '|'.")
    return Concept(
        id=row["id"],
        label=row["label"],
        code=row["code"],
        preferred=row["preferred"],
        variants=tuple(variants),
        attrs=_attrs(row["attrs"], where),
        source=row["source"],
        note=row["note"],
    )


def _attrs(cell: str, where: str) -> dict[str, str]:
    attrs = {}
    for item in filter(None, (part.strip() for part in cell.split(";"))):
        key, equals, value = item.partition("=")
        if not equals or not key:
            raise LexiconError(f"Attribute {item!r} is not of the form key=value.", where=where)
        attrs[key] = value
    return attrs
