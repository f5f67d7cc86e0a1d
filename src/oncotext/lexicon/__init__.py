"""French oncology knowledge as data: one concept, cue or title a line, read by one loader."""

from oncotext.lexicon.loader import (
    Concept,
    Cue,
    concept_matcher,
    cue_matcher,
    lexicon_checksum,
    load_concepts,
    load_cues,
    read_concepts,
    read_cues,
    read_rows,
    shipped,
    write_cues,
)

__all__ = [
    "Concept",
    "Cue",
    "concept_matcher",
    "cue_matcher",
    "lexicon_checksum",
    "load_concepts",
    "load_cues",
    "read_concepts",
    "read_cues",
    "read_rows",
    "shipped",
    "write_cues",
]
