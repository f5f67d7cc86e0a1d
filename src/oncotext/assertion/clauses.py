"""A sentence cut into clauses, list items and brackets: where the reach of a cue may end.

All offsets are those of the folded text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice

from oncotext.assertion.cues import CueHit

Mark = tuple[int, int, str]
"""A place where a reach may end: start, end, kind. Kinds: ``, : ( )``, ``et``, ``ou``, ``dash``,
``stop``, and those of terminations."""

# each alternative begins with a character of its own, so that the search leaps to the next of them
_PUNCTUATION = re.compile(
    r",|;|:|\(|\)|\[|\]|->|=>|-(?<= -)(?= )"
    r"|e(?<!\we)t\b|o(?<!\wo)u\b|n(?<!\wn)i\b|v(?<!\wv)oire\b"
)
_KIND = {
    ",": ",", ":": ":", "(": "(", "[": "(", ")": ")", "]": ")", "-": "dash",
    "et": "et", "ou": "ou", "ni": "ou", "voire": "ou",
}  # fmt: skip

# What a coordinated item begins with.
_ITEM = re.compile(
    r"[\s-]*(?:(?P<de>d'(?!une? )|de (?!la |l')|du |des |sans |pas |aucune? |ni |comme de )"
    r"|(?P<dela>de la |de l')"
    r"|(?P<un>une? |d'une? |quelques |deux )"
    r"|(?P<le>les? |la |l'|sa |son |ses |ce |cet |cette |ces )"
    r"|(?P<other>par |pour |dans |en |a |au |aux |sur |selon |vers |non |tres |il |elle |on |plus |"
    r"bien |avec |date |soit |dont |d'allure |d'aspect |sous ))?"
)
# Given how the first item began, how the next may, to be one of the same list.
_LIKE: dict[str | None, tuple[str, ...]] = {
    "de": ("de", "dela"),
    "dela": ("de", "dela"),
    "un": ("un", "de", "dela"),
    "le": ("le", "un", "de", "dela"),
    "other": (),
    None: ("de", "dela"),
}
_ADJECTIVE = re.compile(r"\s*[\w-]*(?:iques?|aires?|iennes?|ales?|aux|euses?|eux)\b")
_WORD = re.compile(r"[\w'-]+")
_DIGIT = re.compile(r"\d")
_DE = ("de", "du", "des", "aucun", "aucune")

_SHORT_ITEM_WORDS = 2
_ADJECTIVE_ITEM_WORDS = 3
_LONG_ITEM_WORDS = 6
_NEAR = 6  # characters

_SMALL_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a ont est sont ete etre plus pas donc ainsi bien encore deja toutefois cependant tres peu "
        "n ne reste restent parait semble jamais depuis avait etait avaient etaient se s",
    )
)


class Sentence:
    """A sentence with its cues.

    Parameters
    ----------
    text : str
        The folded text as a whole.
    raw : str
        The same with its tabs.
    start, end : int
        Offsets of the sentence.
    hits : sequence of CueHit
        Its cues, terminations included, in order.
    """

    def __init__(self, text: str, raw: str, start: int, end: int, hits: Sequence[CueHit]) -> None:
        self.text, self.raw, self.start, self.hits = text, raw, start, hits
        while end > start and text[end - 1] in " \n.!":
            end -= 1
        self.end = end

    @cached_property
    def marks(self) -> list[Mark]:
        """Punctuation, conjunctions and terminations in order."""
        marks = [
            (start, end, cue.reach)
            for start, end, cue, _ in self.hits
            if cue.category == "termination"
        ]
        # a conjunction or colon within a cue is the cue's own
        hits = iter(self.hits)
        hit = next(hits, None)
        for found in _PUNCTUATION.finditer(self.text, self.start, self.end):
            start, end = found.span()
            while hit is not None and hit.end <= start:
                hit = next(hits, None)
            if hit is None or start < hit.start:
                marks.append((start, end, _KIND.get(found.group(), "stop")))
        marks.sort()
        return marks

    def after(self, position: int) -> Iterator[Mark]:
        """The marks from an offset on."""
        return islice(self.marks, self.index(position), None)

    def before(self, position: int) -> Iterator[Mark]:
        """The marks before an offset, the nearest first."""
        marks = self.marks
        return (marks[i] for i in range(self.index(position) - 1, -1, -1))

    def index(self, position: int) -> int:
        """Index of the first mark at or after an offset."""
        return bisect_left(self.marks, (position,))

    # -- lists ---------------------------------------------------------------------------

    def item_kind(self, position: int, hit: CueHit | None = None) -> str | None:
        """What the item at an offset begins with; the first item's 'de' may end its cue."""
        if hit is not None:
            tail = self.text[hit.start : hit.end].rsplit(" ", 1)[-1]
            if tail in _DE or tail.endswith("d'"):
                return "de"
        match = _ITEM.match(self.text, position, self.end)
        return match.lastgroup if match else None

    def goes_on(self, mark: Mark, first: str | None) -> bool:
        """Whether the list under a cue goes on after a comma or a conjunction.

        Items begin alike ('de fievre, de toux'); bare ones must be short, or the list end
        with 'ni' or 'ou' ('metastase hepatique, surrenalienne ni osseuse').
        """
        _, end, kind = mark
        if kind == "ou":
            return True
        item = self.item_kind(end)
        if item is not None:
            return item in _LIKE[first]
        index = self.index(end)
        stop = self.marks[index][0] if index < len(self.marks) else self.end
        text = self.text[end:stop]
        words = _WORD.findall(text)
        if not words:
            return stop < self.end  # ', et': the conjunction decides
        if _DIGIT.search(text):
            return False
        if kind == "et":
            return True
        if self._closed_by_or(index):
            return len(words) <= _LONG_ITEM_WORDS
        most = _ADJECTIVE_ITEM_WORDS if _ADJECTIVE.match(text) else _SHORT_ITEM_WORDS
        return len(words) <= most

    def _closed_by_or(self, index: int) -> bool:
        for _, _, kind in islice(self.marks, index, None):
            if kind != ",":
                return kind == "ou"
        return False

    # -- brackets ------------------------------------------------------------------------

    def close_of(self, opening: Mark) -> int:
        """Offset of the bracket that closes."""
        for start, _, kind in self.after(opening[1]):
            if kind == ")":
                return start
        return self.end

    def open_of(self, index: int) -> int:
        """Index of the bracket that opens, of the closing one at an index."""
        while index > 0 and self.marks[index][2] != "(":
            index -= 1
        return index

    def in_bracket(self, hit: CueHit) -> bool:
        """Whether a cue stands in brackets."""
        for _, _, kind in self.before(hit.start):
            if kind in ("(", ")"):
                return kind == "("
        return False

    def is_enumeration(self, start: int, end: int) -> bool:
        """Whether a bracket only enumerates: no figure, no cue."""
        if _DIGIT.search(self.text, start, end):
            return False
        return not any(start <= hit.start < end for hit in self.hits)

    def supposes(self, position: int) -> bool:
        """Whether a supposition follows at once: 'qui pourrait', 'dont on suspecte'."""
        return any(
            hit.cue.category == "hypothetical" and 0 <= hit.start - position < _NEAR
            for hit in self.hits
        )

    # -- words ---------------------------------------------------------------------------

    def only_small_words(self, start: int, end: int) -> bool:
        """Whether nothing but auxiliaries and adverbs stands between two offsets."""
        words = _WORD.findall(self.text, start, end)
        return len(words) <= 3 and all(
            word in _SMALL_WORDS or word.startswith("s'") or word.endswith("ment") for word in words
        )

    def words_after(self, position: int, count: int) -> int:
        """Offset after ``count`` words; the sentence's end where ``count`` is 0."""
        if count:
            for number, word in enumerate(_WORD.finditer(self.text, position, self.end), 1):
                if number == count:
                    return word.end()
        return self.end

    def words_before(self, position: int, count: int) -> int:
        """Offset before ``count`` words; the sentence's start where ``count`` is 0."""
        if not count:
            return self.start
        found = list(_WORD.finditer(self.text, self.start, position))[-count:]
        return found[0].start() if found else position

    def item_start(self, position: int) -> int:
        """Start of the comma-separated item that holds an offset."""
        for _, end, kind in self.before(position):
            if kind == ",":
                return end
        return self.start
