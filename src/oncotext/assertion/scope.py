"""How far a cue reaches in its sentence.

All offsets are those of the folded text.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from oncotext.assertion.clauses import Mark, Sentence
from oncotext.assertion.cues import CueHit

# digits as they are and as machines misread them ('2Ol9')
_YEAR = re.compile(
    r"\b(?:[1l]9|2[0o])[\dol]{2}\b|\b\d\d?/(?:19|20)?\d\d\b"
    r"|\b(?:\d+|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|douze|quinze|vingt|trente|plusieurs)"
    r" ans\b"
)
_YEAR_ALONE = re.compile(r"\b(?:[1l]9|2[0o])[\dol]{2}\b")  # 'patient de 33 ans' is an age
_YEAR_WITHIN = 60
_YEAR_BEFORE = 20
_APART = re.compile(r"[,;:.(]")

# What follows the value of a table cell, and what stands before it.
_CELL_RIGHT = re.compile(r"\s*(?:\Z|[\n|;()]|,(?!\d)|\.(?!\d)|  |\t|-|/(?!\d))")
_CELL_BREAK = re.compile(r"[.;\n|()]\s*|\s{3,}")
_CELL_GAP = re.compile(r" ?[:=|] *|\s{2,}|[\s.:=|_*-]{3,}|\.{2,}")
_CELL_SEPARATORS = " :=.|_*-\t"
_WIDEST_CELL = 120

_OBJECT = re.compile(r"\s+(?:de |d'|aucune? )")
_NO_NOUN = re.compile(
    r"\s*(?:[,.;)?(]|\Z|d'"
    r"|(?:et|ou|mais|du|de|des|au|aux|a|en|sur|dans|non|avec|chez|est|par|devant)\b)"
)
_ANOTHER = ("et un", "et une", "ou un", "ou une")
_WIDE = ("sentence", "line")
_VERBS = ("verb", "turn")


class Reach(NamedTuple):
    """A stretch of text that a cue bears on."""

    start: int
    end: int
    hit: CueHit
    before: bool = False
    """True where the stretch lies before the cue."""
    holes: tuple[tuple[int, int], ...] = ()

    def covers(self, start: int, end: int) -> bool:
        """Whether a span lies in the stretch (by its first character; before: by its last)."""
        if self.before:
            if not self.start < end <= self.end:
                return False
        elif not self.start <= start < self.end:
            return False
        return not any(a <= start < b for a, b in self.holes)


def reaches(sentence: Sentence, hit: CueHit) -> list[Reach]:
    """Where a cue bears on: before it, after it, both or nowhere."""
    cue = hit.cue
    if cue.reach == "cell":
        cell = _cell(sentence, hit)
        return [cell] if cell else []
    if cue.between:
        return [Reach(hit.since, hit.start, hit)]
    if cue.reach == "year" and not _is_dated(sentence, hit):
        return []
    out = []
    forward, backward = _directions(sentence, hit)
    if forward:
        end, holes = _forward(sentence, hit)
        out.append(Reach(hit.end, end, hit, False, holes))
    if backward:
        out.append(Reach(_backward(sentence, hit), hit.start, hit, True))
    return out


def _is_dated(sentence: Sentence, hit: CueHit) -> bool:
    """Whether a year stands after a cue, or right before it ('en 2009 une conisation pour')."""
    text, end = sentence.text, min(sentence.end, hit.end + _YEAR_WITHIN)
    if _YEAR.search(text, hit.end, end):
        return True
    before = _YEAR_ALONE.search(text, max(sentence.start, hit.start - _YEAR_BEFORE), hit.start)
    return before is not None and not _APART.search(text, before.end(), hit.start)


def _directions(sentence: Sentence, hit: CueHit) -> tuple[bool, bool]:
    """Whether a cue looks forward and backward, seeing the words that follow it."""
    cue = hit.cue
    if cue.category == "negated" and cue.backward and not cue.forward:
        # 'il n'est pas vu d'embole', 'n'a pas objective de lesion'
        found = bool(_OBJECT.match(sentence.text, hit.end))
        return found, not found
    if cue.forward and cue.backward and cue.reach == "phrase":
        # 'une possible recidive', 'recidive possible du sein'
        found = not _NO_NOUN.match(sentence.text, hit.end, sentence.end)
        return found, not found
    return cue.forward, cue.backward


# -- forward -----------------------------------------------------------------------------


def _forward(sentence: Sentence, hit: CueHit) -> tuple[int, tuple[tuple[int, int], ...]]:
    """End of the reach after a cue, and the brackets it leaves out."""
    if hit.cue.category == "family":
        return _family_end(sentence, hit), ()
    if hit.cue.reach in _WIDE:
        return _wide_end(sentence, hit), ()
    return _list_end(sentence, hit)


def _family_end(sentence: Sentence, hit: CueHit) -> int:
    """A relative holds for the sentence, until the patient is named again."""
    for start, _, kind in sentence.after(hit.end):
        if kind == "family" or (kind == ")" and sentence.in_bracket(hit)):
            return start
    return sentence.end


def _wide_end(sentence: Sentence, hit: CueHit) -> int:
    """A condition or heading holds until ';', 'mais' or the closing bracket."""
    depth = 0
    for start, _, kind in sentence.after(hit.end):
        depth += (kind == "(") - (kind == ")")
        if depth < 0 or kind == "stop":
            return start
        if kind == "break" and sentence.text.startswith("mais", start):
            return start
    return sentence.end


def _list_end(sentence: Sentence, hit: CueHit) -> tuple[int, tuple[tuple[int, int], ...]]:
    """The cue's phrase and, for lists and clauses, what is coordinated with it."""
    text, reach = sentence.text, hit.cue.reach
    limit = sentence.words_after(hit.end, hit.cue.words)
    first = sentence.item_kind(hit.end, hit)
    holes: list[tuple[int, int]] = []
    skip_to, last_break, relative = hit.end, 0, -1
    for mark in sentence.after(hit.end):
        start, end, kind = mark
        if start >= limit:
            break
        if start < skip_to or kind == "family":
            continue
        adjacent = not text[hit.end : start].strip()
        if kind == "(":
            close = sentence.close_of(mark)
            if reach == "phrase" or not sentence.is_enumeration(end, close):
                holes.append((start, close))
            skip_to = close + 1
        elif kind == "relative":
            if sentence.supposes(end):
                return start, tuple(holes)  # 'aucune maladie qui pourrait expliquer la fievre'
            relative = start
        elif kind in _VERBS and (relative >= 0 or adjacent):
            if kind == "turn" and relative >= 0:
                return relative, tuple(holes)
            relative = -1
        elif kind in _VERBS:
            return last_break or start, tuple(holes)
        elif adjacent and kind in (":", "break"):
            first = None
        elif kind == "break" and first == "un" and text[start:end] in _ANOTHER:
            last_break = start  # 'ecarte un lymphome et un sarcome'
        elif kind in (")", "stop", "break", ":") or reach == "phrase":
            return start, tuple(holes)
        elif kind == "dash":
            if reach == "list" and hit.cue.category == "negated":
                return start, tuple(holes)
        elif reach == "clause" or sentence.goes_on(mark, first):
            last_break = start
        else:
            return start, tuple(holes)
    return min(limit, sentence.end), tuple(holes)


# -- backward ----------------------------------------------------------------------------


def _backward(sentence: Sentence, hit: CueHit) -> int:
    """Start of the reach before a cue."""
    cue = hit.cue
    if cue.category == "family" or cue.reach in _WIDE:
        return _family_start(sentence, hit)
    reach = "phrase" if cue.reach == "year" else cue.reach
    floor = sentence.words_before(hit.start, cue.words)
    at = hit.start  # left end of what has been seen to belong to the cue itself
    colon = verb = False
    index = sentence.index(hit.start) - 1
    while index >= 0 and sentence.marks[index][1] > floor:
        start, end, kind = sentence.marks[index]
        bare = sentence.only_small_words(end, at)
        if kind == ")":
            index = sentence.open_of(index)
        elif kind == "(" and bare and at == hit.start:
            at = start  # 'leuproreline (poursuivie)'
        elif kind == ":" and bare and not colon:
            colon, at = True, start
        elif kind in _VERBS and bare and not verb:
            verb, at = True, start
        elif kind == "relative" and bare and verb:
            verb, at = False, start  # 'une anemie, qui s'est resolue'
        elif kind == "," and bare and at != hit.start:
            at = start  # ', un temps redoutee, a ete ecartee'
        elif not _passes(sentence, hit, sentence.marks[index], reach, colon):
            return end
        index -= 1
    return max(floor, sentence.start)


def _passes(sentence: Sentence, hit: CueHit, mark: Mark, reach: str, colon: bool) -> bool:
    """Whether a reach goes on over a mark on its way back."""
    start, _, kind = mark
    if kind in ("ou", "family"):
        return True
    if kind == "break":
        # 'hypersudation sous irinotecan, non revue depuis'
        return hit.cue.category == "historical" and reach == "clause"
    if kind == ",":
        asked = sentence.text[hit.start : hit.end] == "?" and start - sentence.start < 60
        return colon or reach == "clause" or asked
    if kind == "et":
        return colon or reach != "phrase"
    return kind == "dash" and reach == "clause"


def _family_start(sentence: Sentence, hit: CueHit) -> int:
    for _, end, kind in sentence.before(hit.start):
        if kind in ("family", "stop"):
            return end
    return sentence.start


# -- cells -------------------------------------------------------------------------------


def _cell(sentence: Sentence, hit: CueHit) -> Reach | None:
    """The reach of 'non' or '0' as the value of a table cell or after a colon."""
    text = sentence.text
    if not _CELL_RIGHT.match(text, hit.end):
        return None
    left = hit.start
    floor = max(sentence.start, hit.start - _WIDEST_CELL)
    while left > floor and text[left - 1] in _CELL_SEPARATORS:
        left -= 1
    gap = text[left : hit.start]
    if not gap:
        return None
    start = floor
    for found in _CELL_BREAK.finditer(text, floor, left):
        start = found.end()
    if ":" in gap or "=" in gap:
        start = max(start, _terms_start(sentence, floor, left))
    else:
        start = max(start, text.rfind(",", floor, left) + 1)
    if not (_CELL_GAP.fullmatch(gap) or "\t" in sentence.raw[left : hit.start]):
        if gap != " " or not text[hit.end - 1].isdigit():
            return None
        start = max(start, left - 1)  # 'thrombopenie 0': the word before alone
    return Reach(start, left, hit, True)


def _terms_start(sentence: Sentence, floor: int, left: int) -> int:
    """'Toux : oui, fievre, dyspnee : non': where the terms that share the value begin."""
    start = floor
    valued = False
    for begin, end, kind in sentence.marks:
        if begin >= left:
            break
        if kind in (":", "stop"):
            start, valued = end, kind == ":"
        elif kind == "," and valued:
            start, valued = end, False
    return start
