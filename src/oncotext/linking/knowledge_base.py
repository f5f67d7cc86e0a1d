"""The terms of a code system as scispaCy's knowledge base, so that its linker can run on them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from oncotext.errors import MissingExtraError
from oncotext.linking.systems import CodeSystem, code_system


def write_knowledge_base(path: str | Path, system: str) -> int:
    """Write a code system as JSON Lines, one concept a line.

    Parameters
    ----------
    path : str or Path
        Written as scispaCy's `KnowledgeBase` reads it: ``concept_id``, ``canonical_name``,
        ``aliases`` (folded surface forms), ``types``, ``definition``.
    system : str
        ``"ICD-O-3-M"``, ``"ICD-O-3-T"`` or ``"CTCAE-5"``.

    Returns
    -------
    int
        The number of concepts.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> write_knowledge_base(Path(mkdtemp()) / "kb.jsonl", "ICD-O-3-M") > 1000
    True
    """
    concepts = _concepts(code_system(system))
    with Path(path).open("w", encoding="utf-8") as file:
        for code, (name, aliases) in concepts.items():
            line = {
                "concept_id": code,
                "canonical_name": name,
                "aliases": aliases,
                "types": [system],
                "definition": None,
            }
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return len(concepts)


def _concepts(system: CodeSystem) -> dict[str, tuple[str, list[str]]]:
    """Name and surface forms of each code."""
    names = system.names()
    found: dict[str, tuple[str, list[str]]] = {}
    for surface, concept in zip(system.surfaces, system.concepts, strict=True):
        found.setdefault(concept.code, (names[concept.code], []))[1].append(surface)
    return found


def scispacy_candidates(path: str | Path) -> Any:
    """A scispaCy ``CandidateGenerator`` over a knowledge base written by `write_knowledge_base`.

    scispaCy's own way of making one fits UMLS only and fails with recent SciPy; this one is made
    of the parts that work. Aliases are folded: give it `matching.inflection.phrase_form` of a
    mention's words.

    Parameters
    ----------
    path : str or Path

    Raises
    ------
    MissingExtraError
        scispaCy is not installed.
    """
    try:
        import nmslib
        from scispacy.candidate_generation import CandidateGenerator
        from scispacy.linking_utils import KnowledgeBase
    except ImportError:
        raise MissingExtraError("scispaCy's candidates", "scispacy") from None
    from sklearn.feature_extraction.text import TfidfVectorizer

    base = KnowledgeBase(str(path))
    aliases = list(base.alias_to_cuis)
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3))
    vectors = vectorizer.fit_transform(aliases)
    index = nmslib.init(
        method="hnsw", space="cosinesimil_sparse", data_type=nmslib.DataType.SPARSE_VECTOR
    )
    index.addDataPointBatch(vectors)
    index.createIndex({"M": 30, "efConstruction": 200, "post": 0})
    index.setQueryTimeParams({"efSearch": 200})
    return CandidateGenerator(index, vectorizer, aliases, base)
