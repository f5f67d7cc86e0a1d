"""Assertion cues: read from data, expanded to their French forms, found in one pass.

A cue file has the columns ``id category literal direction scope note``; the head of
``lexicon/assertion_cues.tsv`` describes them. Literals know the bracket notation of lexicon
terms, ``~word`` for a word that agrees, and ``a … b`` for a cue in two pieces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from oncotext.errors import LexiconError, UnknownNameError
from oncotext.language.view import TextView
from oncotext.lexicon import Cue, load_cues
from oncotext.lexicon.loader import without_ids
from oncotext.matching.automaton import Hit, PhraseMatcher
from oncotext.matching.inflection import expand, feminine, phrase_form, plural, spellings
from oncotext.report import LABELS

LEXICON = "assertion_cues"
FLAGS = ("negated", "hypothetical", "historical", "family")
CATEGORIES = frozenset((*FLAGS, "pseudo", "termination", "current"))
REACHES = frozenset(("phrase", "list", "clause", "sentence", "line", "cell", "year"))
BREAKS = frozenset(("break", "verb", "turn", "relative", "family"))
NO_LABEL = "NONE"
"""In a cue file: spans without a label, or with one that is none of oncotext's."""

# between the two pieces of a cue: some words, no break
_GAP_BREAK = re.compile(r"[,;:.()]|\n\s*\n")
_WIDEST_GAP = 60


@dataclass(frozen=True, slots=True)
class AssertionCue:
    """A cue ready for use.

    Attributes
    ----------
    reach : str
        ``phrase``, ``list``, ``clause``, ``sentence``, ``line``, ``cell``, ``year``; of a
        termination its kind.
    words : int
        The most words it reaches over; 0 without limit.
    labels, barred : frozenset of str
        Mention labels it is limited to, or not meant for; empty where it serves all.
    """

    id: str
    category: str
    literal: str
    forward: bool = False
    backward: bool = False
    predicate: bool = False
    inside: bool = False
    between: bool = False
    reach: str = "list"
    words: int = 0
    labels: frozenset[str] = frozenset()
    barred: frozenset[str] = frozenset()

    def serves(self, label: str) -> bool:
        """Whether the cue is meant for mentions of a label ('' for spans without)."""
        known = label if label in LABELS else NO_LABEL
        if self.labels:
            return label in self.labels or known in self.labels
        return label not in self.barred and known not in self.barred


class CueHit(NamedTuple):
    """A cue in a text: offsets in the folded text.

    ``since`` is where the first piece of a cue in two pieces ends.
    """

    start: int
    end: int
    cue: AssertionCue
    since: int = -1


class _Piece(NamedTuple):
    """What a phrase stands for: a whole cue, or the first or second half of one."""

    cue: AssertionCue
    half: int = 0
    ending: str = ""
    """The last letter where an accent tells a participle from a verb: 'e' or 'é'."""


def surface_forms(literal: str) -> list[str]:
    """The spelled-out forms of a literal, accents kept; halves stay joined by ' … '.

    Examples
    --------
    >>> surface_forms("{non/pas} ~vu")
    ['non vu', 'non vue', 'non vus', 'non vues', 'pas vu', 'pas vue', 'pas vus', 'pas vues']
    """
    forms: list[str] = []
    for term in expand(literal):
        if "~" not in term:
            forms.append(term)
            continue
        words = term.split(" ")
        for number in (str, plural):
            for gender in (str, feminine):
                forms.append(
                    " ".join(number(gender(w[1:])) if w.startswith("~") else w for w in words)
                )
    return list(dict.fromkeys(form for form in forms if form))


def compile_cue(row: Cue) -> AssertionCue:
    """Check a line of a cue file and read its direction and scope."""
    where = f"cue {row.id!r}"
    if row.category not in CATEGORIES:
        raise UnknownNameError("cue category", row.category, CATEGORIES)
    reach, _, limit = row.scope.partition("@")
    words = int(reach) if reach.isdigit() else 0
    if words:
        reach = "list"
    if row.category == "termination":
        reach = reach or "break"
        if reach not in BREAKS:
            raise UnknownNameError("kind of termination", reach, BREAKS)
    elif row.category != "pseudo" and reach not in REACHES:
        raise UnknownNameError("cue scope", reach, REACHES)
    directions = ("forward", "backward", "both", "predicate", "inside", "between")
    if row.category not in ("pseudo", "termination") and row.direction not in directions:
        raise LexiconError(
            f"Direction {row.direction!r} is none.",
            where=where,
            remedy="One of: " + ", ".join(directions),
        )
    barred = limit.startswith("-")
    labels = frozenset(filter(None, re.split(r"[+-]", limit)))
    return AssertionCue(
        id=row.id,
        category=row.category,
        literal=row.literal,
        forward=row.direction in ("forward", "both", "predicate"),
        backward=row.direction in ("backward", "both"),
        predicate=row.direction == "predicate",
        inside=row.direction == "inside",
        between=row.direction == "between",
        reach=reach,
        words=words,
        labels=frozenset() if barred else labels,
        barred=labels if barred else frozenset(),
    )


class CueSet:
    """The cues in use: those shipped, users' files on top, some removed.

    Parameters
    ----------
    extra : sequence of paths
        Cue files of one's own; where they use an id of the shipped file theirs replaces it.
    without : sequence of str
        Ids of cues to leave out; ``*`` stands for any characters (``"plan-*"``).
    rows : sequence of Cue
        More cues, e.g. from `medspacy_rules.from_context_rules`.
    """

    def __init__(
        self,
        extra: Sequence[str | Path] = (),
        without: Sequence[str] = (),
        rows: Sequence[Cue] = (),
    ) -> None:
        by_id: dict[str, Cue] = {}
        for row in (*rows, *load_cues(LEXICON, extra)):
            by_id.setdefault(row.id, row)
        self.cues = [compile_cue(row) for row in without_ids(by_id.values(), without)]
        self._matcher = PhraseMatcher(_phrases(self.cues))

    def find(self, view: TextView, within: bytes | bytearray | None = None) -> list[CueHit]:
        """The cues of a text, leftmost and longest, none overlapping; pseudo-cues are used up.

        ``within`` marks the characters of the sentences that matter, if not all do.
        """
        text = view.text
        accented = "é" in text
        hits: list[CueHit] = []
        opened: list[tuple[int, int, AssertionCue]] = []
        last = -1
        found = self._matcher.find_all(view, within)
        found.sort(key=_leftmost_longest)
        for start, end, pieces in found:
            free, used = start >= last, False
            for cue, half, ending in pieces:
                if ending and not _ends_alike(text, end, ending, accented):
                    continue
                if half == 1:
                    opened.append((start, end, cue))
                    continue
                since = start
                if half:
                    if not opened or start - opened[-1][1] > _WIDEST_GAP:
                        continue
                    since = _opened(opened, cue, start, text)
                if since >= 0 and (free or cue.between):
                    hits.append(tuple.__new__(CueHit, (start, end, cue, since)))
                    used = used or not cue.between
            if used and free:
                last = end
        if len(text) != len(view.folded):
            fold = view.to_folded
            hits = [CueHit(fold(h.start), fold(h.end), h.cue, fold(h.since)) for h in hits]
        return hits


@lru_cache(maxsize=8)
def cue_set(extra: tuple[str, ...] = (), without: tuple[str, ...] = ()) -> CueSet:
    """A compiled cue set, shared by all engines that use the same files."""
    return CueSet(extra, without)


def _phrases(cues: Iterable[AssertionCue]) -> Iterator[tuple[str, tuple[_Piece, ...], bool]]:
    """Folded phrases, what each may stand for, and whether it counts in capitals only."""
    pieces: dict[str, list[_Piece]] = {}
    capitals: dict[str, bool] = {}
    for cue in cues:
        for form in surface_forms(cue.literal):
            halves = [half.strip() for half in form.split("…")]
            for number, half in enumerate(halves):
                piece = _Piece(cue, 0 if len(halves) == 1 else number + 1, _ending(half))
                phrase = phrase_form(half)
                written = [phrase, phrase.replace(" :", ":")] if ":" in phrase else [phrase]
                for spelling in (s for form_ in written for s in spellings(form_)):
                    pieces.setdefault(spelling, []).append(piece)
                    # a short abbreviation such as GM is no word in small letters
                    capitals[spelling] = half.isalpha() and half.isupper() and len(half) <= 3
    for phrase, meanings in pieces.items():
        # a cue in two pieces is more special than one in one
        meanings.sort(key=lambda piece: -piece.half)
        yield phrase, tuple(meanings), capitals[phrase]


def _ending(form: str) -> str:
    """'é' of 'écarté', 'e' of 'écarte'; '' where no accent tells words apart."""
    bare = form.removesuffix("s")
    return bare[-1:] if bare[-1:] in ("e", "é") and not bare.endswith("ée") else ""


def _ends_alike(text: str, end: int, ending: str, accented: bool) -> bool:
    """Whether the word that ends at ``end`` has the accent, or lacks it, as it should.

    Capitals and texts typed without accents say nothing.
    """
    char = text[end - 1]
    if char == "s":
        char = text[end - 2]
    if char == "é":
        return ending == "é"
    return char != "e" or ending == "e" or not accented


def _leftmost_longest(hit: Hit[tuple[_Piece, ...]]) -> tuple[int, int]:
    return hit.start, -hit.end


def _opened(
    opened: list[tuple[int, int, AssertionCue]], cue: AssertionCue, end: int, text: str
) -> int:
    """End of the first half that stands before the second one at ``end`` in the same clause;
    -1 where there is none."""
    for start, stop, other in reversed(opened):
        if end - start > _WIDEST_GAP:
            break
        if other is cue and not _GAP_BREAK.search(text[stop:end].rstrip(" ,")):
            return stop
    return -1
