"""DRUG: anticancer and supportive drugs and protocols, coded by their French INN."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from spacy.language import Language
from spacy.tokens import Doc

from oncotext.language.annotations import MentionData
from oncotext.language.factories import factory
from oncotext.language.view import view_of
from oncotext.lexicon import concept_matcher
from oncotext.mentions.pipe import MentionPipe


class DrugPipe(MentionPipe):
    """Finds drugs and protocols.

    Parameters
    ----------
    lexicon : sequence of str
        Paths of concept files of the user's own; they win over the shipped one.
    """

    def __init__(self, name: str, *, lexicon: Sequence[str] = ()) -> None:
        super().__init__(name)
        self._matcher = concept_matcher("drugs", lexicon)

    def find(self, doc: Doc) -> Iterable[MentionData]:
        for hit in self._matcher.find(view_of(doc)):
            drug = hit.value
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


@factory("oncotext.drug", default_config={"lexicon": []})
def create(nlp: Language, name: str, lexicon: list[str]) -> DrugPipe:
    return DrugPipe(name, lexicon=lexicon)
