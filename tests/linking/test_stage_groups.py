"""TNM to stage group: the UICC's tables, written down a second time by hand."""

from __future__ import annotations

from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncotext import StageGroup, stage_group
from oncotext.errors import LexiconError, OncotextError, UnknownNameError, UsageError
from oncotext.linking.stage_conditions import all_hold
from oncotext.linking.stage_tables import (
    GROUP_COLUMNS,
    TABLE_COLUMNS,
    StageTable,
    read_tables,
    stage_tables,
)
from oncotext.linking.tnm_parts import ends

# site, TNM, factors, group
GROUPS: list[tuple[str, str, dict[str, Any], str | None]] = [
    # head and neck
    ("C02.1", "pT1 pN0 M0", {}, "I"),
    ("C02.1", "pT3 pN1 M0", {}, "III"),
    ("C04.9", "cT4a cN2b cM0", {}, "IVA"),
    ("C04.9", "cT4b cN0 cM0", {}, "IVB"),
    ("C00.3", "cT2 cN3b cM0", {}, "IVB"),
    ("C03.1", "pT4 pN0", {}, "IV"),
    ("C10.9", "cT3 cN1 cM0", {"p16": "negative"}, "III"),
    ("C10.9", "cT3 cN1 cM0", {"p16": True}, "II"),
    ("C09.9", "cT1 cN3 cM0", {"p16": True}, "III"),
    ("C09.9", "pT3 pN2 M0", {"p16": True}, "III"),
    ("C09.9", "pT4 pN1 M0", {"p16": True}, "II"),
    ("C09.9", "cT4 cN1 cM0", {"p16": True}, "III"),
    ("C09.9", "cT2 cN0 cM1", {"p16": False}, "IVC"),
    ("C09.9", "cT1 cN0 cM0", {}, "I"),
    ("C09.9", "cT2 cN1 cM0", {}, None),
    ("C11.9", "cT1 cN1 cM0", {}, "II"),
    ("C11.9", "cT4 cN0 cM0", {}, "IVA"),
    ("C11.9", "cT1 cN0 cM1", {}, "IVB"),
    ("C13.9", "cT3 cN2c cM0", {}, "IVA"),
    ("C32.0", "cT1a cN0 cM0", {}, "I"),
    ("C32.1", "cT1a cN0 cM0", {}, None),
    ("C32.9", "cT3 cN0 cM0", {}, "III"),
    ("C07.9", "pT2 pN2a M0", {}, "IVA"),
    ("C31.0", "cT4a cN1 cM0", {}, "IVA"),
    ("C30.0", "cT3 cN0 cM0", {"histology": "8720/3"}, "III"),
    ("C73.9", "pT3b pN1b M0", {"histology": "8260/3", "age": 40}, "I"),
    ("C73.9", "pT3b pN1b M0", {"histology": "8260/3", "age": 55}, "II"),
    ("C73.9", "pT1a pN0 M1", {"histology": "8260/3", "age": 54}, "II"),
    ("C73.9", "pT4b pN0 M0", {"histology": "8330/3", "age": 70}, "IVA"),
    ("C73.9", "pT1a pN0 M0", {"histology": "8260/3"}, "I"),
    ("C73.9", "pT2 pN1 M0", {"histology": "8260/3"}, None),
    ("C73.9", "pT2 pN1b M0", {"histology": "8345/3"}, "IVA"),
    ("C73.9", "pT3a pN0 M0", {"histology": "8021/3"}, "IVA"),
    # digestive tract
    ("C15.5", "cT3 cN0 cM0", {"histology": "8070/3"}, "II"),
    ("C15.5", "cT3 cN0 cM0", {"histology": "8140/3"}, "III"),
    ("C15.5", "cT3 cN0 cM0", {}, None),
    ("C15.5", "pT2 pN0 M0", {"histology": "8140/3"}, "IIA"),
    ("C15.5", "pT2 pN0 M0", {"histology": "8140/3", "prognostic": True, "grade": 1}, "IC"),
    ("C15.5", "pT2 pN0 M0", {"histology": "8140/3", "prognostic": True, "grade": "G3"}, "IIA"),
    ("C15.5", "ypT1 ypN1 M0", {"histology": "8140/3"}, "IIIA"),
    ("C16.3", "cT3 cN1 cM0", {}, "III"),
    ("C16.3", "pT3 pN1 M0", {}, "IIB"),
    ("C16.3", "ypT3 ypN1 M0", {}, "II"),
    ("C16.3", "pT4b pN3b M0", {}, "IIIC"),
    ("C16.0", "cT2 cN0 cM0", {"histology": "8140/3", "siewert": 2}, "IIB"),
    ("C16.0", "cT2 cN0 cM0", {"histology": "8140/3", "siewert": 3}, "I"),
    ("C16.0", "cT2 cN0 cM0", {"histology": "8140/3"}, None),
    ("C17.1", "pT4 pN0 M0", {}, "IIB"),
    ("C18.1", "pT4a pN0 M1b", {"grade": 1}, "IVA"),
    ("C18.1", "pT4a pN0 M1b", {"grade": 2}, "IVB"),
    ("C18.1", "pT4a pN0 M1b", {}, None),
    ("C18.7", "pT3 pN0 M0", {}, "IIA"),
    ("C18.7", "pT4b pN0", {}, "IIC"),
    ("C20.9", "pT2 pN2a M0", {}, "IIIB"),
    ("C20.9", "ypT1 ypN1c M0", {}, "IIIA"),
    ("C19.9", "pT4b pN1a M0", {}, "IIIC"),
    ("C18.2", "pT3 pN1 M1c", {}, "IVC"),
    ("C18.2", "pT3 pN1 M1", {}, "IV"),
    ("C18.2", "pTX pN1a M0", {}, "III"),
    ("C18.2", "pT3 pNX M0", {}, None),
    ("C18.2", "pTis", {}, "0"),
    ("C21.1", "cT2 cN1a cM0", {}, "IIIA"),
    ("C22.0", "T1b N0 M0", {}, "IB"),
    ("C22.0", "T2 N1 M0", {"histology": "8170/3"}, "IVA"),
    ("C22.0", "T2 N1 M0", {"histology": "8160/3"}, "IIIB"),
    ("C22.1", "pT4 pN0", {}, "IIIB"),
    ("C23.9", "pT2b pN0", {}, "IIB"),
    ("C24.0", "pT2a pN1", {"location": "perihilar"}, "IIIC"),
    ("C24.0", "pT2 pN1", {"location": "distal"}, "IIB"),
    ("C24.0", "pT2 pN1", {}, None),
    ("C24.1", "pT3b pN0", {}, "IIB"),
    ("C25.0", "pT2 pN1 M0", {}, "IIB"),
    ("C25.0", "pT4 pN0 M0", {}, "III"),
    ("C25.1", "pT2 pN1 M0", {"histology": "8150/3"}, "III"),
    ("C17.2", "pT3 pN0 M0", {"histology": "8240/3"}, "II"),
    ("C18.7", "pT3 pN0 M0", {"histology": "8240/3"}, "IIB"),
    ("C16.2", "pT3 pN0 M0", {"histology": "8936/3", "mitoses": "low"}, "IB"),
    ("C17.2", "pT3 pN0 M0", {"histology": "8936/3", "mitoses": "high"}, "IIIB"),
    # chest
    ("C34.1", "cT1b cN0 cM0", {}, "IA2"),
    ("C34.1", "cT1 cN0 cM0", {}, "IA"),
    ("C34.1", "pT2b pN0", {}, "IIA"),
    ("C34.1", "cT3 cN2 cM0", {}, "IIIB"),
    ("C34.1", "cT4 cN3 cM0", {}, "IIIC"),
    ("C34.1", "cT4 cN3 cM1b", {}, "IVA"),
    ("C34.1", "cT4 cN3 cM1c", {}, "IVB"),
    ("C34.1", "TX N0 M0", {}, "Occult"),
    ("C38.4", "pT3 pN1 M0", {}, "IIIA"),
    ("C37.9", "pT3 pN2 M0", {"histology": "8580/3"}, "IVB"),
    # bone, soft tissue, skin
    ("C40.2", "cT2 cN0 cM0", {"histology": "9180/3", "grade": "high"}, "IIB"),
    ("C49.2", "pT2 pN0 M0", {"histology": "8850/3", "grade": 1}, "IB"),
    ("C49.2", "pT3 pN0 M0", {"histology": "8850/3", "grade": 3}, "IIIB"),
    ("C49.2", "pT3 pN0 M0", {"histology": "8850/3"}, None),
    ("C44.3", "pT3 pN1", {"histology": "8070/3"}, "III"),
    ("C44.1", "pT2a pN0", {"histology": "8090/3"}, "IB"),
    ("C44.5", "pT3 pN1a", {"histology": "8247/3"}, "IIIA"),
    ("C44.5", "pT3 cN1", {"histology": "8247/3"}, "III"),
    ("C44.5", "pT1b cN0", {"histology": "8720/3"}, "IB"),
    ("C44.5", "pT1b pN0", {"histology": "8720/3"}, "IA"),
    ("C44.5", "pT4b pN3a M0", {"histology": "8720/3"}, "IIID"),
    ("C44.5", "pT2a pN2a M0", {"histology": "8743/3"}, "IIIA"),
    ("C69.3", "cT3a cN0 cM0", {}, "IIB"),
    # breast
    ("C50.4", "pT2 pN1 M0", {}, "IIB"),
    ("C50.4", "pTis pN0", {}, "0"),
    ("C50.4", "pT1mi pN0", {}, "IA"),
    ("C50.4", "pT1c pN1mi", {}, "IB"),
    ("C50.4", "pT1c pN1a", {}, "IIA"),
    ("C50.4", "pT3 pN2a", {}, "IIIA"),
    ("C50.9", "cT4d cN1 cM0", {}, "IIIB"),
    ("C50.9", "cT4d cN3c cM0", {}, "IIIC"),
    ("C50.9", "cT1 cN0 cM1", {}, "IV"),
    ("C50.9", "ypT0 ypN0", {}, None),
    # gynaecology
    ("C51.9", "pT1b pN2c", {}, "IIIC"),
    ("C52.9", "cT2 cN1 cM0", {}, "III"),
    ("C53.9", "pT1b1 pN0", {}, "IB1"),
    ("C53.9", "cT2b cN0 cM0", {}, "IIB"),
    ("C54.1", "pT1b pN0", {}, "IB"),
    ("C54.1", "pT2 pN2a", {}, "IIIC2"),
    ("C54.2", "pT1b pN0", {"histology": "8890/3"}, "IB"),
    ("C56.9", "pT1c2 pN0", {}, "IC"),
    ("C56.9", "pT3c pN1b M0", {}, "IIIC"),
    ("C57.0", "pT2a pN1a", {}, "IIIA1"),
    ("C48.2", "pT3b pN0", {"histology": "8461/3"}, "IIIB"),
    ("C58.9", "T2 M1a", {}, "III"),
    # urology
    ("C60.9", "pT1b pN0", {}, "IIA"),
    ("C61.9", "pT2c pN0", {}, "II"),
    ("C61.9", "pT3a pN0", {}, "III"),
    ("C61.9", "pT2 pN0", {}, None),
    ("C61.9", "cT1c cN0 cM0", {"prognostic": True, "psa": 8.2, "grade": 1}, "I"),
    ("C61.9", "cT1c cN0 cM0", {"prognostic": True, "psa": 10, "grade": 1}, "IIA"),
    ("C61.9", "pT2 pN0", {"prognostic": True, "psa": 12, "grade": 3}, "IIC"),
    ("C61.9", "cT3a cN0 cM0", {"prognostic": True, "psa": 12, "grade": 5}, "IIIC"),
    ("C61.9", "cT3a cN1 cM0", {"prognostic": True}, "IVA"),
    ("C62.9", "pT1 pN0 M0", {"s": 0}, "IA"),
    ("C62.9", "pT2 pN0 M0", {"s": "S1"}, "IS"),
    ("C62.9", "pT2 pN1 M0", {"s": 2}, "IIIB"),
    ("C62.9", "pT2 pN1 M0", {"s": "X"}, "II"),
    ("C62.9", "pT2 pN1 M0", {}, None),
    ("C64.9", "pT3a pNX", {}, "III"),
    ("C64.9", "pT1b pN0", {}, "I"),
    ("C65.9", "pT3 pN0", {}, "III"),
    ("C67.9", "pTa", {}, "0a"),
    ("C67.9", "pTis", {}, "0is"),
    ("C67.9", "pT2b pN0", {}, "II"),
    ("C67.9", "pT4a pN2", {}, "IIIB"),
    ("C68.0", "pT1 pN1", {}, "III"),
    ("C74.0", "pT3 pN0", {}, "III"),
]
SEVENTH: list[tuple[str, str, str | None]] = [
    ("C50.4", "pT2 pN1 M0", "IIB"),
    ("C34.1", "cT2a cN1 cM0", "IIA"),
    ("C34.1", "cT1b cN0 cM0", "IA"),
    ("C34.1", "cT3 cN2 cM0", "IIIA"),
    ("C34.1", "cT4 cN3 cM1b", "IV"),
    ("C18.7", "pT3 pN1 M1b", "IVB"),
    ("C10.9", "cT2 cN1 cM0", "III"),
    ("C11.9", "cT4 cN0 cM0", "IVA"),
    ("C11.9", "cT4 cN3a cM0", "IVB"),
    ("C02.1", "cT1 cN3 cM0", "IVB"),
    ("C64.9", "pT3a pN0", None),
]


@pytest.mark.parametrize(("site", "tnm", "factors", "group"), GROUPS)
def test_groups(site: str, tnm: str, factors: dict[str, Any], group: str | None) -> None:
    found = stage_group(site, tnm, **factors)
    assert found.group == group, found
    assert found.reason
    assert found.table is not None or group is None


@pytest.mark.parametrize(("site", "tnm", "group"), SEVENTH)
def test_groups_of_the_seventh_edition(site: str, tnm: str, group: str | None) -> None:
    assert stage_group(site, tnm, edition=7).group == group


def test_m_without_evidence_is_m0_and_the_reason_says_so() -> None:
    for tnm in ("pT2 pN1", "pT2 pN1 MX", "pT2 pN1 cMX"):
        found = stage_group("C50.4", tnm)
        assert found.group == "IIB"
        assert "taken as M0" in found.reason
    assert stage_group("C50.4", "pT2 pN1 M0") == StageGroup("IIB", "T2 N1 M0", "breast-8")


@pytest.mark.parametrize(
    ("site", "tnm", "factors", "word"),
    [
        ("C10.9", "cT2 cN1 cM0", {}, "p16"),
        ("C73.9", "pT2 pN1", {"histology": "8260/3"}, "age"),
        ("C62.9", "pT1 pN0", {}, "depends on s"),
        ("C61.9", "cT1c cN0", {"prognostic": True, "psa": 5}, "grade"),
        ("C61.9", "cT1c cN0", {"prognostic": True}, "psa and grade"),
        ("C24.0", "pT2 pN1", {}, "location"),
        ("C44.5", "pT2 pN0", {}, "histology"),
        ("C16.3", "T3 N1 M0", {}, "clinical or pathological"),
        ("C50.4", "pT4e pN0", {}, "T4e is no category"),
        ("C50.4", "pT7 pN0", {}, "T7 is no category"),
        ("C50.4", "pT2 pNX", {}, "NX"),
        ("C50.4", "pT2", {}, "N not given"),
        ("C16.3", "pT1 pN3", {}, "N3 without subcategory"),
        ("C71.9", "pT2 pN0", {}, "no table"),
        ("C16.3", "pT2 pN0", {"histology": "9680/3"}, "9680"),
        ("C18.7", "pTis pN1a", {}, "no group"),
    ],
)
def test_what_has_no_group_has_a_reason(
    site: str, tnm: str, factors: dict[str, Any], word: str
) -> None:
    found = stage_group(site, tnm, **factors)
    assert found.group is None
    assert word in found.reason


def test_an_organ_stands_for_all_its_sites() -> None:
    assert stage_group("C50", "pT2 pN1 M0").group == "IIB"
    assert stage_group("C16", "pT3 pN1 M0", histology="8140/3").group is None  # cardia or not
    assert stage_group("C17", "pT1 pN0", histology="8240/3").group == "I"


def test_none_is_as_good_as_not_given() -> None:
    assert stage_group("C10.9", "cT2 cN1", p16=None) == stage_group("C10.9", "cT2 cN1")


@pytest.mark.parametrize(
    ("args", "factors"),
    [
        (("sein", "pT2 pN1 M0"), {}),
        (("C50.44", "pT2 pN1 M0"), {}),
        ((None, "pT2 pN1 M0"), {}),
        (("C50.4", "stade II"), {}),
        (("C50.4", ""), {}),
        (("C50.4", "pT2 pT3"), {}),
        (("C50.4", None), {}),
        (("C50.4", "pT2 pN1 M0", 6), {}),
        (("C50.4", "pT2 pN1 M0", "8"), {}),
        (("C50.4", "pT2 pN1 M0", True), {}),
        (("C73.9", "pT2 pN1"), {"age": -1}),
        (("C73.9", "pT2 pN1"), {"age": "adulte"}),
        (("C73.9", "pT2 pN1"), {"age": float("nan")}),
        (("C73.9", "pT2 pN1"), {"age": True}),
        (("C49.2", "pT2 pN0"), {"grade": "moyen"}),
        (("C49.2", "pT2 pN0"), {"histology": "sarcome"}),
        (("C10.9", "pT2 pN0"), {"p16": "fort"}),
    ],
)
def test_wrong_arguments_are_answered_with_a_remedy(
    args: tuple[Any, ...], factors: dict[str, Any]
) -> None:
    with pytest.raises(UsageError) as caught:
        stage_group(*args, **factors)
    assert caught.value.remedy


def test_an_unknown_factor_is_answered_with_the_closest() -> None:
    with pytest.raises(UnknownNameError, match="histology"):
        stage_group("C50.4", "pT2 pN1 M0", histologie="8500/3")


# -- any TNM ------------------------------------------------------------------------------

_PREFIX = st.tuples(
    st.sampled_from(["", "y"]),
    st.sampled_from(["", "r"]),
    st.sampled_from(["", "a"]),
    st.sampled_from(["", "c", "p"]),
).map("".join)
_T = st.sampled_from(
    ["X", "is", "a", *"01234", "1mi", "1a", "1b", "1c", "1a1", "1b3", "2a", "2c", "3c", "4e", "1ab"]
)
_N = st.sampled_from(
    ["X", "+", *"0123", "0mi", "1mi", "1ami", "Xmi", "1a", "1c", "2a", "2bmi", "3c", "1b2"]
)
_M = st.sampled_from(["X", "+", "0", "1", "1a", "1b", "1c", "1d", "1a2", "0a"])


def _component(letter: str, values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(st.just(""), st.tuples(_PREFIX, values).map(lambda x: x[0] + letter + x[1]))


_TNM = (
    st.tuples(_component("T", _T), _component("N", _N), _component("M", _M))
    .map(lambda parts: " ".join(filter(None, parts)))
    .filter(bool)
)
_SITES = sorted({site for table in stage_tables() for site in table.sites})


@settings(max_examples=400)
@given(
    st.sampled_from([*_SITES, "C42.1", "C80.9", "C50", "C32", "C16"]),
    _TNM,
    st.sampled_from([7, 8]),
    st.sampled_from([None, "8140/3", "8070/3", "8240/3", "8720/3", "8936/3", "9180/3", "9680/3"]),
    st.sampled_from([{}, {"grade": 2}, {"p16": True}, {"age": 60}, {"prognostic": True}]),
)
def test_any_tnm_has_an_answer(
    site: str, tnm: str, edition: int, histology: str | None, factors: dict[str, Any]
) -> None:
    found = stage_group(site, tnm, edition, histology=histology, **factors)
    assert found.reason
    assert found.group is None or found.table is not None


@given(st.text(max_size=20))
def test_any_text_is_answered_or_refused(text: str) -> None:
    with suppress(OncotextError):
        assert stage_group("C50.4", text).reason


# -- the tables ---------------------------------------------------------------------------

TABLES = [pytest.param(table, id=table.id) for table in stage_tables()]


def _cells(table: StageTable) -> list[tuple[str, ...]]:
    t, n, m = (ends(table.categories[letter]) for letter in "TNM")
    return list(product((*t, "X"), n, m))


def _facts(table: StageTable) -> list[dict[str, Any]]:
    names = list(table.factors)
    return [dict(zip(names, values, strict=True)) for values in product(*table.factors.values())]


@pytest.mark.parametrize("table", TABLES)
def test_no_tumour_has_two_groups(table: StageTable) -> None:
    for t, n, m in _cells(table):
        rules = [rule for rule in table.rules if t in rule.t and n in rule.n and m in rule.m]
        if len({rule.group for rule in rules}) > 1:
            for facts in _facts(table):
                groups = {rule.group for rule in rules if all_hold(rule.when, facts)}
                assert len(groups) < 2, (t, n, m, facts, groups)


@pytest.mark.parametrize("table", TABLES)
def test_every_rule_is_reached_and_none_is_needless(table: StageTable) -> None:
    cells = _cells(table)
    for rule in table.rules:
        mine = [c for c in cells if c[0] in rule.t and c[1] in rule.n and c[2] in rule.m]
        assert mine, rule.where
        others = [other for other in table.rules if other is not rule]
        assert not all(
            any(t in o.t and n in o.n and m in o.m and not o.when for o in others)
            for t, n, m in mine
        ), rule.where


@pytest.mark.parametrize("table", TABLES)
def test_every_table_answers_by_the_public_call(table: StageTable) -> None:
    factors: dict[str, Any] = {}
    site = next(iter(table.sites))
    for condition in (*table.when, *table.sites[site]):
        factors[condition.factor] = (
            condition.values[0] if condition.values else condition.bound - (condition.sign == "<")
        )
    prefix = table.basis[:-1] or "p"
    histology = f"{_own_histology(table, site)}/3"
    rule = table.rules[0]
    t, n, m = (min(values) for values in (rule.t, rule.n, rule.m))
    facts = next(facts for facts in _facts(table) if all_hold(rule.when, facts))
    found = stage_group(
        site,
        f"{prefix}T{t} {prefix}N{n} M{m}",
        table.edition,
        histology=histology,
        **(facts | factors),
    )
    assert found.group == rule.group, (found, table.id)


def _own_histology(table: StageTable, site: str) -> int:
    """A histology that the table shares with the fewest others at its site."""
    rivals = [
        other
        for other in stage_tables()
        if other.edition == table.edition and site in other.sites and other is not table
    ]
    return min(
        sorted(table.histologies),
        key=lambda number: sum(number in rival.histologies for rival in rivals),
    )


@pytest.mark.parametrize("table", TABLES)
def test_categories_and_names_are_in_order(table: StageTable) -> None:
    assert table.note
    assert table.histologies
    assert table.basis in ("", "cT", "pT", "ypT", "cN", "pN")
    for values in table.categories.values():
        assert len(set(values)) == len(values)
    groups = {rule.group for rule in table.rules}
    for umbrella in table.umbrellas:
        assert any(group.startswith(umbrella) for group in groups - {umbrella}), umbrella


def test_the_ids_of_tables_are_unique() -> None:
    ids = [table.id for table in stage_tables()]
    assert len(set(ids)) == len(ids)


_TABLE = "x-8\t8\tC50\tcarcinoma\tyes\t\t\t1-2\t0\t0\t\tx"


@pytest.mark.parametrize(
    ("table", "rule", "word"),
    [
        (_TABLE, "x-8\t3\t0\t0\t\tI", "no T3"),
        (_TABLE, "x-8\t1\t0\t0\t\tV", "no stage group"),
        (_TABLE, "x-8\t1\t0\t0\tage 5\tI", "no condition"),
        (_TABLE, "y-8\t1\t0\t0\t\tI", "rules"),
        (_TABLE + "\nx\t8", "x-8\t1\t0\t0\t\tI", "edition and rules"),
        (_TABLE.replace("C50", "50"), "x-8\t1\t0\t0\t\tI", "no site"),
        (_TABLE.replace("carcinoma", "cancer"), "x-8\t1\t0\t0\t\tI", "histologies"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, table: str, rule: str, word: str) -> None:
    tables, groups = tmp_path / "tables.tsv", tmp_path / "groups.tsv"
    tables.write_text("\t".join(TABLE_COLUMNS) + "\n" + table + "\n", encoding="utf-8")
    groups.write_text("\t".join(GROUP_COLUMNS) + "\n" + rule + "\n", encoding="utf-8")
    with pytest.raises(LexiconError, match=word) as caught:
        read_tables(tables, groups)
    assert "line" in caught.value.where
