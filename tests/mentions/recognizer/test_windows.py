"""Pieces, words and windows of a text, whatever characters it has."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncotext.language.tokenizer import OncoFrench
from oncotext.mentions.recognizer.windows import Pieces, merge, pieces_of, windows_of

tokenizers = pytest.importorskip("tokenizers", reason="pip install 'oncotext[train]'")

NLP = OncoFrench()
# combining marks, an emoji of several code points, no-break and thin blanks, a soft hyphen
TEXT = (
    "Tumeur de l’œil\u202fgauche : mélanome\u00a0\U0001f469\u200d\u2695\ufe0f pT2 (3,5 mm)."
    "\n\n\tŒde\u00admateux."
)


def byte_pairs() -> Any:
    """Bytes as pieces, several for any character but the plainest."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {char: number for number, char in enumerate(alphabet)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    return tokenizer


def long_pieces() -> Any:
    """A piece for all between two blanks, so that pieces run across words."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    tokenizer = Tokenizer(models.WordLevel(vocab={"?": 0}, unk_token="?"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    return tokenizer


BYTES, LONG = byte_pairs(), long_pieces()


def units(tokenizer: Any, text: str) -> list[str]:
    doc = NLP.make_doc(text)
    pieces = pieces_of(tokenizer, doc)
    return [text[a:b] for a, b in zip(pieces.starts, pieces.ends, strict=True)]


def test_each_word_is_a_unit_at_its_characters() -> None:
    assert units(BYTES, TEXT) == [token.text for token in NLP.make_doc(TEXT) if not token.is_space]


def test_a_piece_across_words_makes_them_one_unit() -> None:
    assert units(LONG, "Tumeur de l'ovaire (pT2).") == ["Tumeur", "de", "l'ovaire", "(pT2)."]


@pytest.mark.parametrize("tokenizer", [BYTES, LONG], ids=["bytes", "words"])
def test_accents_written_apart_belong_to_their_word(tokenizer: Any) -> None:
    text = "Un me\u0301lanome ope\u0301re\u0301 hier"
    assert units(tokenizer, text) == ["Un", "me\u0301lanome", "ope\u0301re\u0301", "hier"]


@given(st.text(max_size=60))
def test_units_are_in_order_and_inside_the_text(text: str) -> None:
    if "\ud800" <= max(text, default="") <= "\udfff":
        return
    for tokenizer in (BYTES, LONG):
        pieces = pieces_of(tokenizer, NLP.make_doc(text))
        assert (np.diff(pieces.first) > 0).all()
        assert (pieces.starts < pieces.ends).all()
        assert (pieces.ends[:-1] <= pieces.starts[1:]).all()
        assert not len(pieces.ends) or pieces.ends[-1] <= len(text)


def test_spans_of_characters_as_units() -> None:
    text = "Tumeur de l'ovaire."
    pieces = pieces_of(BYTES, NLP.make_doc(text))
    # exact, and one that cuts into a word
    assert pieces.units_of([(0, 6, "A"), (12, 18, "B"), (13, 15, "C")]) == [
        (0, 0, "A"), (3, 3, "B"), (3, 3, "C"),
    ]  # fmt: skip
    assert pieces.units_of([(6, 7, "A")]) == []


def made(lengths: list[int]) -> Pieces:
    """Units of so many pieces."""
    first = np.concatenate([[0], np.cumsum(lengths)])[:-1]
    return Pieces(np.arange(sum(lengths)), first, first, first + 1)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=60), st.integers(4, 20), st.integers(0, 10))
def test_windows_cover_the_text_and_begin_with_words(
    lengths: list[int], size: int, stride: int
) -> None:
    stride = min(stride, size // 2)
    pieces = made(lengths)
    windows = windows_of(pieces, size, stride)
    assert windows[0][0] == 0
    assert windows[-1][1] == len(pieces.ids)
    assert all(0 < end - start <= size for start, end in windows)
    for (low, end), (start, _) in itertools.pairwise(windows):
        assert low < start <= end
        # only a word longer than a window is cut
        assert start in pieces.first or max(lengths) > size - stride


def test_a_word_is_taken_from_where_it_has_most_context() -> None:
    pieces = made([1] * 30)
    windows = windows_of(pieces, 20, 10)
    assert windows == [(0, 20), (10, 30)]
    values = [np.full((20, 1), 1.0), np.full((20, 1), 2.0)]
    merged = merge(pieces, windows, values, 1)[:, 0]
    # the shared words 10 to 19: as far from the end of the first as from the start of the second
    assert merged.tolist() == [1.0] * 15 + [2.0] * 15
