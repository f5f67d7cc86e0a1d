"""Mentions to tumours: one entry for each distinct primary.

The tumour that the report is about is made of all current types and primary sites; a past
cancer ('historical' mentions) is an entry of its own for each organ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from oncotext.linking.plausibility import plausible
from oncotext.records.evidence import Evidence, Fact
from oncotext.records.rules import MARROW, RecordRules
from oncotext.records.sites import METASTASIS, Roles

# Where a report says what it retains.
_CONCLUSIONS = frozenset(("conclusion", "decision", "staging"))
_NODES = "C77"
_SEVERAL_REGIONS = "C77.8"
# Sections that tell why a specimen was taken.
_CONTEXT = frozenset(("clinical_information", "reason"))
_LYMPHOMA = "9590"
_JOINED = 12  # characters: 'carcinome du', 'carcinome de la'
_UNKNOWN_PRIMARY = "C80.9"
# Sections that name what was taken or done, not what was found.
_DONE = frozenset(("specimen", "macroscopy", "procedure", "header"))


@dataclass
class TumourFacts:
    """A tumour in the making: the facts that speak of it."""

    morphology: Fact | None = None
    topography: Fact | None = None
    kinds: list[Fact] = field(default_factory=list)
    sites: list[Fact] = field(default_factory=list)
    metastatic: list[Fact] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    historical: bool = False

    @property
    def organ(self) -> str:
        return self.topography.code[:3] if self.topography else ""

    @property
    def anchors(self) -> list[Fact]:
        """What names the tumour: types and sites in the order of the text."""
        return sorted([*self.kinds, *self.sites], key=lambda fact: fact.start)


def find_tumours(evidence: Evidence, roles: Roles, rules: RecordRules) -> list[TumourFacts]:
    """The tumours of a report, the one that it is about first."""
    kinds = [f for f in evidence.of("MORPHOLOGY") if f.asserted and _malignant(f)]
    sites = [f for f in evidence.of("TOPOGRAPHY") if f.asserted]
    haematological = _mostly_haematological(kinds)
    primary: list[Fact] = []
    metastatic: list[Fact] = []
    for site in sites:
        node = site.code.startswith(_NODES) and not haematological
        (metastatic if node or roles.is_metastatic(site) else primary).append(site)
    main = _main_tumour(
        [kind for kind in kinds if not kind.historical],
        [site for site in primary if not site.historical],
        roles,
        rules,
    )
    several = len({f.code for f in evidence.of("TNM") if f.current and " " in f.code}) > 1
    others = _other_tumours(main, kinds, primary, roles, rules, several)
    staged = any(fact.current for fact in evidence.of("TNM", "STAGE", "GRADE"))
    if not main.kinds and not staged and not any(map(roles.tumour_before, main.sites)):
        main = TumourFacts()  # sites of something that no word calls a tumour
    if not main.anchors and not metastatic:
        return others
    if not haematological:
        main.metastatic = _metastases(main, metastatic, primary, roles, rules)
    if not main.anchors and not main.metastatic:
        return others
    return [*_by_side(main, roles, rules), *others]


def _haematological(kind: Fact) -> bool:
    return kind.code[:4] >= "9590"


def _mostly_haematological(kinds: Iterable[Fact]) -> bool:
    """Whether the current types are rather those of lymphoma, leukaemia or myeloma."""
    current = [kind for kind in kinds if not kind.historical and kind.code[:3] != "800"]
    count = sum(map(_haematological, current))
    return 2 * count > len(current)


def _malignant(kind: Fact) -> bool:
    return kind.code[-1] not in "0"


def _main_tumour(
    kinds: Sequence[Fact], sites: Sequence[Fact], roles: Roles, rules: RecordRules
) -> TumourFacts:
    own = [kind for kind in kinds if kind.code != METASTASIS]
    sites = _where_it_occurs(own, sites, roles, rules)
    primary_kinds = [kind for kind in own if kind.code[-1] != "6"] or own
    organ = _organ(primary_kinds, sites, roles, rules)
    in_organ = [site for site in sites if site.code[:3] == organ]
    morphology = _best_kind(primary_kinds, organ, roles, rules)
    if morphology is not None and rules.is_secondary(morphology.code, organ):
        # the primary is unknown: what was found there is a metastasis
        in_organ = []
    elif _found_elsewhere(morphology, in_organ, roles):
        morphology = None
    return TumourFacts(
        topography=_best_site(in_organ),
        morphology=morphology,
        kinds=[kind for kind in primary_kinds if _organ_of(kind, roles) in ("", organ)],
        sites=in_organ,
    )


def _found_elsewhere(kind: Fact | None, sites: Sequence[Fact], roles: Roles) -> bool:
    """Whether the primary's site is known, but of types only that of a metastasis elsewhere."""
    return (
        kind is not None
        and kind.code[-1] == "6"
        and bool(sites)
        and roles.site_of.get(kind) not in sites
    )


def _where_it_occurs(
    kinds: Sequence[Fact], sites: Sequence[Fact], roles: Roles, rules: RecordRules
) -> Sequence[Fact]:
    """The sites where the most specific types occur: of leukaemias and myelomas the marrow, of
    lymphomas not the organs that they spread to."""
    kinds = [kind for kind in kinds if kind.code[-1] == "3"] or kinds
    best = max((rules.rank(kind.code) for kind in kinds), default=0)
    telling = [kind.code for kind in kinds if rules.rank(kind.code) == best]
    if not telling:
        return sites
    if rules.is_of_marrow(telling[0]):
        return [site for site in sites if site.code == MARROW]
    if all(code >= _LYMPHOMA for code in telling):
        nodal = [site for site in sites if site.code[:3] not in rules.distant]
        return nodal or sites
    # a site that the text joins to its type is kept, and flagged, however improbable
    joined = {
        roles.site_of[kind]
        for kind in kinds
        if kind in roles.site_of and 0 <= roles.site_of[kind].start - kind.end < _JOINED
    }
    return [
        site
        for site in sites
        if site in joined or any(plausible(site.code, code) is not False for code in telling)
    ]


def _organ_of(kind: Fact, roles: Roles) -> str:
    """The organ that a type was found in; nodes say nothing of a carcinoma's origin."""
    site = roles.site_of.get(kind)
    if site is None or (site.code.startswith(_NODES) and not _haematological(kind)):
        return ""
    return site.code[:3]


def _organ(kinds: Sequence[Fact], sites: Sequence[Fact], roles: Roles, rules: RecordRules) -> str:
    """The organ of the tumour: sites joined to a type and sites in conclusions count most,
    organs that metastases prefer count little without a type of their own."""
    weight: Counter[str] = Counter()
    codes = {kind.code for kind in kinds}
    secondary = {
        organ
        for organ in {site.code[:3] for site in sites}
        if any(rules.is_secondary(code, organ) for code in codes)
    }
    elsewhere = [site for site in sites if site.code[:3] not in secondary]
    attached = {
        roles.site_of[kind] for kind in kinds if kind in roles.site_of and kind.code[-1] != "6"
    }
    for site in elsewhere or sites:
        organ, joined = site.code[:3], site in attached
        points = 4 + 12 * joined + 8 * (site.section in _CONCLUSIONS)
        weight[organ] += points if joined or organ not in rules.distant else points // 4
    for kind in kinds:
        if kind in roles.organ_within:
            weight[roles.organ_within[kind]] += 16
    return max(weight, key=lambda organ: weight[organ], default="")


def _best_site(sites: Sequence[Fact]) -> Fact | None:
    """The most telling site of an organ: a subsite, in a conclusion, often named."""
    often = Counter(site.code for site in sites)

    def value(site: Fact) -> tuple[bool, bool, bool, int]:
        several = site.code == _SEVERAL_REGIONS and site.section not in _CONTEXT
        specific = not site.code.endswith((".9", ".8")) or often[site.code] == len(sites)
        return several, specific, site.section in _CONCLUSIONS, often[site.code]

    return max(sites, key=value, default=None)


def _best_kind(kinds: Sequence[Fact], organ: str, roles: Roles, rules: RecordRules) -> Fact | None:
    """The type that the report retains: specific, invasive, in its conclusion, often named."""
    often = Counter(kind.code for kind in kinds)

    def value(kind: Fact) -> tuple[bool, bool, int, bool, int]:
        return (
            _organ_of(kind, roles) in ("", organ),
            kind.code[-1] == "3",
            rules.rank(kind.code),
            kind.section in _CONCLUSIONS,
            often[kind.code],
        )

    return max(kinds, key=value, default=None)


def _other_tumours(
    main: TumourFacts,
    kinds: Sequence[Fact],
    primary: Sequence[Fact],
    roles: Roles,
    rules: RecordRules,
    several: bool,
) -> list[TumourFacts]:
    """Past cancers, and current ones of another organ that have a type of their own."""
    groups: dict[tuple[bool, str], TumourFacts] = {}
    for kind in kinds:
        organ = _organ_of(kind, roles)
        if kind.code[-1] == "6":
            continue
        if not kind.historical and not _second_primary(kind, organ, main, rules, several):
            continue
        site = roles.site_of.get(kind)
        if kind.historical and _of_main(kind, organ, main, rules):
            main.kinds.append(kind)
            continue
        group = groups.setdefault((kind.historical, organ), TumourFacts(historical=kind.historical))
        group.kinds.append(kind)
        if site is not None:
            group.sites.append(site)
    known = {site for group in groups.values() for site in group.sites}
    for site in primary:
        if not site.historical or site in known or site.code[:3] == main.organ:
            continue
        if site in roles.type_of or not roles.tumour_before(site):
            continue  # of a benign tumour, or of no tumour at all
        groups.setdefault((True, site.code[:3]), TumourFacts(historical=True)).sites.append(site)
    for group in groups.values():
        group.topography = _best_site(group.sites)
        group.morphology = _best_kind(group.kinds, group.organ, roles, rules)
    return _merged(groups.values())


def _second_primary(
    kind: Fact, organ: str, main: TumourFacts, rules: RecordRules, several: bool
) -> bool:
    """A current type of another organ that is neither vague nor the main tumour's own; one of
    the same family where several TNM are given."""
    if not organ or organ == main.organ or main.morphology is None:
        return False
    same = kind.code[:3] == main.morphology.code[:3]
    if same:
        return several and organ not in rules.distant and rules.rank(kind.code) >= 4
    telling = 4 if several else 9
    return rules.rank(kind.code) >= telling and kind.section not in ("microscopy",)


def _of_main(kind: Fact, organ: str, main: TumourFacts, rules: RecordRules) -> bool:
    """Whether a past type is that of the tumour that the report is about."""
    if organ:
        return organ == main.organ and _same_kind(kind, main, rules)
    return main.morphology is not None and main.morphology.code == kind.code


def _same_kind(kind: Fact, main: TumourFacts, rules: RecordRules) -> bool:
    if main.morphology is None:
        return True
    return kind.code[:3] == main.morphology.code[:3] or rules.rank(kind.code) < 4


def _merged(groups: Iterable[TumourFacts]) -> list[TumourFacts]:
    """Groups without a site join the group that has one and the same type."""
    groups = list(groups)
    out = [group for group in groups if group.topography is not None]
    for group in groups:
        if group.topography is not None:
            continue
        for other in out:
            if other.historical == group.historical and (
                {k.code for k in group.kinds} <= {k.code for k in other.kinds} | {"8000/3"}
            ):
                other.kinds += group.kinds
                break
        else:
            if group.morphology is not None and group.historical:
                out.append(group)
    return out


def _metastases(
    main: TumourFacts,
    metastatic: Sequence[Fact],
    primary: Sequence[Fact],
    roles: Roles,
    rules: RecordRules,
) -> list[Fact]:
    """Distant sites in the order of the text: those that a metastasis word governs, but for
    regional nodes; and asserted sites in organs where metastases lie."""
    out = [
        site
        for site in metastatic
        if not site.historical
        and site.code != _UNKNOWN_PRIMARY
        and not (site.code.startswith(_NODES) and not _distant_node(site, main, rules))
        and (site.code[:3] != main.organ or _elsewhere_in_organ(site, main, rules))
    ]
    governed = {site.code for site in out}
    detailed = {site.code[:3] for site in out if not site.code.endswith(".9")}
    for site in primary:
        organ, kind = site.code[:3], roles.type_of.get(site)
        if site.historical or organ == main.organ or organ not in rules.distant:
            continue
        if roles.is_benign(site) or roles.is_uncertain(site) or f"{organ}.9" in governed:
            continue  # no metastasis, or a detail of what is told already
        if site.code.endswith(".9") and organ in detailed:
            continue
        sample = main.morphology is None or not rules.is_secondary(main.morphology.code, organ)
        if site.section in _DONE and sample:
            continue  # where something was taken, not where a metastasis is
        if kind is None or (not main.organ and rules.is_secondary(kind.code, organ)):
            out.append(site)
    known = set(out)
    in_brackets = {site.code for site in out if _is_detailed(site, known, roles)}
    out = [site for site in out if site.code not in in_brackets]
    distant = [site for site in out if not rules.is_contiguous(site.code, main.organ)]
    return sorted(distant, key=lambda site: site.start)


def _elsewhere_in_organ(site: Fact, main: TumourFacts, rules: RecordRules) -> bool:
    """Whether a metastasis lies in another part of the organ of the primary: lung, bone."""
    same = main.topography is not None and main.topography.code == site.code
    return site.code[:3] in rules.distant and not same


def _is_detailed(site: Fact, sites: Collection[Fact], roles: Roles) -> bool:
    """'métastases osseuses (L1, aile iliaque)': the bracket says which bones."""
    return site.code.endswith(".9") and any(
        other in sites and other.code[:3] == site.code[:3] and other.code != site.code
        for other in roles.in_bracket_after(site)
    )


def _distant_node(site: Fact, main: TumourFacts, rules: RecordRules) -> bool:
    if site.code == "C77.9":
        return False
    return main.topography is None or not rules.is_regional(site.code, main.topography.code)


def _by_side(main: TumourFacts, roles: Roles, rules: RecordRules) -> list[TumourFacts]:
    """The tumour itself, or one a side where both sides of a paired organ have their type."""
    if main.organ not in rules.paired:
        return [main]
    side_of = {
        kind: roles.site_of[kind].attrs["lat"]
        for kind in main.kinds
        if kind in roles.site_of and roles.site_of[kind].attrs.get("lat") in ("left", "right")
    }
    if len(set(side_of.values())) < 2:
        return [main]
    halves = {side: TumourFacts() for side in dict.fromkeys(side_of.values())}
    current = halves[next(iter(side_of.values()))]
    for anchor in main.anchors:
        side = anchor.attrs.get("lat") or side_of.get(anchor, "")
        current = halves.get(side, current)
        (current.kinds if anchor.label == "MORPHOLOGY" else current.sites).append(anchor)
    for half in halves.values():
        half.topography = _best_site(half.sites)
        half.morphology = _best_kind(half.kinds, main.organ, roles, rules)
    first = next(iter(halves.values()))
    first.metastatic = main.metastatic
    return list(halves.values())
