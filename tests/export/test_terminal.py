"""Records and reports in a terminal."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from oncotext.export import records_table, report_panel
from oncotext.report import AnnotatedReport

RECORD: dict[str, Any] = {
    "report_type": "tumor_board",
    "tumors": [
        {
            "event": "recurrence",
            "topography": "C50.4",
            "laterality": "left",
            "morphology": "8500/3",
            "tnm": ["pT2 pN1a M0", "ypT1c ypN0"],
            "stages": ["UICC:IIB", "ANN_ARBOR:IIIB"],
            "grades": ["SBR:2", "DIFFERENTIATION:WELL", "BRESLOW:1.7", "GLEASON:3+4"],
            "size_mm": 32,
            "biomarkers": [
                *("ER=POSITIVE", "HER2=NEGATIVE", "KI67=22", "PSA=<0.01", "EGFR=MUTATED"),
                *("MMR=DEFICIENT", "HER2=LOW", "CA153=48", "X=Y"),
            ],
            "metastatic_sites": ["C22.0", "C77.3"],
            "derived": [
                {"field": "stage", "value": "UICC:IIIA", "agrees": False},
                {"field": "stage", "value": "UICC:IIB", "agrees": True},
            ],
            "flags": ["localisation improbable"],
        },
        {"morphology": "8000/3"},
    ],
    "performance_status": "ECOG:1",
    "toxicities": [{"term": "Nausea", "grade": 2}, {"term": "Unheard of"}],
    "drugs": ["letrozole", "FOLFOX"],
    "response": "PR",
    "family_cancer_history": [{"topography": "C50.9", "relation": "maternal aunt"}],
}


def drawn(renderable: Any, width: int, *, color: bool = False) -> str:
    file = io.StringIO()
    console = Console(
        file=file, width=width, force_terminal=color, color_system="truecolor" if color else None
    )
    console.print(renderable)
    return file.getvalue()


def report(text: str = "", **fields: Any) -> AnnotatedReport:
    return AnnotatedReport.model_validate({"id": "A-1", "text": text, **fields})


def mention(text: str, surface: str, **fields: Any) -> dict[str, Any]:
    start = text.index(surface)
    span = {"id": "T1", "start": start, "end": start + len(surface), "text": surface}
    return span | {"label": "MORPHOLOGY", "code": "8000/3", **fields}


@pytest.mark.parametrize("width", [100, 160, 220])
def test_table_says_everything_and_keeps_its_width(width: int) -> None:
    table = drawn(records_table([report(record=RECORD)]), width)
    assert all(len(line) <= width for line in table.splitlines())
    flat = " ".join(table.split())
    # words, since cells wrap
    for expected in (
        *("A-1", "RCP", "(8500/3)", "C50.4", "gauche", "récidive", "pT2", "ypT1c", "IIB"),
        *("Ann", "SBR", "différencié", "1,7", "3+4", "32", "RE+", "HER2-", "Ki67", "dMMR"),
        *("low", "(C22.0)", "(C77.3)", "IIIA", "improbable", "OMS", "G2", "Unheard", "FOLFOX"),
        *("partielle", "tante", "(C50.9)", "1. ", "2. "),
    ):
        assert expected in flat, expected


@pytest.mark.parametrize("width", [40, 80])
def test_table_on_narrow_terminals(width: int) -> None:
    table = drawn(records_table([report(record=RECORD)] * 3), width)
    assert all(len(line) <= width for line in table.splitlines())


def test_table_of_a_failure_and_of_nothing() -> None:
    failed = report(error={"code": "E201", "message": "The report [b]is[/b] empty."})
    table = " ".join(drawn(records_table([failed, report(text="x")]), 160).split())
    assert "échec : The report [b]is[/b]" in table
    assert drawn(records_table([]), 100)


def test_long_ids_fold() -> None:
    long = AnnotatedReport(id="dossier/" + "x" * 50, text="")
    table = drawn(records_table([long]), 100)
    assert table.count("x") == 50


def test_panel_shows_record_sections_and_text() -> None:
    text = "MOTIF : toux.\nCONCLUSION : [bold]cancer[/bold]."
    sections = [
        {"label": "reason", "start": 0, "end": 14},
        {"label": "conclusion", "start": 14, "end": len(text)},
    ]
    shown = drawn(
        report_panel(
            report(text, sections=sections, record=RECORD, mentions=[mention(text, "cancer")])
        ),
        100,
    )
    for expected in ("A-1 · RCP", "motif ─", "conclusion ─", "[bold]cancer[/bold].", "Tumeur 2"):
        assert expected in shown, expected


def test_flags_are_visible() -> None:
    text = "Pas de cancer."
    plain = drawn(report_panel(report(text, mentions=[mention(text, "cancer")])), 80, color=True)
    negated = [mention(text, "cancer", negated=True)]
    struck = drawn(report_panel(report(text, mentions=negated)), 80, color=True)
    assert "\x1b[1;9;" in struck
    assert "\x1b[1;9;" not in plain
    assert "nié" in struck


def test_escape_sequences_of_a_report_do_not_reach_the_terminal() -> None:
    bad = "a\x1b]0;titre\x07b\x9b2Jc\rd"
    failed = {"code": "E200", "message": bad}
    hostile = AnnotatedReport.model_validate({"id": bad, "text": bad, "error": failed})
    for renderable in (report_panel(hostile), records_table([hostile]), hostile):
        shown = drawn(renderable, 100)
        assert not {"\x1b", "\x07", "\x9b", "\r"} & set(shown)


def test_fragments_are_marked_apart() -> None:
    text = "carcinome du sein infiltrant"
    hull = mention(text, text, fragments=[(0, 9), (18, 28)])
    shown = drawn(report_panel(report(text, mentions=[hull])), 80, color=True)
    assert "\x1b[0m du sein " in shown
