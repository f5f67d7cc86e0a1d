"""The named pipelines: which pipes, in which order, with which settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oncotext.errors import UnknownNameError, UsageError

if TYPE_CHECKING:
    from spacy.language import Language

DEFAULT = "fr_onco_rules"

PIPELINES: dict[str, tuple[str, ...]] = {
    # Mentions in the order in which they win over one another at equal length.
    DEFAULT: (
        "oncotext.sentences",
        "oncotext.sections",
        "oncotext.tnm",
        "oncotext.stage",
        "oncotext.biomarker",
        "oncotext.histology",
        "oncotext.drug",
        "oncotext.toxicity",
        "oncotext.topography",
        "oncotext.grade",
        "oncotext.performance",
        "oncotext.response",
        "oncotext.size",
        "oncotext.assertion",
        "oncotext.codes",
        "oncotext.laboratory",
        "oncotext.record",
        "oncotext.entities",
    )
}

# Pipes after those of mentions that write what these have found to ``doc.spans``.
_SPAN_WRITERS = frozenset(("oncotext.record", "oncotext.entities"))


def load(
    name: str | Path = DEFAULT,
    disable: Iterable[str] = (),
    *,
    config: Mapping[str, Mapping[str, Any]] | None = None,
) -> Language:
    """Load a pipeline.

    Parameters
    ----------
    name : str or Path
        A shipped pipeline, an installed model package, or a folder written by `to_disk`.
    disable : iterable of str
        Names of pipes to leave out, e.g. ``["oncotext.record"]``.
    config : mapping, optional
        Arguments of pipes by their names, e.g. ``{"oncotext.drug": {"lexicon": ["mine.tsv"]}}``;
        for shipped pipelines only.

    Returns
    -------
    spacy.language.Language

    Raises
    ------
    UnknownNameError
        No pipeline, package or folder, or no pipe, has that name.

    Examples
    --------
    >>> nlp = load()
    >>> doc = nlp("Carcinome canalaire infiltrant du sein gauche.")
    >>> [(span.text, span._.code) for span in doc.spans["oncotext"]]
    [('Carcinome canalaire infiltrant', '8500/3'), ('sein gauche', 'C50.9')]
    """
    left_out = frozenset(disable)
    if str(name) not in PIPELINES:
        return _load_saved(name, left_out)
    pipes = PIPELINES[str(name)]
    for given in (*left_out, *(config or {})):
        if given not in pipes:
            raise UnknownNameError("pipe", given, pipes)
    from oncotext.language.tokenizer import OncoFrench
    from oncotext.mentions.pipe import MentionPipe

    nlp = OncoFrench(meta={"name": str(name).removeprefix("fr_"), "version": version()})
    for pipe in pipes:
        if pipe not in left_out:
            nlp.add_pipe(pipe, config=dict((config or {}).get(pipe, {})))
    if _SPAN_WRITERS - left_out:
        for _, component in nlp.pipeline:
            if isinstance(component, MentionPipe):
                component.spans = False
    return nlp


def _load_saved(name: str | Path, disable: frozenset[str]) -> Language:
    import spacy
    from spacy.util import is_package

    if not Path(name).is_dir() and not is_package(str(name)):
        raise UnknownNameError("pipeline", str(name), PIPELINES)
    # saved, the pipes of a shipped pipeline are named without dots (oncotext_tnm)
    return spacy.load(name, exclude=sorted(disable | {pipe.replace(".", "_") for pipe in disable}))


@lru_cache(maxsize=2)
def _cached(name: str) -> Language:
    return load(name)


def resolve(pipeline: str | Path | Language) -> Language:
    """A pipeline given by name, path or itself; those named are loaded once."""
    if isinstance(pipeline, (str, Path)):
        return _cached(str(pipeline))
    if not callable(pipeline):
        raise UsageError(
            f"{type(pipeline).__name__} is no pipeline.",
            remedy="Give a name, a folder or a spaCy Language.",
        )
    return pipeline


def version() -> str:
    """The installed version of oncotext."""
    from oncotext import __version__

    return __version__


def installed_models() -> list[str]:
    """Names of installed spaCy model packages, which `load` takes too."""
    return sorted(entry.name for entry in entry_points(group="spacy_models"))
