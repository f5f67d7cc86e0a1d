"""Annotated reports to files: JSON Lines, which can go on after an interruption, and tables.

A table has one row for each tumour and one for each report without tumours. What concerns
the whole report stands in each of its rows. Lists are joined by ``;``. Its columns:

==================== ======================================================================
id                   the report's id
report_type          pathology, tumor_board, consultation, ...
tumor                number of the tumour in its report, from 1; empty where there is none
event                primary, recurrence or metastasis
topography           ICD-O-3 site, C50.4
laterality           left, right or bilateral
morphology           ICD-O-3 morphology, 8500/3
tnm                  pT2 pN1a M0
stages               UICC:IIB
grades               SBR:2
size_mm              largest dimension in millimetres
biomarkers           ER=POSITIVE;HER2=NEGATIVE
metastatic_sites     C22.0;C77.1
derived              stage=UICC:IIB: what follows from other facts without being written
flags                what is improbable or invalid in the tumour
performance_status   ECOG:1 or KARNOFSKY:80
toxicities           CTCAE v5.0 terms with their grades, Nausea=2
derived_toxicities   the same, derived from laboratory values
drugs                letrozole;FOLFOX
response             CR, PR, SD or PD
family_cancer_history  relatives and sites, mother=C50.9
error_code           why the report could not be processed
error_message        the same in words
==================== ======================================================================
"""

from __future__ import annotations

import csv
import os
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, NamedTuple, Protocol

from oncotext.errors import MissingExtraError, UsageError
from oncotext.report import AnnotatedReport, Record, ToxicityFact, Tumor

Format = Literal["jsonl", "csv", "parquet"]
FORMAT_OF_SUFFIX: dict[str, Format] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".parquet": "parquet",
}
COLUMNS = (
    "id",
    "report_type",
    "tumor",
    "event",
    "topography",
    "laterality",
    "morphology",
    "tnm",
    "stages",
    "grades",
    "size_mm",
    "biomarkers",
    "metastatic_sites",
    "derived",
    "flags",
    "performance_status",
    "toxicities",
    "derived_toxicities",
    "drugs",
    "response",
    "family_cancer_history",
    "error_code",
    "error_message",
)
_ROWS_AT_ONCE = 1000


class Prepared(NamedTuple):
    """A report made ready for a writer: plain values, quick to hand between processes."""

    id: str
    failure: tuple[str, str] | None
    value: Any


class Writer(Protocol):
    """Takes prepared reports one by one; what it has taken is kept whatever happens next."""

    @staticmethod
    def prepare(report: AnnotatedReport) -> Prepared: ...

    def write(self, report: Prepared) -> None: ...

    def close(self) -> None: ...


def prepare(report: AnnotatedReport, value: Any) -> Prepared:
    """``value`` as what a writer takes of a report."""
    failure = (report.error.code, report.error.message) if report.error else None
    return Prepared(report.id, failure, value)


def table_rows(report: AnnotatedReport) -> list[dict[str, Any]]:
    """The rows of a report in a table, with all of `COLUMNS`; None where there is nothing."""
    common = {"id": report.id, **_of_record(report.record)}
    if report.error:
        common |= {"error_code": report.error.code, "error_message": report.error.message}
    tumors = [
        {"tumor": number, **_of_tumor(tumor)}
        for number, tumor in enumerate(report.record.tumors, 1)
    ]
    return [
        {column: row.get(column) for column in COLUMNS}
        for row in ({**common, **tumor} for tumor in tumors or [{}])
    ]


def _of_record(record: Record) -> dict[str, Any]:
    family = [_pair(cancer.relation, cancer.topography) for cancer in record.family_cancer_history]
    return {
        "report_type": record.report_type,
        "performance_status": record.performance_status,
        "toxicities": _joined(map(_toxicity, record.toxicities)),
        "derived_toxicities": _joined(map(_toxicity, record.derived_toxicities)),
        "drugs": _joined(record.drugs),
        "response": record.response,
        "family_cancer_history": _joined(family),
    }


def _of_tumor(tumor: Tumor) -> dict[str, Any]:
    return {
        "event": tumor.event,
        "topography": tumor.topography,
        "laterality": tumor.laterality,
        "morphology": tumor.morphology,
        "tnm": _joined(tumor.tnm),
        "stages": _joined(tumor.stages),
        "grades": _joined(tumor.grades),
        "size_mm": tumor.size_mm,
        "biomarkers": _joined(tumor.biomarkers),
        "metastatic_sites": _joined(tumor.metastatic_sites),
        "derived": _joined(_pair(derived.field, derived.value) for derived in tumor.derived),
        "flags": _joined(tumor.flags),
    }


def _toxicity(fact: ToxicityFact) -> str:
    return _pair(fact.term, fact.grade)


def _pair(name: str | None, value: str | int | None) -> str:
    return f"{name or ''}={value}" if value is not None else name or ""


def _joined(items: Any) -> str | None:
    # a `;` within an item would look like two items
    return ";".join(item.replace(";", ",") for item in items) or None


def format_of(path: Path | None, given: str | None) -> Format:
    """The output's format: the one given, else the one of the file's suffix.

    Raises
    ------
    UsageError
        The format is unknown, or the suffix does not tell.
    """
    if given is not None:
        for known in FORMAT_OF_SUFFIX.values():
            if given == known:
                return known
        raise UsageError(f"Unknown format {given!r}.", remedy="Choose jsonl, csv or parquet.")
    if path is None:
        return "jsonl"
    try:
        return FORMAT_OF_SUFFIX[path.suffix.lower()]
    except KeyError:
        remedy = "Name it .jsonl, .csv or .parquet, or give --format."
        raise UsageError("The suffix tells no format.", where=str(path), remedy=remedy) from None


def open_writer(
    target: Path | IO[str], format: Format, *, append: bool = False
) -> AbstractContextManager[Writer]:
    """A context that gives a writer, and closes it.

    Parameters
    ----------
    target : Path or text stream
    format : {"jsonl", "csv", "parquet"}
        Parquet needs a Path and pyarrow.
    append : bool
        JSON Lines only: add to what is there.
    """
    if format == "parquet":
        if not isinstance(target, Path):
            raise UsageError(
                "Parquet cannot be written to a stream.", remedy="Give -o OUT.parquet."
            )
        return _Closing(_ParquetWriter(target))
    mode = "a" if append else "w"
    own = isinstance(target, Path)
    file = _open(target, mode) if isinstance(target, Path) else target
    return _Closing(_JsonWriter(file, own) if format == "jsonl" else _CsvWriter(file, own))


def _open(path: Path, mode: str) -> IO[str]:
    try:
        # Lone surrogates become ``\\udcxx``, which is how JSON writes them.
        return open(path, mode, encoding="utf-8", errors="backslashreplace", newline="\n")
    except OSError as error:
        raise UsageError(f"Cannot be written: {error.strerror}.", where=str(path)) from None


class _Closing(AbstractContextManager[Writer]):
    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def __enter__(self) -> Writer:
        return self._writer

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.close()


class _JsonWriter:
    def __init__(self, file: IO[str], own: bool) -> None:
        self._file, self._own = file, own

    @staticmethod
    def prepare(report: AnnotatedReport) -> Prepared:
        return prepare(report, report.to_json() + "\n")

    def write(self, report: Prepared) -> None:
        self._file.write(report.value)
        self._file.flush()  # an interrupted run loses no finished report

    def close(self) -> None:
        if self._own:
            self._file.close()


class _CsvWriter:
    def __init__(self, file: IO[str], own: bool) -> None:
        self._file, self._own = file, own
        self._rows = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        self._rows.writeheader()

    @staticmethod
    def prepare(report: AnnotatedReport) -> Prepared:
        return prepare(report, table_rows(report))

    def write(self, report: Prepared) -> None:
        self._rows.writerows(report.value)

    def close(self) -> None:
        self._file.flush()
        if self._own:
            self._file.close()


class _ParquetWriter:
    def __init__(self, path: Path) -> None:
        try:
            import pyarrow as pa
            import pyarrow.parquet as pq
        except ImportError:
            raise MissingExtraError("Parquet", "data") from None
        kinds = {"tumor": pa.int32(), "size_mm": pa.float64()}
        self._arrow = pa
        self._schema = pa.schema([(name, kinds.get(name, pa.string())) for name in COLUMNS])
        try:
            self._file = pq.ParquetWriter(path, self._schema)
        except OSError as error:
            raise UsageError(f"Cannot be written: {error.strerror}.", where=str(path)) from None
        self._rows: list[dict[str, Any]] = []

    @staticmethod
    def prepare(report: AnnotatedReport) -> Prepared:
        return prepare(report, table_rows(report))

    def write(self, report: Prepared) -> None:
        self._rows += report.value
        if len(self._rows) >= _ROWS_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        table = self._arrow.Table.from_pylist(self._rows, schema=self._schema)
        self._file.write_table(table)
        self._rows = []

    def close(self) -> None:
        if self._rows:
            self._flush()
        self._file.close()


def same_file(first: Path, second: Path) -> bool:
    """Whether two paths are one existing file."""
    try:
        return os.path.samefile(first, second)
    except OSError:
        return False
