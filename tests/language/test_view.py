"""The view: folded text, phrase text, and the way back to offsets of the text as given."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncotext.language.tokenizer import OncoFrench
from oncotext.language.view import TextView, share_view, view_of
from oncotext.matching.automaton import Hit, PhraseMatcher
from oncotext.matching.inflection import phrase_form, spellings

PHRASE = "ganglion sus-claviculaire de l'œsophage"
pytestmark = pytest.mark.usefixtures("own_scanner")

IGNORED = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
# What may stand around: whatever shifts offsets, and nothing that is a letter at the border.
AROUND = st.text(
    st.one_of(
        st.sampled_from("\u0301\u0327🎗𝐩漢éÉœß \u00a0\t\r\n.,;:'’-–•*()l"),
        st.sampled_from(IGNORED),
        st.characters(exclude_categories=("Cs",)),
    ),
    max_size=40,
)


@st.composite
def written(draw: st.DrawFn, phrase: str = PHRASE) -> str:
    """The phrase as a report may have it: case, normal form, ignorable characters, blanks."""
    out = []
    for char in phrase:
        if char == " ":
            char = draw(st.sampled_from([" ", "  ", "\n", " \n", "\r\n", "\n   ", "\u00a0", "\t"]))
        elif char == "-":
            char = draw(st.sampled_from(["-", "–", "\u2011", " ", " - ", "-\n"]))
        elif char == "'":
            char = draw(st.sampled_from(["'", "’", "' ", "’\n"]))
        elif char == "œ":
            char = draw(st.sampled_from(["œ", "Œ", "oe", "OE", "Oe"]))
        elif draw(st.booleans()):
            char = char.upper()
        form = draw(st.sampled_from(["NFC", "NFD"]))
        char = unicodedata.normalize(form, char)
        if out and char.isalpha() and out[-1][-1:].isalpha():
            out.append(draw(st.sampled_from(["", "", "", *IGNORED])))
        out.append(char)
    return "".join(out)


@pytest.fixture(scope="module")
def matcher(own_scanner: None) -> PhraseMatcher[int]:
    return PhraseMatcher((spelling, 1, False) for spelling in spellings(phrase_form(PHRASE)))


@given(AROUND, written(), AROUND)
def test_a_planted_phrase_is_found_at_exactly_its_offsets(
    matcher: PhraseMatcher[int], before: str, phrase: str, after: str
) -> None:
    text = f"{before}\n\n{phrase}\n\n{after}"
    start = len(before) + 2
    assert Hit(start, start + len(phrase), 1) in matcher.find(TextView(text))


@given(AROUND)
def test_folded_offsets_lead_to_the_characters_they_come_from(text: str) -> None:
    view = TextView(text)
    raw = [view.to_raw(position) for position in range(len(view.folded))]
    assert raw == sorted(set(raw))
    for position, at in enumerate(raw):
        assert TextView(text[at]).folded == view.folded[position]
        assert at < view.to_raw_end(position + 1) <= len(text)
        assert view.to_folded(at) == position
    assert view.to_raw(len(view.folded)) == len(text)


@given(AROUND)
def test_an_end_never_cuts_combining_marks_off(text: str) -> None:
    view = TextView(text)
    for position in range(1, len(view.folded) + 1):
        end = view.to_raw_end(position)
        if len(view.folded) != len(text):
            assert end == len(text) or not unicodedata.combining(text[end])
        if position < len(view.folded):
            assert end <= view.to_raw(position)


@given(AROUND)
def test_phrase_text_leads_back_to_the_folded_text(text: str) -> None:
    view = TextView(text)
    phrases = view.phrases
    offsets = [phrases.to_folded(position) for position in range(len(phrases.text))]
    assert offsets == sorted(set(offsets))
    for position, at in enumerate(offsets):
        expected = view.folded[at].replace("-", " ").replace("\n", " ")
        assert phrases.text[position] in (expected, "\n" if expected == " " else expected)


def find(phrase: str, text: str) -> list[str]:
    matcher = PhraseMatcher((form, 1, False) for form in spellings(phrase_form(phrase)))
    return [text[hit.start : hit.end] for hit in matcher.find(TextView(text))]


@pytest.mark.parametrize(
    "text",
    [
        "adénopathie sus-claviculaire",
        "ADÉNOPATHIE SUS-CLAVICULAIRE",
        "adenopathie sus claviculaire",
        "adénopathie  sus-claviculaire",
        "adénopathie\nsus-claviculaire",
        "adénopathie \nsus-claviculaire",
        "adénopathie\r\nsus-claviculaire",
        "adénopathie\n   sus-claviculaire",
        "adénopathie sus-\nclaviculaire",
        "adénopathie sus–claviculaire",
        "adénopathie\u00a0sus\u2011claviculaire",
        "adéno\u00adpathie sus-clavi\u00adculaire",
        "ade\u0301nopathie sus-claviculaire",
    ],
)
def test_what_a_phrase_matches_across(text: str) -> None:
    assert find("adénopathie sus-claviculaire", f"Une {text}, à revoir.") == [text]


@pytest.mark.parametrize(
    "text",
    [
        "adénopathie\n\nsus-claviculaire",
        "adénopathie\n \nsus-claviculaire",
        "adénopathie\r\n\r\nsus-claviculaire",
        "adénopathie\n- sus-claviculaire",
        "adénopathie\n-sus-claviculaire",
        "adénopathie\n  – sus-claviculaire",
        "adénopathie\n• sus-claviculaire",
        "adénopathie\n* sus-claviculaire",
        "adénopathie\n> sus-claviculaire",
        "adénopathie, sus-claviculaire",
        "adénopathie. Sus-claviculaire",
    ],
)
def test_what_a_phrase_does_not_match_across(text: str) -> None:
    assert find("adénopathie sus-claviculaire", text) == []


@pytest.mark.parametrize("text", ["l'ovaire", "l’ovaire", "L'OVAIRE", "l' ovaire", "l’\novaire"])
def test_both_apostrophes(text: str) -> None:
    assert find("l'ovaire", f"de {text} droit") == [text]


@pytest.mark.parametrize("written", ["œsophage", "oesophage", "Œsophage", "OESOPHAGE"])
@pytest.mark.parametrize("term", ["œsophage", "oesophage"])
def test_both_spellings_of_the_ligature(term: str, written: str) -> None:
    assert find(term, f"tiers moyen de l'{written}.") == [written]


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("sein", "dessein", []),
        ("sein", "seins", []),
        ("sein", "sein2", []),
        ("sein", "le sein.", ["sein"]),
        ("sein", "(sein)", ["sein"]),
        ("sein", "sein/ovaire", ["sein"]),
        ("sein", "sein", ["sein"]),
        ("sein", "seín", ["seín"]),
        ("œdème", "lymphœdème", []),
        ("œdème", "un œdème", ["œdème"]),
        ("colo", "colœ", []),
        ("grade", "grade3", []),
        ("HER2", "HER2+", ["HER2"]),
    ],
)
def test_word_boundaries(phrase: str, text: str, found: list[str]) -> None:
    assert find(phrase, text) == found


def test_machine_read_texts_are_matched_by_look_alikes() -> None:
    text = "Carcinorne canalaire, TUMEUR DU COlON, CARCINOME."
    view = TextView(text)
    assert view.is_ocr
    hits = PhraseMatcher([("carcinome", 1, False), ("colon", 2, False)]).find(view)
    assert [(text[hit.start : hit.end], hit.value) for hit in hits] == [
        ("Carcinorne", 1),
        ("COlON", 2),
        ("CARCINOME", 1),
    ]


def test_ordinary_texts_are_not_taken_for_machine_read() -> None:
    assert not TextView("Carcinome du sein, externe, alternance, HbA1c, NaCl, pT2N1.").is_ocr


def test_identity_where_nothing_is_ignorable() -> None:
    view = TextView("Métastase à l’os 🎗")
    assert len(view.folded) == len(view.text)
    assert [view.to_raw(p) for p in range(5)] == [view.to_raw_end(p) for p in range(5)]


def test_one_view_a_doc() -> None:
    nlp = OncoFrench()
    doc = nlp.make_doc("Cancer du sein.")
    assert view_of(doc) is view_of(doc)
    assert view_of(doc).text == doc.text
    own = TextView(doc.text)
    share_view(doc, own)
    assert view_of(doc) is own
