"""Rows of the results table, from the stored results that are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from provenance import Result
from table_words import CELLS, ROWS, SHORT, Language

GOLD = ("oncotext-gold", "oncotext-gold-k")
# The first measurement of oncotext-gold-k, from its datasheet: it cannot be repeated.
BLIND = {"mentions": 0.932, "n": 697, "record": 0.918, "lines": 0.881}
LABELS = (
    *("MORPHOLOGY", "TOPOGRAPHY", "TNM", "STAGE", "GRADE", "TOXICITY", "BIOMARKER", "DRUG"),
    *("PERFORMANCE_STATUS", "RESPONSE", "SIZE"),
)
TRAINED_LABELS = ("MORPHOLOGY", "TOPOGRAPHY", "GRADE")
FLAGS = ("negated", "hypothetical", "historical", "family")
PEERS = ("edsnlp", "medspacy")
E3C, FRACCO, PARHAF, PASSAGES = "e3c-fr-train", "fracco-dev2", "parhaf-dev", "passages-dev"
_NONE = "–"

Row = tuple[str, ...]


def number(value: float | None, language: Language, digits: int = 3) -> str:
    """As the language writes it: whole numbers by thousands, others with three decimals."""
    if value is None:
        return _NONE
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.{digits}f}"
    french = str.maketrans({",": "\u202f", ".": ","})
    return text.translate(french) if language == "fr" else text


def score(row: Result, language: Language, *, interval: bool = True) -> str:
    """F1 or value, with its interval where it has one that says something."""
    value = row.get("f1", row.get("value"))
    text = number(value, language)
    # without an error the bootstrap can only draw 1.000-1.000
    if interval and row.get("ci") and value != 1:
        low, high = (number(float(end), language) for end in row["ci"])
        text += f" ({low}–{high})"
    return text


def development(corpora: Result, language: Language) -> list[Row]:
    """The project's own corpora side by side."""
    ours = [corpora[name] for name in GOLD]
    rows = {label: [each["mention"][label]["linked"] for each in ours] for label in LABELS}
    rows["micro"] = [each["mention_micro"]["linked"] for each in ours]
    rows["lines"] = [each["sections"]["line_accuracy"] for each in ours]
    rows["record"] = [each["record_micro"] for each in ours]
    return [
        (
            ROWS[name][language],
            *(cell for row in pair for cell in (number(row["n"], language), score(row, language))),
        )
        for name, pair in rows.items()
    ]


def compared(results: Mapping[str, Result], language: Language) -> list[Row]:
    """Other corpora, other libraries, speed and memory."""
    rows: list[Row] = []
    accuracy = results.get("accuracy", {}).get("corpora", {})
    peers = results.get("peers", {}).get("corpora", {})
    rows += _elsewhere(accuracy, language)
    if "trained" in results:
        rows.append(_trained(results["trained"], language))
    rows += _beside(peers, language)
    rows += _linking(results.get("linking", {}).get("corpora", {}), language)
    for name, make in (("speed", _speed), ("memory", _memory), ("robustness", _robust)):
        if name in results:
            rows += make(results[name], language)
    return rows


def _row(
    task: str, language: Language, corpus: str, cells: tuple[str, ...], date: str, command: str
) -> Row:
    cells = (*cells, *[_NONE] * (4 - len(cells)))
    return ROWS.get(task, {language: task})[language], corpus, *cells, date[:10], f"`{command}`"


def _elsewhere(corpora: Result, language: Language) -> Iterator[Row]:
    if PARHAF in corpora:
        found = corpora[PARHAF]
        for task, row in (
            ("micro", found["mention_micro"]["linked"]),
            ("record", found["record_micro"]),
        ):
            cells = (number(row["n"], language), score(row, language))
            yield _row(task, language, PARHAF, cells, found["date"], "accuracy.py")
    if FRACCO in corpora:
        found = corpora[FRACCO]
        pair = [found["mention"][label]["linked"] for label in ("MORPHOLOGY", "TOPOGRAPHY")]
        cells = (_joined(pair, language), _scores(pair, language))
        yield _row("spans", language, FRACCO, cells, found["date"], "accuracy.py")


def _trained(run: Result, language: Language) -> Row:
    """What `oncotext train` has learned from FRACCO, by the recipe in ``models/``."""
    found = [run["figures"][label]["trained"]["strict"] for label in TRAINED_LABELS]
    parts = [
        {"n": each["tp"] + each["fn"], "f1": each["f1"], "ci": each["f1_ci"]} for each in found
    ]
    cells = (_joined(parts, language), _scores(parts, language))
    return _row("trained", language, FRACCO, cells, run["date"], "oncotext train")


def _joined(rows: list[Result], language: Language) -> str:
    return " / ".join(number(row["n"], language) for row in rows)


def _scores(rows: list[Result], language: Language, *, interval: bool = True) -> str:
    return " / ".join(score(row, language, interval=interval) for row in rows)


def _beside(corpora: Result, language: Language) -> Iterator[Row]:
    """Each task of the comparison: the rows of each library, of one or more parts."""
    tasks: list[tuple[str, str, list[Result]]] = []
    if found := corpora.get(GOLD[0]):
        tasks += [(flag, GOLD[0], [found["assertion"]["all"][flag]]) for flag in FLAGS]
        tasks.append(("starts", GOLD[0], [found["sections"]]))
        tnm = {library: rows["overlap"] for library, rows in found["tnm"].items()}
        tasks.append(("tnm", GOLD[0], [tnm]))
    if found := corpora.get(E3C):
        for flag in ("negated", "hypothetical"):
            task = ROWS["e3c"][language].format(flag=ROWS[flag][language])
            parts = [found["assertion"][part][flag] for part in ("EVENT", "CLINENTITY")]
            tasks.append((task, E3C, parts))
    for task, corpus, parts in tasks:
        ours = [part["oncotext"] for part in parts]
        theirs = (
            _scores([part[peer] for part in parts], language, interval=False)
            if all(peer in part for part in parts)
            else _NONE
            for peer in PEERS
        )
        cells = (_joined(ours, language), _scores(ours, language), *theirs)
        yield _row(task, language, corpus, cells, corpora[corpus]["date"], "peers.py")


def _linking(corpora: Result, language: Language) -> Iterator[Row]:
    for name, found in corpora.items():
        groups = found["linking"]
        pair = [
            groups["MORPHOLOGY"]["without_8000"]["accuracy@1"],
            groups["TOPOGRAPHY"]["all"]["accuracy@1"],
        ]
        cells = (_joined(pair, language), _scores(pair, language))
        yield _row("link", language, name, cells, found["date"], "linking.py")


def _speed(result: Result, language: Language) -> Iterator[Row]:
    corpus = CELLS["sample"][language].format(name=result["corpus"]["name"])
    texts = CELLS["texts"][language].format(n=number(result["sample"]["texts"], language))
    rates = result["race"]["rates"]
    seen, ratios = result["first_sight"], result["first_sight_ratios"]

    def rate(value: float) -> str:
        return number(float(value), language, 1)

    cells = [texts, rate(rates["oncotext report"]["docs_per_s"]["median"])]
    if "edsnlp pipeline" in rates:
        ratio = result["race"]["ratios"]["oncotext report / edsnlp pipeline"]["median"]
        theirs = rate(rates["edsnlp pipeline"]["docs_per_s"]["median"])
        cells.append(CELLS["times"][language].format(rate=theirs, ratio=rate(ratio)))
    yield _row("speed", language, corpus, tuple(cells), result["date"], "speed.py")
    cells = [texts, rate(seen["oncotext"]["docs_per_cpu_s"])]
    if ratios:
        words = {"ratio": rate(ratios["all"]), "without": rate(ratios["without_dates"])}
        theirs = rate(seen["edsnlp"]["docs_per_cpu_s"])
        cells.append(CELLS["dates"][language].format(rate=theirs, **words))
    yield _row("first", language, corpus, tuple(cells), result["date"], "speed.py")


def _memory(result: Result, language: Language) -> Iterator[Row]:
    peaks = result["peaks"]
    whole, spacy = (
        number(peaks[name]["peak_bytes"] / 1e6, language, 0)
        for name in ("oncotext, all texts", "import spacy")
    )
    cells = (
        CELLS["texts"][language].format(n=number(result["corpus"]["texts"], language)),
        CELLS["bytes"][language].format(whole=whole, spacy=spacy),
    )
    yield _row("memory", language, result["corpus"]["name"], cells, result["date"], "memory.py")


def _robust(result: Result, language: Language) -> Iterator[Row]:
    inputs = result["inputs"]
    texts, reports = (sum(each[name] for each in inputs) for name in ("texts", "reports"))
    cells = (number(texts, language), number(reports, language))
    names = CELLS["inputs"][language].format(n=len(inputs))
    yield _row("robust", language, names, cells, result["date"], "robustness.py")


def shortcomings(corpora: Result, language: Language) -> list[str]:
    """Sentences on what is not done well, with the figures as they stand."""

    def said(name: str, *values: Any) -> str:
        return SHORT[name][language].format(*(number(value, language) for value in values))

    lines = []
    if all(name in corpora for name in GOLD):
        ours = [corpora[name] for name in GOLD]
        record = {
            field: [each["record"][field]["f1"] for each in ours]
            for field in ("metastatic_site", "tumor", "size_mm")
        }
        historical = [each["assertion_given_spans"]["historical"]["f1"] for each in ours]
        lines.append(said("historical", *historical))
        lines.append(said("metastatic", *record["metastatic_site"], *record["tumor"]))
        lines.append(said("size", *record["size_mm"]))
        if PARHAF in corpora:
            letters = [_letters(each) for each in (*ours, corpora[PARHAF])]
            lines.append(said("letters", *letters))
    if PASSAGES in corpora:
        row = corpora[PASSAGES]["mention"]["TOXICITY"]["linked"]
        lines.append(said("narrative", row["r"], row["n"]))
    if E3C in corpora:
        row = corpora[E3C]["assertion_given_spans_by_label"]["EVENT"]["hypothetical"]
        lines.append(said("hypothesis", row["f1"], row["n"]))
    if FRACCO in corpora:
        lines.append(said("generic", corpora[FRACCO]["mention"]["MORPHOLOGY"]["overlap"]["r"]))
    return lines


def _letters(found: Result) -> float:
    return float(found["sections"]["line_accuracy_by_report_type"]["consultation"]["value"])
