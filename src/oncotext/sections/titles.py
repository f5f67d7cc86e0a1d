"""Where titles may stand: lines that begin with the words of a title or of a content cue.

One expression made of all literals of ``section_titles.tsv`` looks at the start of each line;
what follows the words tells a title ('Examen clinique :') from a sentence.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, get_args

from oncotext.errors import LexiconError
from oncotext.language.view import TextView
from oncotext.lexicon.loader import Cue, load_cues, without_ids
from oncotext.report import ReportType, SectionLabel
from oncotext.sections.patterns import literal_keys, normal_key, scan_key, trie_pattern

SUBTITLE = "subtitle"
CONTENT = frozenset(["sentence", "paragraph", "sign"])
DIRECTIONS = frozenset(["any", "line", "inline", "item", "mixed", *CONTENT])
_CATEGORIES = frozenset([*get_args(SectionLabel), SUBTITLE])
_KINDS = frozenset(get_args(ReportType))

# bullets, Markdown marks, numbers ('1.', '2)', 'II -', 'A/', '3 fragments') before the words
_MARKS = (
    r"\n([ >*#_\"~-]*+(?:(?:[a-h]|[ivxo\d]{1,4}) ?[.)/°]-? *|[ivx]+ +- *|[io\d]{1,2} )?[ *_]*+)"
)
# titles inside a text that lost its line breaks
_INSIDE = r"(?:\n|(?<=[.;]) |(?<! ) {2,}+)([ *_-]*+)"
_FLAT = 600  # characters a line of such a text
_QUALIFIER = r"[ ,*_-]*(?:\([^()\n]*\)|\b(?:du|le|au|ce|jour|de|a|et|[jc]\d{1,2}|\d[\d/.o-]*)\b)"
_TAIL = re.compile(
    rf"(?P<line>(?:{_QUALIFIER}){{0,6}}[ *_:.-]*+(?:\n|\Z))"
    r"|(?P<inline>(?:[^:=\n.;(]{0,48}+(?:\([^()\n]{0,90}+\)|\.(?=\d))){0,2}+"
    r"[^:=\n.;(]{0,48}+[:=](?!\d\d\b))"
    r"|(?P<stop>\. )"
    r"|(?P<free>(?:[^\n.;(]{0,48}+(?:\([^()\n]{0,90}+\))){0,2}+[^\n.;(]{0,48}+(?:\n|\Z))"
    r"|(?P<bare> *)"
)
_USUAL_TAIL = re.compile(r" ?+:? *+(\n|\Z)?+")
_RULE = re.compile(r"\n *[-=_~]{4,} *(?:\n|\Z)")

# strong evidence of a title that no lexicon knows: Markdown, a number in the sequence of titles,
# or capitals set apart by a blank line
_UNKNOWN = re.compile(
    r"\n(?P<marks>[ \t]*+(?:#{1,4}[ \t]+|\*\*(?=[^*\n]{3,60}\*\*[ \t]*+:?[ \t]*+\n)"
    r"|\d{1,2} ?[./)] ?(?=[A-ZÀ-Þ][^\n\d.,;:()]{3,40}\n)))"
    r"(?P<marked>\w[^\n*]{2,60})"
    r"|\n[ \t]*+\n[ \t]*+(?P<capitals>[A-ZÀ-Þ][A-ZÀ-Þ '’/-]{4,50}[A-ZÀ-Þ])[ \t]*+:?[ \t]*+\n"
    r"(?=[ \t]*+\S)"
)


class Title(NamedTuple):
    """A line of the title file, its scope read.

    Attributes
    ----------
    kinds : frozenset of str
        The report types where it holds.
    phase : str
        ``early`` (before the illness is told), ``late`` or empty.
    run : bool
        Whether its text may follow on the line without a sign: 'Mode de vie vit seule'.
    capitals : bool
        An abbreviation that counts only as it is written in the file.
    """

    id: str
    category: str
    literal: str
    direction: str
    kinds: frozenset[str]
    phase: str
    run: bool
    capitals: bool


class Candidate(NamedTuple):
    """A place that may start a section. Offsets are of the folded text.

    Attributes
    ----------
    start, end : int
        The words of the title or cue.
    form : str
        ``line``, ``inline``, ``stop``, ``free`` or ``bare``: what follows the words.
    body : int
        Where what follows the title begins.
    titles : list of Title
        The lines of the lexicon that these words stand for, in its order.
    marks : str
        Bullet, number or Markdown marks before the words.
    blank, ruled : bool
        After a blank line; underlined.
    """

    start: int
    end: int
    form: str
    body: int
    titles: list[Title]
    marks: str
    blank: bool
    ruled: bool


_OTHER = Title("unknown", "other", "", "line", _KINDS - {"imaging"}, "", False, False)


class TitleFinder:
    """Finds candidates with the titles of a list of cues.

    Parameters
    ----------
    cues : iterable of Cue
        In order of precedence.
    """

    def __init__(self, cues: Iterable[Cue]) -> None:
        self._titles: dict[str, list[Title]] = defaultdict(list)
        for cue in cues:
            title = _title(cue)
            for key in literal_keys(cue.literal):
                self._titles[key].append(title)
        self._unspaced = {_unspaced(key): titles for key, titles in self._titles.items()}
        words = trie_pattern(self._titles)
        self._lines = re.compile(f"{_MARKS}({words})")
        self._flat = re.compile(f"{_INSIDE}({words})")
        self._known: dict[str, list[Title]] = {}

    def find(self, view: TextView) -> list[Candidate]:
        """The candidates of a text, in its order."""
        folded = view.folded
        key = "\n" + scan_key(folded)
        flat = folded.count("\n") * _FLAT < len(folded) and len(folded) > _FLAT
        ruled = "\n--" in folded or "\n==" in folded or "\n__" in folded
        found = []
        for match in (self._flat if flat else self._lines).finditer(key):
            start, end = match.start(2) - 1, match.end(2) - 1
            if folded[end : end + 1].isalnum() and folded[end - 1].isalnum():
                end = self._boundary(view, key, match)
            titles = self._known.get(key[start + 1 : end + 1])
            if titles is None:
                titles = self._look_up(key[start + 1 : end + 1])
            if not titles:
                continue
            form, body = "bare", end
            if folded[end : end + 1].isalnum() and folded[end - 1].isalnum():
                form = "inline"  # glued to its text
            elif titles[0].direction not in CONTENT or len(titles) > 1:
                form, body = _tail(folded, end)
            line = match.start() - 1
            blank = line < 1 or folded[line - 1] == "\n" or _after_blank(folded, line)
            under = ruled and bool(_RULE.match(folded, body - 1))
            found.append(Candidate(start, end, form, body, titles, match.group(1), blank, under))
        return _with_unknown(view, found)

    def _boundary(self, view: TextView, key: str, match: re.Match[str]) -> int:
        """Where the words end if what was found ends inside a word; their start if nowhere."""
        start, end = match.start(2) - 1, match.end(2) - 1
        while not _glued(view, start, end):
            shorter = match.re.match(key, match.start(), end)
            if shorter is None or shorter.start(2) != start + 1:
                return start
            end = shorter.end(2) - 1
            if not (view.folded[end].isalnum() and view.folded[end - 1].isalnum()):
                break
        return end

    def _look_up(self, found: str) -> list[Title]:
        if len(self._known) > 10_000:
            self._known.clear()
        key = normal_key(found)
        titles = self._titles.get(key) or self._unspaced.get(_unspaced(key), [])
        self._known[found] = titles
        return titles


def _unspaced(key: str) -> str:
    """A normal form whose blanks were lost, and with them which s are those of a plural."""
    return key.replace(" ", "").replace("s", "")


def _with_unknown(view: TextView, found: list[Candidate]) -> list[Candidate]:
    """Candidates with the unknown titles among them."""
    unknown = []
    starts = [candidate.start for candidate in found]
    for match in _UNKNOWN.finditer(view.text):
        group = "capitals" if match.group("capitals") else "marked"
        start, end = map(view.to_folded, match.span(group))
        if bisect_left(starts, start) == bisect_left(starts, end):
            marks = match.group("marks") or ""
            unknown.append(Candidate(start, end, "line", end, [_OTHER], marks, True, False))
    return sorted([*found, *unknown]) if unknown else found


def _title(cue: Cue) -> Title:
    where = f"title {cue.id!r}"
    if cue.category not in _CATEGORIES:
        known = ", ".join(sorted(_CATEGORIES))
        raise LexiconError(f"{cue.category!r} is no section label.", where=where, remedy=known)
    if cue.direction not in DIRECTIONS:
        known = ", ".join(sorted(DIRECTIONS))
        raise LexiconError(f"{cue.direction!r} is no direction.", where=where, remedy=known)
    tokens = frozenset(cue.scope.split())
    phase = "".join(tokens & {"early", "late"})
    without = {token[1:] for token in tokens if token.startswith("!")}
    within = {token for token in tokens if not token.startswith("!")} - {"early", "late", "run"}
    if not within | without <= _KINDS:
        raise LexiconError(f"{cue.scope!r} is no scope.", where=where, remedy="See the file's top.")
    kinds = (frozenset(within) or _KINDS) - without
    capitals = len(cue.literal) <= 4 and cue.literal.isupper()
    run = "run" in tokens
    return Title(cue.id, cue.category, cue.literal, cue.direction, kinds, phase, run, capitals)


def _tail(folded: str, end: int) -> tuple[str, int]:
    """The form of what follows the words of a title, and where that ends."""
    tail = _USUAL_TAIL.match(folded, end)
    assert tail is not None
    if tail.lastindex:
        return "line", tail.end()
    if ":" in tail.group():
        return "inline", end + tail.group().index(":") + 1
    tail = _TAIL.match(folded, end)
    assert tail is not None
    assert tail.lastgroup is not None
    return tail.lastgroup, tail.end()


def _glued(view: TextView, start: int, end: int) -> bool:
    """A title that runs into its text: 'CONCLUSIONPas de', 'ConclusionPas de'."""
    title = view.text[view.to_raw(start) : view.to_raw(end)]
    after = view.text[view.to_raw(end) :][:2]
    if len(title) < 6 or not after[:1].isupper():
        return False
    return (title.isupper() and after[1:].islower()) or (title[0].isupper() and title[-1].islower())


def _after_blank(folded: str, newline: int) -> bool:
    """Whether the line that a break ends holds only blanks."""
    at = newline - 1
    while at >= 0 and folded[at] == " ":
        at -= 1
    return at < 0 or folded[at] == "\n"


@lru_cache(maxsize=8)
def title_finder(extra: tuple[str | Path, ...] = (), without: tuple[str, ...] = ()) -> TitleFinder:
    """The finder of the shipped titles, those of users' own files first, some left out."""
    return TitleFinder(without_ids(load_cues("section_titles", extra), without, "title"))
