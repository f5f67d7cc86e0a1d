"""Grades by CTCAE v5.0: every boundary of every rule, and wrong lines of the files."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from pathlib import Path

import pytest

from oncotext.errors import LexiconError
from oncotext.language.tokenizer import OncoFrench
from oncotext.lexicon import Concept, load_concepts, read_rows, shipped
from oncotext.mentions.laboratory import LaboratoryPipe
from oncotext.mentions.laboratory_rules import (
    MULTIPLE,
    RULE_COLUMNS,
    Analyte,
    Limits,
    analytes,
    grading,
    read_analytes,
    read_interval,
    read_rules,
)

CTCAE = Path(__file__).parents[2].parent / "shared/reference/ctcae/ctcae_v5_terms_grades_en.tsv"
ROWS = [row for _, row in read_rows(shipped("ctcae_values"), RULE_COLUMNS)]
FIRST: dict[str, tuple[Concept, Analyte]] = {}
for concept in load_concepts("laboratory"):
    if concept.id in analytes() and "exact" not in concept.attrs:
        FIRST.setdefault(concept.code, (concept, analytes()[concept.id]))
STEP = 0.01
# How a value of a unit is written behind its name.
WRITTEN = {"ratio": "", "/j": "par jour"}
SENTENCE = {
    "weight-loss": "Perte de poids de {} %",
    "weight-gain": "Prise de poids de {} %",
    "stools": "Augmentation de {} selles par jour",
}


def _limits(analyte: str, unit: str) -> Limits:
    limits = FIRST[analyte][1].limits[unit]
    # where the usual limit leaves grade 1 empty, one that a report may write
    own = {"neutrophils": 2.0, "gfr": 90.0, "cd4": 0.6}.get(analyte)
    return Limits(own, limits.uln) if own else limits


def _parts() -> list[tuple[str, str, str]]:
    """Analyte, unit and interval without its unit, of each interval of each rule."""
    parts = []
    for row in ROWS:
        for part in row["interval"].split(" | "):
            text, _, unit = part.rpartition(" ")
            parts.append((row["analyte"], unit, text))
    return parts


def _holds(text: str, x: float, limits: Limits) -> bool:
    """The interval as Python reads it."""
    formula = re.sub(r"(\d) ([LU]LN)", r"\1 * \2", text)
    names = {"x": x, "LLN": limits.lln, "ULN": limits.uln}
    for name, value in names.items():
        formula = re.sub(rf"\b{name}\b", repr(value), formula)
    formula = re.sub(r"[\d.]+ \* [\d.]+", lambda m: repr(round(eval(m[0]), 9)), formula)
    return bool(eval(formula))


def _expected(analyte: str, unit: str, x: float, limits: Limits) -> tuple[str, int] | None:
    fitting = [
        (row["term"], int(row["grade"]))
        for row in ROWS
        if row["analyte"] == analyte
        for part in row["interval"].split(" | ")
        if part.endswith(" " + unit) and _holds(part.rpartition(" ")[0], x, limits)
    ]
    return max(fitting, key=lambda hit: hit[1], default=None)


def _boundaries() -> dict[tuple[str, str], list[float]]:
    """Just below, at and just above each end of each interval, by quantity and unit."""
    found: dict[tuple[str, str], set[float]] = defaultdict(set)
    for analyte, unit, text in _parts():
        interval, limits = read_interval(f"{text} {unit}"), _limits(analyte, unit)
        for bound in (interval.low, interval.high):
            at = bound.at(limits) if bound else None
            if at is not None:
                step = 1.0 if unit == "/j" else STEP
                found[analyte, unit] |= {round(x, 6) for x in (at - step, at, at + step)}
    return {key: sorted(values) for key, values in found.items()}


BOUNDARIES = _boundaries()
UNITS = sorted(BOUNDARIES)


def test_there_are_as_many_boundaries_as_the_criteria_have() -> None:
    assert len(ROWS) > 150
    assert sum(map(len, BOUNDARIES.values())) > 450
    assert {row["analyte"] for row in ROWS} == FIRST.keys()


@pytest.mark.parametrize(("analyte", "unit"), UNITS)
def test_boundaries(analyte: str, unit: str) -> None:
    limits = _limits(analyte, unit)
    for x in BOUNDARIES[analyte, unit]:
        rule = grading().grade(analyte, x, unit, limits)
        assert (rule and (rule.term, rule.grade)) == _expected(analyte, unit, x, limits), x


@pytest.fixture(scope="module")
def pipe() -> LaboratoryPipe:
    return LaboratoryPipe("laboratory")


@pytest.mark.parametrize(("analyte", "unit"), UNITS)
def test_boundaries_as_a_report_writes_them(pipe: LaboratoryPipe, analyte: str, unit: str) -> None:
    concept, known = FIRST[analyte]
    limits = _limits(analyte, unit)
    for x in BOUNDARIES[analyte, unit]:
        if known.converted(x, unit) is None or (analyte == "stools" and x < 1):
            continue
        number = f"{x:g}".replace(".", ",")
        if analyte in SENTENCE:
            text = SENTENCE[analyte].format(number)
        else:
            text = f"{concept.preferred} : {number} {WRITTEN.get(unit, unit)}".strip()
        if limits != known.limits[unit]:
            text += f" (N > {limits.lln:g})"
        [found] = pipe(OncoFrench()(text))._.laboratory
        assert (found["analyte"], found["value"], found["unit"]) == (analyte, x, unit)
        expected = _expected(analyte, unit, x, limits)
        assert (found["term"], found["grade"]) == (expected or (None, None)), text


@pytest.mark.skipif(not CTCAE.is_file(), reason="the criteria are not beside this checkout")
def test_rules_are_those_of_the_criteria() -> None:
    with CTCAE.open(encoding="utf-8", newline="") as lines:
        terms = {r["term"]: r for r in csv.DictReader(lines, delimiter="\t", quoting=3)}
    for row in ROWS:
        _compare(row, terms)


def _compare(row: dict[str, str], terms: dict[str, dict[str, str]]) -> None:
    source = terms[row["term"]]
    text = " ".join(source[f"grade_{grade}"] for grade in range(1, 5)).replace(",", "")
    assert source[f"grade_{row['grade']}"]
    said = {float(n) for n in re.findall(r"\d+(?:\.\d+)?", text)}
    # a thousand a cubic millimetre is one G/L; a stool more is the least that is more
    said |= {n / 1000 for n in said} | {1.0}
    for part in row["interval"].split(" | "):
        for number in re.findall(r"\d+(?:\.\d+)?", part.rpartition(" ")[0]):
            assert float(number) in said, (number, text)


@pytest.mark.parametrize(
    ("analyte", "multiple", "grade"),
    [
        ("alt", 1.0, None), ("alt", 1.01, 1), ("alt", 3.0, 1), ("alt", 3.01, 2), ("alt", 5.0, 2),
        ("alt", 5.01, 3), ("alt", 20.0, 3), ("alt", 20.1, 4), ("ggt", 2.5, 1), ("ggt", 2.51, 2),
        ("bilirubin", 1.5, 1), ("bilirubin", 1.6, 2), ("bilirubin", 3.0, 2), ("bilirubin", 10.0, 3),
        ("bilirubin", 10.1, 4), ("creatinine", 6.0, 3), ("creatinine", 6.1, 4), ("cpk", 10.1, 4),
        ("lipase", 1.5, 1), ("lipase", 2.0, 2), ("lipase", 5.1, 3), ("uric-acid", 1.1, 1),
        ("potassium", 1.1, None), ("haemoglobin", 2.0, None),
    ],
)  # fmt: skip
def test_multiples_of_the_upper_limit(analyte: str, multiple: float, grade: int | None) -> None:
    rule = grading().grade(analyte, multiple, MULTIPLE, Limits())
    assert (rule.grade if rule else None) == grade


def test_a_range_has_its_lowest_grade() -> None:
    limits = Limits(12.0)
    rule = grading().least("haemoglobin", 7.5, 8.5, "g/dL", limits)
    assert rule is not None
    assert rule.grade == 2
    assert grading().least("haemoglobin", 11.0, 13.0, "g/dL", limits) is None
    assert grading().least("potassium", 3.0, 6.0, "mmol/L", Limits(3.5, 5.0)) is None


# -- wrong files --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["", "x", "x g/dL", "3 < x", "3 < y < 5 g/dL", "3 < x > 5 g/dL", "a < x g/dL",
             "3 ULM < x g/dL", "ULN g/dL"],
)  # fmt: skip
def test_a_wrong_interval_is_refused(text: str) -> None:
    with pytest.raises(LexiconError, match="here"):
        read_interval(text, "here")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a\thaemoglobin\tAnemia\t1\tx < 8 g/dL", "Only note"),
        ("a\thaemoglobine\tAnemia\t1\tx < 8 g/dL\tw", "haemoglobine"),
        ("a\thaemoglobin\tAnemia\t6\tx < 8 g/dL\tw", "'6'"),
        ("a\thaemoglobin\tAnemia\t1\tx < 8 g/L\tw", "g/L"),
        ("a\thaemoglobin\tAnemia\t1\tx = 8 g/dL\tw", "no interval"),
        ("a\thaemoglobin\tAnemia\t1\tx < 8 g/dL\tw\na\thaemoglobin\tAnemia\t2\tx < 7 g/dL\tw",
         "line 3.*twice"),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_refused(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "rules.tsv"
    path.write_text("\t".join(RULE_COLUMNS) + "\n" + line + "\n", encoding="utf-8")
    with pytest.raises(LexiconError, match=said):
        read_rules(path, analytes().values())


@pytest.mark.parametrize(
    "attrs",
    [
        {}, {"units": "g/L:0.1:g/dL"}, {"units": "g/L:a:g/L"}, {"units": "g/L", "colour": "red"},
        {"units": "g/L", "bare": "g/L:9"}, {"units": "g/L", "bare": "mg/L:1-9"},
        {"units": "g/L", "range": "1-9"}, {"units": "g/L", "lln": "x g/L"},
    ],
)  # fmt: skip
def test_a_wrong_quantity_is_refused(attrs: dict[str, str]) -> None:
    concept = Concept("q", "ANALYTE", "q", "quantité", attrs=attrs)
    with pytest.raises(LexiconError, match=r"laboratory\.tsv, q"):
        read_analytes([concept])
