"""Ranked codes for a surface form, whoever found it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from oncotext.errors import UsageError
from oncotext.lexicon import Concept, load_cues
from oncotext.linking.candidates import CandidateIndex
from oncotext.linking.systems import code_system
from oncotext.matching.inflection import expand, phrase_form

# A code that only the words around the surface form speak for counts this much less.
_CONTEXT_WEIGHT = 0.2


@dataclass(frozen=True, slots=True)
class Candidate:
    """A code that a surface form may stand for.

    Attributes
    ----------
    code, name : str
        The code and its French term.
    score : float
        1 for a known form; else the cosine similarity of character n-grams with the closest
        known form, 0 to 1.
    """

    code: str
    name: str
    score: float


def link(surface: str, system: str, k: int = 5, context: str | None = None) -> list[Candidate]:
    """The codes that a surface form most likely stands for, best first.

    Parameters
    ----------
    surface : str
        The words of the mention, e.g. ``"adénocarcinome lieberkühnien"``.
    system : str
        ``"ICD-O-3-M"``, ``"ICD-O-3-T"`` or ``"CTCAE-5"``.
    k : int
        At most this many candidates.
    context : str, optional
        The sentence around the mention; it decides between candidates of similar score.

    Returns
    -------
    list of Candidate

    Raises
    ------
    UnknownNameError
        No such code system.

    Examples
    --------
    >>> link("carcinomes canalaires infiltrants", "ICD-O-3-M", k=1)
    [Candidate(code='8500/3', name='carcinome canalaire infiltrant', score=1.0)]
    """
    if k < 1:
        raise UsageError(f"k is {k}; at least 1 candidate must be asked for.")
    known = _surfaces(system)
    phrase = phrase_form(surface)
    if not phrase:
        return []
    exact = known.get(phrase)
    if exact is None and system == "ICD-O-3-T":
        # a site's code says nothing of its side
        phrase = _without_side(phrase)
        exact = known.get(phrase)
    if exact is not None and k == 1:
        return [Candidate(exact.code, exact.preferred, 1.0)]
    ranked: dict[str, tuple[float, Concept]] = {}
    if exact is not None:
        ranked[exact.code] = (1.0, exact)
    for concept, score in _index(system).search(phrase, 20 * k):
        # a known form alone scores 1
        score = min(score, 0.999)
        if score > ranked.get(concept.code, (0.0, concept))[0]:
            ranked[concept.code] = (score, concept)
    order = sorted(ranked.values(), key=lambda item: -_weight(item, context))
    return [Candidate(c.code, c.preferred, round(score, 4)) for score, c in order[:k]]


def _without_side(phrase: str) -> str:
    kept = [word for word in phrase.split() if word not in _side_words()]
    return " ".join(kept) or phrase


@cache
def _side_words() -> frozenset[str]:
    return frozenset(
        phrase_form(form) for cue in load_cues("sides") for form in expand(cue.literal)
    )


def _weight(item: tuple[float, Concept], context: str | None) -> float:
    """Score, and the share of the concept's words that stand in the sentence around."""
    score, concept = item
    if context is None or score == 1.0:
        return score
    around = set(phrase_form(context).split())
    words = phrase_form(concept.preferred).split()
    return score + _CONTEXT_WEIGHT * sum(word in around for word in words) / len(words)


@cache
def _surfaces(system: str) -> dict[str, Concept]:
    return code_system(system).by_surface()


@cache
def _index(system: str) -> CandidateIndex:
    return CandidateIndex(code_system(system))
