"""The titles as medSpaCy `SectionRule`, and medSpaCy's rules as titles.

medSpaCy knows a literal and a category. What a title means in one report type only, and what
must follow its words, is lost; ask its sectionizer for titles at the start of a line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from oncotext.errors import MissingExtraError
from oncotext.language.folding import fold
from oncotext.lexicon import Cue, load_cues
from oncotext.matching.inflection import expand
from oncotext.report import SectionLabel
from oncotext.sections.titles import CONTENT, SUBTITLE

LABELS = frozenset(get_args(SectionLabel))
OF_MEDSPACY: dict[str, str] = {
    "allergies": "allergies",
    "chief_complaint": "reason",
    "diagnoses": "conclusion",
    "family_history": "family_history",
    "history_of_present_illness": "disease_history",
    "hospital_course": "hospital_course",
    "imaging": "imaging",
    "labs_and_studies": "laboratory",
    "medications": "usual_treatment",
    "observation_and_plan": "treatment_plan",
    "past_medical_history": "history",
    "patient_instructions": "follow_up",
    "physical_exam": "examination",
    "present_illness": "disease_history",
    "reason_for_examination": "reason",
    "sexual_and_social_history": "lifestyle",
    "signature": "signature",
    "social_history": "lifestyle",
}
"""Categories of medSpaCy's own rules, as section labels of oncotext."""


def to_section_rules(cues: Iterable[Cue] | None = None) -> list[Any]:
    """The titles as a list of ``SectionRule``, one for each spelled-out form.

    Parameters
    ----------
    cues : iterable of Cue, optional
        Lines of a title file; by default those shipped. Content cues ('Je vois ce jour') and
        subtitles, which open no section, are left out.

    Raises
    ------
    MissingExtraError
        medSpaCy is not installed.
    """
    try:
        from medspacy.section_detection import SectionRule
    except ImportError:
        raise MissingExtraError("medSpaCy's sections", "medspacy") from None
    rules: dict[str, Any] = {}
    for cue in load_cues("section_titles") if cues is None else cues:
        if cue.direction in CONTENT or cue.category == SUBTITLE:
            continue
        for literal in expand(cue.literal):
            # medSpaCy compares lower case as it is: accents count
            for form in dict.fromkeys((literal.lower(), fold(literal))):
                rules.setdefault(
                    form,
                    SectionRule(literal=form, category=cue.category, metadata={"oncotext": cue.id}),
                )
    return list(rules.values())


def from_section_rules(
    rules: Iterable[Any], *, labels: Mapping[str, str] | None = None, prefix: str = "medspacy"
) -> list[Cue]:
    """medSpaCy rules as lines of a title file, for `oncotext.lexicon.write_cues`.

    Parameters
    ----------
    rules : iterable of SectionRule
        Those with a token pattern keep their literal.
    labels : mapping, optional
        Section labels of categories of one's own, on top of `OF_MEDSPACY`. A rule whose category
        is neither in them nor a section label becomes ``other``.
    prefix : str
        What the ids begin with.
    """
    known = {**OF_MEDSPACY, **(labels or {})}
    cues = []
    for number, rule in enumerate(rules, 1):
        category = known.get(rule.category, rule.category)
        literal = str(rule.literal).strip().rstrip(":").strip()
        if literal:
            label = category if category in LABELS else "other"
            cues.append(Cue(f"{prefix}-{number}", label, literal, "any"))
    return cues
