"""Abbreviations that a report defines itself: 'carcinome à cellules de Merkel (CCM)'."""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc

from oncotext.errors import MissingExtraError
from oncotext.language.annotations import MentionData, add_mentions, register_extensions
from oncotext.language.component import Component
from oncotext.language.factories import factory
from oncotext.linking.link import linker_of
from oncotext.linking.systems import SYSTEM_OF

RULE = "abbreviation"
_LABELS = ("MORPHOLOGY", "TOPOGRAPHY")
_EXTRA = "scispacy"


class AbbreviationsPipe(Component):
    """Marks the abbreviations that a report defines with the code of their long form.

    scispaCy's detector finds the definitions (Schwartz and Hearst, 2003). An abbreviation counts
    where the lexicon knows its long form.

    Parameters
    ----------
    name : str
    nlp : Language
        The pipeline that the pipe is in.
    """

    def __init__(self, name: str, nlp: Language) -> None:
        super().__init__(name)
        try:
            from scispacy.abbreviation import AbbreviationDetector
        except ImportError:
            raise MissingExtraError("Abbreviations defined in the report", _EXTRA) from None
        self._nlp, self._detector = nlp, AbbreviationDetector(nlp)
        register_extensions()

    def __call__(self, doc: Doc) -> Doc:
        found: list[MentionData] = []
        # the detector leaves spans on its Doc, which could then not be saved: give it another
        for short in self._detector(self._nlp.make_doc(doc.text))._.abbreviations:
            long = short._.long_form.text
            for label in _LABELS:
                best = linker_of(SYSTEM_OF[label]).link(long, 1)
                if best and best[0].score == 1.0:
                    found.append(
                        {
                            "start": short.start_char,
                            "end": short.end_char,
                            "label": label,
                            "code": best[0].code,
                            "name": best[0].name,
                            "rule": RULE,
                        }
                    )
                    break
        add_mentions(doc, found)
        return doc


@factory("oncotext.abbreviations")
def create(nlp: Language, name: str) -> AbbreviationsPipe:
    return AbbreviationsPipe(name, nlp)
