"""The loader: reads the form, and names file and line of whatever is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from oncotext.errors import LexiconError, UnknownNameError
from oncotext.language.view import TextView
from oncotext.lexicon import (
    Concept,
    concept_matcher,
    lexicon_checksum,
    load_concepts,
    load_cues,
    read_concepts,
    read_cues,
)
from oncotext.lexicon.loader import CONCEPT_COLUMNS, CUE_COLUMNS, is_abbreviation, shipped

CONCEPTS = "\t".join(CONCEPT_COLUMNS)
CUES = "\t".join(CUE_COLUMNS)
GOOD = "M1\tMORPHOLOGY\t8500/3\tcarcinome canalaire\tCCI|~canalaire\ta=b;c=d\tICD-O-3.2\tune note"


@pytest.fixture
def lexicon(tmp_path: Path):
    def write(*lines: str) -> Path:
        path = tmp_path / "mine.tsv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


def test_a_whole_line(lexicon) -> None:
    assert read_concepts(lexicon("# Sein", CONCEPTS, "", "# Canalaire", GOOD)) == [
        Concept(
            id="M1",
            label="MORPHOLOGY",
            code="8500/3",
            preferred="carcinome canalaire",
            variants=("CCI", "~canalaire"),
            attrs={"a": "b", "c": "d"},
            source="ICD-O-3.2",
            note="une note",
        )
    ]


@pytest.mark.parametrize(
    "line", ["M1\tMINE\tX\tterme", "M1\tMINE\tX\tterme\t\t\t\t", " M1 \tMINE\tX\t terme "]
)
def test_last_columns_may_be_missing_and_cells_are_stripped(lexicon, line: str) -> None:
    [concept] = read_concepts(lexicon(CONCEPTS, line))
    assert (concept.id, concept.code, concept.preferred, concept.variants) == (
        "M1",
        "X",
        "terme",
        (),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_files_as_windows_writes_them(tmp_path: Path, encoding: str, newline: str) -> None:
    path = tmp_path / "mine.tsv"
    path.write_bytes(newline.join([CONCEPTS, "a\tMINE\tX\tœdème", ""]).encode(encoding))
    assert [concept.preferred for concept in read_concepts(path)] == ["œdème"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("\tMORPHOLOGY\t8500/3\tterme", "id is empty"),
        ("M2\t\t8500/3\tterme", "label is empty"),
        ("M2\tMORPHOLOGY\t\tterme", "code is empty"),
        ("M2\tMORPHOLOGY\t8500/3\t", "preferred is empty"),
        ("M2\tMORPHOLOGY\t8500\tterme", "'8500' is no code of MORPHOLOGY"),
        ("M2\tMORPHOLOGY\t8500/5\tterme", "'8500/5' is no code of MORPHOLOGY"),
        ("M2\tTOPOGRAPHY\tC50\tterme", "'C50' is no code of TOPOGRAPHY"),
        ("M2\tRESPONSE\tpartial\tterme", "'partial' is no code of RESPONSE"),
        ("M2\tMORPHOLOGY\t8500/3\tterme\ta||b", "An empty variant"),
        ("M2\tMORPHOLOGY\t8500/3\tterme\ta|", "An empty variant"),
        ("M2\tMORPHOLOGY\t8500/3\tterme\t\tfoo", "Attribute 'foo'"),
        ("M2\tMORPHOLOGY\t8500/3\tterme\t\t=x", "Attribute '=x'"),
        ("M2\tMORPHOLOGY\t8500/3\tterme\t\t\t\t\tmore", "9 columns instead of 8"),
        ("M1\tMORPHOLOGY\t8520/3\tterme", "Id 'M1' is used twice"),
    ],
)
def test_a_wrong_concept_is_named_with_file_and_line(lexicon, line: str, message: str) -> None:
    path = lexicon("# a comment", CONCEPTS, "", GOOD, line)
    with pytest.raises(LexiconError) as caught:
        read_concepts(path)
    assert caught.value.where == f"{path}, line 5"
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("\tnegated\tpas de", "must be given"),
        ("c2\t\tpas de", "must be given"),
        ("c2\tnegated\t", "must be given"),
        ("c1\tnegated\tpas de", "Id 'c1' is used twice"),
        ("c2\tnegated\tpas de\t\t\t\tmore", "7 columns instead of 6"),
    ],
)
def test_a_wrong_cue_is_named_with_file_and_line(lexicon, line: str, message: str) -> None:
    path = lexicon(CUES, "c1\tnegated\tsans", line)
    with pytest.raises(LexiconError) as caught:
        read_cues(path)
    assert caught.value.where == f"{path}, line 3"
    assert message in str(caught.value)


@pytest.mark.parametrize("header", ["id,label", CUES, GOOD, CONCEPTS + "\textra"])
def test_a_wrong_header_is_answered_with_the_right_one(lexicon, header: str) -> None:
    path = lexicon("# a comment", header)
    with pytest.raises(LexiconError, match="preferred, variants") as caught:
        read_concepts(path)
    assert caught.value.where == f"{path}, line 2"


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match=r"absent\.tsv"):
        read_concepts(tmp_path / "absent.tsv")
    path = tmp_path / "latin.tsv"
    path.write_bytes("id\tœ".encode("cp1252"))
    with pytest.raises(LexiconError, match="Save it as UTF-8"):
        read_concepts(path)


def test_an_unknown_shipped_file_is_answered_with_the_closest() -> None:
    with pytest.raises(UnknownNameError, match="histology"):
        shipped("histologie")


def test_users_files_win_over_the_shipped_one(lexicon) -> None:
    path = lexicon(CONCEPTS, "mine\tMORPHOLOGY\t8520/3\tcarcinome canalaire infiltrant")
    text = "Carcinome canalaire infiltrant et mélanome."
    found = [
        (hit.value.id, hit.value.code)
        for hit in concept_matcher("histology", [path]).find(TextView(text))
    ]
    assert found[0] == ("mine", "8520/3")
    assert found[1][1] == "8720/3"
    assert load_concepts("histology", [path])[0].id == "mine"
    unchanged = concept_matcher("histology").find(TextView(text))
    assert unchanged[0].value.code == "8500/3"


def test_a_users_cues_come_first(lexicon) -> None:
    path = lexicon(CUES, "mine\tleft\tsénestre")
    assert load_cues("sides", [path])[0].id == "mine"
    assert len(load_cues("sides", [path])) == len(load_cues("sides")) + 1


def phrases(preferred: str, *variants: str) -> dict[str, bool]:
    return dict(Concept("i", "L", "c", preferred, variants).phrases())


@pytest.mark.parametrize(
    ("term", "forms"),
    [
        (
            "carcinome [invasif]",
            {"carcinome", "carcinomes", "carcinome invasif", "carcinomes invasifs"},
        ),
        (
            "{tumeur/masse} du sein",
            {"tumeur du sein", "tumeurs du sein", "masse du sein", "masses du sein"},
        ),
        ("~osseux", {"osseux", "osseuse", "osseuses"}),
        (
            "sus-œsophagien",
            {"sus oesophagien", "sus oesophagiens", "sus \x9csophagien", "sus \x9csophagiens"},
        ),
        ("CCI", {"cci"}),
    ],
)
def test_the_surface_forms_of_a_term(term: str, forms: set[str]) -> None:
    assert set(phrases(term)) == forms


@pytest.mark.parametrize(
    ("term", "abbreviation"),
    [("CCI", True), ("LID", True), ("EC", True), ("T-DXd", False), ("GIST", True), ("C5", True),
     ("FOLFOX", False), ("cci", False), ("12", False), ("R-CHOP", False), ("5-FU", True)],
)  # fmt: skip
def test_abbreviations_count_in_capitals_only(term: str, abbreviation: bool) -> None:
    assert is_abbreviation(term) is abbreviation
    assert all(capitals is abbreviation for capitals in phrases(term).values())


def test_the_checksum_names_the_shipped_files() -> None:
    assert len(lexicon_checksum()) == 12
    assert int(lexicon_checksum(), 16) >= 0
