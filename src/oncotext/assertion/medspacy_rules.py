"""The cues as medSpaCy `ConTextRule`, and medSpaCy's rules as cues.

medSpaCy knows literals, a direction and a scope in tokens, so lists, clauses and table cells
become widths. Its tokenizer must split elisions ("d'" + "embole"), as ``onco_fr`` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from oncotext.assertion.cues import NO_LABEL, AssertionCue, CueSet, surface_forms
from oncotext.errors import MissingExtraError
from oncotext.lexicon import Cue

CATEGORIES = {
    "negated": "NEGATED_EXISTENCE",
    "hypothetical": "HYPOTHETICAL",
    "historical": "HISTORICAL",
    "family": "FAMILY",
}
_FLAG_OF = {name: flag for flag, name in CATEGORIES.items()} | {
    "POSSIBLE_EXISTENCE": "hypothetical"
}
WIDTHS = {"phrase": 5, "list": 15, "clause": 20, "year": 8, "cell": 3}
"""Most tokens a reach becomes; the others go to the end of the sentence."""

_DIRECTION_OF = {"FORWARD": "forward", "BACKWARD": "backward", "BIDIRECTIONAL": "both"}


def _rule_class() -> Any:
    try:
        from medspacy.context import ConTextRule
    except ImportError:
        raise MissingExtraError("medSpaCy's ConText", "medspacy") from None
    return ConTextRule


def to_context_rules(cues: CueSet | None = None) -> list[Any]:
    """The cues as a list of ``ConTextRule``, one for each spelled-out form.

    Parameters
    ----------
    cues : CueSet, optional
        By default those shipped. Cues within a mention, between two words, for spans without
        label alone, and those of current treatment have no equal and are left out.
    """
    rule = _rule_class()
    rules = []
    for cue in (cues or CueSet()).cues:
        direction = _direction(cue)
        if direction is None or cue.labels == {NO_LABEL}:
            continue
        width = cue.words or WIDTHS.get(cue.reach) if cue.category in CATEGORIES else None
        allowed = set(cue.labels - {NO_LABEL}) if NO_LABEL not in cue.labels else None
        for literal, pattern in _patterns(cue):
            rules.append(
                rule(
                    literal,
                    CATEGORIES.get(
                        cue.category, "TERMINATE" if direction == "TERMINATE" else "PSEUDO"
                    ),
                    pattern=pattern,
                    direction=direction,
                    max_scope=width or None,
                    allowed_types=allowed or None,
                    excluded_types=set(cue.barred) or None,
                    metadata={"oncotext": cue.id},
                )
            )
    return rules


def _direction(cue: AssertionCue) -> str | None:
    if cue.category == "pseudo":
        return "PSEUDO"
    if cue.category == "termination":
        return "TERMINATE" if cue.reach in ("break", "family") else None
    if cue.category not in CATEGORIES or cue.inside or cue.between:
        return None
    if cue.forward and cue.backward:
        return "BIDIRECTIONAL"
    return "FORWARD" if cue.forward else "BACKWARD"


def _patterns(cue: AssertionCue) -> Iterator[tuple[str, list[dict[str, Any]] | None]]:
    """Literals in lower case, and a token pattern where a cue has two pieces."""
    for form in surface_forms(cue.literal.lower()):
        if "…" in form:
            pieces = [_tokens(piece) for piece in form.split("…")]
            gap = {"IS_PUNCT": False, "IS_SPACE": False, "OP": "{0,5}"}
            yield form, [*pieces[0], gap, *pieces[1]]
            continue
        if cue.reach == "cell":
            form = f": {form}"
        yield form, None
        if "'" in form:
            yield form.replace("'", "’"), None


def _tokens(piece: str) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    for word in piece.replace("'", "' ").split():
        typographic = word.replace("'", "’")
        out.append({"LOWER": {"IN": sorted({word, typographic})}})
    return out


def from_context_rules(rules: Iterable[Any], *, prefix: str = "medspacy") -> list[Cue]:
    """medSpaCy rules as lines of a cue file; pass them to `CueSet` as ``rows``.

    Rules with a token pattern keep their literal; those of other categories than negation,
    possibility, hypothesis, history, family, pseudo and termination are left out.
    """
    cues = []
    for number, rule in enumerate(rules, 1):
        direction = str(rule.direction).upper()
        if direction in ("TERMINATE", "PSEUDO"):
            category = "termination" if direction == "TERMINATE" else "pseudo"
            scope = "break" if direction == "TERMINATE" else ""
        elif rule.category in _FLAG_OF:
            category = _FLAG_OF[rule.category]
            scope = str(rule.max_scope) if rule.max_scope else "list"
        else:
            continue
        labels: Sequence[str] = sorted(rule.allowed_types or ())
        barred: Sequence[str] = sorted(rule.excluded_types or ())
        if scope and labels:
            scope += "@" + "+".join(labels)
        elif scope and barred:
            scope += "@-" + "-".join(barred)
        cues.append(
            Cue(
                f"{prefix}-{number}",
                category,
                rule.literal,
                _DIRECTION_OF.get(direction, ""),
                scope,
            )
        )
    return cues
