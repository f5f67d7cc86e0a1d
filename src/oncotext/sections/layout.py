"""From candidates to sections: which of them open one, given the report's type and order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from oncotext.language.annotations import SectionData
from oncotext.language.view import TextView
from oncotext.sections.titles import CONTENT, SUBTITLE, Candidate, Title

# Sections that come before the illness is told; a scope `early` holds among them only.
_OPENING = frozenset(
    {"header", "reason", "history", "family_history", "lifestyle", "allergies", "usual_treatment"}
    | {"clinical_information", "performance", "specimen", "current_treatment"}
)
# Short lines that stand in the antecedents and are sections of their own
_OF_HISTORY = frozenset(["family_history", "lifestyle", "allergies", "usual_treatment"])
_INVESTIGATIONS = frozenset(["laboratory", "imaging", "endoscopy"])
# In a pathology report these come before the specimen is described
_BEFORE_DESCRIPTION = frozenset(["clinical_information", "specimen", "reason", "history"])
_DESCRIPTION = frozenset(["macroscopy", "microscopy"])
# What a pathologist has found is told in a letter's history of the illness
_FINDINGS = _DESCRIPTION | {"immunohistochemistry", "molecular", "cytology"}
# Sections whose text is often a numbered list
_LISTED = frozenset(["decision", "treatment_plan", "follow_up", "conclusion", "discussion"])
_ALWAYS = frozenset(["conclusion", "other"])
_SIGN_LINES, _SIGN_LENGTH = 6, 110
_CLOSE = 600  # characters before the end where a letter's closing formula may begin
_PARENTHESES = re.compile(r"\([^()]*\)")
_NAME_LINE = re.compile(r"\n[ \t]*((?:[A-Z]\.[ -]?){1,2}[A-ZÀ-Þ][\w'’-]+[^\n]{0,60})\s*\Z")
_LETTERS = frozenset(["consultation", "hospitalization"])
_SECOND_PARAGRAPH = re.compile(
    # the first paragraph: an opening sentence, perhaps under a greeting of its own
    r"(?:[^\n]{0,50},[ \t]*\n\s*)?(?:[ \t]*+[^\s][^\n]*+\n)+?[ \t]*+\n\s*+(?=[A-ZÀ-Þ][^\n]{60})"
)
# '"' is what optical character recognition makes of a bullet
_BULLET = re.compile(r" *(?:-|\* |\"|>)| {1,2}-")
_SMALL_LINE = re.compile(r"\n[ \t]*[a-zà-ÿ]")
_CAPITAL_LINE = re.compile(r"\n[ \t]*[A-ZÀ-Þ]")
_DATE = re.compile(r" ?(?:du |le )?\d\d?[/.]\d\d?[/.]\d{2,4}")
_NUMBER = re.compile(r"[ *#]*(\d{1,2}) ?[./)]")
_GREETING = re.compile(
    r"(?:(?:monsieur|madame) et )?(?:mon |ma )?(?:tres )?cher(?:e|s)? [^\n]{2,40},? *\n *\Z"
)


class Layout:
    """The sections of one text, built from its candidates in order.

    Parameters
    ----------
    view : TextView
    kind : str
        The report's type, in which the scopes of titles are read.

    Attributes
    ----------
    label : str
        The section that the text is in.
    titled : bool
        Whether that section has a line for its title; what looks like the title of a part of
        it is then one of its items.
    mixed : bool
        Whether it holds examinations of all kinds: imaging may begin in it, nothing else.
    """

    def __init__(self, view: TextView, kind: str) -> None:
        self.view, self.kind = view, kind
        breaks = view.folded.count("\n")
        self.double_spaced = breaks > 8 and view.folded.count("\n\n") > breaks * 0.4
        self.capitals = view.text.count("E") > 2 * view.text.count("e")
        self.label, self.titled, self.mixed, self.early = "header", False, False, True
        self.seen = {"header"}
        self.body = 0
        self.title_end, self.number = -1, 0
        self.sections: list[SectionData] = [{"label": "header", "start": 0}]

    def build(self, candidates: Sequence[Candidate]) -> list[SectionData]:
        """Sections that tile the text."""
        for candidate in candidates:
            if candidate.start >= self.title_end:
                title = self._chosen(candidate)
                if title is not None and title.category != SUBTITLE:
                    self._open(candidate, title)
        self._sign()
        self._tell()
        for section, following in zip(self.sections, self.sections[1:], strict=False):
            section["end"] = following["start"]
        self.sections[-1]["end"] = len(self.view.text)
        return self.sections

    # -- opening a section

    def _open(self, candidate: Candidate, title: Title) -> None:
        is_title = title.direction not in CONTENT
        whole = is_title and candidate.form in ("line", "free", "bare")
        label = title.category
        self.title_end = candidate.body if is_title else candidate.end
        number = _NUMBER.match(candidate.marks)
        self.number = int(number.group(1)) if number and is_title else self.number
        item = not is_title or title.direction == "item" or _is_bulleted(candidate)
        if label == self.label:
            self.titled = whole or (self.titled and item)
            self.mixed = title.direction == "mixed" or (self.mixed and item)
            return
        into_imaging = self.mixed and item
        begins_with_imaging = (
            self.mixed
            and label == "imaging"
            and not (self.view.folded[self.body : candidate.start].strip(" \n*->"))
        )
        self.label = label
        self.seen.add(label)
        self.early = self.early and label in _OPENING
        if begins_with_imaging:
            # 'Examens complémentaires' that holds imaging only
            self.sections[-1]["label"] = label
            self.titled = True
            return
        self.mixed = into_imaging or title.direction == "mixed"
        self.titled, self.body = whole or into_imaging, candidate.body
        # an examination in a list of examinations is no title
        self._add(candidate, title, is_title and not into_imaging)

    def _add(self, candidate: Candidate, title: Title, is_title: bool) -> None:
        start = candidate.start
        if title.direction in CONTENT and title.category == "reason":
            start = self._with_greeting(start)
        raw = self.view.to_raw(start)
        section: SectionData = {"label": title.category, "start": raw}
        if is_title:
            end = candidate.body if candidate.form == "free" else candidate.end
            section["title"] = self.view.text[raw : self.view.to_raw_end(end)].strip(" \n:*_.")
        if raw == 0:
            self.sections[0] = section
        else:
            self.sections.append(section)

    def _with_greeting(self, start: int) -> int:
        """A greeting right above the first sentence of a letter belongs to it."""
        folded = self.view.folded
        line = folded.rfind("\n", 0, start) + 1
        greeting = _GREETING.search(folded, max(0, line - 60), line)
        if greeting and folded[: greeting.start()][-1:] in ("", "\n"):
            return greeting.start()
        return start

    def _sign(self) -> None:
        """The last line, where it is a name: 'A. Durand / interne : B. Petit'."""
        if self.label not in ("header", "signature"):
            name = _NAME_LINE.search(self.view.text, max(0, len(self.view.text) - _SIGN_LENGTH))
            if name and name.start(1) >= self.view.to_raw(self.title_end):
                self.sections.append({"label": "signature", "start": name.start(1)})

    def _tell(self) -> None:
        """The second paragraph of a letter, where nothing says otherwise, tells the illness."""
        if "disease_history" in self.seen or self.kind not in _LETTERS:
            return
        for number, section in enumerate(self.sections):
            if section["label"] == "reason" and "title" not in section:
                following = self.sections[number + 1 : number + 2]
                end = following[0]["start"] if following else len(self.view.text)
                paragraph = _SECOND_PARAGRAPH.match(self.view.text, section["start"], end)
                if paragraph:
                    told: SectionData = {"label": "disease_history", "start": paragraph.end()}
                    self.sections.insert(number + 1, told)
                return

    @cached_property
    def small(self) -> bool:
        """Whether the text is typed without capitals, its titles too: 'atcd : HTA'."""
        capitals = len(_CAPITAL_LINE.findall(self.view.text))
        return len(_SMALL_LINE.findall(self.view.text)) > capitals

    # -- which candidates open one

    def _chosen(self, candidate: Candidate) -> Title | None:
        """The first lexicon line of a candidate that holds here."""
        for title in candidate.titles:
            if self.kind not in title.kinds:
                continue
            if title.phase and (title.phase == "early") != self.early:
                continue
            if self._fits(candidate, title):
                return title
        return None

    def _fits(self, candidate: Candidate, title: Title) -> bool:
        direction = title.direction
        if direction == "sign":
            return self._fits_sign(candidate)
        if direction in CONTENT:
            return self._fits_paragraph(candidate, title)
        if direction in ("line", "inline") and candidate.form != direction:
            return False
        if not self._has_form(candidate, title):
            return False
        if self.label == "header":
            dated = self._is_date(candidate, title)
            return title.literal != "" and not dated and self._fits_header(title)
        if not title.literal and (number := _NUMBER.match(candidate.marks)):
            # an unknown title goes on with the numbers of those before it; a list begins anew
            return self.number > 0 and int(number.group(1)) == self.number + 1
        if not title.literal and "#" not in candidate.marks and "**" not in candidate.marks:
            return not self.capitals and not self.double_spaced
        if self.kind == "pathology" and title.category in _BEFORE_DESCRIPTION:
            return candidate.form == "line" or not self.seen & _DESCRIPTION
        if self._is_told(candidate, title):
            return False
        bullet = _is_bulleted(candidate)
        if bullet and self.mixed and title.category != "imaging":
            return False
        if bullet and not self.mixed and (self.titled or candidate.form != "inline"):
            # a line of a list, unless the titles themselves have bullets
            return False
        if self._is_numbered_item(candidate) or self._is_date(candidate, title):
            return False
        item = direction == "item" or (candidate.form == "inline" and not self._plain(candidate))
        return not item or self._fits_item(candidate, title)

    def _is_told(self, candidate: Candidate, title: Title) -> bool:
        """'Analyse histologique : ...' as a line of the titled history of the illness."""
        history = self.titled and self.label == "disease_history" and self.kind in _LETTERS
        return history and candidate.form == "inline" and title.category in _FINDINGS

    def _is_numbered_item(self, candidate: Candidate) -> bool:
        """A number that does not go on with those of the titles: '2. Surveillance' of a list."""
        number = _NUMBER.match(candidate.marks)
        if number is None or not self.titled or candidate.form == "line":
            return False
        if self.number == 0:
            return self.label in _LISTED and int(number.group(1)) > 1
        return int(number.group(1)) <= self.number

    def _is_date(self, candidate: Candidate, title: Title) -> bool:
        """'Prélèvement : 24/04/2025' says when, not what."""
        dated = title.category == "specimen" and candidate.form == "inline"
        return dated and _DATE.match(self.view.folded, candidate.body) is not None

    def _fits_header(self, title: Title) -> bool:
        if title.category == "signature":
            return False
        # the name of an imaging report is that of the examination
        named = self.kind == "imaging" and title.direction == "item"
        return not (named and title.category in ("imaging", "endoscopy"))

    def _fits_item(self, candidate: Candidate, title: Title) -> bool:
        """Whether an item opens a section rather than being part of the one it stands in."""
        if self.mixed:
            return title.category == "imaging"
        if not self.titled:
            return True
        if self.label == "history" and title.category in _OF_HISTORY:
            return True
        if self.label in _INVESTIGATIONS and title.category in _INVESTIGATIONS:
            return not self.double_spaced
        form_field = self.view.text[self.view.to_raw(candidate.body) :][:1] == "\t"
        if form_field and not candidate.marks:
            return True
        return candidate.blank and not self.double_spaced

    def _has_form(self, candidate: Candidate, title: Title) -> bool:
        """Whether the words and what follows them have the form of a title."""
        view, form = self.view, candidate.form
        words = view.text[view.to_raw(candidate.start) : view.to_raw_end(candidate.end)]
        if title.capitals and words != title.literal:
            return False
        sentence = words[0].islower() or (form == "line" and words[-1] == "." != title.literal[-1:])
        if sentence and not candidate.blank and not (form == "inline" and self.small):
            return False
        if form == "line":
            return True
        marked = "#" in candidate.marks or "**" in candidate.marks or candidate.ruled
        if form == "free" and marked:
            return True
        if title.run and form in ("bare", "free") and candidate.blank and words[0].isupper():
            return view.text[view.to_raw(candidate.end) :][:1] == " "
        if self.label == "header" and not (words.isupper() and words[-1] == "."):
            # a header's lines hold colons too: only words directly followed by one count
            return form == "inline" and self._plain(candidate)
        if form == "inline":
            return True
        if form == "stop":
            return title.direction == "any" and view.text[view.to_raw(candidate.body)].isupper()
        capitals = words.isupper() and len(words) > 2 and not self.capitals
        if form == "free":
            return self._free(candidate, capitals)
        after = view.text[view.to_raw(candidate.end) :][:1]
        return capitals and title.direction == "any" and after in (" ", "\t")

    def _plain(self, candidate: Candidate) -> bool:
        """Whether nothing but a date or parentheses stands between the words and the colon."""
        between = self.view.folded[candidate.end : candidate.body].strip(" :=*_\n")
        return not between or between[0] in "(0123456789" or between.startswith(("du ", "de "))

    def _free(self, candidate: Candidate, capitals: bool) -> bool:
        """A short line that goes on after the title's words: 'IHC sur résidu (bloc A7)'."""
        raw = self.view.text[self.view.to_raw(candidate.end) : self.view.to_raw(candidate.body)]
        words = _PARENTHESES.sub("", raw).strip()
        if self.double_spaced or not raw.strip() or raw.rstrip()[-1] in ".,;:?!" or "  " in words:
            return False
        if capitals and words == words.upper():
            return True
        follows = self.view.folded[candidate.body : candidate.body + 2].strip(" \n")
        return bool(follows) and candidate.blank and not self.capitals

    def _fits_paragraph(self, candidate: Candidate, title: Title) -> bool:
        """Whether a content cue opens a section: only at a paragraph's start."""
        category = title.category
        if self.label == "header":
            if category == "reason":
                return True
            told = category == "disease_history" or self.kind == "pathology"
            if not told and (category == "signature" or not candidate.blank):
                return False
        elif category == "signature":
            left = len(self.view.folded) - candidate.start
            return left < _CLOSE or left < 0.2 * len(self.view.folded)
        if self.label == "signature" or (self.kind == "pathology" and "conclusion" in self.seen):
            return category == "other"
        if self.titled and not (self.mixed and category == "imaging"):
            return candidate.blank and (category in _ALWAYS or self._leaves_title(title))
        if "-" in candidate.marks[:3] and not self.mixed:
            return False
        return candidate.blank or self._after_sentence(candidate)

    def _leaves_title(self, title: Title) -> bool:
        """In a letter, a titled section ends where a paragraph speaks of something else."""
        if self.kind != "consultation":
            return False
        opening = self.label in _OPENING
        if title.direction == "sentence":
            told = title.category in ("reason", "history", "disease_history")
            return not told or (opening and title.category == "disease_history")
        return not (self.double_spaced and opening)

    def _after_sentence(self, candidate: Candidate) -> bool:
        before = self.view.folded[max(0, candidate.start - 12) : candidate.start].rstrip(" \n*->")
        return before[-1:] in (".", "!", "?", ":", ";")

    def _fits_sign(self, candidate: Candidate) -> bool:
        """'Dr X' on one of the last lines."""
        if self.label == "header":
            return False
        folded, lines = self.view.folded, _SIGN_LINES * (2 if self.double_spaced else 1)
        if len(folded) - candidate.start > lines * 200:
            return False
        line, _, rest = folded[candidate.start :].partition("\n")
        return len(line) <= _SIGN_LENGTH and rest.strip().count("\n") < lines - 1


def _is_bulleted(candidate: Candidate) -> bool:
    return _BULLET.match(candidate.marks) is not None
