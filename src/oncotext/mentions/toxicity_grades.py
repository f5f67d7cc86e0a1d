"""The grades that a report states of its adverse events: 'G2', 'grade 1-2', a cell of a table."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from oncotext.language.sentences import sentence_around
from oncotext.language.view import TextView
from oncotext.lexicon import Concept
from oncotext.matching.automaton import Hit

_VALUE = r"(?P<grade>[0-5]|iv|i{1,3}|v|l)(?:\s?(?:-|/|a)\s?(?P<upper>[1-5](?![.,]?\d)|iv|i{1,3}))?"
_GRADE = re.compile(
    rf"(?:\b(?:grades?|gr\.?|ctcae|nci(?:[ -]ctcae?)?)\s?(?:ctcae\s?)?(?:v\.?5(?:\.0)?)?\s?[:=]?\s?"
    rf"|\bg\s?){_VALUE}\b"
)
# A table or dotted line: '..... 3', ': 2', '| 1 |', two blanks or a tab and a digit.
_CELL = re.compile(
    r"[^.:|\n]{0,60}?(?:\.{3,}|…+|\s:|:|\||\.?\t|  )\s*(?P<grade>[0-5])"
    r"(?=\s*(?:$|[\n|;,(\t]|  |/))"
)
# A digit alone after the term, where the section is about tolerance: 'alopécie 1.'
_DIGIT = re.compile(r" (?P<grade>[0-4])(?=[.,;)\n]| \(|$)")
_GRADE_BEFORE = re.compile(
    rf"(?:\bgrade|\bgr\.?|\bg)\s?{_VALUE}\s?(?P<sign>[:\-])?(?:de |d')?\s*(?:type )?$"
)
_COORDINATION = re.compile(
    r"[ ,/+&]*\n?(?:et|ou|avec|associee? a)?[ ]*(?:une?|des|de|d'|la|le|les|l')?[ ]*"
)
_SEGMENT_END = re.compile(r"[,;]")
_GRADE_NEXT = re.compile(r" *(?:[a-z]+ ){0,2}(?=grade|gr\b|g ?[0-5]\b)")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "l": 1}
_REACH = 70

# A grid whose columns are the grades: '0  1  2  3  4' above, a cross below one of them.
_GRID = re.compile(r"\b0([ \t|]+)1[ \t|]+2[ \t|]+3[ \t|]+4\b")
_CROSS = re.compile(r"(?<![^\s|])[xX×✓✔✗☒*](?![^\s|])")


def stated_grades(
    view: TextView, hits: list[Hit[Concept]], sentences: list[int], tolerance: Sequence[bool]
) -> list[int | None]:
    """The grade of each term: its own, or that of the coordinated list it stands in.

    Parameters
    ----------
    hits : list of Hit
        The terms in the order of the text.
    tolerance : sequence of bool
        Whether a term stands in a section about tolerance, where a digit alone is a grade.
    """
    grades: list[int | None] = []
    grid = _Grid(view.text)
    read_until = 0
    for index, hit in enumerate(hits):
        first, last = sentence_around(sentences, hit.start, len(view.text))
        limit = min(hit.end + _REACH, last)
        if index + 1 < len(hits):
            limit = min(limit, hits[index + 1].start)
        grade, read_until = _own_grade(view, hit, max(first, read_until), limit, tolerance[index])
        grades.append(grid.grade(hit.end) if grade is None else grade)
    for index in range(len(hits) - 2, -1, -1):
        between = view.folded[
            view.to_folded(hits[index].end) : view.to_folded(hits[index + 1].start)
        ]
        if grades[index] is None and _COORDINATION.fullmatch(between):
            grades[index] = grades[index + 1]
    return grades


def _own_grade(
    view: TextView, hit: Hit[Concept], first: int, limit: int, tolerance: bool
) -> tuple[int | None, int]:
    """The grade stated of a term, and where what states it ends.

    Between ``first`` and ``limit`` in the text as given; the first grade of another term
    cannot be read again.
    """
    start = view.to_folded(hit.start)
    before = _GRADE_BEFORE.search(view.folded, max(view.to_folded(first), start - 25), start)
    # 'G1 hypertension, G2 diarrhée': not that of the next
    if before is not None and before["sign"] is None:
        return _highest(before), hit.end
    stated = _grades_after(view, hit, limit)
    if stated:
        return max(map(_highest, stated)), stated[-1].end()
    cell = _cell(view, hit, tolerance)
    if cell is not None:
        return int(cell["grade"]), cell.end()
    return (_highest(before) if before is not None else None), hit.end


def _highest(grade: re.Match[str]) -> int:
    return max(_value(value) for value in (grade["grade"], grade["upper"]) if value)


def _value(text: str) -> int:
    return _ROMAN[text] if text in _ROMAN else int(text)


def _grades_after(view: TextView, hit: Hit[Concept], limit: int) -> list[re.Match[str]]:
    """Grades after a term, up to the next segment unless that begins with one."""
    folded, end, stop = view.folded, view.to_folded(hit.end), view.to_folded(limit)
    segment = _SEGMENT_END.search(folded, end, stop)
    if (
        segment is not None
        and not _GRADE_NEXT.match(folded, segment.end())
        and "(" not in folded[end : segment.start()]
    ):
        stop = segment.start()
    # read beyond the stop, where '2,5 N' must be seen whole
    found = _GRADE.finditer(folded, end, view.to_folded(limit))
    return [grade for grade in found if grade.start() < stop]


def _cell(view: TextView, hit: Hit[Concept], tolerance: bool) -> re.Match[str] | None:
    """The cell of a table or dotted line after a term."""
    line_end = _found(view.text, "\n", hit.end)
    cell = _CELL.match(view.text, hit.end, min(line_end, hit.end + 100))
    if cell is None and tolerance:
        cell = _DIGIT.match(view.text, hit.end, min(line_end + 1, hit.end + 4))
    return cell


class _Grid:
    """A table whose columns are the grades 0 to 4, with a cross in one of them.

    Columns are told by their separators where there are tabs or bars, else by where the digits
    stand in the line above.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._heads = list(_GRID.finditer(text))
        self._starts = [head.end() for head in self._heads]
        # a blank line ends a table; not searched again where one before has found it
        self._ends: list[int] = []
        for start in self._starts:
            known = self._ends[-1] if self._ends else -1
            self._ends.append(known if known >= start else _found(text, "\n\n", start))

    def grade(self, end: int) -> int | None:
        """The grade of the row whose term ends there."""
        index = bisect_right(self._starts, end) - 1
        if index < 0 or end > self._ends[index]:
            return None
        cross = _CROSS.search(self._text, end, _found(self._text, "\n", end))
        return None if cross is None else self._column(self._heads[index], cross.start())

    def _column(self, head: re.Match[str], cross: int) -> int | None:
        text = self._text
        head_line = text.rfind("\n", 0, head.start()) + 1
        row_line = text.rfind("\n", 0, cross) + 1
        for sign in "\t|":
            if sign in head[1]:
                column = text.count(sign, row_line, cross) - text.count(
                    sign, head_line, head.start()
                )
                return column if 0 <= column <= 4 else None
        places = [head.start() - head_line + m.start() for m in re.finditer(r"\d", head[0])]
        return min(range(5), key=lambda grade: abs(places[grade] - (cross - row_line)))


def _found(text: str, sign: str, start: int) -> int:
    found = text.find(sign, start)
    return len(text) if found < 0 else found
