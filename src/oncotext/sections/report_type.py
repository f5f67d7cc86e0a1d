"""The type of a report: from the words of its first lines and the sections it has."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import get_args

from oncotext.errors import LexiconError
from oncotext.language.annotations import SectionData
from oncotext.language.view import TextView
from oncotext.lexicon.loader import load_cues
from oncotext.report import ReportType
from oncotext.sections.patterns import literal_keys, normal_key, scan_key, trie_pattern

_HEAD = 700
_NAME_LINE = 120
_DIRECTIONS = ("head", "name", "section")
_TYPES = get_args(ReportType)
# below this sum nothing speaks for any type
_ENOUGH = 4.0


def report_type(view: TextView, sections: Iterable[SectionData]) -> str:
    """The type of a report, ``other`` where nothing speaks for one.

    Parameters
    ----------
    view : TextView
    sections : iterable of SectionData
        The sections of the text.

    Examples
    --------
    >>> report_type(TextView("COMPTE RENDU OPERATOIRE\\nIndication : tumeur."), [])
    'operative'
    """
    return HeadVotes(view).kind({section["label"] for section in sections})


class HeadVotes:
    """What the first lines of a text say of its type."""

    def __init__(self, view: TextView) -> None:
        weights = _weights()
        self._sums: dict[str, float] = defaultdict(float)
        head = "\n" + scan_key(view.folded[:_HEAD])
        seen = set()
        for match in weights.words.finditer(head):
            key = normal_key(match.group(1))
            if key in seen:
                continue
            seen.add(key)
            # the name of the document stands in its first lines
            nearness = 1.0 if match.start() < _HEAD // 3 else 0.6
            if _line_length(head, match.start(1)) <= _NAME_LINE:
                for kind, weight in weights.of_name.get(key, ()):
                    self._sums[kind] += weight * nearness
            for kind, weight in weights.of_word.get(key, ()):
                self._sums[kind] += weight * nearness

    def kind(self, labels: Iterable[str]) -> str:
        """The type that the first lines and the labels of sections speak for most."""
        sums = self._sums.copy()
        of_section = _weights().of_section
        for label in labels:
            for kind, weight in of_section.get(label, ()):
                sums[kind] += weight
        best = max(sums, key=sums.__getitem__, default="other")
        return best if sums[best] >= _ENOUGH else "other"


def _line_length(text: str, position: int) -> int:
    end = text.find("\n", position)
    return (end if end >= 0 else len(text)) - text.rfind("\n", 0, position)


_Votes = dict[str, list[tuple[str, float]]]


@dataclass(frozen=True, slots=True)
class _Weights:
    """The types that a word or section label speaks for, each with its weight."""

    words: re.Pattern[str]
    of_word: _Votes
    of_name: _Votes
    of_section: _Votes


@lru_cache(maxsize=1)
def _weights() -> _Weights:
    votes: dict[str, _Votes] = {direction: defaultdict(list) for direction in _DIRECTIONS}
    for cue in load_cues("report_types"):
        where = f"report type {cue.id!r}"
        if cue.category not in _TYPES:
            raise LexiconError(f"{cue.category!r} is no report type.", where=where)
        if cue.direction not in _DIRECTIONS or not re.fullmatch(r"-?[\d.]+", cue.scope):
            raise LexiconError("The direction or the weight is wrong.", where=where)
        section = cue.direction == "section"
        for key in [cue.literal] if section else literal_keys(cue.literal):
            votes[cue.direction][key].append((cue.category, float(cue.scope)))
    words = trie_pattern({**votes["head"], **votes["name"]})
    pattern = re.compile(rf"[^a-z]({words})(?![a-z])")
    return _Weights(pattern, votes["head"], votes["name"], votes["section"])
