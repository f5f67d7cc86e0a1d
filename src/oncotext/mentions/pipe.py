"""What all mention pipes share: called on a Doc, they add what ``find`` gives."""

from __future__ import annotations

from collections.abc import Iterable

from spacy.tokens import Doc

from oncotext.language.annotations import MentionData, add_mentions, register_extensions
from oncotext.language.component import Component


class MentionPipe(Component):
    """A spaCy pipe that adds the mentions of one label.

    Subclasses say in ``find`` what they see in a Doc. Nothing is learnt, so nothing but the
    pipe's arguments, which spaCy keeps in the config, is saved.

    Attributes
    ----------
    spans : bool
        Whether each call brings ``doc.spans`` up to date. In a pipeline whose later pipes
        (``oncotext.assertion``, ``record`` or ``entities``) do so once for all, it need not.
    """

    spans = True

    def __init__(self, name: str) -> None:
        super().__init__(name)
        register_extensions()

    def find(self, doc: Doc) -> Iterable[MentionData]:
        raise NotImplementedError

    def __call__(self, doc: Doc) -> Doc:
        add_mentions(doc, self.find(doc), spans=self.spans)
        return doc
