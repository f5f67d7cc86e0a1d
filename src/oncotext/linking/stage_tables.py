"""The tables of TNM stage groups, read from the lexicon and checked.

``stage_tables.tsv`` says where each table answers and which categories it knows,
``stage_groups.tsv`` holds its rules, ``stage_histologies.tsv`` the families of histologies.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from oncotext.errors import LexiconError
from oncotext.lexicon import load_cues, read_rows, shipped
from oncotext.linking.ranges import histologies
from oncotext.linking.stage_conditions import Condition, Value, read_conditions, values_by_factor

TABLE_COLUMNS = (
    "id", "edition", "sites", "histologies", "usual", "basis", "when", "t", "n", "m",
    "umbrellas", "note",
)  # fmt: skip
GROUP_COLUMNS = ("table", "t", "n", "m", "when", "group")

_SITES = re.compile(r"(C\d\d)(?:\.(\d)(?:-(\d))?)?(?:\[(.+)\])?")
_ORGANS = re.compile(r"(C)(\d\d)-C(\d\d)")
_GROUP = re.compile(r"0(?:a|is)?|Occult|(?:IV|I{1,3})(?:S|[A-D]\d?)?")
_IN_SITU = frozenset(("is", "a"))


@dataclass(frozen=True, slots=True)
class Rule:
    """Categories, none of them divided further, that have one group."""

    t: frozenset[str]
    n: frozenset[str]
    m: frozenset[str]
    when: tuple[Condition, ...]
    group: str
    where: str


@dataclass(frozen=True)
class StageTable:
    """A table with its rules.

    ``sites`` maps each site (``C50.4``) to the conditions under which the table answers there;
    ``basis`` is ``cT``, ``pT``, ``ypT``, ``cN``, ``pN`` or empty; ``umbrellas`` are the groups
    that stand for those below them (``III`` for ``IIIA``).
    """

    id: str
    edition: int
    sites: Mapping[str, tuple[Condition, ...]]
    histologies: frozenset[int]
    usual: bool
    basis: str
    when: tuple[Condition, ...]
    categories: Mapping[str, tuple[str, ...]]
    umbrellas: tuple[str, ...]
    note: str
    rules: tuple[Rule, ...]

    @cached_property
    def factors(self) -> dict[str, list[Value]]:
        """The factors that its rules ask for, with their values."""
        return values_by_factor(c for rule in self.rules for c in rule.when)

    def umbrella(self, groups: Iterable[str]) -> str | None:
        """The lowest group that all of some groups belong to."""
        fitting = [u for u in self.umbrellas if all(within(g, u) for g in groups)]
        return max(fitting, key=len, default=None)


def within(group: str, umbrella: str) -> bool:
    """Whether a group is another or belongs to it: IIIA to III, but III not to II.

    Examples
    --------
    >>> within("IIIA", "III"), within("IA3", "IA"), within("III", "II")
    (True, True, False)
    """
    return group.startswith(umbrella) and not group[len(umbrella) :].startswith(("I", "V"))


def undivided(category: str, known: Iterable[str]) -> tuple[str, ...]:
    """The subcategories of a category that are divided no further, or the category itself.

    Micrometastasis and microinvasion (``1mi``) are categories of their own.

    Examples
    --------
    >>> undivided("1", ("0", "1", "1mi", "1a", "1a1", "1a2", "1b"))
    ('1a1', '1a2', '1b')
    """
    if category in _IN_SITU or category.endswith("mi"):
        return (category,)
    below = [
        other
        for other in known
        if other != category and other.startswith(category) and not other.endswith("mi")
    ]
    ends = tuple(c for c in below if not any(o != c and o.startswith(c) for o in below))
    return ends or (category,)


@cache
def stage_tables() -> tuple[StageTable, ...]:
    """All shipped tables."""
    return read_tables(shipped("stage_tables"), shipped("stage_groups"))


@cache
def tables_of(organ: str, edition: int) -> tuple[StageTable, ...]:
    """The tables of an edition that answer at some site of an organ (``C50``)."""
    return tuple(
        table
        for table in stage_tables()
        if table.edition == edition and any(site.startswith(organ) for site in table.sites)
    )


@cache
def known_factors() -> dict[str, list[Value]]:
    """Every factor that some table asks for, with its values."""
    return values_by_factor(
        condition
        for table in stage_tables()
        for conditions in (
            table.when,
            *table.sites.values(),
            *(rule.when for rule in table.rules),
        )
        for condition in conditions
    )


def read_tables(tables: str | Path, groups: str | Path) -> tuple[StageTable, ...]:
    """The tables of two files; raises `LexiconError` on the first wrong line."""
    families = {
        cue.id: frozenset(histologies(cue.literal)) for cue in load_cues("stage_histologies")
    }
    rows: dict[str, list[tuple[str, dict[str, str]]]] = defaultdict(list)
    for where, row in read_rows(groups, GROUP_COLUMNS):
        rows[row["table"]].append((where, row))
    found = [
        _table(row, where, families, rows.pop(row["id"], []))
        for where, row in read_rows(tables, TABLE_COLUMNS)
    ]
    for name, left in rows.items():
        raise LexiconError(f"No table {name!r}.", where=left[0][0], remedy="Describe it first.")
    return tuple(found)


def _table(
    row: dict[str, str],
    where: str,
    families: Mapping[str, frozenset[int]],
    rules: list[tuple[str, dict[str, str]]],
) -> StageTable:
    names = row["histologies"].split()
    for name in names:
        if name not in families:
            raise LexiconError(f"No family of histologies {name!r}.", where=where)
    if not row["edition"].isdigit() or not rules:
        raise LexiconError("A table needs an edition and rules.", where=where)
    categories = {letter: tuple(_spread(row[letter.lower()])) for letter in "TNM"}
    return StageTable(
        id=row["id"],
        edition=int(row["edition"]),
        sites=dict(_sites(row["sites"], where)),
        histologies=frozenset().union(*(families[name] for name in names)),
        usual=row["usual"] == "yes",
        basis=row["basis"],
        when=read_conditions(row["when"], where),
        categories=categories,
        umbrellas=tuple(row["umbrellas"].split()),
        note=row["note"],
        rules=tuple(_rule(rule, place, categories) for place, rule in rules),
    )


def _rule(row: dict[str, str], where: str, categories: Mapping[str, tuple[str, ...]]) -> Rule:
    if not _GROUP.fullmatch(row["group"]):
        raise LexiconError(f"{row['group']!r} is no stage group.", where=where)
    sets = {}
    for letter, known in categories.items():
        wanted = list(_spread(row[letter.lower()]))
        if "any" in wanted:
            wanted.remove("any")
            wanted += [category for category in known if category not in _IN_SITU]
        for category in wanted:
            if category not in known and category != "X":
                raise LexiconError(
                    f"The table has no {letter}{category}.",
                    where=where,
                    remedy="Known: " + " ".join(known),
                )
        sets[letter] = frozenset(end for c in wanted for end in undivided(c, known))
    when = read_conditions(row["when"], where)
    return Rule(sets["T"], sets["N"], sets["M"], when, row["group"], where)


def _spread(cell: str) -> Iterable[str]:
    """'0 1-3 4a' -> 0, 1, 2, 3, 4a."""
    for part in cell.split():
        first, dash, last = part.partition("-")
        yield from map(str, range(int(first), int(last) + 1)) if dash else (part,)


def _sites(cell: str, where: str) -> Iterable[tuple[str, tuple[Condition, ...]]]:
    """'C50 C44.2-9 C16.0[siewert=3]': every site with its conditions."""
    for part in cell.split():
        organs = _ORGANS.fullmatch(part)
        names = (
            [f"C{number:02}" for number in range(int(organs[2]), int(organs[3]) + 1)]
            if organs
            else [part]
        )
        for name in names:
            found = _SITES.fullmatch(name)
            if found is None:
                raise LexiconError(f"{part!r} is no site of ICD-O-3.", where=where)
            conditions = read_conditions(found[4] or "", where)
            first, last = int(found[2] or 0), int(found[3] or found[2] or 9)
            for sub in range(first, last + 1):
                yield f"{found[1]}.{sub}", conditions
