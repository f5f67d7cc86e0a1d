"""One library in one process, asked line by line: the worker of ``speed.py``.

The Python of another environment runs it too, in isolation: it imports the standard library and
the library that it serves.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from importlib import metadata
from typing import Any

EDSNLP_PIPES = (
    "eds.normalizer",
    "eds.sentences",
    "eds.sections",
    "eds.dates",
    "eds.quantities",
    "eds.adicap",
    "eds.tnm",
    "eds.negation",
    "eds.hypothesis",
    "eds.family",
    "eds.history",
    "eds.reported_speech",
)

Result = dict[str, Any]


def versions(names: Sequence[str]) -> dict[str, str]:
    """Python and the packages named, as installed where this runs."""
    found = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:  # on the path, not installed
            found[name] = str(getattr(sys.modules.get(name), "__version__", "not installed"))
    return found


def serve(library: str) -> None:
    """Answer questions on standard input, a JSON object a line, until it closes."""
    # What libraries print must not come between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    first = json.loads(sys.stdin.readline())
    nlp = _edsnlp() if library == "edsnlp" else _oncotext(first["pipeline"], first["disable"])
    for line in sys.stdin:
        question = json.loads(line)
        task = TASKS[question.pop("task")]
        if "count" in question:
            count = question.pop("count")  # the first texts, or if negative the last
            question["texts"] = first["texts"][:count] if count > 0 else first["texts"][count:]
        answers.write(json.dumps(task(nlp, **question)) + "\n")
        answers.flush()


def _oncotext(pipeline: str, disable: list[str]) -> Any:
    import oncotext

    return oncotext.load(pipeline, disable=disable)


def _edsnlp() -> Any:
    import edsnlp  # type: ignore[import-not-found]

    nlp = edsnlp.blank("eds")
    for name in EDSNLP_PIPES:
        nlp.add_pipe(name)
    return nlp


def describe(nlp: Any) -> Result:
    """Versions and the pipes as they really are: name and class."""
    return {
        "versions": versions(("oncotext", "edsnlp", "spacy", "numpy")),
        "pipes": [
            {"name": name, "class": f"{type(pipe).__module__}.{type(pipe).__name__}"}
            for name, pipe in nlp.pipeline
        ],
    }


def run_pass(nlp: Any, *, work: str, texts: list[str], min_seconds: float) -> Result:
    """Go through the texts, again and again until ``min_seconds`` have passed.

    ``work`` is ``"pipeline"``, ``"tokenizer"``, or ``"report"``: the pipeline and the
    annotated report of each Doc.
    """
    runs: dict[str, Callable[[], Iterable[Any]]] = {
        "pipeline": lambda: nlp.pipe(texts),
        "report": lambda: (doc._.report for doc in nlp.pipe(texts)),
        "tokenizer": lambda: map(nlp.tokenizer, texts),
    }
    passes, start, cpu = 0, time.perf_counter(), time.process_time()
    while not passes or time.perf_counter() - start < min_seconds:
        deque(runs[work](), maxlen=0)
        passes += 1
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    docs, chars = passes * len(texts), passes * sum(map(len, texts))
    return {
        "docs_per_s": docs / seconds,
        "chars_per_s": chars / seconds,
        "docs_per_cpu_s": docs / cpu,
        "cpu_share": cpu / seconds,
        "passes": passes,
    }


def _steps(nlp: Any, text: str) -> tuple[Any, dict[str, float]]:
    """The Doc of a text, and the processor seconds of the tokenizer and each pipe.

    Processor time, since one turn is too short to average out what else the machine does.
    """
    doc: Any = text
    seconds = {}
    for name, step in [("tokenizer", nlp.tokenizer), *nlp.pipeline]:
        start = time.process_time()
        doc = step(doc)
        seconds[name] = time.process_time() - start
    return doc, seconds


def profile(nlp: Any, *, texts: list[str]) -> Result:
    """Processor time and calls of each pipe, and what the pipes found: the proof that they ran."""
    seconds: Counter[str] = Counter()
    calls: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for text in texts:
        doc, spent = _steps(nlp, text)
        seconds.update(spent)
        calls.update(spent.keys())
        found.update(f"ents/{ent.label_}" for ent in doc.ents)
        found.update({f"spans/{key}": len(group) for key, group in doc.spans.items()})
    total = seconds.total()
    return {
        "docs_per_cpu_s": len(texts) / total,
        "pipes": [
            {
                "name": name,
                "calls": calls[name],
                "cpu_ms_per_doc": 1000 * spent / len(texts),
                "share": spent / total,
            }
            for name, spent in seconds.items()
        ],
        "found": {name: count for name, count in sorted(found.items()) if count},
    }


def long_report(nlp: Any, *, texts: list[str], block: int, size: int) -> Result:
    """Processor time for one report of ``size`` characters: one block of text, repeated.

    The block is the same for all sizes, so that they differ in length alone. Of several
    tries the fastest counts.
    """
    joined = "\n\n".join(texts)
    piece = (joined * (block // len(joined) + 1))[:block]
    text = (piece * (size // block + 1))[:size]
    repeats = max(1, min(5, 1_000_000 // size))
    tries = []
    for _ in range(repeats):
        doc, seconds = _steps(nlp, text)
        start = time.process_time()
        mentions = len(doc._.report.mentions)
        seconds["report"] = time.process_time() - start
        tries.append(seconds)
    best = min(tries, key=lambda seconds: sum(seconds.values()))
    return {
        "chars": size,
        "repeats": repeats,
        "mentions": mentions,
        "cpu_seconds": sum(best.values()),
        "cpu_us_per_char": 1e6 * sum(best.values()) / size,
        "pipes_cpu_us_per_char": {name: 1e6 * spent / size for name, spent in best.items()},
    }


TASKS: dict[str, Callable[..., Result]] = {
    "describe": describe,
    "pass": run_pass,
    "profile": profile,
    "long": long_report,
}

if __name__ == "__main__":
    serve(sys.argv[1])
