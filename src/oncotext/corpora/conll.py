"""CoNLL with BIO tags, written only: a token and its tag a line, a blank line after a sentence.

Tokens and sentences are oncotext's. A mention off token boundaries takes the whole tokens; of
mentions that overlap the longest is written; pieces become their hull.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from oncotext.corpora.reading import Problem
from oncotext.report import AnnotatedReport


def detect(path: Path) -> bool:
    """Never: CoNLL is not read."""
    return False


def write(reports: Sequence[AnnotatedReport], path: Path) -> list[Problem]:
    """Write one file; ``-DOCSTART-`` begins a report."""
    import spacy

    from oncotext.corpora.docbin import docs_of

    nlp = spacy.blank("onco_fr")
    sentences = nlp.add_pipe("oncotext.sentences")
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for doc in docs_of(reports, nlp):
            file.write("-DOCSTART-\tO\n\n")
            for lines in _sentences(sentences(doc)):
                file.write("\n".join(lines) + "\n\n")
    return []


def _sentences(doc: Any) -> Iterator[list[str]]:
    for sentence in doc.sents:
        lines = [
            f"{token.text}\t{token.ent_iob_ if token.ent_type_ else 'O'}"
            + (f"-{token.ent_type_}" if token.ent_type_ else "")
            for token in sentence
            if not token.is_space and token.text.strip()
        ]
        if lines:
            yield lines
