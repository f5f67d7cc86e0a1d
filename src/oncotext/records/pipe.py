"""The pipe that assembles the record of a Doc from the mentions of the pipes before it."""

from __future__ import annotations

from bisect import bisect_right

from spacy.language import Language
from spacy.tokens import Doc

from oncotext.language.annotations import (
    codes_of,
    data_of,
    laboratory_of,
    mentions_of,
    register_extensions,
    sections_of,
    write_pending_spans,
)
from oncotext.language.component import Component
from oncotext.language.factories import factory
from oncotext.language.sentences import sentences_of
from oncotext.language.view import view_of
from oncotext.lexicon import cue_matcher
from oncotext.records.build import RECORD_WORDS, build_record
from oncotext.records.evidence import Evidence
from oncotext.records.laboratory import derived_toxicities


class RecordPipe(Component):
    """Writes the record, and on each mention the section it stands in."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        register_extensions()
        # compiled with the other lexicons, before the first text
        for words in RECORD_WORDS:
            cue_matcher(words)

    def __call__(self, doc: Doc) -> Doc:
        data, view = data_of(doc), view_of(doc)
        sections = sections_of(doc)
        starts = [section["start"] for section in sections]

        def section_label(position: int) -> str:
            index = bisect_right(starts, position) - 1
            return sections[index]["label"] if index >= 0 else "header"

        write_pending_spans(doc)
        mentions = mentions_of(doc)
        if sections:
            for mention in mentions:
                mention["section_label"] = section_label(mention["start"])
        evidence = Evidence(view.text, mentions, sentences_of(doc), section_label)
        report_type = data.get("report_type", "other")
        data["record"] = build_record(view, evidence, report_type, codes_of(doc))
        derived = derived_toxicities(laboratory_of(doc))
        if derived:
            data["record"]["derived_toxicities"] = derived
        return doc


@factory("oncotext.record")
def create(nlp: Language, name: str) -> RecordPipe:
    return RecordPipe(name)
