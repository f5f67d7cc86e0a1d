"""Readers and writers of annotated corpora, and the samples shipped with the package."""

from oncotext.corpora.formats import FORMATS, Format
from oncotext.corpora.inline import read_gold
from oncotext.corpora.known import KnownCorpus, known_corpora
from oncotext.corpora.loading import Corpus, load_corpus
from oncotext.corpora.reading import Problem
from oncotext.corpora.samples import sample_paths

__all__ = [
    "FORMATS",
    "Corpus",
    "Format",
    "KnownCorpus",
    "Problem",
    "known_corpora",
    "load_corpus",
    "read_gold",
    "sample_paths",
]
