"""DRUG: anticancer and supportive drugs and protocols, coded by their French INN."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain

from spacy.language import Language
from spacy.tokens import Doc

from oncotext.language.annotations import MentionData, section_at
from oncotext.language.factories import factory
from oncotext.language.view import TextView, view_of
from oncotext.lexicon import concept_matcher, load_concepts
from oncotext.mentions.drug_spelling import Misspelt
from oncotext.mentions.pipe import MentionPipe

# 'Allergie : amoxicilline', 'dosage de l'EPO', 'carence en vitamine B12'
_NOT_GIVEN = re.compile(
    r"\ballergi(?:es?|ques? (?:a|aux?))\b[^.;\n)]*$"
    r"|\b(?:dosages?|taux) (?:de |des |d'|du )(?:la |l')?$|\b(?:carence|deficit) en $"
)
_LOOK_BACK = 50


class DrugPipe(MentionPipe):
    """Finds drugs and protocols.

    Parameters
    ----------
    lexicon : sequence of str
        Paths of concept files of the user's own; they win over the shipped one.
    """

    def __init__(self, name: str, *, lexicon: Sequence[str] = ()) -> None:
        super().__init__(name)
        self._lexicon = lexicon
        self._matcher = concept_matcher("drugs", lexicon)

    @cached_property
    def _misspelt(self) -> Misspelt:
        return Misspelt(load_concepts("drugs", self._lexicon))

    def find(self, doc: Doc) -> Iterable[MentionData]:
        view = view_of(doc)
        named = self._matcher.find(view)
        for hit in chain(named, self._misspelt.find(view, named)):
            if _is_not_given(view, hit.start):
                continue
            drug = hit.value
            if "with" in drug.attrs and not _speaks_of(view, drug.attrs["with"]):
                continue
            if "daily" in drug.attrs and _is_usual(doc, hit.start):
                continue
            attrs = {key: value for key, value in drug.attrs.items() if key in ("atc", "drugs")}
            yield {
                "start": hit.start,
                "end": hit.end,
                "label": "DRUG",
                "code": drug.code,
                "name": drug.preferred,
                "attrs": attrs,
                "rule": drug.id,
            }


def _speaks_of(view: TextView, beginnings: str) -> bool:
    """Antibiotics count where a report speaks of what they treat in oncology."""
    words = "|".join(map(re.escape, beginnings.split(",")))
    return re.search(rf"\b(?:{words})", view.folded) is not None


def _is_usual(doc: Doc, start: int) -> bool:
    section = section_at(doc, start)
    return section is not None and section["label"] == "usual_treatment"


def _is_not_given(view: TextView, start: int) -> bool:
    at = view.to_folded(start)
    return _NOT_GIVEN.search(view.folded, max(0, at - _LOOK_BACK), at) is not None


@factory("oncotext.drug", default_config={"lexicon": []})
def create(nlp: Language, name: str, lexicon: list[str]) -> DrugPipe:
    return DrugPipe(name, lexicon=lexicon)
