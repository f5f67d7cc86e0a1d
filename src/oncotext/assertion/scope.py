"""How far a cue reaches: sentences are cut at punctuation, conjunctions and finite verbs.

All offsets are those of the folded text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple, Protocol, TypeVar

from oncotext.assertion.cues import CueHit

_PUNCTUATION = re.compile(r"[,;:()\[\]]|[-=]>|(?<= )-(?= )|\b(?:et|ou|ni|voire)\b")
_KIND = {
    ",": ",", ";": "stop", ":": ":", "(": "(", "[": "(", ")": ")", "]": ")",
    "et": "et", "ou": "ou", "ni": "ou", "voire": "ou", "-": "dash",
}

# What a coordinated item may begin with, given how the first one did.
_ITEM = re.compile(
    r"[\s-]*(?:(?P<de>d'(?!une? )|de (?!la |l')|du |des |sans |pas |aucune? |ni )"
    r"|(?P<dela>de la |de l')"
    r"|(?P<un>une? |d'une? |quelques |deux )"
    r"|(?P<le>les? |la |l'|sa |son |ses |ce |cet |cette |ces )"
    r"|(?P<par>par |pour |dans |en |a |au |aux |sur |selon |vers |non |tres |il |elle |on |plus |"
    r"bien |avec |date |soit |dont |d'allure |d'aspect |sous ))?"
)
_LIKE = {
    "de": ("de", "dela"), "dela": ("de", "dela"), "un": ("un", "de"), "le": ("le", "un"),
    None: ("de",), "par": (),
}
_ADJECTIVE = re.compile(r"\s*[\w-]*(?:iques?|aires?|iennes?|ales?|aux|euses?|eux)\b")
_WORD = re.compile(r"[\w'-]+")
_DIGIT = re.compile(r"\d")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b|\b\d\d?/(?:19|20)?\d\d\b|\b(?:\d+|deux|trois|cinq|dix|quinze|vingt|plusieurs) ans\b")
_CELL_LEFT = re.compile(r"[ :=.|_*\t-]*\Z")
_CELL_RIGHT = re.compile(r"\s*(?:\Z|[\n|;()]|,(?!\d)|\.(?!\d)|  |\t|-|/(?!\d))")
_CELL_BREAK = re.compile(r"[.;\n|()]\s*|\s{3,}|,\s")
_ROW_GAP = re.compile(r" ?[:=|] *|\s{2,}|[\s.:=|_*-]{3,}|\.{2,}")

_OBJECT = re.compile(r"\s+(?:de |d'|aucune? )")
_NO_NOUN = re.compile(
    r"\s*(?:[,.;)?(]|\Z|(?:et|ou|mais|du|de|des|au|aux|a|en|sur|dans|non|avec|chez|est|par|devant)\b|d')"
)

_SHORT_ITEM_WORDS = 2
_LONG_ITEM_WORDS = 6


class _Span(Protocol):
    @property
    def start(self) -> int: ...


S = TypeVar("S", bound=_Span)


class Mark(NamedTuple):
    """A place where a reach may end."""

    start: int
    end: int
    kind: str


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


class Sentence:
    """A sentence with its cues, cut into clauses and list items.

    Parameters
    ----------
    text : str
        The folded text as a whole.
    raw : str
        The text as given; tabs are seen here only.
    start, end : int
        Offsets of the sentence.
    hits : sequence of CueHit
        Its cues, terminations included, in order.
    """

    def __init__(
        self, text: str, raw: str, start: int, end: int, hits: Sequence[CueHit]
    ) -> None:
        self.text, self.raw, self.start, self.hits = text, raw, start, hits
        while end > start and text[end - 1] in " \n.!":
            end -= 1
        self.end = end
        self.marks = self._marks()
        self._starts = [mark.start for mark in self.marks]

    def _marks(self) -> list[Mark]:
        marks = [
            Mark(hit.start, hit.end, hit.cue.reach)
            for hit in self.hits
            if hit.cue.category == "termination"
        ]
        # a conjunction or colon within a cue is the cue's own
        hits = iter(self.hits)
        hit = next(hits, None)
        for found in _PUNCTUATION.finditer(self.text, self.start, self.end):
            start, end = found.span()
            while hit is not None and hit.end <= start:
                hit = next(hits, None)
            if hit is None or start < hit.start:
                marks.append(Mark(start, end, _KIND.get(found.group(), "stop")))
        marks.sort()
        return marks

    def reaches(self, hit: CueHit) -> list[Reach]:
        """Where a cue bears on."""
        cue = hit.cue
        out = []
        if cue.reach == "cell":
            cell = self._cell(hit)
            return [cell] if cell else []
        if cue.between:
            return [Reach(hit.since, hit.start, hit)]
        if cue.reach == "year" and not self._year_near(hit):
            return []
        forward, backward = self._directions(hit)
        if forward:
            end, holes = self.forward(hit)
            out.append(Reach(hit.end, end, hit, False, tuple(holes)))
        if backward:
            out.append(Reach(self.backward(hit), hit.start, hit, True))
        return out

    def _directions(self, hit: CueHit) -> tuple[bool, bool]:
        """Which way a cue looks, seeing the words that follow it."""
        cue = hit.cue
        if cue.category == "negated" and cue.backward and not cue.forward:
            # 'il n'est pas vu d'embole', 'n'a pas objective de lesion'
            found = bool(_OBJECT.match(self.text, hit.end))
            return found, not found
        if cue.forward and cue.backward and cue.reach == "phrase":
            # 'une possible recidive', 'recidive possible du sein'
            found = not _NO_NOUN.match(self.text, hit.end, self.end)
            return found, not found
        return cue.forward, cue.backward

    def forward(self, hit: CueHit) -> tuple[int, list[tuple[int, int]]]:
        """End of the reach after a cue, and the brackets it leaves out."""
        cue, reach = hit.cue, hit.cue.reach
        if cue.category == "family":
            return self._family_end(hit), []
        limit = self._word_limit(hit.end, cue.words)
        wide = reach in ("sentence", "line")
        holes: list[tuple[int, int]] = []
        first = self._item_kind(hit.end, hit)
        last_break = 0
        skip_to = hit.end
        relative = -1
        for mark in islice(self.marks, bisect_left(self._starts, hit.end), None):
            if mark.start >= limit:
                break
            if mark.start < skip_to:
                continue
            kind = mark.kind
            if kind == "relative":
                relative = mark.start
            elif kind == "(":
                close = self._close(mark)
                if not wide and (reach == "phrase" or not self._is_list(mark.end, close)):
                    holes.append((mark.start, close))
                skip_to = close + 1
            elif kind == ")" or kind == "stop" or kind == "break":
                if kind == "break" and (
                    (wide and not self.text.startswith("mais", mark.start))
                    or not self.text[hit.end : mark.start].strip()
                ):
                    continue
                return mark.start, holes
            elif kind == "turn" and relative >= 0:
                return relative, holes
            elif kind in ("verb", "turn"):
                if relative >= 0 or wide or not self.text[hit.end : mark.start].strip():
                    relative = -1
                    continue
                return last_break or mark.start, holes
            elif wide or kind == "family":
                continue
            elif kind == ":":
                if self.text[hit.end : mark.start].strip():
                    return mark.start, holes
                first = None
            elif reach == "phrase":
                return mark.start, holes
            elif kind == "dash":
                if reach == "list" and cue.category == "negated":
                    return mark.start, holes
            else:
                if not self._goes_on(mark, first, reach):
                    return mark.start, holes
                last_break = mark.start
        return min(limit, self.end), holes

    def backward(self, hit: CueHit) -> int:
        """Start of the reach before a cue."""
        cue, reach = hit.cue, hit.cue.reach
        if cue.category == "family" or reach == "sentence":
            return self._family_start(hit)
        reach = "phrase" if reach == "year" else reach
        floor = self._word_limit(hit.start, -cue.words) if cue.words else self.start
        at = hit.start  # left end of what has been seen to belong to the cue itself
        colon = verb = False
        index = bisect_left(self._starts, hit.start) - 1
        while index >= 0:
            mark = self.marks[index]
            if mark.end <= floor:
                break
            kind = mark.kind
            bare = self._only_small_words(mark.end, at)
            if kind == ")":
                index = self._open_index(index)
            elif kind == "(" and bare and at == hit.start:
                at = mark.start  # 'leuproreline (poursuivie)'
            elif kind == ":":
                if not bare or colon:
                    return mark.end
                colon, at = True, mark.start
            elif kind in ("verb", "turn"):
                if verb or not bare:
                    return mark.end
                verb, at = True, mark.start
            elif kind == "relative" and bare and verb:
                verb, at = False, mark.start  # 'une anemie, qui s'est resolue'
            elif kind == "break" and cue.category == "historical" and reach == "clause":
                pass  # 'hypersudation sous irinotecan, non revue depuis'
            elif kind in ("stop", "break", "(", "relative"):
                return mark.end
            elif kind == "," and bare and at != hit.start:
                at = mark.start  # ', un temps redoutee, a ete ecartee'
            elif kind == "," and not (colon or reach == "clause" or self._short(mark, hit)):
                return mark.end
            elif kind == "dash" and reach != "clause":
                return mark.end
            elif reach == "phrase" and not colon and kind in ("et", ","):
                return mark.end
            index -= 1
        return max(floor, self.start)

    def nearest_item(self, spans: list[S], hit: CueHit) -> list[S]:
        """Of spans before a cue those in the item next to it: 'ADP inguinale, mobile, suspecte'
        says nothing of what the sentence named before."""
        floor = self.start
        nearest = spans[-1].start
        for mark in self.marks:
            if mark.start >= nearest:
                break
            if mark.kind == "," and mark.end > floor:
                floor = mark.end
        return [span for span in spans if span.start >= floor]

    # -- parts ---------------------------------------------------------------------------

    def _goes_on(self, mark: Mark, first: str | None, reach: str) -> bool:
        """Whether the list under a cue goes on after a comma or a conjunction."""
        if mark.kind == "ou" or reach == "clause":
            return True
        item = self._item_kind(mark.end)
        if item in ("de", "dela") and first in ("un", "le", None, "de", "dela"):
            return True
        if item is not None:
            return item in _LIKE[first]
        nearest = self._next_start(mark.end)
        text = self.text[mark.end : nearest]
        words = _WORD.findall(text)
        if not words or _DIGIT.search(text):
            # ', et': the conjunction decides
            return not words and nearest < self.end
        if mark.kind == "et":
            return True
        if self._closed_by_or(mark.end):
            return len(words) <= _LONG_ITEM_WORDS
        return len(words) <= _SHORT_ITEM_WORDS or (
            len(words) <= 3 and bool(_ADJECTIVE.match(text))
        )

    def _item_kind(self, position: int, hit: CueHit | None = None) -> str | None:
        if hit is not None:
            tail = self.text[hit.start : hit.end].rsplit(" ", 1)[-1]
            if tail in ("de", "d'", "du", "des", "aucun", "aucune") or tail.endswith("d'"):
                return "de"
        match = _ITEM.match(self.text, position, self.end)
        return match.lastgroup if match else None

    def _next_start(self, position: int) -> int:
        index = bisect_left(self._starts, position)
        return self._starts[index] if index < len(self._starts) else self.end

    def _closed_by_or(self, position: int) -> bool:
        """Whether a list of bare items ends with 'ni' or 'ou', so that it is one list."""
        for mark in self.marks[bisect_left(self._starts, position) :]:
            if mark.kind == "ou":
                return True
            if mark.kind != ",":
                return False
        return False

    def _close(self, opening: Mark) -> int:
        for mark in self.marks[bisect_left(self._starts, opening.end) :]:
            if mark.kind == ")":
                return mark.start
        return self.end

    def _open_index(self, index: int) -> int:
        while index > 0 and self.marks[index].kind != "(":
            index -= 1
        return index

    def _is_list(self, start: int, end: int) -> bool:
        """Whether a bracket only enumerates: no figure, no verb, no cue."""
        if _DIGIT.search(self.text, start, end):
            return False
        return not any(start <= hit.start < end for hit in self.hits)

    def _short(self, mark: Mark, hit: CueHit) -> bool:
        return self.text[hit.start : hit.end] == "?" and mark.start - self.start < 60

    def _only_small_words(self, start: int, end: int) -> bool:
        """Whether nothing but adverbs and the like stands between two offsets."""
        words = _WORD.findall(self.text, start, end)
        return len(words) <= 3 and all(
            word in _SMALL_WORDS or word.startswith("s'") or word.endswith("ment") for word in words
        )

    def _word_limit(self, position: int, words: int) -> int:
        if not words:
            return self.end
        if words < 0:
            found = list(_WORD.finditer(self.text, self.start, position))[words:]
            return found[0].start() if found else position
        for number, word in enumerate(_WORD.finditer(self.text, position, self.end), 1):
            if number == words:
                return word.end()
        return self.end

    def _family_end(self, hit: CueHit) -> int:
        for mark in self.marks[bisect_left(self._starts, hit.end) :]:
            if mark.kind == "family" or (mark.kind == ")" and self._inside_bracket(hit)):
                return mark.start
        return self.end

    def _family_start(self, hit: CueHit) -> int:
        for mark in reversed(self.marks[: bisect_left(self._starts, hit.start)]):
            if mark.kind in ("family", "stop"):
                return mark.end
        return self.start

    def _inside_bracket(self, hit: CueHit) -> bool:
        for mark in reversed(self.marks[: bisect_left(self._starts, hit.start)]):
            if mark.kind in ("(", ")"):
                return mark.kind == "("
        return False

    def _year_near(self, hit: CueHit) -> bool:
        stop = min(self.end, hit.end + 60)
        return bool(_YEAR.search(self.text, hit.end, stop))

    def _cell(self, hit: CueHit) -> Reach | None:
        """The reach of 'non' or '0' as the value of a table cell or after a colon."""
        text = self.text
        if not _CELL_RIGHT.match(text, hit.end):
            return None
        left = hit.start
        floor = max(self.start, hit.start - 120)
        while left > floor and text[left - 1] in " :=.|_*-\t":
            left -= 1
        gap = text[left : hit.start]
        if not gap:
            return None
        start = floor
        for found in _CELL_BREAK.finditer(text, floor, left):
            start = found.end()
        if not (_ROW_GAP.fullmatch(gap) or "\t" in self.raw[left : hit.start]):
            if gap != " " or not text[hit.end - 1].isdigit():
                return None
            start = max(start, left - 1)  # 'thrombopenie 0': the word before alone
        elif ":" in gap or "=" in gap:
            start = max(start, self._after_last_value(floor, left))
        return Reach(start, left, hit, True)

    def _after_last_value(self, floor: int, left: int) -> int:
        """'Toux : oui, fievre, dyspnee : non': where the terms that share the value begin."""
        start = floor
        comma = floor
        for mark in self.marks:
            if mark.start >= left:
                break
            if mark.kind == ",":
                comma = mark.end
            elif mark.kind == "stop":
                start = mark.end
            elif mark.kind == ":":
                start = mark.end
        return max(start, floor) if start >= comma else start


_SMALL_WORDS = frozenset(
    "a ont est sont ete etre plus pas donc ainsi bien encore deja toutefois cependant tres peu n ne "
    "reste restent parait semble jamais depuis avait etait avaient etaient se s".split()
)
