"""What is written is read back, in what the format can carry."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oncotext.corpora import FORMATS, load_corpus
from oncotext.corpora.carrying import CARGO, EVERYTHING, present, reduced
from oncotext.report import FLAGS, LABELS, AnnotatedReport

READ = [name for name, each in FORMATS.items() if each.reads]
# Accents, characters outside the basic plane, both line ends, what other programs take for one.
CHARS = st.sampled_from("aé Œ🎗𝐩\n\r\t\u2028\u0301\u00a0\"'<&;{}=,%.")
TEXT = (
    st.lists(st.one_of(CHARS, st.just("\r\n")), min_size=1, max_size=25).map("".join).filter(bool)
)
WORD = st.text(st.sampled_from("aé🎗 /:+<>"), min_size=1, max_size=6).map(str.strip).filter(bool)
NAME = st.text(st.sampled_from("abé-_ .%/🎗"), min_size=1, max_size=8)


@st.composite
def reports(draw: st.DrawFn, id: str) -> AnnotatedReport:
    text = draw(TEXT)
    mentions: list[dict[str, Any]] = []
    for number in range(1, draw(st.integers(0, 4)) + 1):
        places = sorted(draw(st.sets(st.integers(0, len(text)), min_size=2, max_size=4)))
        spans = list(zip(places[::2], places[1::2], strict=False))
        values: dict[str, Any] = {"id": f"T{number}", "start": spans[0][0], "end": spans[-1][1]}
        values["label"] = draw(st.sampled_from([*LABELS, "EVENT", "x:Y"]))
        values["text"] = " ".join(text[start:end] for start, end in spans)
        values["code"] = draw(st.none() | WORD)
        values["attrs"] = draw(st.dictionaries(st.sampled_from(["lat", "é"]), WORD))
        values |= {flag: draw(st.booleans()) for flag in FLAGS}
        values["fragments"] = spans if len(spans) > 1 else []
        if draw(st.booleans()):
            values |= {"score": 0.5, "rule": "r", "name": "n", "section": "other"}
            values["cues"] = {"negated": {"start": 0, "end": 1, "text": text[0], "rule": "r"}}
        mentions.append(values)
    within = {i for m in mentions for i in range(m["start"] + 1, m["end"])}
    cut = draw(st.sampled_from([i for i in range(1, len(text) + 1) if i not in within]))
    sections = [{"label": "header", "start": 0, "end": cut}]
    if cut < len(text):
        sections.append({"label": "conclusion", "start": cut, "end": len(text)})
    record = draw(st.sampled_from([{}, {"drugs": ["é"]}, {"tumors": [{"size_mm": 3}]}]))
    producer = draw(st.none() | st.just({"version": "1", "pipeline": "p"}))
    return AnnotatedReport.model_validate(
        {"id": id, "text": text, "sections": sections, "mentions": mentions}
        | {"record": record, "producer": producer}
    )


@st.composite
def corpora(draw: st.DrawFn) -> list[AnnotatedReport]:
    ids = draw(st.lists(NAME, max_size=2, unique=True))
    return [draw(reports(id)) for id in ids]


def _in_order(report: AnnotatedReport) -> AnnotatedReport:
    """The order of mentions says nothing; UIMA sorts them by place."""
    return report.model_copy(update={"mentions": sorted(report.mentions, key=lambda m: m.id)})


@pytest.mark.parametrize("name", READ)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(many=corpora())
def test_what_a_format_carries_comes_back(name: str, many: list[AnnotatedReport]) -> None:
    form = FORMATS[name]
    if form.extra == "train":
        pytest.importorskip("datasets")
    if form.extra == "corpora":
        pytest.importorskip("cassis")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "out" + (form.suffixes[0] if form.suffixes else ""))
        assert form.write(many, path) == []
        corpus = load_corpus(path, format=name)
    assert corpus.problems == []
    found = {report.id: report for report in corpus}
    assert set(found) == {report.id for report in many}
    for report in many:
        assert _in_order(found[report.id]) == _in_order(reduced(report, form.carries))


@pytest.mark.parametrize("name", READ)
def test_formats_are_recognised(name: str, tmp_path: Path) -> None:
    form = FORMATS[name]
    if form.extra:
        pytest.importorskip({"train": "datasets", "corpora": "cassis"}[form.extra])
    path = tmp_path / ("out" + (form.suffixes[0] if form.suffixes else ""))
    mention = {"id": "T1", "start": 0, "end": 4, "text": "sein", "label": "TOPOGRAPHY"}
    report = AnnotatedReport.model_validate({"id": "A", "text": "sein", "mentions": [mention]})
    assert form.write([report], path) == []
    corpus = load_corpus(path)
    assert corpus.format == name
    assert [m.text for m in corpus.reports[0].mentions] == ["sein"]


@settings(max_examples=50)
@given(reports("A"))
def test_reduced_to_everything_is_the_same_and_to_nothing_holds_nothing(
    report: AnnotatedReport,
) -> None:
    assert reduced(report, EVERYTHING) == report
    assert not present([reduced(report, frozenset())])
    for kind in CARGO:
        assert kind not in present([reduced(report, EVERYTHING - {kind})])
