"""Forms of a corpus as evidence."""

from __future__ import annotations

from oncotext.mentions.recognizer.forms import CorpusForms

ONE = ("le carcinome du sein".split(), [(1, 2, "M"), (3, 4, "T")])
TWO = ("un sein sans carcinome".split(), [(1, 2, "T")])


def test_a_form_says_how_often_it_was_annotated() -> None:
    forms = CorpusForms.of([ONE, TWO])
    assert forms.to_dict() == {"carcinome": {"M": 1, "": 1}, "sein": {"T": 2}}
    assert forms.features("sein et carcinome".split()) == ["BT6", "", "BM3"]


def test_a_report_does_not_vouch_for_itself() -> None:
    forms = CorpusForms.of([ONE, TWO])
    # 'carcinome' is annotated in this report alone; 'sein' in the other too
    assert forms.features(*ONE) == ["", "", "", "BT6"]
    assert forms.features(*TWO) == ["", "BT6", "", "BM6"]


def test_the_longest_form_counts() -> None:
    words = "carcinome in situ".split()
    forms = CorpusForms.of([(words, [(0, 3, "M")]), (["carcinome"], [(0, 1, "M")])])
    assert forms.features(words) == ["BM6", "IM6", "IM6"]
    # without its own annotation the shorter one is what is known
    assert forms.features(words, [(0, 3, "M")]) == ["BM6", "", ""]


def test_saved_and_read() -> None:
    forms = CorpusForms.of([ONE, TWO])
    assert CorpusForms(forms.to_dict()).counts == forms.counts
