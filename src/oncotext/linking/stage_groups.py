"""The stage group that a TNM implies, by the tables of the UICC.

Sources: UICC TNM Classification of Malignant Tumours, 8th edition (Brierley, Gospodarowicz and
Wittekind, 2017) and 7th edition (2009); tables marked AJCC are of the AJCC Cancer Staging
Manual, 8th edition (2017). The tables are data: ``lexicon/stage_tables.tsv`` and
``lexicon/stage_groups.tsv``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from oncotext.errors import UsageError
from oncotext.linking.stage_conditions import Value, all_hold, given_factors
from oncotext.linking.stage_tables import Rule, StageTable, known_factors, stage_tables, tables_of
from oncotext.linking.tnm_parts import Choice, Part, choices_of, parts_of

_SITE = re.compile(r"(C\d\d)(?:\.\d)?")
_HISTOLOGY = re.compile(r"(\d{4})(?:/\d)?")
_DEFAULTS: dict[str, Value] = {"prognostic": "no"}


@dataclass(frozen=True)
class StageGroup:
    """The answer of `stage_group`.

    Attributes
    ----------
    group : str or None
        ``"IIB"``; None where there is none.
    reason : str
        Why, in words.
    table : str or None
        The id of the table that answered; None where no one table did.
    """

    group: str | None
    reason: str
    table: str | None = None


def stage_group(site: str, tnm: str, edition: int = 8, **factors: object) -> StageGroup:
    """The UICC stage group that a TNM implies at a site.

    Parameters
    ----------
    site : str
        A code of ICD-O-3: ``"C50.4"``, or an organ's, ``"C50"``.
    tnm : str
        Canonical components, each with its prefixes: ``"pT2 pN1 M0"``. A component that is X or
        left out may be anything, but M is M0 unless it says otherwise (UICC, general rules).
    edition : int
        7 (breast, lung, colon and rectum, head and neck) or 8.
    **factors
        What some tables ask for: ``histology`` (``"8140/3"``; without it the usual type of the
        site is assumed), ``age``, ``grade`` (``"X"`` where it could not be assessed), ``p16``
        (True, ``"positive"``), ``psa``, ``s``, ``mitoses`` (``"low"``, ``"high"``),
        ``location``, ``siewert``; ``prognostic=True`` for the prognostic groups of prostate and
        oesophagus. None is as good as not given.

    Returns
    -------
    StageGroup
        Its group is None, with the reason, where there is no table, where the table does not
        know a category or has no group for the combination, and where the group depends on what
        is not known.

    Raises
    ------
    UsageError
        The site or the TNM has no such form, the edition is another, a factor has a value that
        it cannot have; `UnknownNameError`: there is no such factor.

    Notes
    -----
    Where subcategories are missing and the groups that come into question belong to one that
    the classification names (``III`` for ``IIIA`` to ``IIIC``), this is the answer.

    Examples
    --------
    >>> stage_group("C50.4", "pT2 pN1 M0")
    StageGroup(group='IIB', reason='T2 N1 M0', table='breast-8')
    >>> stage_group("C10.9", "cT2 cN1").reason
    'depends on p16: III, I'
    >>> stage_group("C10.9", "cT2 cN1 cM0", p16=True).group
    'I'
    """
    found = _SITE.fullmatch(site) if isinstance(site, str) else None
    if found is None:
        raise UsageError(
            f"{site!r} is no site of ICD-O-3.", remedy="Write it as 'C50.4', or 'C50'."
        )
    editions = sorted({table.edition for table in stage_tables()})
    if isinstance(edition, bool) or edition not in editions:
        raise UsageError(f"No tables of edition {edition!r}.", remedy="Give edition 7 or 8.")
    parts = parts_of(tnm)
    histology = _number_of(factors.pop("histology", None))
    given = _DEFAULTS | given_factors(factors, known_factors())
    tables = [
        table
        for table in tables_of(found[1], edition)
        if any(name.startswith(site) for name in table.sites)
    ]
    if not tables:
        return StageGroup(None, f"no table of edition {edition} for {site}")
    fitting = _of_histology(tables, histology)
    if not fitting:
        return StageGroup(None, f"no table for histology {histology} at {site}")
    fitting = _of_basis([t for t in fitting if _answers(t, site, given) is not False], parts)
    if not fitting:
        return StageGroup(None, f"no table for these factors at {site}")
    return _joined(fitting, site, parts, given)


@lru_cache(maxsize=4096)
def unknown_categories(site: str, tnm: str) -> tuple[str, ...]:
    """The components of a TNM that no table of either edition has at a site: T2c of the breast.

    Parameters
    ----------
    site : str
        A code of ICD-O-3: ``"C50.4"``.
    tnm : str
        Canonical components. X and + (``N+``) are no categories of a table and never unknown.

    Returns
    -------
    tuple of str
        Components without their prefixes; none where no table answers at the site.

    Examples
    --------
    >>> unknown_categories("C50.4", "cT2c cN1"), unknown_categories("C61.9", "cT2c cN1")
    (('T2c',), ())
    """
    tables = [
        table
        for edition in {table.edition for table in stage_tables()}
        for table in tables_of(site[:3], edition)
        if site in table.sites
    ]
    if not tables:
        return ()
    return tuple(
        letter + part.value
        for letter, part in parts_of(tnm).items()
        if part.value[0] not in "X+"
        and not any(part.value in table.categories[letter] for table in tables)
    )


@dataclass(frozen=True)
class _Answer:
    """What one table says: its group, or the groups that come into question."""

    table: StageTable
    group: str | None
    reason: str
    known: bool = True

    @property
    def public(self) -> StageGroup:
        return StageGroup(self.group, self.reason, self.table.id)


def _number_of(histology: object) -> int | None:
    if histology is None:
        return None
    found = _HISTOLOGY.fullmatch(str(histology))
    if found is None:
        raise UsageError(f"{histology!r} is no histology.", remedy="Write it as '8140/3'.")
    return int(found[1])


def _of_histology(tables: Sequence[StageTable], histology: int | None) -> list[StageTable]:
    """The tables of a histology; without one those of the site's usual type, else all."""
    if histology is None:
        return [table for table in tables if table.usual] or list(tables)
    return [table for table in tables if histology in table.histologies]


def _answers(table: StageTable, site: str, given: Mapping[str, Value]) -> bool | None:
    """Whether a table answers at a site under its conditions; None where these are not known."""
    here = [all_hold(w, given) for name, w in table.sites.items() if name.startswith(site)]
    there = True if True in here else None if None in here else False
    when = all_hold(table.when, given)
    return False if False in (there, when) else None if None in (there, when) else True


def _of_basis(tables: Sequence[StageTable], parts: Mapping[str, Part]) -> list[StageTable]:
    """The tables of a clinical or of a pathological classification, where they differ.

    A table after treatment (yp) goes before the pathological one. Without any prefix both remain.
    """
    bases = {table.basis for table in tables}
    return [table for table in tables if _is_of_basis(table.basis, parts, bases)]


def _is_of_basis(basis: str, parts: Mapping[str, Part], bases: set[str]) -> bool:
    if not basis:
        return True
    letter, own = basis[-1], basis[:-1]
    other = "N" if letter == "T" else "T"
    written = [parts[name].basis for name in (letter, other) if name in parts]
    wanted = next(filter(None, written), "")
    treated = any("y" in part.prefix for part in parts.values())
    if not wanted:
        return treated == (own == "yp") or (treated and own == "c")
    if wanted == "yp" and "yp" + letter not in bases:
        wanted = "p"
    return own == wanted


def _joined(
    tables: Sequence[StageTable], site: str, parts: Mapping[str, Part], given: Mapping[str, Value]
) -> StageGroup:
    """One answer of the tables that remain: theirs if they agree."""
    answers = [_answer(table, parts, given) for table in tables]
    answers = [answer for answer in answers if answer.known] or answers
    groups = list(dict.fromkeys(answer.group for answer in answers))
    if len(groups) == 1:
        return answers[0].public
    open_factors = _what_decides([answer.table for answer in answers], site, given)
    named = ", ".join(group or "no group" for group in groups)
    return StageGroup(None, f"depends on {' and '.join(open_factors)}: {named}")


def _what_decides(tables: Sequence[StageTable], site: str, given: Mapping[str, Value]) -> list[str]:
    """What would have to be known to choose between tables."""
    conditions = (
        condition
        for table in tables
        for name, where in table.sites.items()
        if name.startswith(site)
        for condition in (*table.when, *where)
    )
    names = list(dict.fromkeys(c.factor for c in conditions if c.holds(given) is None))
    if len({table.basis for table in tables} - {""}) > 1:
        names.append("whether it is clinical or pathological")
    if len({table.histologies for table in tables}) > 1:
        names.append("histology")
    return names or ["the subsite"]


def _answer(table: StageTable, parts: Mapping[str, Part], given: Mapping[str, Value]) -> _Answer:
    """What one table says of a TNM."""
    choices = choices_of(table, parts)
    for letter, chosen in choices.items():
        if not chosen.categories:
            known = ", ".join(letter + c for c in table.categories[letter])
            what = f"{letter}{parts[letter].value}"
            return _Answer(table, None, f"{what} is no category here ({known})", known=False)
    if "T" in parts and parts["T"].value == "X":
        literal = {**choices, "T": Choice(("X",))}
        groups = _groups(table, literal, given)
        if None not in groups and len(groups) == 1:
            return _Answer(table, next(iter(groups)), _reason(parts, literal))
    groups = _groups(table, choices, given)
    if len(groups) == 1:
        group = next(iter(groups))
        reason = _reason(parts, choices)
        return _Answer(table, group, reason if group else f"no group for {reason}")
    return _divided(table, parts, choices, given, groups)


def _divided(
    table: StageTable,
    parts: Mapping[str, Part],
    choices: Mapping[str, Choice],
    given: Mapping[str, Value],
    groups: Iterable[str | None],
) -> _Answer:
    """Several groups come into question: the one they all belong to, or what is missing."""
    missing = _deciding_factors(table, choices, given)
    named = ", ".join(group or "no group" for group in groups)
    if missing:
        return _Answer(table, None, f"depends on {' and '.join(missing)}: {named}")
    whole = [group for group in groups if group is not None]
    umbrella = table.umbrella(whole) if None not in groups else None
    if umbrella:
        reason = f"{_reason(parts, choices)}; {_vague(choices)}: one of {named}"
        return _Answer(table, umbrella, reason)
    return _Answer(table, None, f"not determined ({_vague(choices)}): {named}")


def _deciding_factors(
    table: StageTable, choices: Mapping[str, Choice], given: Mapping[str, Value]
) -> list[str]:
    """The factors not given on which the group of some one tumour depends."""
    names: dict[str, None] = {}
    for cell in product(*(choices[letter].categories for letter in "TNM")):
        single = {letter: Choice((value,)) for letter, value in zip("TNM", cell, strict=True)}
        if len(_groups(table, single, given)) > 1:
            rules = _rules_of(table, cell)
            names.update(
                (c.factor, None) for rule in rules for c in rule.when if c.factor not in given
            )
    return list(names)


def _rules_of(table: StageTable, cell: Sequence[str]) -> list[Rule]:
    t, n, m = cell
    return [rule for rule in table.rules if t in rule.t and n in rule.n and m in rule.m]


def _groups(
    table: StageTable, choices: Mapping[str, Choice], given: Mapping[str, Value]
) -> dict[str | None, None]:
    """The groups of all tumours that come into question, None where one has none, in order."""
    groups: dict[str | None, None] = {}
    for cell in product(*(choices[letter].categories for letter in "TNM")):
        rules = _rules_of(table, cell)
        asked = {c.factor for rule in rules for c in rule.when} - given.keys()
        open_values = {name: table.factors[name] for name in sorted(asked)}
        for values in product(*open_values.values()):
            facts = {**given, **dict(zip(open_values, values, strict=True))}
            group = next((rule.group for rule in rules if all_hold(rule.when, facts)), None)
            if group is not None or cell[0] != "0" or len(choices["T"].categories) == 1:
                # of TX, T0 comes into question only where the table has a group for it
                groups[group] = None
    return groups or {None: None}


def _reason(parts: Mapping[str, Part], choices: Mapping[str, Choice]) -> str:
    """The TNM that was looked up, with what was assumed of it."""
    written = " ".join(letter + parts[letter].value for letter in "TNM" if letter in parts)
    return "; ".join([written, *(c.assumed for c in choices.values() if c.assumed)])


def _vague(choices: Mapping[str, Choice]) -> str:
    return ", ".join(c.vague for c in choices.values() if len(c.categories) > 1)
