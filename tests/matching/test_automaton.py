"""Many phrases in one pass: boundaries, the longest, capitals; held against a plain search."""

from __future__ import annotations

import itertools
import pickle
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncotext.language.view import TextView
from oncotext.matching.automaton import Hit, PhraseMatcher, longest

pytestmark = pytest.mark.usefixtures("own_scanner")

TEXT = "Carcinome canalaire du sein, carcinome du SEIN."


def test_hits_in_the_order_of_the_text() -> None:
    matcher = PhraseMatcher([("sein", "s", False), ("carcinome", "c", False)])
    assert matcher.find(TextView(TEXT)) == [
        Hit(0, 9, "c"),
        Hit(23, 27, "s"),
        Hit(29, 38, "c"),
        Hit(42, 46, "s"),
    ]


def test_the_longest_wins_and_find_all_gives_the_others_too() -> None:
    matcher = PhraseMatcher([("carcinome", 1, False), ("carcinome canalaire", 2, False)])
    view = TextView(TEXT)
    assert [hit.value for hit in matcher.find(view)] == [2, 1]
    assert sorted(hit.value for hit in matcher.find_all(view)) == [1, 1, 2]


def test_of_overlapping_hits_the_leftmost_stays() -> None:
    assert longest([Hit(3, 9, "b"), Hit(0, 5, "a"), Hit(0, 4, "c"), Hit(9, 10, "d")]) == [
        Hit(0, 5, "a"),
        Hit(9, 10, "d"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [("CCI", True), ("cci", False), ("Cci", False), ("du CCI.", True), ("xCCI", False)],
)
def test_abbreviations_count_in_capitals_only(text: str, found: bool) -> None:
    assert bool(PhraseMatcher([("cci", 1, True)]).find(TextView(text))) is found


def test_capitals_are_looked_at_in_the_text_as_given() -> None:
    matcher = PhraseMatcher([("ec", 1, True)])
    text = "e\u0301c É\u0301C E\u00adC"
    assert [text[hit.start : hit.end] for hit in matcher.find(TextView(text))] == [
        "É\u0301C",
        "E\u00adC",
    ]


@pytest.mark.parametrize("capitals_first", [True, False])
def test_a_phrase_that_is_a_word_too_is_no_abbreviation(capitals_first: bool) -> None:
    phrases = [("os", "abbreviation", True), ("os", "word", False)]
    matcher = PhraseMatcher(phrases if capitals_first else phrases[::-1])
    assert [hit.value for hit in matcher.find(TextView("os"))] == ["word"]


def test_the_first_value_of_a_phrase_is_kept() -> None:
    matcher = PhraseMatcher([("sein", "mine", False), ("sein", "shipped", False)])
    assert len(matcher) == 1
    assert [hit.value for hit in matcher.find(TextView("sein"))] == ["mine"]


@pytest.mark.parametrize("phrases", [[], [("", 1, False)]])
def test_no_phrases(phrases: list[tuple[str, int, bool]]) -> None:
    matcher = PhraseMatcher(phrases)
    assert len(matcher) == 0
    assert matcher.find(TextView("sein")) == []


def test_workers_that_are_sent_a_matcher_find_the_same() -> None:
    matcher = PhraseMatcher([("sein", "s", False)])
    again = pickle.loads(pickle.dumps(matcher))
    assert again.find(TextView(TEXT)) == matcher.find(TextView(TEXT))


WORDS = st.sampled_from(["a", "b", "ab", "c"])
PHRASES = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)


@given(st.lists(PHRASES, min_size=1, max_size=6), st.lists(WORDS, max_size=15).map(" ".join))
def test_as_a_plain_search_finds_it(phrases: list[str], text: str) -> None:
    matcher = PhraseMatcher((phrase, phrase, False) for phrase in phrases)
    padded = f" {text} "
    expected = {
        (start, start + len(phrase), phrase)
        for phrase in phrases
        for start in range(len(text))
        if padded.startswith(f" {phrase} ", start)
    }
    view = TextView(text)
    assert set(matcher.find_all(view)) == expected
    found = matcher.find(view)
    assert set(found) <= expected
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    covered = [(hit.start, hit.end) for hit in found]
    for start, end, _ in expected:
        assert any(a < end and start < b for a, b in covered)


@pytest.mark.parametrize("piece", ["carcinome canalaire du sein ", "a a a a ", "carcinome\n", "- "])
def test_time_grows_with_the_text_only(piece: str) -> None:
    matcher = PhraseMatcher(
        [("carcinome canalaire", 1, False), ("a a a", 2, False), ("carcinome", 3, False)]
    )

    def seconds(size: int) -> float:
        text = piece * (size // len(piece))
        best = float("inf")
        for _ in range(3):
            begin = time.process_time()
            matcher.find(TextView(text))
            best = min(best, time.process_time() - begin)
        return best

    assert seconds(200_000) < 24 * seconds(25_000) + 0.05
