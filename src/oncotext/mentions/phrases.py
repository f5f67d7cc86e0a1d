"""The words around a mention, looked up token by token.

Words that decide on a candidate are read only next to it, so that a dictionary of token tuples
is cheaper than an automaton over the whole text. All offsets are those of the folded text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from oncotext.lexicon import Cue
from oncotext.matching.inflection import adjective_forms, expand, noun_forms, spellings

_TOKEN = re.compile(r"[a-z0-9\x9c\xe6]+(?:'(?=[a-z]))?")


def _words(folded: str) -> list[str]:
    return [_letters(token) for token in _TOKEN.findall(folded)]


def _letters(token: str) -> str:
    """A word as it is looked up: 'rn' is what OCR makes of 'm', so the two are one."""
    return token.replace("rn", "m")


# What two words of one phrase may have between them: blanks, a wrapped line, a hyphen.
_GAP = re.compile(r"[ \n-]{0,12}")
_PUNCTUATION = re.compile(r"[.;:!?()|*,]|\n\n")


class PhraseBook:
    """Phrases of one direction, each with its category."""

    def __init__(self, cues: Iterable[Cue]) -> None:
        self._by_tokens: dict[tuple[str, ...], tuple[str, str]] = {}
        # how long the phrases that start or end with a word may be: most words start none
        self._first: dict[str, int] = {}
        self._last: dict[str, int] = {}
        for cue in cues:
            for phrase in _forms(cue.literal):
                tokens = tuple(_words(phrase))
                self._by_tokens.setdefault(tokens, (cue.category, cue.id))
                self._first[tokens[0]] = max(self._first.get(tokens[0], 0), len(tokens))
                self._last[tokens[-1]] = max(self._last.get(tokens[-1], 0), len(tokens))

    def at(self, folded: str, position: int) -> tuple[str, int, str] | None:
        """Category, end and cue id of the longest phrase that starts at ``position``."""
        token = _TOKEN.match(folded, position)
        longest = self._first.get(_letters(token.group())) if token else None
        if longest is None:
            return None
        tokens: tuple[str, ...] = ()
        found = None
        for word, end in _following(folded, position, longest):
            tokens = (*tokens, word)
            hit = self._by_tokens.get(tokens)
            if hit:
                found = (hit[0], end, hit[1])
        return found

    def ending(self, tokens: Sequence[str]) -> tuple[str, int, str] | None:
        """Category, number of tokens and cue id of the longest phrase that ends ``tokens``."""
        longest = self._last.get(tokens[-1])
        if longest is None:
            return None
        for size in range(min(longest, len(tokens)), 0, -1):
            hit = self._by_tokens.get(tuple(tokens[-size:]))
            if hit:
                return hit[0], size, hit[1]
        return None

    def __contains__(self, token: str) -> bool:
        return (token,) in self._by_tokens


def _forms(literal: str) -> Iterable[str]:
    adjective = literal.startswith("~")
    for term in expand(literal.removeprefix("~")):
        forms = adjective_forms(term) if adjective else noun_forms(term)
        for form in forms:
            yield from spellings(form)


def _following(folded: str, position: int, count: int) -> Iterable[tuple[str, int]]:
    """Up to ``count`` words from ``position`` on that only blanks or hyphens part."""
    for _ in range(count):
        token = _TOKEN.match(folded, position)
        if token is None:
            return
        yield _letters(token.group()), token.end()
        gap = _GAP.match(folded, token.end())
        position = gap.end() if gap else token.end()


def words_of(folded: str, start: int, end: int) -> list[tuple[str, int]]:
    """Words and their offsets in ``folded[start:end]``."""
    return [(_letters(m.group()), m.start()) for m in _TOKEN.finditer(folded, start, end)]


def preceding(folded: str, start: int, lowest: int) -> list[tuple[str, int]]:
    """Words and their offsets before ``start``, back to the last punctuation or blank line."""
    clause = _PUNCTUATION.split(folded[lowest:start])[-1]
    return words_of(folded, start - len(clause), start)
