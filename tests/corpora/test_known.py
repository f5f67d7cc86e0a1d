"""Known corpora: FRACCO and E3C read exactly, where a copy is at hand."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from oncotext.corpora import Corpus, known_corpora, load_corpus
from oncotext.errors import InputError, UnknownNameError
from oncotext.report import Mention

GOLD = Path(__file__).parents[2] / "corpora" / "oncotext-gold"


@pytest.fixture(scope="module")
def read_fracco(fracco: Path) -> Corpus:
    return load_corpus(fracco)


def test_fracco_is_recognised_and_read_whole(read_fracco: Corpus) -> None:
    assert read_fracco.known is not None
    assert read_fracco.known.name == "fracco"
    assert len(read_fracco) == 1000
    assert [report.id for report in read_fracco.unannotated] == ["cc_onco853"]
    assert [problem.what for problem in read_fracco.problems] == ["No .ann file beside it."]
    assert Counter(read_fracco.split_of.values()) == {"train": 501, "dev1": 250, "dev2": 250}
    assert read_fracco.notes == []
    assert read_fracco.left_out == {"expression_CIM": 19814, "stadeTNM": 27, "stade": 1}


def test_every_piece_in_fracco_is_the_surface_of_its_annotation(
    read_fracco: Corpus, fracco: Path
) -> None:
    mentions = {(r.id, m.id): (r.text, m) for r in read_fracco for m in r.mentions}
    pieces = 0
    for file in fracco.glob("*/*.ann"):
        for line in file.read_text(encoding="utf-8").split("\n"):
            fields = line.split("\t")
            text, mention = mentions.get((file.stem, fields[0]), ("", None))
            if mention is None:
                continue
            spans = mention.fragments or [(mention.start, mention.end)]
            assert " ".join(text[start:end] for start, end in spans) == fields[2] == mention.text
            pieces += len(spans) > 1
    assert len(mentions) == 19770 + 14522 + 803
    assert pieces > 0


def test_fracco_codes_are_valid_or_kept_apart(read_fracco: Corpus) -> None:
    assert read_fracco.code_status["trad"] == 183
    assert read_fracco.code_status["tocheck"] == 185
    assert read_fracco.code_status["todelete"] == 15
    assert read_fracco.code_status["missing"] == 1339
    by_code: Counter[tuple[str, bool]] = Counter()
    for report in read_fracco:
        for mention in report.mentions:
            assert (mention.code is None) == ("code_status" in mention.attrs)
            by_code[mention.label, mention.code is not None] += 1
    assert by_code["GRADE", True] == 241 + 227 + 181 + 149


def test_a_split_is_read_alone_and_from_its_own_folder(fracco: Path) -> None:
    one = load_corpus(fracco, split="dev1")
    assert len(one) + len(one.unannotated) == 250
    assert set(one.split_of.values()) == {"dev1"}
    assert load_corpus(fracco / "dev1", "fracco").reports == one.reports
    with pytest.raises(UnknownNameError, match="dev2"):
        load_corpus(fracco, split="dev3")


def test_e3c_events_and_entities(e3c: Path) -> None:
    pytest.importorskip("cassis")
    corpus = load_corpus(e3c)
    assert corpus.known is not None
    assert corpus.known.name == "e3c-fr"
    assert (len(corpus), corpus.problems, corpus.notes) == (36, [], [])
    assert set(corpus.split_of.values()) == {"train"}
    found: dict[str, list[Mention]] = {"EVENT": [], "CLINENTITY": []}
    for report in corpus:
        for mention in report.mentions:
            assert mention.text == report.text[mention.start : mention.end]
            assert not mention.text[0].isspace()
            found[mention.label].append(mention)
    assert len(found["EVENT"]) == 1959
    assert sum(m.negated for m in found["EVENT"]) == 154
    assert sum(m.hypothetical for m in found["EVENT"]) == 23 + 3 + 11
    assert len(found["CLINENTITY"]) == 596
    assert sum("events" in m.attrs for m in found["CLINENTITY"]) == 451
    assert sum(m.negated for m in found["CLINENTITY"]) == 45


def test_parhaf_is_texts_without_annotation(parhaf: Path) -> None:
    corpus = load_corpus(parhaf)
    assert corpus.known is not None
    assert corpus.known.name == "parhaf"
    assert (len(corpus), len(corpus.unannotated), corpus.problems) == (0, 933, [])


@pytest.mark.skipif(not GOLD.exists(), reason="the corpus is not in this checkout")
def test_our_own_gold() -> None:
    corpus = load_corpus(GOLD)
    assert corpus.known is not None
    assert corpus.known.name == "oncotext-gold"
    assert (len(corpus), corpus.problems) == (36, [])
    lines = load_corpus(GOLD / "gold.jsonl")
    assert {r.id: r for r in lines} == {r.id: r for r in corpus}


def test_the_table_of_known_corpora_is_complete() -> None:
    corpora = known_corpora()
    assert set(corpora) == {"fracco", "e3c-fr", "cantemist", "parhaf", "oncotext-gold"}
    for corpus in corpora.values():
        assert corpus.measures
        assert corpus.licence
        assert corpus.source
        assert set(corpus.checksums) <= set(corpus.splits)
    assert corpora["e3c-fr"].splits == {"train": 36, "test": 45}
    assert corpora["fracco"].split_of("cc_onco100") == "dev1"
    assert corpora["cantemist"].split_of("cc_onco100") == "dev1"
    assert corpora["e3c-fr"].split_of("FR100003") == "train"
    assert corpora["e3c-fr"].split_of("FR999999") == "test"
    assert corpora["parhaf"].split_of("x") is None


def _brat(folder: Path, name: str, text: str, ann: str) -> None:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.with_suffix(".txt").write_text(text, encoding="utf-8", newline="")
    file.with_suffix(".ann").write_text(ann, encoding="utf-8", newline="")


def test_cantemist_is_read_once_with_its_codes(tmp_path: Path) -> None:
    ann = "T1\tMORFOLOGIA_NEOPLASIA 0 9\tcarcinoma\n"
    note = "#1\tAnnotatorNotes T1\t8010/33/H\n"
    _brat(tmp_path, "train-set/cantemist-ner/cc_onco1", "carcinoma", ann)
    _brat(tmp_path, "train-set/cantemist-norm/cc_onco1", "carcinoma", ann + note)
    corpus = load_corpus(tmp_path)
    assert corpus.known is not None
    assert corpus.known.name == "cantemist"
    assert [report.id for report in corpus] == ["cc_onco1"]
    (mention,) = corpus.reports[0].mentions
    assert (mention.label, mention.code) == ("MORPHOLOGY", "8010/3")
    assert mention.attrs == {"raw_code": "8010/33/H"}
    assert corpus.notes == ["CANTEMIST train: 1 of 501 documents."]


@pytest.mark.parametrize(
    ("notes", "code", "status"),
    [
        ("#1\tICD-O T1\t8010/3\n", "8010/3", None),
        ("#1\tICD-O T1\t8010/3 \n", None, "malformed"),
        ("#1\tICD-O T1\ttocheck\n#2\tAnnotatorNotes T1\ttrad\n", None, "tocheck trad"),
        ("#1\tICD-O T1\t8010/3\n#2\tAnnotatorNotes T1\ttrad\n", None, "trad"),
        ("#1\tICD-O T1\ttodelete\n", None, "todelete"),
        ("", None, "missing"),
    ],
)
def test_fracco_code_status(
    notes: str, code: str | None, status: str | None, tmp_path: Path
) -> None:
    _brat(tmp_path, "train/cc_onco1", "carcinome", "T1\tmorphologie 0 9\tcarcinome\n" + notes)
    (mention,) = load_corpus(tmp_path).reports[0].mentions
    assert mention.code == code
    assert mention.attrs.get("code_status") == status


def test_unknown_names_are_answered(tmp_path: Path) -> None:
    _brat(tmp_path, "a", "sein", "")
    with pytest.raises(UnknownNameError, match="fracco"):
        load_corpus(tmp_path, "fraco")
    with pytest.raises(UnknownNameError, match="brat"):
        load_corpus(tmp_path, format="brit")
    with pytest.raises(InputError, match="no split"):
        load_corpus(tmp_path, split="train")
    with pytest.raises(InputError, match="No such"):
        load_corpus(tmp_path / "absent")
    with pytest.raises(InputError, match="not recognised"):
        load_corpus(__file__)
