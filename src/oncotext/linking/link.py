"""Ranked codes for a surface form, whoever found it."""

from __future__ import annotations

from functools import cache

from oncotext.linking.linker import Candidate, Linker
from oncotext.linking.systems import code_system


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
        The sentence around the mention: its words speak for codes whose terms have them.

    Returns
    -------
    list of Candidate
        Their scores are probabilities: a threshold gives no code rather than a wrong one.

    Raises
    ------
    UnknownNameError
        No such code system.

    Examples
    --------
    >>> link("carcinomes canalaires infiltrants", "ICD-O-3-M", k=1)
    [Candidate(code='8500/3', name='carcinome canalaire infiltrant', score=1.0)]
    """
    return linker_of(system).link(surface, k, context)


@cache
def linker_of(system: str) -> Linker:
    """The linker of a system with the terms of the lexicon."""
    return Linker(code_system(system))
