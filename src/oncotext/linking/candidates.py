"""Which known forms are like an unknown one: exact cosine over character n-grams, shared words.

Everything is computed for all forms at once with numpy, from posting lists: no form is missed,
and a query takes well under a millisecond among twenty thousand forms.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]

_SIZES = (3, 4)
_BLANK, _END = ord(" "), ord("\n")
_WORD = re.compile(r"[a-z0-9\x9c\xe6]+")
_SMALL = frozenset("a au aux d de des du en et l la le les un une dans sur par pour avec".split())
_NO_PLURAL = 3  # letters
_FAR = 0.4  # of the best


def stem(word: str) -> str:
    """A folded word without its marks of number and gender."""
    if len(word) <= _NO_PLURAL:
        return word
    if word.endswith("aux"):
        word = word[:-2] + "l"
    return word.rstrip("sx").rstrip("e")


def stems(form: str) -> list[str]:
    """The stems of a folded form's words, function words left out.

    Examples
    --------
    >>> stems("carcinomes epidermoides de la langue")
    ['carcinom', 'epidermoid', 'langu']
    """
    return [stem(word) for word in _WORD.findall(form) if word not in _SMALL]


class Matches(NamedTuple):
    """Forms like a query, in no order: their numbers and what they share with it.

    Attributes
    ----------
    forms : array of int
    cosine : array of float
        Of character n-grams.
    of_query, of_form : array of float
        The share of the query's words that the form has, and of the form's that the query has,
        each word weighing as much as it is rare.
    head, last : array of float
        1 where the first or the last word is the same.
    """

    forms: Array
    cosine: Array
    of_query: Array
    of_form: Array
    head: Array
    last: Array

    def kept(self, which: Array) -> Matches:
        """Those for which ``which`` is true."""
        return Matches(*(values[which] for values in self))


class FormIndex:
    """Known surface forms, and which of them are like others.

    Parameters
    ----------
    forms : sequence of str
        In the form of `matching.inflection.phrase_form`.
    """

    def __init__(self, forms: Sequence[str]) -> None:
        self.size = len(forms)
        self._grams = _Grams(forms)
        self._words = _Words(forms)

    def search(self, form: str, limit: int) -> Matches:
        """The ``limit`` forms most alike by their characters, and as many by their words."""
        cosine = self._grams.cosine(form)
        of_query, of_form, head, last = self._words.shared(form)
        found = np.union1d(_best(cosine, limit), _best(of_query * of_form + cosine, limit))
        return Matches(
            found, cosine[found], of_query[found], of_form[found], head[found], last[found]
        )


def _best(scores: Array, limit: int) -> Array:
    """The numbers of the highest scores above 0."""
    # most forms are far from the best, and comparing with a bound is faster than sorting
    best = np.flatnonzero(scores > _FAR * scores.max(initial=0.0))
    if len(best) < limit:
        best = np.flatnonzero(scores > 0)
    if len(best) > limit:
        best = best[np.argpartition(-scores[best], limit)[:limit]]
    return best


class _Grams:
    """Forms as normed vectors of n-grams of characters within words."""

    def __init__(self, forms: Sequence[str]) -> None:
        padded = ["  ".join(("", *form.split(" "), ""))[1:-1] + "\n" for form in forms]
        text = "".join(padded).encode("latin-1", "replace")
        chars = np.frombuffer(text, dtype=np.uint8).astype(np.int64)
        owner = np.repeat(np.arange(len(forms), dtype=np.int64), [len(form) for form in padded])
        codes, owners = [], []
        for size in _SIZES:
            code, valid = _windows(chars, size)
            codes.append(code[valid])
            owners.append(owner[: len(code)][valid])
        code, form = np.concatenate(codes), np.concatenate(owners)
        order = np.lexsort((form, code))
        code, form = code[order], form[order]
        # one posting a gram and form, with how often it is there
        first = np.flatnonzero(np.diff(code, prepend=-1) | np.diff(form, prepend=-1))
        often = np.diff(first, append=len(code))
        code, form = code[first], form[first]
        starts = np.flatnonzero(np.diff(code, prepend=-1))
        ends = np.append(starts[1:], len(code))
        self._slices = dict(
            zip(
                code[starts].tolist(),
                zip(starts.tolist(), ends.tolist(), strict=True),
                strict=True,
            )
        )
        self._size = len(forms)
        rarity = np.log((1 + len(forms)) / (1 + (ends - starts))) + 1
        self._rarest = math.log(1 + len(forms)) + 1
        self._rarity = dict(zip(code[starts].tolist(), rarity.tolist(), strict=True))
        weight = (1 + np.log(often)) * np.repeat(rarity, ends - starts)
        norm = np.sqrt(np.bincount(form, weight * weight, minlength=len(forms)))
        self._forms = form
        self._weights = (weight / norm[form]).astype(np.float32)

    def cosine(self, form: str) -> Array:
        """The cosine of a form with each."""
        slices, rarity = self._slices, self._rarity
        grams = Counter(_grams(form))
        known = {
            gram: (1 + math.log(often)) * rarity[gram]
            for gram, often in grams.items()
            if gram in slices
        }
        if not known:
            return np.zeros(self._size)
        unknown = sum(grams[gram] for gram in grams if gram not in slices)
        # what no form has makes the query longer all the same
        norm = math.sqrt(sum(w * w for w in known.values()) + unknown * self._rarest**2)
        places = [slice(*slices[gram]) for gram in known]
        forms = np.concatenate([self._forms[place] for place in places])
        weights = np.concatenate(
            [
                self._weights[place] * np.float32(weight / norm)
                for place, weight in zip(places, known.values(), strict=True)
            ]
        )
        return np.bincount(forms, weights, minlength=self._size)


def _windows(chars: Array, size: int) -> tuple[Array, Array]:
    """The n-grams of a text as numbers, and which lie within a word and its two blanks."""
    count = max(0, len(chars) - size + 1)
    code = np.full(count, size, dtype=np.int64)
    valid = np.ones(count, dtype=bool)
    for at in range(size):
        part = chars[at : at + count]
        code = code * 256 + part
        valid &= part != _END
        if 0 < at < size - 1:
            valid &= part != _BLANK
    return code, valid


def _grams(form: str) -> list[int]:
    """The n-grams of one form, as `_windows` numbers them."""
    found = []
    for word in form.split(" "):
        chars = f" {word} ".encode("latin-1", "replace")
        for size in _SIZES:
            for at in range(len(chars) - size + 1):
                code = size
                for char in chars[at : at + size]:
                    code = code * 256 + char
                found.append(code)
    return found


class _Words:
    """Forms as sets of stems, each weighing as much as it is rare."""

    def __init__(self, forms: Sequence[str]) -> None:
        lists = [stems(form) for form in forms]
        numbers: dict[str, int] = {}
        word, form = [], []
        for number, words in enumerate(lists):
            for name in dict.fromkeys(words):
                word.append(numbers.setdefault(name, len(numbers)))
                form.append(number)
        words_, forms_ = np.array(word, dtype=np.int64), np.array(form, dtype=np.int64)
        order = np.argsort(words_, kind="stable")
        self._forms = forms_[order]
        often = np.bincount(words_, minlength=len(numbers))
        self._ends = np.cumsum(often)
        self._starts = self._ends - often
        self._rarity = np.log((1 + len(forms)) / (1 + often)) + 1
        self._rarest = float(np.log(1 + len(forms)) + 1)
        self._numbers = numbers
        self._size = len(forms)
        self._total = np.bincount(forms_, self._rarity[words_], minlength=len(forms))
        self._total[self._total == 0] = 1
        self._head = np.array([numbers[w[0]] if w else -1 for w in lists])
        self._last = np.array([numbers[w[-1]] if w else -1 for w in lists])

    def shared(self, form: str) -> tuple[Array, Array, Array, Array]:
        """Shares of the query's and of the forms' words, same first word, same last word."""
        words = stems(form)
        numbers = [self._numbers.get(word) for word in dict.fromkeys(words)]
        known = [number for number in numbers if number is not None]
        shared = np.zeros(self._size)
        for number in known:
            place = slice(self._starts[number], self._ends[number])
            shared[self._forms[place]] += self._rarity[number]
        total = self._rarity[known].sum() + self._rarest * (len(numbers) - len(known))
        head = self._numbers.get(words[0], -2) if words else -2
        last = self._numbers.get(words[-1], -2) if words else -2
        return (
            shared / (total or 1),
            shared / self._total,
            (self._head == head).astype(float),
            (self._last == last).astype(float),
        )
