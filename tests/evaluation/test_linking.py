from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

from oncotext.evaluation.counting import Sheet
from oncotext.evaluation.linking import LINKING, count_links
from oncotext.evaluation.strata import Known
from oncotext.report import AnnotatedReport

Make = Callable[..., AnnotatedReport]
TEXT = "Masse du foie.\nCarcinome du sein."
MASS = {"of": "Masse", "label": "MORPHOLOGY", "code": "8000/1"}
TYPE = {"of": "Carcinome", "label": "MORPHOLOGY", "code": "8010/3"}


def linker(*codes: str) -> Callable[..., list[SimpleNamespace]]:
    return lambda *_: [SimpleNamespace(code=code) for code in codes]


def counted(report: AnnotatedReport, **options: object) -> Sheet:
    sheet = Sheet()
    sheet.begin(report.id)
    count_links(sheet, report, **options)  # type: ignore[arg-type]
    return sheet


def value(sheet: Sheet, group: str, measure: str, label: str = "MORPHOLOGY") -> float | None:
    return sheet.mean((LINKING, label, group, measure)).value


def test_ranks(report: Make) -> None:
    sheet = counted(report("A", TEXT, MASS, TYPE), linker=linker("8000/1", "8140/3", "8010/3"))
    assert value(sheet, "all", "accuracy@1") == 0.5
    assert value(sheet, "all", "accuracy@5") == 1
    assert value(sheet, "all", "mrr") == (1 + 1 / 3) / 2
    assert value(sheet, "without_8000", "accuracy@1") == 0
    assert sheet.macro_mean((LINKING, "MORPHOLOGY", "macro_codes", "accuracy@1")).value == 0.5


def test_forms_never_seen(report: Make) -> None:
    training = Known.of([report("T", "MASSE", {**MASS, "of": "MASSE"})])
    sheet = counted(report("A", TEXT, MASS, TYPE), linker=linker("8000/1"), training=training)
    assert value(sheet, "seen_form", "accuracy@1") == 1
    assert value(sheet, "unseen_form", "accuracy@1") == 0


def test_codes_that_are_not_one_code_are_left_out(report: Make) -> None:
    odd = [{**TYPE, "code": code} for code in ("tocheck", "8010/3 8140/3", "", "8010")]
    assert not counted(report("A", TEXT, *odd), linker=linker("8010/3")).rates


def test_the_line_around_is_context(report: Make) -> None:
    seen: list[str | None] = []

    def remember(surface: str, system: str, k: int, context: str | None) -> list[SimpleNamespace]:
        seen.append(context)
        return []

    counted(report("A", TEXT, TYPE), linker=remember, context=True)
    counted(report("A", TEXT, TYPE), linker=remember)
    assert seen == ["Carcinome du sein.", None]
