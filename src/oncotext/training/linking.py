"""A linker from annotated reports: the forms of the corpus, and the weights that suit it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from oncotext.errors import InputError, UnknownNameError
from oncotext.linking.linker import NEIGHBOURS, Linker
from oncotext.linking.ranking import Example, fit
from oncotext.linking.systems import SYSTEM_OF, code_system
from oncotext.report import AnnotatedReport

_CODE = {
    "ICD-O-3-M": re.compile(r"\d{4}/\d"),
    "ICD-O-3-T": re.compile(r"C\d\d\.\d"),
    "CTCAE-5": re.compile(r"\S.*"),
}
# Below, the shipped weights are better than any learned from so few.
_FEWEST_FORMS = 100

Aliases = dict[str, dict[str, int]]


def train_linkers(
    reports: Iterable[AnnotatedReport], *, labels: Sequence[str] = ("MORPHOLOGY", "TOPOGRAPHY")
) -> dict[str, Linker]:
    """Linkers that know the forms of a corpus.

    Each form is learned with the codes that it has, and how often; how much forms that are alike
    speak for one another is fitted on the corpus, each form looked up among the others. With
    fewer than 100 forms the shipped weights are kept.

    Parameters
    ----------
    reports : iterable of AnnotatedReport
        Mentions without one whole code (``8500/3``, ``C50.4``) are left out.
    labels : sequence of str
        ``MORPHOLOGY``, ``TOPOGRAPHY``, ``TOXICITY``.

    Returns
    -------
    dict of str to Linker
        By code system, for `oncotext.linking.pipe.LinkingPipe`.

    Raises
    ------
    UnknownNameError
        A label without code system.
    InputError
        No mention of these labels has a code.
    """
    wanted = {}
    for label in labels:
        if label not in SYSTEM_OF:
            raise UnknownNameError("label with a code system", label, SYSTEM_OF)
        wanted[label] = SYSTEM_OF[label]
    plain = {system: Linker(code_system(system)) for system in wanted.values()}
    aliases: dict[str, Aliases] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    for report in reports:
        for mention in report.mentions:
            system = wanted.get(mention.label, "")
            if system and mention.code and _CODE[system].fullmatch(mention.code):
                form = plain[system].normal(mention.text)
                if form:
                    aliases[system][form][mention.code] += 1
    if not aliases:
        raise InputError(
            f"No mention of {', '.join(labels)} has one whole code.",
            remedy="Check the labels and codes of the corpus.",
        )
    return {system: _fitted(system, forms) for system, forms in aliases.items()}


def _fitted(system: str, aliases: Aliases) -> Linker:
    linker = Linker(code_system(system), aliases=aliases)
    if len(aliases) < _FEWEST_FORMS:
        return linker
    return Linker(code_system(system), aliases=aliases, kernel=fit(_examples(linker)))


def _examples(linker: Linker) -> list[Example]:
    """Each form of the corpus as if it were unknown, one example for each of its codes."""
    forms, examples = linker.forms, []
    for form, codes in linker.aliases.items():
        found = forms.index.search(form, NEIGHBOURS)
        # a form of the lexicon may say what it means, one of the corpus is hidden
        others = np.array(
            [forms.own[number] > 0 or forms.surfaces[number] != form for number in found.forms],
            dtype=bool,
        )
        found = found.kept(others)
        if not len(found.forms):
            continue
        rows = forms.rows(form, found)
        for code in codes:
            right = np.array([forms.meanings[number].get(code, 0.0) for number in found.forms])
            examples.append(Example(rows, right, 1.0))
    return examples
