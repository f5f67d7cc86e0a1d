"""What the pipes write on a Doc and what reads it."""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc, DocBin, Span
from spacy.vocab import Vocab

from oncotext.language.annotations import (
    MentionData,
    add_mentions,
    data_of,
    mention_of,
    mentions_of,
    register_extensions,
    report_id,
    report_of,
    section_at,
    set_sections,
)
from oncotext.language.tokenizer import OncoFrench

TEXT = "Pas de cancer du sein gauche."
CANCER: MentionData = {
    "start": 7,
    "end": 13,
    "label": "MORPHOLOGY",
    "code": "8000/3",
    "name": "cancer",
    "attrs": {"a": "b"},
    "negated": True,
    "cues": {"negated": {"start": 0, "end": 6, "text": "Pas de", "rule": "pas-de"}},
}
SITE: MentionData = {"start": 17, "end": 28, "label": "TOPOGRAPHY", "code": "C50.9"}


@pytest.fixture
def doc() -> Doc:
    register_extensions()
    return OncoFrench().make_doc(TEXT)


def at(start: int, end: int, label: str = "SIZE", code: str = "1") -> MentionData:
    return {"start": start, "end": end, "label": label, "code": code}


def test_mentions_are_spans_with_extensions(doc: Doc) -> None:
    add_mentions(doc, [SITE, CANCER])
    cancer, site = doc.spans["oncotext"]
    assert (cancer.text, cancer.label_) == ("cancer", "MORPHOLOGY")
    assert (cancer._.code, cancer._.name, cancer._.attrs) == ("8000/3", "cancer", {"a": "b"})
    assert cancer._.is_negated
    assert cancer._.cues["negated"]["text"] == "Pas de"
    assert not (cancer._.is_hypothetical)
    assert not (cancer._.is_historical)
    assert not (cancer._.is_family)
    assert (site._.code, site._.name, site._.attrs) == ("C50.9", None, {})
    assert site._.is_negated is False


def test_a_span_that_is_no_mention_says_nothing(doc: Doc) -> None:
    add_mentions(doc, [CANCER])
    span = doc[0:1]
    assert mention_of(span) is None
    assert (span._.code, span._.attrs, span._.is_negated, span._.cues) == (None, {}, False, {})


def test_the_longest_of_overlapping_mentions_stays(doc: Doc) -> None:
    add_mentions(doc, [at(7, 13), at(7, 28, code="2"), at(17, 21)])
    assert [(m["start"], m["end"]) for m in mentions_of(doc)] == [(7, 28)]
    add_mentions(doc, [at(0, 8)])
    assert [(m["start"], m["end"]) for m in mentions_of(doc)] == [(7, 28)]
    add_mentions(doc, [at(0, 29, code="3")])
    assert [(m["start"], m["end"]) for m in mentions_of(doc)] == [(0, 29)]


def test_at_equal_length_the_earlier_pipe_wins(doc: Doc) -> None:
    add_mentions(doc, [at(7, 13, "MORPHOLOGY", "first")])
    add_mentions(doc, [at(7, 13, "DRUG", "second")])
    assert [m["code"] for m in mentions_of(doc)] == ["first"]


offsets = (
    st.tuples(st.integers(0, 28), st.integers(1, 29)).map(sorted).filter(lambda o: o[0] < o[1])
)


@given(st.lists(st.lists(offsets, max_size=6), max_size=4))
def test_mentions_never_overlap_and_are_in_order(batches: list[list[list[int]]]) -> None:
    doc = OncoFrench().make_doc(TEXT)
    for batch in batches:
        add_mentions(doc, [at(start, end) for start, end in batch])
    found = mentions_of(doc)
    assert all(a["end"] <= b["start"] for a, b in pairwise(found))
    longest = max((end - start for batch in batches for start, end in batch), default=0)
    assert max((m["end"] - m["start"] for m in found), default=0) == longest


def test_code_and_flags_survive_a_second_span_with_the_same_offsets(doc: Doc) -> None:
    add_mentions(doc, [CANCER])
    again = Span(doc, 2, 3, label="MORPHOLOGY")
    doc.spans["others"] = [again]
    doc.ents = [Span(doc, 2, 3, label="MORPHOLOGY")]
    foreign = Span(doc, 2, 3, label="DISEASE")
    foreign._.is_negated = False
    foreign._.code = "elsewhere"
    for span in (doc.spans["oncotext"][0], again, doc.ents[0]):
        assert span._.code == "8000/3"
        assert span._.is_negated


def test_values_set_by_others_are_kept_where_oncotext_has_none(doc: Doc) -> None:
    add_mentions(doc, [SITE])
    site = doc.spans["oncotext"][0]
    site._.is_historical = True
    site._.code = "mine"
    assert site._.is_historical
    assert site._.code == "C50.9"
    other = doc[0:2]
    other._.code = "X"
    assert other._.code == "X"


def test_a_mention_off_token_boundaries_is_exact_in_the_report() -> None:
    register_extensions()
    doc = Doc(Vocab(), words=["Adénocarcinome", "sein,foie"], spaces=[True, False])
    add_mentions(doc, [at(20, 24, "TOPOGRAPHY", "C22.0")])
    assert doc.spans["oncotext"][0].text == "sein,foie"
    assert doc.spans["oncotext"][0]._.code == "C22.0"
    mention = report_of(doc).mentions[0]
    assert (mention.start, mention.end, mention.text) == (20, 24, "foie")


def test_two_mentions_in_one_token_keep_their_codes() -> None:
    register_extensions()
    doc = Doc(Vocab(), words=["sein,foie"], spaces=[False])
    add_mentions(doc, [at(0, 4, "TOPOGRAPHY", "C50.9"), at(5, 9, "DRUG", "x")])
    assert [(s.text, s._.code) for s in doc.spans["oncotext"]] == [
        ("sein,foie", "C50.9"),
        ("sein,foie", "x"),
    ]
    assert [m.text for m in report_of(doc).mentions] == ["sein", "foie"]


def test_sections(doc: Doc) -> None:
    set_sections(
        doc,
        [
            {"start": 0, "end": 7, "label": "header"},
            {"start": 7, "end": 29, "label": "conclusion", "title": "cancer"},
        ],
    )
    assert [s.label_ for s in doc.spans["sections"]] == ["header", "conclusion"]
    assert doc[3:4]._.section_category == "conclusion"
    assert doc[0:1]._.section_category == "header"
    found = section_at(doc, 7)
    assert found is not None
    assert found["label"] == "conclusion"


def test_no_sections() -> None:
    register_extensions()
    doc = OncoFrench().make_doc("a")
    assert section_at(doc, 0) is None
    assert doc[0:1]._.section_category is None


def test_report(doc: Doc) -> None:
    add_mentions(doc, [CANCER, SITE])
    report = doc._.report
    assert report.id == report_id(TEXT) == hashlib.sha256(TEXT.encode()).hexdigest()[:16]
    assert [(m.id, m.text, m.code, m.negated) for m in report.mentions] == [
        ("T1", "cancer", "8000/3", True),
        ("T2", "sein gauche", "C50.9", False),
    ]


def test_registering_twice_changes_nothing(doc: Doc) -> None:
    add_mentions(doc, [CANCER])
    before = Span.get_extension("code")
    register_extensions()
    register_extensions()
    assert Span.get_extension("code") == before
    assert doc.spans["oncotext"][0]._.is_negated


def _through_bytes(doc: Doc) -> Doc:
    return Doc(doc.vocab).from_bytes(doc.to_bytes())


def _through_docbin(doc: Doc) -> Doc:
    data = DocBin(store_user_data=True, docs=[doc]).to_bytes()
    return next(iter(DocBin().from_bytes(data).get_docs(doc.vocab)))


def _through_dict(doc: Doc) -> Doc:
    return Doc(doc.vocab).from_dict(doc.to_dict())


@pytest.mark.parametrize("through", [_through_bytes, _through_docbin, _through_dict])
def test_a_doc_carries_everything_through(through: Any, doc: Doc) -> None:
    add_mentions(doc, [CANCER, SITE])
    set_sections(doc, [{"start": 0, "end": 29, "label": "conclusion"}])
    doc[0:1]._.is_family = True
    back = through(doc)
    assert back._.report == doc._.report
    # DocBin makes tuples of lists
    assert json.dumps(data_of(back)) == json.dumps(data_of(doc))
    assert [s._.code for s in back.spans["oncotext"]] == ["8000/3", "C50.9"]
    assert back.spans["oncotext"][0]._.is_negated
    assert back[0:1]._.is_family
    assert back[3:4]._.section_category == "conclusion"
    add_mentions(back, [at(0, 3)])
    assert len(back._.report.mentions) == 3


def test_user_data_holds_plain_values_only(doc: Doc) -> None:
    add_mentions(doc, [CANCER])

    def plain(value: Any) -> bool:
        if isinstance(value, dict):
            return all(isinstance(k, str) and plain(v) for k, v in value.items())
        if isinstance(value, list):
            return all(map(plain, value))
        return value is None or isinstance(value, (str, int, float, bool))

    assert plain(data_of(doc))
