"""Readers and writers of annotated corpora, and the samples shipped with the package."""

from oncotext.corpora.inline import read_gold
from oncotext.corpora.samples import sample_paths

__all__ = ["read_gold", "sample_paths"]
