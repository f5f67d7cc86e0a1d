"""Single formats, where a round trip does not show it; the table of formats."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from oncotext.corpora import FORMATS, load_corpus
from oncotext.corpora.carrying import longest
from oncotext.corpora.files import file_name, report_id
from oncotext.corpora.formats import format_for, table
from oncotext.errors import InputError, UsageError
from oncotext.report import AnnotatedReport, Mention

DOCS = Path(__file__).parents[2] / "docs" / "formats.md"
TEXT = "🎗 Pas de cancer.\r\nSein droit."


def _report(*mentions: dict[str, object]) -> AnnotatedReport:
    values = [{"id": f"T{n}", **mention} for n, mention in enumerate(mentions, 1)]
    return AnnotatedReport.model_validate({"id": "A", "text": TEXT, "mentions": values})


CANCER = {"start": 9, "end": 15, "text": "cancer", "label": "MORPHOLOGY", "code": "8000/3"}
CANCER |= {"negated": True}


def test_the_documented_table_is_the_registry() -> None:
    source = DOCS.read_text(encoding="utf-8")
    found = re.search(r"<!-- table: .* -->\n(.*)<!-- end -->", source, re.DOTALL)
    assert found is not None
    assert found.group(1) == table(), "Write oncotext.corpora.formats.table() there anew."


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("a.jsonl", "jsonl"),
        ("a.doccano.jsonl", "doccano"),
        ("a.JSON", "label-studio"),
        ("a.spacy", "docbin"),
        ("a.conll", "conll"),
    ],
)
def test_suffixes(name: str, format: str) -> None:
    assert format_for(Path(name)).name == format


def test_a_path_without_a_known_suffix_needs_a_name() -> None:
    with pytest.raises(UsageError, match="--to"):
        format_for(Path("out"))


def test_brat_lines(tmp_path: Path) -> None:
    pieces = {"start": 18, "end": 29, "text": "Sein roit.", "fragments": [(18, 22), (24, 29)]}
    report = _report(CANCER | {"attrs": {"k": "v w"}}, pieces | {"label": "TOPOGRAPHY"})
    assert FORMATS["brat"].write([report], tmp_path / "out") == []
    assert (tmp_path / "out" / "A.txt").read_bytes().decode() == TEXT
    assert (tmp_path / "out" / "A.ann").read_text(encoding="utf-8").splitlines() == [
        "T1\tMORPHOLOGY 9 15\tcancer",
        "#1\tAnnotatorNotes T1\t8000/3",
        '#2\tAttrs T1\t{"k": "v w"}',
        "A1\tnegated T1",
        "T2\tTOPOGRAPHY 18 22;24 29\tSein roit.",
    ]
    assert "negated\tArg:<ENTITY>" in (tmp_path / "out" / "annotation.conf").read_text()


def test_xmi_offsets_are_utf_16(tmp_path: Path) -> None:
    pytest.importorskip("cassis")
    FORMATS["xmi"].write([_report(CANCER)], tmp_path / "out")
    source = (tmp_path / "out" / "A.xmi").read_text(encoding="utf-8")
    assert 'begin="10" end="16"' in source
    assert (tmp_path / "out" / "TypeSystem.xml").exists()
    (mention,) = load_corpus(tmp_path / "out").reports[0].mentions
    assert (mention.start, mention.end, mention.text) == (9, 15, "cancer")


def test_label_studio_reads_old_offsets_in_utf_16(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    FORMATS["label-studio"].write([_report(CANCER)], path)
    tasks = json.loads(path.read_text(encoding="utf-8"))
    regions = tasks[0]["annotations"][0]["result"]
    assert [region["from_name"] for region in regions] == ["label", "code", "flags"]
    regions[0]["value"] |= {"start": 10, "end": 16}
    path.write_text(json.dumps(tasks), encoding="utf-8")
    assert load_corpus(path).reports[0].mentions == _with_id(regions[0]["id"])
    tasks[0]["annotations"] = []
    path.write_text(json.dumps(tasks), encoding="utf-8")
    assert len(load_corpus(path).unannotated) == 1


def _with_id(id: str) -> list[Mention]:
    return [mention.model_copy(update={"id": id}) for mention in _report(CANCER).mentions]


@pytest.mark.parametrize(
    "values",
    [
        {"labels": [[9, 15, "MORPHOLOGY"]]},
        {"label": [[9, 15, "MORPHOLOGY"]]},
        {"entities": [{"id": 4, "label": "MORPHOLOGY", "start_offset": 9, "end_offset": 15}]},
    ],
)
def test_doccano_forms(values: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"id": 7, "text": TEXT, **values}), encoding="utf-8")
    corpus = load_corpus(path)
    assert corpus.format == "doccano"
    assert [report.id for report in corpus] == ["7"]
    assert [mention.text for mention in corpus.reports[0].mentions] == ["cancer"]


def test_docbin_is_fit_for_training_and_for_other_peoples_docs(tmp_path: Path) -> None:
    spacy = pytest.importorskip("spacy")
    path = tmp_path / "a.spacy"
    FORMATS["docbin"].write([_report(CANCER)], path)
    nlp = spacy.blank("onco_fr")
    (doc,) = spacy.tokens.DocBin().from_disk(path).get_docs(nlp.vocab)
    assert [(ent.text, ent.label_, ent._.code) for ent in doc.ents] == [
        ("cancer", "MORPHOLOGY", "8000/3")
    ]
    assert doc.spans["oncotext"][0]._.is_negated
    assert doc._.report == _report(CANCER)
    doc = nlp.make_doc(TEXT)
    doc.ents = [doc.char_span(9, 15, label="MORPHOLOGY", kb_id="8000/3")]
    spacy.tokens.DocBin(docs=[doc]).to_disk(path)
    (mention,) = load_corpus(path).reports[0].mentions
    assert (mention.text, mention.code) == ("cancer", "8000/3")


def test_conll(tmp_path: Path) -> None:
    report = _report(CANCER, {"start": 18, "end": 28, "text": "Sein droit", "label": "TOPOGRAPHY"})
    path = tmp_path / "a.conll"
    FORMATS["conll"].write([report], path)
    lines = path.read_text(encoding="utf-8").split("\n")
    assert lines[:2] == ["-DOCSTART-\tO", ""]
    assert "cancer\tB-MORPHOLOGY" in lines
    at = lines.index("Sein\tB-TOPOGRAPHY")
    assert lines[at + 1] == "droit\tI-TOPOGRAPHY"
    assert all(re.fullmatch(r"|\S+\t(?:O|[BI]-[A-Z]+)", line) for line in lines)
    with pytest.raises(UsageError, match="not read"):
        list(FORMATS["conll"].read(path, None))  # type: ignore[arg-type]


def test_datasets_are_a_source_and_a_target() -> None:
    pytest.importorskip("datasets")
    from oncotext.corpora.hugging_face import from_dataset, to_dataset

    dataset = to_dataset([_report(CANCER)])
    assert dataset.column_names[:2] == ["id", "text"]
    assert from_dataset(dataset) == [_report(CANCER)]


def test_rows_of_a_dataset_need_no_datasets() -> None:
    from oncotext.corpora.hugging_face import from_dataset

    rows = [{"id": "A", "text": TEXT, "mentions": [{**CANCER, "id": "T1", "name": None}]}]
    assert from_dataset(rows) == [_report(CANCER)]


def test_longest() -> None:
    places = [(0, 3), (2, 9), (9, 12), (4, 6), (11, 15)]
    mentions = [Mention(id=f"T{a}", start=a, end=b, text="x", label="DRUG") for a, b in places]
    assert [(m.start, m.end) for m in longest(mentions)] == [(2, 9), (11, 15)]


@pytest.mark.parametrize(
    "id",
    ["A-01", "a/b", "/a", "..", "../x", ".a", "", "a b", " a", "é", "%41", "a%", "a\x00:*", "🎗"],
)
def test_ids_are_file_names_and_back(id: str, tmp_path: Path) -> None:
    name = file_name(id)
    assert not any(part in ("", ".", "..") for part in name.split("/"))
    assert not name.startswith(".")
    assert report_id(tmp_path / f"{name}.txt", tmp_path) == id


def test_a_folder_with_files_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    for name in ("brat", "gold"):
        with pytest.raises(InputError, match="empty"):
            FORMATS[name].write([], tmp_path)
