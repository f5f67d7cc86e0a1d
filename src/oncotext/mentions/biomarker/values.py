"""From what is said of a marker to the value of the guidelines, by kind of marker."""

from __future__ import annotations

from dataclasses import dataclass, field

_SAME = {
    "positive": "POSITIVE",
    "negative": "NEGATIVE",
    "expressed": "POSITIVE",
    "not_expressed": "NEGATIVE",
    "present": "POSITIVE",
    "absent": "NEGATIVE",
    "equivocal": "EQUIVOCAL",
    "low": "POSITIVE",
    "mutated": "MUTATED",
    "wild_type": "WILD_TYPE",
    "amplified": "AMPLIFIED",
    "not_amplified": "NEGATIVE",
    "overexpressed": "POSITIVE",
    "rearranged": "REARRANGED",
    "not_rearranged": "NEGATIVE",
    "methylated": "METHYLATED",
    "unmethylated": "UNMETHYLATED",
    "lost": "NEGATIVE",
    "retained": "POSITIVE",
    "deficient": "DEFICIENT",
    "proficient": "PROFICIENT",
    "stable": "STABLE",
    "instable": "INSTABLE",
    "codeleted": "POSITIVE",
    "not_codeleted": "NEGATIVE",
    "undetectable": "NEGATIVE",
    "normal": "NEGATIVE",
    "high": "HIGH",
}
"""What an outcome is for most markers."""

_MMR = dict.fromkeys(
    ("positive", "expressed", "retained", "proficient", "normal", "stable", "present"), "PROFICIENT"
) | dict.fromkeys(
    ("negative", "not_expressed", "lost", "deficient", "instable", "absent"), "DEFICIENT"
)

_BY_KIND: dict[str, dict[str, str]] = {
    "gene": {
        "positive": "MUTATED",
        "present": "MUTATED",
        "negative": "WILD_TYPE",
        "absent": "WILD_TYPE",
        "normal": "WILD_TYPE",
        "overexpressed": "POSITIVE",
    },
    "fusion": {},
    # A diffuse strong or a wholly absent p53 staining is that of a mutated gene (ICCR); a
    # bare 'négative' is left as it is written.
    "p53": {"positive": "MUTATED", "overexpressed": "MUTATED", "lost": "MUTATED"},
    "her2": {"low": "LOW"},
    "methyl": {
        "positive": "METHYLATED",
        "present": "METHYLATED",
        "negative": "UNMETHYLATED",
        "absent": "UNMETHYLATED",
    },
    "mmr": _MMR,
    "msi": {
        "stable": "STABLE",
        "negative": "STABLE",
        "absent": "STABLE",
        "instable": "INSTABLE",
        "positive": "INSTABLE",
        "present": "INSTABLE",
        "high": "INSTABLE",
    },
    "ihc": {"high": "POSITIVE"},
    "receptor": {"high": "POSITIVE"},
    "pdl1": {"high": "POSITIVE"},
    # 'Ki67 élevé' or 'positif' tells no figure
    "index": {},
    "count": {"high": "HIGH"},
    "serum": {},
}

_NEGATED = {
    "mutated": "wild_type",
    "amplified": "not_amplified",
    "rearranged": "not_rearranged",
    "positive": "negative",
    "expressed": "not_expressed",
    "overexpressed": "negative",
    "methylated": "unmethylated",
    "instable": "stable",
    "present": "absent",
    "lost": "retained",
}


@dataclass(slots=True)
class Result:
    """What the text says of a marker; offsets are those of the folded text.

    ``outcome`` is a category of ``biomarker_results.tsv``, ``number`` the figure with ``<``
    or ``>`` before it, ``value`` a value that needs no further reading.
    """

    end: int
    outcome: str = ""
    number: str = ""
    unit: str = ""
    detail: str = ""
    value: str = ""
    rule: str = ""
    start: int = -1
    more: list[tuple[int, int, str]] = field(default_factory=list)


def combined(said: str, then: str) -> str:
    """One outcome of two that stand side by side: 'mutation' + 'non retrouvée'."""
    if then in ("present", "positive", "expressed", "retained", "high"):
        return then if said in ("positive", "expressed", "present") else said
    if then in ("absent", "negative", "not_expressed", "wild_type") and said in _NEGATED:
        return then if said in ("positive", "expressed") else _NEGATED[said]
    return then if then in ("lost", "pending", "wild_type", "mutated") else said


def value_of(kind: str, result: Result) -> str:
    """The VALUE of a result for a kind of marker; empty where it says nothing."""
    if result.value:
        return result.value
    if result.outcome:
        special = _BY_KIND.get(kind, {})
        if result.outcome in special:
            return special[result.outcome]
        if kind in ("index", "mmr", "msi"):
            return ""
        return _SAME.get(result.outcome, "")
    return _numeric(kind, result)


def _numeric(kind: str, result: Result) -> str:
    bound, figure = result.number[:1].strip("0123456789"), result.number.lstrip("<>")
    if not figure:
        return ""
    if kind in ("serum", "index", "count"):
        return bound + figure
    number = float(figure)
    # positive from 1 % on (ASCO/CAP for hormone receptors; PD-L1 as the guidelines say)
    positive = number >= 1 and not (bound == "<" and number <= 1)
    if kind == "gene":
        return "POSITIVE" if number >= 42 else "NEGATIVE"
    return "POSITIVE" if positive or (kind == "ihc" and number > 0) else "NEGATIVE"
