"""Readers: each report of each kind of file, or why there is none."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

from oncotext.errors import InputError, OncotextError, UsageError
from oncotext.report import AnnotatedReport
from oncotext.scale.inputs import Decoder, Options, Row, read_inputs

ACCENTS = "Patient opéré, côlon, œdème."


def read(*paths: Path | str, **options: Any) -> list[Row]:
    return list(read_inputs(paths, Options(**options)))


def short(rows: list[Row]) -> list[tuple[str, str]]:
    """Ids with texts or error codes."""
    return [
        (row.id, row.error.code if row.error else "") if isinstance(row, AnnotatedReport) else row
        for row in rows
    ]


def messages(rows: list[Row]) -> list[str]:
    return [row.error.message for row in rows if isinstance(row, AnnotatedReport) and row.error]


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_text_file(tmp_path: Path) -> None:
    assert read(write(tmp_path / "CR 1.txt", ACCENTS)) == [("CR 1", ACCENTS)]
    assert read(write(tmp_path / "sans_suffixe", ACCENTS)) == [("sans_suffixe", ACCENTS)]


def test_line_ends_are_kept(tmp_path: Path) -> None:
    assert read(write(tmp_path / "a.txt", "Un\r\nDeux\rTrois\n")) == [("a", "Un\r\nDeux\rTrois\n")]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (ACCENTS.encode("utf-8-sig"), ACCENTS),
        (ACCENTS.encode("cp1252"), ACCENTS),
        (ACCENTS.encode("utf-16"), "E202"),
        (b"%PDF-1.7\n\x00\x01\xff", "E202"),
        (b"\xe9 \x81 \x8d", "E200"),
        (b"", "E201"),
        (b" \r\n\t", "E201"),
    ],
    ids=["bom", "cp1252", "utf-16", "binary", "neither", "empty", "blank"],
)
def test_encodings_of_a_text_file(tmp_path: Path, raw: bytes, expected: str) -> None:
    rows = read(write(tmp_path / "a.txt", raw))
    assert short(rows) == [("a", expected)]
    assert all("a.txt" in message for message in messages(rows))


def test_cp1252_warns_once_a_file(tmp_path: Path) -> None:
    warnings: list[str] = []
    table = "id,text\nA,opéré\nB,côlon\n".encode("cp1252")
    decoder = Decoder(warn=warnings.append)
    rows = read(write(tmp_path / "a.csv", table), decoder=decoder)
    assert rows == [("A", "opéré"), ("B", "côlon")]
    assert len(warnings) == 1
    assert "a.csv, line 2" in warnings[0]
    assert "opéré" not in warnings[0]


def test_encoding_asked_for(tmp_path: Path) -> None:
    utf16 = write(tmp_path / "a.txt", ACCENTS.encode("utf-16"))
    assert read(utf16, decoder=Decoder("utf-16")) == [("a", ACCENTS)]
    latin = write(tmp_path / "b.txt", ACCENTS.encode("cp1252"))
    assert short(read(latin, decoder=Decoder("utf-8"))) == [("b", "E200")]
    table = write(tmp_path / "c.csv", "id,text\nA,opéré\nB,toux\n".encode("cp1252"))
    assert short(read(table, decoder=Decoder("utf-8"))) == [("A", "E200"), ("B", "toux")]
    assert read(table, decoder=Decoder("cp1252"))[0] == ("A", "opéré")
    with pytest.raises(UsageError, match="utf-9"):
        Decoder("utf-9")


def test_huge_text_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "x" * 1000)
    assert short(read(path, max_chars=100)) == [("a", "E203")]


def test_folder(tmp_path: Path) -> None:
    write(tmp_path / "b.txt", "Deux.")
    write(tmp_path / "a" / "x.v2.txt", "Un.")
    write(tmp_path / "a" / "vide.TXT", "")
    write(tmp_path / "a" / "notes.md", "non")
    write(tmp_path / ".cache" / "c.txt", "non")
    write(tmp_path / "._b.txt", "non")
    inputs = read_inputs([tmp_path], Options())
    assert inputs.total == 3
    assert short(list(inputs)) == [("b", "Deux."), ("a/vide", "E201"), ("a/x.v2", "Un.")]


def test_folder_without_texts(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"No \.txt"):
        read(tmp_path)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read(tmp_path / "absent.txt")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root reads everything")
def test_unreadable_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "Toux.")
    path.chmod(0)
    assert short(read(path)) == [("a", "E200")]


@pytest.mark.skipif(os.name == "nt", reason="links")
def test_dangling_link_in_a_folder(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", "Toux.")
    (tmp_path / "b.txt").symlink_to(tmp_path / "absent")
    assert short(read(tmp_path)) == [("a", "Toux."), ("b", "E200")]


@pytest.mark.skipif(os.name == "nt", reason="names of bytes")
def test_file_name_that_is_no_unicode(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/caf\xe9.txt", "wb") as file:
        file.write(b"Toux.")
    assert read(tmp_path) == [("caf\\udce9", "Toux.")]


def test_gold_source_loses_its_marks(tmp_path: Path) -> None:
    path = write(tmp_path / "g.gold", "Pas de ⟦cancer|MORPHOLOGY|8000/3|neg⟧.\n===RECORD===\n{}")
    assert read(path) == [("g", "Pas de cancer.")]


def test_duplicate_ids_over_all_inputs(tmp_path: Path) -> None:
    write(tmp_path / "a" / "x.txt", "Un.")
    write(tmp_path / "b" / "x.txt", "Deux.")
    rows = read(tmp_path / "a", tmp_path / "b", tmp_path / "b" / "x.txt")
    assert short(rows) == [("x", "Un."), ("x", "E204"), ("x", "E204")]
    assert "'x'" in messages(rows)[0]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_delimiters(tmp_path: Path, delimiter: str) -> None:
    lines = [["date", "text", "id"], ["2024", '"Toux ; a, b\t|\n""fin"""', "A"]]
    content = "\n".join(delimiter.join(line) for line in lines)
    assert read(write(tmp_path / "a.csv", content)) == [("A", 'Toux ; a, b\t|\n"fin"')]


def test_tsv_with_bom_crlf_and_blank_lines(tmp_path: Path) -> None:
    raw = "\ufeffid\ttext\r\n\r\nA\tToux, fièvre.\r\n\r\nB\tRAS\r\n"
    assert read(write(tmp_path / "a.tsv", raw)) == [("A", "Toux, fièvre."), ("B", "RAS")]


def test_csv_rows_that_fail_alone(tmp_path: Path) -> None:
    content = (
        "id,text,date\n"
        "A,Toux.,2024\n"
        "B,Toux\n"
        "C,Toux, fièvre,2024\n"
        ",Toux.,2024\n"
        'D,"Toux"x,2024\n'
        "A,Encore.,2024\n"
        "E,,2024\n"
        "F,Toux.,2024,,\n"
        'G,"Toux.'
    )
    rows = read(write(tmp_path / "a.csv", content))
    assert short(rows) == [
        ("A", "Toux."),
        ("B", "E200"),
        ("C", "E200"),
        ("a.csv:5", "E200"),
        ("a.csv:6", "E200"),
        ("A", "E204"),
        ("E", ""),
        ("F", "Toux."),
        ("a.csv:10", "E200"),
    ]
    assert "line 3" in messages(rows)[0]
    assert not any("Toux" in message for message in messages(rows))


def test_csv_of_mixed_encodings(tmp_path: Path) -> None:
    raw = b"id,text\nA," + "opéré".encode() + b"\nB," + "opéré".encode("cp1252") + b"\nC,\x81\xe9\n"
    rows = read(write(tmp_path / "a.csv", raw))
    assert short(rows) == [("A", "opéré"), ("B", "opéré"), ("C", "E200")]


def test_csv_with_long_cells(tmp_path: Path) -> None:
    long = "Suivi. " * 50_000
    assert read(write(tmp_path / "a.csv", f"id,text\nA,{long}\n")) == [("A", long)]


def test_other_columns(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "num;compte rendu\n1;Toux.\n")
    assert read(path, id_column="num", text_column="compte rendu") == [("1", "Toux.")]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "num,texte\n1,Toux\n", "'id' and no column 'text'; there are: num, texte"),
        ("a.csv", "id;texte\n1;Toux\n", "'text'; there are: id, texte"),
        ("a.csv", "", "empty"),
        ("a.csv", b"PK\x03\x04\x00\x00", "Not a text table"),
        ("a.jsonl", '{"num": 1, "texte": "x"}\n', "there are: num, texte"),
        ("a.parquet", "PAR?", "Cannot be read"),
    ],
)
def test_tables_that_are_none(
    tmp_path: Path, name: str, content: str | bytes, message: str
) -> None:
    with pytest.raises(OncotextError, match=message) as caught:
        read(write(tmp_path / name, content))
    assert name in str(caught.value)


def test_a_table_without_header_does_not_leak_into_the_message(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "A1;Mme DUVALLON, opérée d'un cancer du sein gauche en mars\n")
    with pytest.raises(InputError) as caught:
        read(path)
    assert "DUVALLON" not in str(caught.value)


def test_jsonl(tmp_path: Path) -> None:
    lines = [
        json.dumps({"id": "A", "text": "Opéré."}).encode(),
        json.dumps({"id": 2, "text": "Opéré."}, ensure_ascii=False).encode("cp1252"),
        b"",
        b'{"id": "C", "text": ',
        b"[1]",
        b'{"id": "D"}',
        b'{"id": "E", "text": 5}',
        b'{"text": "Toux."}',
        b'{"id": "F", "text": "\\ud800"}',
        b'{"id": "A", "text": "Encore."}',
        b"[" * 100_000,
        b'{"id": "G", "text": "Fin."}',
    ]
    rows = read(write(tmp_path / "a.jsonl", b"\xef\xbb\xbf" + b"\n".join(lines)))
    assert short(rows) == [
        ("A", "Opéré."),
        ("2", "Opéré."),
        ("a.jsonl:4", "E200"),
        ("a.jsonl:5", "E200"),
        ("D", "E200"),
        ("E", "E200"),
        ("a.jsonl:8", "E200"),
        ("F", "\ud800"),
        ("A", "E204"),
        ("a.jsonl:11", "E200"),
        ("G", "Fin."),
    ]


def test_parquet(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "a.parquet"
    texts = ["Toux.", None, "Fin.", "Encore."]
    pq.write_table(pa.table({"id": [1, 2, None, 1], "x": [0] * 4, "text": texts}), path)
    inputs = read_inputs([path], Options())
    assert inputs.total == 4
    assert short(list(inputs)) == [
        ("1", "Toux."),
        ("2", "E200"),
        ("a.parquet:3", "E200"),
        ("1", "E204"),
    ]
    with pytest.raises(InputError, match="there are: id, x, text"):
        read(path, text_column="texte")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (ACCENTS.encode(), [("stdin", ACCENTS)]),
        (b"Un.\nDeux.", [("stdin", "Un.\nDeux.")]),
        (b"", [("stdin", "E201")]),
        (b"\x00\x01", [("stdin", "E202")]),
        (
            b'{"id": "A", "text": "Toux."}\n{"id": "B", "text": "RAS"}',
            [("A", "Toux."), ("B", "RAS")],
        ),
        (b'{"note": "ce rapport commence par une accolade"}', [("stdin", "{")]),
    ],
    ids=["text", "lines", "empty", "binary", "jsonl", "brace"],
)
def test_standard_input(
    monkeypatch: pytest.MonkeyPatch, raw: bytes, expected: list[tuple[str, str]]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
    rows = short(read("-"))
    assert [
        (id, text[: len(start)]) for (id, text), (_, start) in zip(rows, expected, strict=True)
    ] == expected


def test_big_tables_are_streamed(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with open(path, "w", encoding="utf-8") as file:
        file.write("id,text\n")
        file.writelines(f"R{n},Suivi.\n" for n in range(50_000))
    rows = iter(read_inputs([path], Options()))
    assert next(rows) == ("R0", "Suivi.")
    assert sum(1 for _ in rows) == 49_999
