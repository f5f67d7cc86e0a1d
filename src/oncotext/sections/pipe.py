"""The spaCy pipe ``oncotext.sections``: sections and report type of a Doc."""

from __future__ import annotations

from collections.abc import Sequence

from spacy.language import Language
from spacy.tokens import Doc

from oncotext.language.annotations import data_of, register_extensions, set_sections
from oncotext.language.component import Component
from oncotext.language.factories import factory
from oncotext.language.view import view_of
from oncotext.sections import read_layout


class SectionsPipe(Component):
    """Writes ``doc.spans["sections"]`` and the report's type.

    Parameters
    ----------
    name : str
    titles : list of str
        Paths of users' own title files; their lines win over the shipped ones.
    without : list of str
        Ids of titles to leave out; ``*`` stands for any characters.
    """

    def __init__(self, name: str, *, titles: list[str], without: Sequence[str] = ()) -> None:
        super().__init__(name)
        self.titles, self.without = tuple(titles), tuple(without)
        register_extensions()

    def __call__(self, doc: Doc) -> Doc:
        sections, kind = read_layout(view_of(doc), titles=self.titles, without=self.without)
        set_sections(doc, sections)
        data_of(doc)["report_type"] = kind
        return doc


@factory("oncotext.sections", default_config={"titles": [], "without": []})
def create(nlp: Language, name: str, titles: list[str], without: list[str]) -> SectionsPipe:
    """Make the pipe for a pipeline."""
    return SectionsPipe(name, titles=titles, without=without)
