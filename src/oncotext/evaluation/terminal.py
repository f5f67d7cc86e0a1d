"""An evaluation as tables in a terminal. No word of a report is shown, only places and codes."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from oncotext.evaluation.assertion import ON_GIVEN_SPANS, ON_PAIRS
from oncotext.evaluation.bootstrap import Difference
from oncotext.evaluation.counting import Error, Key, Sheet
from oncotext.evaluation.linking import LINKING
from oncotext.evaluation.mentions import (
    BOUNDARY,
    DOCUMENTS,
    LINKED,
    MACRO_CODES,
    MENTION,
    MICRO,
    OVERLAP,
    STRICT,
)
from oncotext.evaluation.records import MICRO as RECORD_MICRO
from oncotext.evaluation.records import MULTI, RECORD, TUMORS
from oncotext.evaluation.result import FEW, Evaluation
from oncotext.evaluation.sections import LINE, LINE_ACCURACY, LINE_MACRO, START
from oncotext.evaluation.strata import BY_FREQUENCY, BY_NOVELTY, BY_REPORT_TYPE, BY_SECTION
from oncotext.evaluation.values import ATTRS, ORDINAL, TNM
from oncotext.linking.systems import SYSTEM_OF

_PLAIN_WIDTH = 100
_MOST_ERRORS = 10
_DIGITS = re.compile(r"\d+")
_FEW = "listed below"
_NOTHING = "–"
_CLEAR = 0.05
_COMPARED = (MENTION, MICRO, ON_PAIRS, RECORD, *RECORD_MICRO, *MULTI, TUMORS, START[0])
_MAIN: tuple[tuple[str, tuple[Key, ...]], ...] = (
    ("Assertion, on paired mentions", ((ON_PAIRS,),)),
    ("Assertion, on annotated spans", ((ON_GIVEN_SPANS,),)),
    ("Codes of annotated spans", tuple((LINKING, label, "all") for label in SYSTEM_OF)),
    ("Sections", (LINE_ACCURACY, LINE_MACRO, START)),
    ("Record", ((RECORD,), RECORD_MICRO, MULTI)),
    ("Tumours, right in", ((TUMORS,),)),
)
_DETAILS: tuple[tuple[str, tuple[Key, ...]], ...] = (
    ("Assertion, on annotated spans, by label", ((f"{ON_GIVEN_SPANS}_by_label",),)),
    ("Codes of annotated spans, by group", ((LINKING,),)),
    ("Boundary, whatever the label", ((BOUNDARY,),)),
    ("Attributes", ((ATTRS,),)),
    ("TNM by component", ((TNM,),)),
    ("Grades: mean absolute error", ((ORDINAL,),)),
    ("Sets of codes of a report", ((DOCUMENTS,),)),
    ("F1, mean over codes", ((MACRO_CODES,),)),
    ("By section", ((BY_SECTION,),)),
    ("By report type", ((BY_REPORT_TYPE,),)),
    ("By frequency of the code", ((BY_FREQUENCY,),)),
    ("By novelty", ((BY_NOVELTY,),)),
    ("Lines by section", (LINE,)),
)


def tables(evaluation: Evaluation, *, details: bool = False) -> RenderableType:
    """Tables of an evaluation; ``details`` adds groups, values and codes."""
    parts: list[RenderableType] = [_headline(evaluation)]
    listed: list[Key] = []
    if any(key[0] == MENTION for key in evaluation.sheet.tallies):
        parts.append(_mention_table(evaluation, listed))
    else:
        details = True  # of annotated spans alone there is little to show
    for title, groups in (*_MAIN, *(_DETAILS if details else ())):
        keys = [key for group in groups for key in _shown(evaluation.sheet, group)]
        if keys:
            parts.append(_figure_table(evaluation, title, keys, listed))
    parts += _error_lists(evaluation.sheet, listed)
    if evaluation.differences:
        parts.append(_difference_table(evaluation.differences))
    if evaluation.timings:
        parts.append(_timing_table(evaluation))
    return Group(*parts)


def plain(renderable: RenderableType, width: int = _PLAIN_WIDTH) -> str:
    """What a terminal would show, without colours."""
    target = io.StringIO()
    console = Console(file=target, width=width, color_system=None, force_terminal=False)
    console.print(renderable)
    lines = (line.rstrip() for line in target.getvalue().split("\n"))
    return "\n".join(lines).strip("\n")


def _headline(evaluation: Evaluation) -> Text:
    text = Text(f"{len(evaluation.sheet.reports)} reports", style="bold")
    for what, ids in (
        ("without prediction", evaluation.missing),
        ("failed", evaluation.failed),
    ):
        if ids:
            text.append(f", {len(ids)} {what}", style="red")
    if evaluation.labels is not None:
        text.append(f"; only {', '.join(evaluation.labels)}", style="not bold")
    return text


def _shown(sheet: Sheet, group: Key) -> list[Key]:
    """The figures below a name that have a case, annotated or spurious."""
    keys = [*sheet.tallies, *sheet.rates, *sheet.macros]
    below = sorted((key for key in keys if key[: len(group)] == group), key=_natural)
    if group[0] in (BY_SECTION, BY_REPORT_TYPE, BY_FREQUENCY, BY_NOVELTY):
        below = [key for key in below if key[-1] == LINKED]
    return [key for key in below if _cases(sheet, key)]


def _natural(key: Key) -> tuple[str, ...]:
    """Numbers in their order: 2-4 before 20+."""
    return tuple(_DIGITS.sub(lambda digits: digits[0].zfill(6), part) for part in key)


def _cases(sheet: Sheet, key: Key) -> bool:
    if key in sheet.tallies:
        return any(sheet.total(key))
    return bool((sheet.macro_mean(key) if key in sheet.macros else sheet.mean(key)).n)


def titled(title: str, table: Table) -> RenderableType:
    """A table below its title, which may be wider."""
    return Group(Text(title, style="bold"), table)


def columned(columns: Sequence[str]) -> Table:
    """An empty table: names to the left, numbers to the right."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=number > 0)
    return table


def _mention_table(evaluation: Evaluation, listed: list[Key]) -> RenderableType:
    table = columned(("", "n", "strict F1", "overlap F1", "code P", "code R", "code F1", "95 %"))
    sheet = evaluation.sheet
    labels = sorted({key[1] for key in sheet.tallies if key[0] == MENTION})
    for group in (*((MENTION, label) for label in labels), (MICRO,)):
        tally = sheet.total((*group, LINKED))
        told = [] if group == (MICRO,) else listed  # the labels' lists hold them all
        scores = (tally.precision, tally.recall, tally.f1)
        table.add_row(
            "all" if group == (MICRO,) else group[1],
            str(tally.gold),
            _number(sheet.total((*group, STRICT)).f1),
            _number(sheet.total((*group, OVERLAP)).f1),
            *map(_number, scores),
            _interval(evaluation, (*group, LINKED), "f1", tally.gold, told),
            end_section=group[-1] == labels[-1],
        )
    return titled("Mentions", table)


def _figure_table(
    evaluation: Evaluation, title: str, keys: Sequence[Key], listed: list[Key]
) -> RenderableType:
    tallied = any(key in evaluation.sheet.tallies for key in keys)
    table = columned(("", "n", *(("P", "R", "F1") if tallied else ("rate",)), "95 %"))
    for key in keys:
        table.add_row(_name(key), *_figure_row(evaluation, key, tallied, listed))
    return titled(title, table)


def _figure_row(
    evaluation: Evaluation, key: Key, tallied: bool, listed: list[Key]
) -> list[str | Text]:
    sheet = evaluation.sheet
    if key not in sheet.tallies:
        n = (sheet.macro_mean if key in sheet.macros else sheet.mean)(key).n
        value = evaluation.value(*key)
        shown = _NOTHING if value is None else _number(value)
        interval = _interval(evaluation, key, "value", n, listed)
        return [str(n), *(["", ""] if tallied else []), shown, interval]
    tally = sheet.total(key)
    if not tally.gold:  # perhaps the corpus does not annotate it
        return ["0", *[_NOTHING] * 3, f"{tally.fp} predicted"]
    numbers = [_number(x) for x in (tally.precision, tally.recall, tally.f1)]
    return [str(tally.gold), *numbers, _interval(evaluation, key, "f1", tally.gold, listed)]


def _name(key: Key) -> str:
    words = [part for part in key if part != LINKED]
    return " · ".join(words[1:] or words).replace("_", " ")


def _interval(evaluation: Evaluation, key: Key, measure: str, n: int, listed: list[Key]) -> Text:
    if 0 < n < FEW and key not in evaluation.sheet.macros:
        if not evaluation.sheet.errors.get(key):
            return Text(_NOTHING, style="dim")
        listed.append(key)
        return Text(_FEW, style="dim")
    ends = evaluation.intervals.get((key, measure))
    if ends is None or not n:
        return Text(_NOTHING, style="dim")
    return Text(f"{ends[0]:.3f}–{ends[1]:.3f}")


def _number(value: float) -> str:
    return f"{value:.3f}"


def _error_lists(sheet: Sheet, keys: Iterable[Key]) -> list[RenderableType]:
    parts: list[RenderableType] = []
    for key in dict.fromkeys(keys):
        errors = sheet.errors[key]
        table = columned(("report", "at", "gold", "predicted"))
        for error in errors[:_MOST_ERRORS]:
            table.add_row(*map(_safe, (error.report, _place(error), error.gold, error.predicted)))
        parts.append(titled(f"Errors: {_name(key)} (fewer than {FEW} cases)", table))
        if len(errors) > _MOST_ERRORS:
            parts.append(Text(f" and {len(errors) - _MOST_ERRORS} more (--json has all)"))
    return parts


def _place(error: Error) -> str:
    return f"{error.start}–{error.end}" if error.start >= 0 else ""


def _safe(text: str) -> Text:
    return Text("".join(char if char.isprintable() else "\ufffd" for char in text) or _NOTHING)


def _difference_table(found: dict[Key, Difference]) -> RenderableType:
    table = columned(("", "n", "first", "second", "difference", "95 %", "p"))
    for key, d in found.items():
        if key[0] not in _COMPARED or key[: len(LINE)] == LINE or key[-1] == OVERLAP:
            continue
        clear = d.p < _CLEAR
        table.add_row(
            " · ".join(key).replace("_", " "),
            str(d.gold),
            _number(d.first),
            _number(d.second),
            Text(f"{d.difference:+.3f}", style="bold" if clear else ""),
            f"{d.low:+.3f}–{d.high:+.3f}",
            f"{d.p:.3f}",
        )
    return titled("Second system less first", table)


def _timing_table(evaluation: Evaluation) -> RenderableType:
    whole = sum(evaluation.timings.values())
    reports = max(len(evaluation.sheet.reports), 1)
    table = columned(("", "s", "ms a report", "share"))
    for name, spent in sorted(evaluation.timings.items(), key=lambda item: -item[1]):
        share = f"{100 * spent / whole:.0f} %" if whole else _NOTHING
        table.add_row(name, f"{spent:.2f}", f"{1000 * spent / reports:.2f}", share)
    return titled("Where time went", table)
