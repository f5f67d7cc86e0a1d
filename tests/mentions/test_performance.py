"""Performance status (`performance.cases`)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncotext.language.tokenizer import OncoFrench
from oncotext.report import AnnotatedReport


@pytest.fixture(scope="module")
def pipeline() -> OncoFrench:
    nlp = OncoFrench()
    nlp.add_pipe("oncotext.performance")
    return nlp


def test_cases(pipeline: OncoFrench, gold_case: AnnotatedReport) -> None:
    found = pipeline(gold_case.text)._.report.mentions
    assert [(m.start, m.text, m.code) for m in found] == [
        (m.start, m.text, m.code) for m in gold_case.mentions
    ]


@given(
    st.sampled_from(["OMS", "PS", "ECOG", "PS-ECOG", "performance status", "score OMS"]),
    st.sampled_from([" ", " : ", "=", " à ", " de ", " = ", " est de "]),
    st.integers(0, 4),
    st.sampled_from([".", ", 70 kg", " ce jour", ")", "\n"]),
)
def test_a_scale_and_its_value(
    pipeline: OncoFrench, scale: str, link: str, value: int, after: str
) -> None:
    (mention,) = pipeline(f"Ce jour {scale}{link}{value}{after}")._.report.mentions
    assert (mention.text, mention.code) == (f"{scale}{link}{value}", f"ECOG:{value}")


@given(st.text(alphabet="OMSPECGIK 0123459%:=()/-al'\n", max_size=60))
def test_any_text_gives_values_of_the_scales(pipeline: OncoFrench, text: str) -> None:
    for mention in pipeline(text)._.report.mentions:
        scale, _, value = (mention.code or "").partition(":")
        assert int(value) in (range(5) if scale == "ECOG" else range(10, 101, 10))
