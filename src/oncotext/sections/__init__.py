"""Sections of a report: titles found and sorted into the guidelines' categories."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from oncotext.language.annotations import SectionData
from oncotext.language.view import TextView
from oncotext.sections.layout import Layout
from oncotext.sections.report_type import HeadVotes, report_type
from oncotext.sections.titles import title_finder

__all__ = ["find_sections", "read_layout", "report_type"]


def find_sections(
    view: TextView, *, titles: Sequence[str | Path] = (), without: Sequence[str] = ()
) -> list[SectionData]:
    """The sections of a text: they tile it from 0 to its end.

    Parameters
    ----------
    view : TextView
    titles : sequence of paths, optional
        Title files of the user's own, in the form of ``lexicon/section_titles.tsv``; they win.
    without : sequence of str, optional
        Ids of titles to leave out; ``*`` stands for any characters.

    Returns
    -------
    list of SectionData
        With raw offsets, each from its title's first character; ``title`` where it has one.
        The first is a ``header`` unless a title stands at 0.

    Examples
    --------
    >>> [(s["label"], s.get("title")) for s in find_sections(TextView("Dr A\\nCONCLUSION : rien."))]
    [('header', None), ('conclusion', 'CONCLUSION')]
    """
    return read_layout(view, titles=titles, without=without)[0]


def read_layout(
    view: TextView, *, titles: Sequence[str | Path] = (), without: Sequence[str] = ()
) -> tuple[list[SectionData], str]:
    """The sections of a text and the type of the report."""
    candidates = title_finder(tuple(titles), tuple(without)).find(view)
    head = HeadVotes(view)
    # what some titles mean depends on the type, and the type on the sections: guess it first
    labels = {
        candidate.titles[0].category
        for candidate in candidates
        if candidate.form in ("line", "inline")
        and candidate.titles[0].direction in ("any", "mixed")
    }
    sections = Layout(view, head.kind(labels)).build(candidates)
    return sections, head.kind({section["label"] for section in sections})
