"""Whether a histology occurs at a site, by the list that American cancer registries check with.

The list (``lexicon/site_histology.tsv``) is SEER's ICD-O-3 validation list of 2015. It names what
is usual; a pair that it lacks is improbable, not impossible. Where a registry's list has nothing
to say, ``lexicon/site_histology_limits.tsv`` says so.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from oncotext.lexicon import load_cues
from oncotext.linking.ranges import histologies, organs, sites

_MORPHOLOGY = re.compile(r"(\d{4})/([0-369])")
_TOPOGRAPHY = re.compile(r"(C\d\d)(?:\.(\d))?")
# Neoplasm, carcinoma: without a type, at home anywhere.
_UNSPECIFIC = range(8000, 8011)
# Where a tumour came to notice, which says nothing of where it began.
_ILL_DEFINED = frozenset(("C76", "C80"))
_NODES = "C77"
_HAEMATOLOGICAL = 9590
# Where registries record benign and borderline tumours too: the central nervous system, the
# pituitary and the pineal gland.
_INTRACRANIAL = ("C70", "C71", "C72", "C75")


@dataclass(frozen=True)
class _Pairs:
    """The histologies of each site by behaviour, all sites' of a behaviour together, the sites of
    each organ, and the histologies that no list is to be held against."""

    at: Mapping[str, Mapping[str, frozenset[int]]]
    anywhere: Mapping[str, frozenset[int]]
    subsites: Mapping[str, tuple[str, ...]]
    silent: Mapping[str, frozenset[int]]


def plausible(topography: str, morphology: str) -> bool | None:
    """Whether a histology occurs at a site.

    Parameters
    ----------
    topography : str
        A code of ICD-O-3: ``"C50.4"``, or an organ's, ``"C50"``.
    morphology : str
        A code of ICD-O-3 with its behaviour: ``"8500/3"``.

    Returns
    -------
    bool or None
        None where the list has no say: a histology or a site that it does not know, metastases,
        sites that are ill defined, solid tumours in lymph nodes, benign and borderline tumours
        outside the skull and the spine (elsewhere registries do not record them), and what the
        file of limits names (haematological tumours in any organ, carcinomas of the skin, ...).

    Notes
    -----
    A site without precision (``.9``) may have what any subsite of its organ may have, and a
    subsite what its organ without precision may have. In situ tumours may be of any type that
    the site has invasive ones of. Benign intracranial tumours are held to the lists of all
    intracranial sites together.

    Examples
    --------
    >>> plausible("C50.4", "8500/3"), plausible("C50.9", "8170/3"), plausible("C50.9", "8500/6")
    (True, False, None)
    """
    kind, site = _MORPHOLOGY.fullmatch(morphology), _TOPOGRAPHY.fullmatch(topography)
    if kind is None or site is None:
        return None
    number, behaviour, organ = int(kind[1]), kind[2], site[1]
    if organ in _ILL_DEFINED or (organ == _NODES and number < _HAEMATOLOGICAL):
        return None
    behaviours = _compared(behaviour, organ)
    if not behaviours:
        return None
    if number in _UNSPECIFIC:
        return True
    pairs = _pairs()
    places = _comparable(organ, site[2] or "9", behaviours, pairs)
    if not places or not any(number in pairs.anywhere[listed] for listed in behaviours):
        return None
    if any(number in pairs.at[place].get(listed, ()) for place in places for listed in behaviours):
        return True
    return None if number in pairs.silent.get(organ, ()) else False


def _compared(behaviour: str, organ: str) -> str:
    """The behaviours whose lists speak of a tumour; none where registries keep no list."""
    if behaviour in "01":
        return "01" if organ in _INTRACRANIAL else ""
    return {"2": "23", "3": "3"}.get(behaviour, "")


def _comparable(organ: str, sub: str, behaviours: str, pairs: _Pairs) -> tuple[str, ...]:
    """The sites whose lists a tumour is held against."""
    if behaviours == "01":
        return tuple(site for place in _INTRACRANIAL for site in pairs.subsites[place])
    known = pairs.subsites.get(organ, ())
    if sub == "9":
        return known
    own = (f"{organ}.{sub}", f"{organ}.9")
    return tuple(site for site in own if site in known)


@cache
def _pairs() -> _Pairs:
    at: dict[str, dict[str, frozenset[int]]] = defaultdict(dict)
    anywhere: dict[str, set[int]] = defaultdict(set)
    subsites: dict[str, list[str]] = defaultdict(list)
    for row in load_cues("site_histology"):
        numbers = frozenset(histologies(row.literal))
        anywhere[row.category] |= numbers
        for site in sites(row.scope):
            at[site][row.category] = numbers
    for site in at:
        subsites[site[:3]].append(site)
    silent: dict[str, set[int]] = defaultdict(set)
    for row in load_cues("site_histology_limits"):
        for organ in organs(row.scope):
            silent[organ] |= set(histologies(row.literal))
    return _Pairs(
        at,
        {behaviour: frozenset(numbers) for behaviour, numbers in anywhere.items()},
        {organ: tuple(own) for organ, own in subsites.items()},
        {organ: frozenset(numbers) for organ, numbers in silent.items()},
    )
