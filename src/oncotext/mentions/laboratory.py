"""Laboratory values and simple facts with the grade that CTCAE v5.0 (2017) gives them.

'Hb 7,8 g/dL' is anaemia of grade 3 though the report does not say so. What is read is kept apart
from what is stated: values make no mentions, they are in ``doc._.laboratory``. A value counts
where the report finds it in the patient now: not as a target ('objectif Hb > 10') or a condition
('si PNN < 1'), not denied, not of a relative, of another fluid than blood or of the history.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from spacy.language import Language
from spacy.tokens import Doc

from oncotext.language.annotations import (
    LaboratoryData,
    data_of,
    register_extensions,
    sections_of,
)
from oncotext.language.component import Component
from oncotext.language.factories import factory
from oncotext.language.view import TextView, view_of
from oncotext.lexicon import Concept, concept_matcher, load_concepts
from oncotext.matching.automaton import Hit
from oncotext.mentions.laboratory_context import Context
from oncotext.mentions.laboratory_counts import percentage, stools
from oncotext.mentions.laboratory_rules import Analyte, Grading, analytes, grading, read_analytes
from oncotext.mentions.laboratory_values import Value, ValueReader, with_limits, words

_MOST_COLUMNS = 12
# How far before and behind a name its number may stand.
_BEFORE, _AFTER = 40, 90
_DIGIT = re.compile(r"\d")
_JOIN = re.compile(r" ?(?:/|-|et|,? ?\( ?|\+) ?")
_DAY = r"(?:j ?\d{1,3}|c\d{1,2}(?: ?j\d{1,2})?|\d{1,2}[/.]\d{1,2}(?:[/.](?:20)?\d\d)?)(?![\d/])"
_DATED = re.compile(rf"(?: ?\( ?| )(?:le |a |au |du |en )?{_DAY}(?: ?\))?")
# 'passée de 90 à 180 µmol/L'
_FROM = r"pass(?:ee?s?|ant) de \d[\d.,]{0,6}(?: ?[a-z/%0-9]{1,8})?(?= a )"
_ARROW = re.compile(r" ?(?:-{1,2}>|=>|\x1a| puis (?:a )?| remonte a | passe a )[ ]?")
_COLUMN = re.compile(r"(?: {1,40}| ?\| ?)(?=\d|[<>])")
_COMMA = re.compile(r"(?: ?,| ?;| et| puis)(?: a)? (?=\d)")
_AND = re.compile(r" ?(?:/|et|-) ?")


class LaboratoryPipe(Component):
    """Finds values and grades them; needs no other pipe, but leaves out those of sections of
    history only where ``oncotext.sections`` ran before it.

    Parameters
    ----------
    name : str
    lexicon : sequence of str
        Files of the user's own in the form of ``laboratory.tsv``, for example with the limits
        of their laboratory; a line with the id of a shipped one takes its place.
    """

    def __init__(self, name: str, *, lexicon: Sequence[str] = ()) -> None:
        super().__init__(name)
        register_extensions()
        # compiled with the other lexicons, before the first text
        self._matcher = concept_matcher("laboratory", lexicon)
        known = read_analytes(load_concepts("laboratory", lexicon)) if lexicon else analytes()
        self._exact = {name: analyte.exact for name, analyte in known.items() if analyte.exact}
        self._reader = _Reader(ValueReader(), known, grading())

    def __call__(self, doc: Doc) -> Doc:
        view = view_of(doc)
        hits = self._named(view)
        context = Context(view, sections_of(doc))
        data_of(doc)["laboratory"] = list(self._reader.read(view, hits, context)) if hits else []
        return doc

    def _named(self, view: TextView) -> list[Hit[Concept]]:
        """The names of quantities with a number near; 'mg' is none, 'Mg' may be."""
        text, exact = view.text, self._exact
        return [
            hit
            for hit in self._matcher.find(view)
            if (hit.value.id not in exact or text[hit.start : hit.end] in exact[hit.value.id])
            and _DIGIT.search(text, max(0, hit.start - _BEFORE), hit.end + _AFTER)
        ]


class _Reader:
    """Joins names and values, and grades them."""

    def __init__(self, values: ValueReader, known: dict[str, Analyte], rules: Grading) -> None:
        self._values, self._known, self._rules = values, known, rules
        self._gap = re.compile(
            r"\)?(?: ?[(\[](?P<inside>[^()\[\]\n]{1,24})[)\]])?"
            rf"(?P<words>(?: {{1,60}}|\n|[:=|(]|\.{{2,60}}|{words('gap')}(?![a-z0-9]|')"
            rf"|(?:le |du |au ){_DAY}|{_FROM}){{0,10}})"
        )

    def read(
        self, view: TextView, hits: Sequence[Hit[Concept]], context: Context
    ) -> Iterator[LaboratoryData]:
        """The values of a text in its order, no two overlapping."""
        folded, end, index = view.folded, 0, 0
        spans = [(view.to_folded(hit.start), view.to_folded(hit.end)) for hit in hits]
        while index < len(hits):
            group = self._group(folded, hits, spans, index)
            start = spans[index][0]
            index += len(group)
            named = [self._known.get(hit.value.id) for hit in group]
            found = self._found(view, spans[index - len(group) : index], named, end)
            taken = end
            for number, (analyte, value, earlier) in enumerate(found):
                if value.start < taken:
                    continue
                # of several values the first has the name with it
                first = value.start if number else min(start, value.start)
                end = max(end, value.end)
                if context.excludes(min(start, value.start), value.end, analyte.code):
                    continue
                if value.open and context.leads_to_action(value.end):
                    continue
                past = earlier or context.is_past(first, value.end, analyte.code)
                yield self._entry(view, first, analyte, value, past)

    def _group(
        self, folded: str, hits: Sequence[Hit[Concept]], spans: list[tuple[int, int]], first: int
    ) -> Sequence[Hit[Concept]]:
        """Names that share their values: 'ASAT/ALAT'."""
        last = first
        while last + 1 < len(hits) and spans[last + 1][0] - spans[last][1] <= 4:
            if not _JOIN.fullmatch(folded, spans[last][1], spans[last + 1][0]):
                break
            last += 1
        return hits[first : last + 1]

    def _found(
        self,
        view: TextView,
        spans: list[tuple[int, int]],
        named: list[Analyte | None],
        taken: int,
    ) -> Iterator[tuple[Analyte, Value, bool]]:
        """Each value of a group of names, with its quantity and whether a later one replaces it."""
        folded = view.folded
        known = [analyte for analyte in named if analyte is not None]
        if not known or len(known) < len(named):
            return
        start, end = spans[0][0], spans[-1][1]
        same = len({analyte.code for analyte in known}) == 1
        if len(known) > 1 and not same:
            yield from self._shared(folded, end, known)
            return
        analyte = known[-1]
        if analyte.count or analyte.reach:
            read = stools if analyte.count else percentage
            value = read(folded, start, end, analyte)
            if value is not None and value.start >= taken:
                yield analyte, value, False
            return
        before = self._values.before(folded, start, end, analyte)
        if before is not None and before.start < taken:
            before = None
        if before is not None and folded[:start].rstrip(" \n").endswith(("de", "d'")):
            yield analyte, before, False
            return
        values = list(self._series(view, end, analyte))
        if not values and before is not None:
            values = [(before, False)]
        for value, earlier in values:
            yield analyte, value, earlier

    def _first(self, folded: str, end: int, analyte: Analyte) -> Value | None:
        """The value behind a name, past what may stand between."""
        gap = self._gap.match(folded, end)
        if gap is None or gap["words"].count("\n") > 1:
            return None
        unit, content = None, ""
        if gap["inside"]:
            unit, content = self._values.inside(folded, *gap.span("inside"), analyte)
        between = "entre" in gap["words"]
        value = self._values.after(folded, gap.end(), analyte, unit, between)
        if value is None and gap["inside"] and not unit:
            # 'PNN (0,7 G/L)'
            return self._values.after(folded, gap.start("inside"), analyte, None, between)
        if value is not None and content and not unit:
            value = with_limits(value, content, analyte, self._values)
        if value is not None and re.search(r"\bnormale?\b", gap["words"]):
            value = replace(value, normal=True)
        return value

    def _series(self, view: TextView, end: int, analyte: Analyte) -> Iterator[tuple[Value, bool]]:
        """The values behind a name: of several dates or columns each, of an arrow the last."""
        folded = view.folded
        value = self._first(folded, end, analyte)
        if value is None:
            return
        for _ in range(_MOST_COLUMNS):
            dated = _DATED.match(folded, value.end)
            at = dated.end() if dated else value.end
            arrow, column = _ARROW.match(folded, at), _column(view, at)
            comma = _COMMA.match(folded, at) if dated else None
            link = arrow or column or comma
            unit = value.unit if value.unit in analyte.units else None
            later = self._next(folded, link.end(), analyte, unit) if link else None
            if later is not None and comma and not (arrow or column):
                later = later if _DATED.match(folded, later.end) else None
            if later is None:
                break
            yield value, arrow is not None
            value = later
        yield value, False

    def _next(self, folded: str, at: int, analyte: Analyte, unit: str | None) -> Value | None:
        """A further value of a series: in the unit of the one before, or by its own size."""
        value = self._values.after(folded, at, analyte, unit, False)
        return value or self._values.after(folded, at, analyte, None, False)

    def _shared(
        self, folded: str, end: int, known: list[Analyte]
    ) -> Iterator[tuple[Analyte, Value, bool]]:
        """'ASAT/ALAT 3N/5N': a value each, or one of all."""
        gap = self._gap.match(folded, end)
        at = gap.end() if gap else end
        values: list[Value] = []
        for analyte in known:
            value = self._values.after(folded, at, analyte, None, False)
            if value is None:
                value = self._fraction(folded, at, analyte)
            if value is None:
                break
            values.append(value)
            link = _AND.match(folded, value.end)
            if link is None:
                break
            at = link.end()
        if len(values) == len(known):
            for analyte, value in zip(known, values, strict=True):
                yield analyte, value, False
        elif len(values) == 1:
            for analyte in known:
                yield analyte, values[0], False

    def _fraction(self, folded: str, at: int, analyte: Analyte) -> Value | None:
        """A number before the stroke that parts it from the next one's."""
        stroke = folded.find("/", at, at + 12)
        return self._values.after(folded[:stroke], at, analyte, None, False) if stroke > 0 else None

    def _entry(
        self, view: TextView, start: int, analyte: Analyte, value: Value, past: bool
    ) -> LaboratoryData:
        rule = None
        if not value.normal:
            rule = self._rules.least(analyte.code, value.low, value.high, value.unit, value.limits)
        end, text = value.end, view.folded
        if text.count("(", start, end) > text.count(")", start, end) and text[end : end + 1] == ")":
            end += 1
        first, last = view.to_raw(start), view.to_raw_end(end)
        entry: LaboratoryData = {
            "start": first,
            "end": last,
            "text": view.text[first:last],
            "analyte": analyte.code,
            "value": value.number,
            "unit": value.unit,
            "term": rule.term if rule else None,
            "grade": rule.grade if rule else None,
            "rule": rule.id if rule else None,
        }
        if past:
            entry["earlier"] = True
        return entry


def _column(view: TextView, at: int) -> re.Match[str] | None:
    """What parts the columns of a table: a tab, a stroke, blanks."""
    match = _COLUMN.match(view.folded, at)
    if match is None or match.end() - match.start() > 1:
        return match
    return match if view.text[view.to_raw(at)] in "\t|" else None


@factory("oncotext.laboratory", default_config={"lexicon": []})
def create(nlp: Language, name: str, lexicon: list[str]) -> LaboratoryPipe:
    """The pipe of laboratory values, for ``nlp.add_pipe("oncotext.laboratory")``."""
    return LaboratoryPipe(name, lexicon=lexicon)
