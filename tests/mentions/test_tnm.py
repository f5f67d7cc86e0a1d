"""TNM expressions (`tnm.cases`), and properties over a small grammar of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncotext.language.tokenizer import OncoFrench
from oncotext.report import AnnotatedReport, Mention


@pytest.fixture(scope="module")
def pipeline() -> OncoFrench:
    nlp = OncoFrench()
    nlp.add_pipe("oncotext.tnm")
    return nlp


def _found(nlp: OncoFrench, text: str) -> list[Mention]:
    return list(nlp(text)._.report.mentions)


def test_cases(pipeline: OncoFrench, gold_case: AnnotatedReport) -> None:
    assert [(m.start, m.text, m.code, m.attrs) for m in _found(pipeline, gold_case.text)] == [
        (m.start, m.text, m.code, m.attrs) for m in gold_case.mentions
    ]


@pytest.mark.parametrize(
    ("text", "edition"),
    [
        ("pT2 N1 M0 (8e édition)", "8"),
        ("TNM 7 : pT2 N1 M0", "7"),
        ("cT3 N1 M0 selon l'UICC 2017", "8"),
        ("pT2 N1 M0 le 8/02", None),
    ],
)
def test_the_stated_edition_is_an_attribute(
    pipeline: OncoFrench, text: str, edition: str | None
) -> None:
    (mention,) = _found(pipeline, text)
    assert mention.attrs.get("edition") == edition


def test_cells_of_a_table_are_one_expression(pipeline: OncoFrench) -> None:
    (mention,) = _found(pipeline, "| pT3 | N1 | M0 |")
    assert (mention.text, mention.code) == ("pT3 | N1 | M0", "pT3 pN1 M0")


def test_accents_written_apart_and_soft_hyphens_do_not_shift_offsets(pipeline: OncoFrench) -> None:
    (mention,) = _found(pipeline, "Adénocarcinome opéré : pT3\u00ad N1 M0.")
    assert mention.text == "pT3\u00ad N1 M0"


_PREFIXES = st.sampled_from(["", "c", "p", "yp", "yc", "rp", "r", "a", "rc"])
_T = st.sampled_from(
    ["0", "1", "1a", "1b", "1mi", "2", "2b", "3", "3a", "4", "4a", "4b", "4d", "is", "x"]
)
_N = st.sampled_from(["0", "1", "1a", "1b", "1mi", "2", "2a", "2b", "3", "3a", "x", "+"])
_M = st.sampled_from(["0", "1", "1a", "1b", "1c", "x"])
_SEPARATORS = st.sampled_from(["", " ", ", ", " / ", "\n", "  ", "-", " ; ", "\t"])
_NOTES = st.sampled_from(["", " (2/14)", "(sn)", " (0/3)"])
_AFTER = st.sampled_from([".", ", stade", " ", "\n\nSuite", ")", " RE 90 %"])
_READ = {"x": "X"}


@given(
    _PREFIXES, _T, st.sampled_from(["", "(m)"]), _SEPARATORS, _N, _NOTES, _SEPARATORS, _M, _AFTER
)
def test_an_expression_is_read_component_by_component(
    pipeline: OncoFrench,
    prefix: str,
    t: str,
    several: str,
    first: str,
    n: str,
    note: str,
    second: str,
    m: str,
    after: str,
) -> None:
    expression = f"{prefix}T{t}{several}{first}N{n}{note}{second}M{m}"
    (mention,) = _found(pipeline, f"Adénocarcinome : {expression}{after}")
    assert mention.text == expression
    assert (
        mention.code == f"{prefix}T{_READ.get(t, t)} {prefix}N{_READ.get(n, n)} M{_READ.get(m, m)}"
    )


@given(st.text(alphabet="TNMtnmcpyrau01234xXisO lb+-/(),.\n:=é", max_size=60))
def test_any_text_gives_well_formed_codes(pipeline: OncoFrench, text: str) -> None:
    for mention in _found(pipeline, text):
        assert mention.text == text[mention.start : mention.end]
        assert mention.code
        letters = [part.lstrip("yracp")[:1] for part in mention.code.split()]
        assert letters == sorted(letters, key="TNM".index)
        assert len(set(letters)) == len(letters) <= 3


def test_time_grows_with_the_text(pipeline: OncoFrench) -> None:
    doc = pipeline("T 1 (pT2 ,\n(m) " * 20_000)
    assert doc._.report is not None
