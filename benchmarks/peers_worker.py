"""Another library's answers on texts with given spans: the worker of ``peers.py``.

The Python of another environment runs it, in isolation: it imports the standard library and the
library that it serves. JSON on standard input, JSON on standard output.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Sequence
from importlib import metadata
from typing import Any

GROUP = "given"
# Their own names of what oncotext calls negated, hypothetical, historical and family; medSpaCy's
# are the categories of its French rules, since its attributes leave out UNCERTAIN.
FLAGS = {
    "edsnlp": {
        "negated": "negation",
        "hypothetical": "hypothesis",
        "historical": "history",
        "family": "family",
    },
    "medspacy": {
        "negated": "NEGATED_EXISTENCE",
        "hypothetical": "UNCERTAIN",
        "historical": "HISTORICAL",
        "family": "FAMILY",
    },
}
EDSNLP_PIPES = ("eds.normalizer", "eds.sentences", "eds.sections", "eds.tnm")
EDSNLP_QUALIFIERS = ("eds.negation", "eds.hypothesis", "eds.family", "eds.history")
EDSNLP_HEADER = "introduction"  # what precedes the first title

Result = dict[str, Any]
Place = tuple[int, int]


class EdsNlp:
    """Default settings; the qualifiers look at a span group of their own."""

    def __init__(self) -> None:
        import edsnlp  # type: ignore[import-not-found]

        self.nlp = edsnlp.blank("eds")
        for name in EDSNLP_PIPES:
            self.nlp.add_pipe(name)
        for name in EDSNLP_QUALIFIERS:
            self.nlp.add_pipe(name, config={"span_getter": {GROUP: True}})

    def answer(self, text: str, places: Sequence[Place]) -> Result:
        """Flags of the spans in their order, starts of sections, TNM spans."""
        doc = self.nlp.make_doc(text)
        spans = spans_in(doc, places)
        # sorted and each span once: edsnlp passes over spans that are not sorted
        unique = {(span.start, span.end): span for span in spans}
        doc.spans[GROUP] = [unique[key] for key in sorted(unique)]
        for _, pipe in self.nlp.pipeline:
            doc = pipe(doc)
        names = FLAGS["edsnlp"]
        sections = [span for span in doc.spans["sections"] if span.label_ != EDSNLP_HEADER]
        return {
            "flags": [
                {flag: bool(getattr(span._, name)) for flag, name in names.items()}
                for span in spans
            ],
            "sections": [span.start_char for span in sections],
            "tnm": [(ent.start_char, ent.end_char) for ent in doc.ents if ent.label_ == "tnm"],
        }


class MedSpacy:
    """The French rules that it ships; the spans are entities, overlapping ones take turns."""

    def __init__(self) -> None:
        import medspacy  # type: ignore[import-not-found]

        pipes = [f"medspacy_{name}" for name in ("tokenizer", "pyrush", "context")]
        self.nlp = medspacy.load(language_code="fr", medspacy_enable=pipes)
        self.nlp.add_pipe("medspacy_sectionizer", config={"language_code": "fr"})

    def answer(self, text: str, places: Sequence[Place]) -> Result:
        """Flags of the spans in their order, starts of sections."""
        found: dict[Place, dict[str, bool]] = {}
        left = list(dict.fromkeys(places))
        while True:
            doc = self.nlp.make_doc(text)
            spans = dict(zip(left, spans_in(doc, left), strict=True))
            chosen = without_overlaps(spans)
            doc.ents = list(chosen.values())
            for _, pipe in self.nlp.pipeline:
                doc = pipe(doc)
            found |= {place: self._flags(span) for place, span in chosen.items()}
            left = [place for place in left if place not in chosen]
            if not left:
                break
        titles = [section.title_span for section in doc._.sections if section.category]
        return {
            "flags": [found[place] for place in places],
            "sections": [doc[start].idx for start, end in titles if end > start],
        }

    def _flags(self, span: Any) -> dict[str, bool]:
        categories = {modifier.category for modifier in span._.modifiers or ()}
        return {flag: name in categories for flag, name in FLAGS["medspacy"].items()}


def spans_in(doc: Any, places: Sequence[Place]) -> list[Any]:
    """The places as spans, which grow to whole tokens."""
    label = "PROBLEM"
    return [doc.char_span(*place, label=label, alignment_mode="expand") for place in places]


def without_overlaps(spans: dict[Place, Any]) -> dict[Place, Any]:
    """The longest of spans that overlap, then the first."""
    chosen: dict[Place, Any] = {}
    taken: set[int] = set()
    for place, span in sorted(spans.items(), key=lambda item: (-len(item[1]), item[0])):
        tokens = set(range(span.start, span.end))
        if not tokens & taken:
            chosen[place] = span
            taken |= tokens
    return dict(sorted(chosen.items()))


LIBRARIES = {"edsnlp": EdsNlp, "medspacy": MedSpacy}


def versions(*names: str) -> dict[str, str]:
    """Python and the packages, as installed where this runs."""
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in names}}


def main(library: str) -> None:
    """Answer the question on standard input."""
    # What libraries print must not come between.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    documents = json.load(sys.stdin)["documents"]
    peer = LIBRARIES[library]()
    result = {
        "documents": [
            peer.answer(document["text"], [(start, end) for start, end in document["spans"]])
            for document in documents
        ],
        "versions": versions(library, "spacy", "numpy"),
        "pipes": list(peer.nlp.pipe_names),
    }
    json.dump(result, out)
    out.close()


if __name__ == "__main__":
    main(sys.argv[1])
