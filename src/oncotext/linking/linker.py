"""From the words of a mention to ranked codes: known forms first, then what is like them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from oncotext.errors import UsageError
from oncotext.lexicon import load_cues
from oncotext.linking.candidates import Array, FormIndex, Matches, stems
from oncotext.linking.ranking import Kernel, features
from oncotext.linking.systems import CodeSystem
from oncotext.matching.inflection import expand, phrase_form

NEIGHBOURS = 60
_REMEMBERED = 20_000
# How much the forms like a query count beside the times that a corpus has the form itself.
_DOUBT = 0.5
# A form of the lexicon is as good as so many mentions of a corpus.
_TRUST = 1.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A code that a surface form may stand for.

    Attributes
    ----------
    code, name : str
        The code and its French term.
    score : float
        1 for a known form; else the probability that the form stands for the code, 0 to 1. What
        the scores lack to 1 is the probability of no code.
    """

    code: str
    name: str
    score: float


class Linker:
    """Links surface forms to the codes of a system.

    Parameters
    ----------
    system : CodeSystem
        Its terms.
    aliases : mapping, optional
        Forms of a corpus: how often each (as `phrase_form` writes it) has each code.
    kernel : Kernel, optional
        By default the shipped weights.
    """

    def __init__(
        self,
        system: CodeSystem,
        *,
        aliases: Mapping[str, Mapping[str, int]] | None = None,
        kernel: Kernel | None = None,
    ) -> None:
        self.system = system
        self.aliases = {form: dict(codes) for form, codes in (aliases or {}).items()}
        self.kernel = kernel or Kernel.shipped(system.name)
        self._known = system.by_surface()
        self._names = system.names()
        self._remembered: dict[tuple[str, int], list[Candidate]] = {}

    @cached_property
    def forms(self) -> Forms:
        """All forms with what is like them, made when an unknown one is first asked for."""
        return Forms(self.system, self.aliases)

    def link(self, surface: str, k: int = 5, context: str | None = None) -> list[Candidate]:
        """The codes that a surface form most likely stands for, best first (see `link`)."""
        if k < 1:
            raise UsageError(f"k is {k}; at least 1 candidate must be asked for.")
        key = (surface, k)
        if context is None and key in self._remembered:
            return self._remembered[key]
        found = self._link(self.normal(surface), k, context)
        if context is None:
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = found
        return found

    def normal(self, surface: str) -> str:
        """A surface form as it is looked up; the code of a site says nothing of its side."""
        phrase = phrase_form(surface)
        if self.system.name == "ICD-O-3-T" and phrase not in self._known:
            return _without_side(phrase)
        return phrase

    def _link(self, phrase: str, k: int, context: str | None) -> list[Candidate]:
        if not phrase:
            return []
        known = self._known.get(phrase)
        counts = self.aliases.get(phrase, {})
        # without a corpus that says otherwise, a form of the lexicon is certain
        certain = known if not self.aliases else None
        if certain is not None and k == 1:
            return [Candidate(certain.code, certain.preferred, 1.0)]
        ranked = self.like(phrase, context)
        if counts:
            ranked = _mixed(counts, known.code if known else None, ranked)
        best = sorted(ranked.items(), key=lambda item: -item[1])[:k]
        if certain is not None:
            others = ((code, min(score, 0.999)) for code, score in best if code != certain.code)
            best = [(certain.code, 1.0), *others][:k]
        return [
            Candidate(code, self._names.get(code, ""), round(s, 4)) for code, s in best if s > 0
        ]

    def like(self, phrase: str, context: str | None = None) -> dict[str, float]:
        """The codes of the forms like a phrase, with their probabilities."""
        matches = self.forms.index.search(phrase, NEIGHBOURS)
        if not len(matches.forms):
            return {}
        rows = self.forms.rows(phrase, matches, context)
        return self.forms.codes(matches.forms, self.kernel.shares(rows))


class Forms:
    """The forms of a system and of a corpus: what each stands for, and which are like others."""

    def __init__(
        self, system: CodeSystem, aliases: Mapping[str, Mapping[str, int]] | None = None
    ) -> None:
        surfaces = list(dict.fromkeys(system.surfaces))
        by_surface = system.by_surface()
        self.meanings: list[dict[str, float]] = [{by_surface[s].code: 1.0} for s in surfaces]
        own, often = [1.0] * len(surfaces), [0.0] * len(surfaces)
        for form, counts in (aliases or {}).items():
            total = sum(counts.values())
            surfaces.append(form)
            self.meanings.append({code: n / total for code, n in counts.items()})
            own.append(0.0)
            often.append(float(np.log(total)))
        self.surfaces: Sequence[str] = surfaces
        self.own, self.often = np.array(own), np.array(often)
        self.index = FormIndex(surfaces)
        self._behaviours = np.array([_behaviour_of(meaning) for meaning in self.meanings])
        self._morphology = system.name == "ICD-O-3-M"

    def rows(self, phrase: str, matches: Matches, context: str | None = None) -> Array:
        """What each match shares with a phrase, as the kernel wants it."""
        found = matches.forms
        behaviour = np.zeros(len(found))
        if self._morphology:
            said = behaviours_said(phrase)
            if said:
                behaviour = np.array([float(b not in said) for b in self._behaviours[found]])
        around = np.zeros(len(found))
        if context is not None:
            around = self._around(phrase, found, context)
        return features(matches, self.own[found], self.often[found], behaviour, around)

    def _around(self, phrase: str, found: Array, context: str) -> Array:
        """The share of each form's other words that stand around the mention."""
        own, words = set(stems(phrase)), set(stems(phrase_form(context)))
        shares = []
        for number in found:
            others = [word for word in stems(self.surfaces[number]) if word not in own]
            shares.append(sum(word in words for word in others) / len(others) if others else 0.0)
        return np.array(shares)

    def codes(self, found: Array, shares: Array) -> dict[str, float]:
        """The shares of forms as those of their codes."""
        out: dict[str, float] = {}
        for number, share in zip(found.tolist(), shares.tolist(), strict=True):
            for code, part in self.meanings[number].items():
                out[code] = out.get(code, 0.0) + share * part
        return out


def _mixed(
    counts: Mapping[str, int], known: str | None, like: Mapping[str, float]
) -> dict[str, float]:
    """What a corpus says of a form, the lexicon's word for it, and what is like it."""
    total = sum(counts.values()) + (_TRUST if known else 0.0) + _DOUBT
    mixed = {code: _DOUBT * share / total for code, share in like.items()}
    for code, often in counts.items():
        mixed[code] = mixed.get(code, 0.0) + often / total
    if known is not None:
        mixed[known] = mixed.get(known, 0.0) + _TRUST / total
    return mixed


def _behaviour_of(meaning: Mapping[str, float]) -> str:
    return max(meaning, key=meaning.__getitem__)[-1]


_SAID = (
    ("in situ", "2"), ("intraepithelial", "2"), ("intra epithelial", "2"), ("non infiltrant", "2"),
    ("infiltrant", "3"), ("invasif", "3"), ("invasive", "3"), ("benin", "0"), ("benigne", "0"),
    ("borderline", "1"), ("metasta", "6"), ("malin", "3"), ("maligne", "3"),
)  # fmt: skip


def behaviours_said(phrase: str) -> frozenset[str]:
    """The behaviours that the words of a form speak of; empty where none do."""
    said = {digit for words, digit in _SAID if words in phrase}
    if "2" in said and "non infiltrant" in phrase:
        said.discard("3")
    return frozenset(said)


def _without_side(phrase: str) -> str:
    kept = [word for word in phrase.split() if word not in _side_words()]
    return " ".join(kept) or phrase


@cache
def _side_words() -> frozenset[str]:
    return frozenset(
        phrase_form(form) for cue in load_cues("sides") for form in expand(cue.literal)
    )
