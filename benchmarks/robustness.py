"""Does every text give a report? Runs folders and files of reports and counts.

    python benchmarks/robustness.py INPUT... [--slowest 10] [--timeout 60]

An INPUT is a folder of ``.txt`` files, a ``.txt`` file, or JSON Lines (``.jsonl``,
``.jsonl.gz``) with ``id`` and ``text``. Each text goes alone through `oncotext.extract`, so
that its time is its own. What is counted as an error is told by kind: refusals that oncotext
explains (its own errors), faults (any other exception) and time-outs. Nothing of a text is
printed or stored.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import signal
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from provenance import RESULTS, load_average, machine, now, store, text_files
from speed_worker import versions

Result = dict[str, Any]
Outcome = dict[str, Any]


class TimedOut(BaseException):
    """A text took too long; not an `Exception`, so that no pipe takes it for its own."""


def read(source: Path) -> Iterator[tuple[str, str | None]]:
    """Id and text of each report; the text is None where there is none (wrong UTF-8 or JSON)."""
    if source.is_dir():
        for name, path in text_files(source):
            yield name, _decoded(path.read_bytes())
    elif source.name.endswith((".jsonl", ".jsonl.gz")):
        yield from _read_lines(source)
    else:
        yield source.name, _decoded(source.read_bytes())


def _read_lines(source: Path) -> Iterator[tuple[str, str | None]]:
    opener = gzip.open if source.suffix == ".gz" else open
    with opener(source, "rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                id, text = str(row.get("id", number)), row["text"]
            except (ValueError, KeyError, AttributeError):
                id, text = f"line {number}", None
            yield id, text if isinstance(text, str) else None


def _decoded(content: bytes) -> str | None:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TimedOut` in the body after so many seconds (where the system has alarms)."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: Any) -> None:
        raise TimedOut

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def run(nlp: Any, id: str, text: str | None, timeout: float) -> Outcome:
    """What became of one text: its error, if any, and its processor seconds.

    Processor time tells of the text, the clock also of what else the machine does.
    """
    import oncotext

    start, error = time.process_time(), ""
    try:
        if text is None:
            error = "unreadable"
        else:
            with time_limit(timeout):
                oncotext.extract(text, id=id, pipeline=nlp)
    except oncotext.OncotextError as refusal:
        error = f"refused {refusal.code}"
    except TimedOut:
        error = "timed out"
    except Exception as fault:
        last = traceback.extract_tb(fault.__traceback__)[-1]
        error = f"fault {type(fault).__name__} in {Path(last.filename).name}:{last.lineno}"
    seconds = time.process_time() - start
    return {"id": id, "chars": len(text or ""), "seconds": seconds, "error": error}


def digest_of(rows: Iterable[tuple[str, str | None]]) -> str:
    """SHA-256 over ids and texts."""
    digest = hashlib.sha256()
    for row in rows:
        for part in row:
            content = (part or "").encode("utf-8", "surrogatepass")
            digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()


def summary(name: str, outcomes: Sequence[Outcome], slowest: int) -> Result:
    """Counts of one input, its errors by kind with a few ids, and its slowest texts."""
    errors = [outcome for outcome in outcomes if outcome["error"]]
    kinds = Counter(outcome["error"] for outcome in errors)
    by_time = sorted(outcomes, key=lambda outcome: -outcome["seconds"])
    times = [outcome["seconds"] for outcome in reversed(by_time)]
    return {
        "input": name,
        "texts": len(outcomes),
        "chars": sum(outcome["chars"] for outcome in outcomes),
        "reports": len(outcomes) - len(errors),
        "errors": len(errors),
        "errors_by_kind": dict(kinds.most_common()),
        "failed_ids": [outcome["id"] for outcome in errors[:20]],
        "cpu_ms_median": 1000 * times[len(times) // 2] if times else None,
        "cpu_ms_p99": 1000 * times[int(0.99 * (len(times) - 1))] if times else None,
        "slowest": [
            {
                "id": outcome["id"],
                "chars": outcome["chars"],
                "cpu_ms": 1000 * outcome["seconds"],
                "cpu_us_per_char": 1e6 * outcome["seconds"] / max(1, outcome["chars"]),
                "error": outcome["error"],
            }
            for outcome in by_time[:slowest]
        ],
    }


def measure(args: argparse.Namespace) -> Result:
    """All inputs, as they are stored."""
    import oncotext

    nlp = oncotext.load(args.pipeline, disable=args.disable)
    nlp("Carcinome canalaire infiltrant du sein gauche, pT2 N1 M0.")  # builds what is lazy
    inputs = []
    for source in args.inputs:
        outcomes = [run(nlp, id, text, args.timeout) for id, text in read(source)]
        facts = summary(source.resolve().name, outcomes, args.slowest)
        inputs.append({**facts, "sha256": digest_of(read(source))})
    return {
        "benchmark": "robustness",
        "date": now(),
        "machine": machine(),
        "load_average_after": load_average(),
        "versions": versions(("oncotext", "spacy", "numpy")),
        "settings": {name: getattr(args, name) for name in ("pipeline", "disable", "timeout")},
        "pipes": nlp.pipe_names,
        "inputs": inputs,
    }


def show(result: Result) -> None:
    """Print the result as tables."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    counts = Table("input", "texts", "reports", "errors", "kinds", "CPU ms", "p99")
    slow = Table("input", "slowest", "characters", "CPU ms", "µs/char", "error")
    for row in result["inputs"]:
        kinds = ", ".join(f"{kind} ({n})" for kind, n in row["errors_by_kind"].items())
        numbers = (str(row[key]) for key in ("texts", "reports", "errors"))
        times = (f"{row[key] or 0:.1f}" for key in ("cpu_ms_median", "cpu_ms_p99"))
        counts.add_row(row["input"], *numbers, kinds, *times)
        for text in row["slowest"]:
            figures = (
                f"{text['chars']:,}",
                f"{text['cpu_ms']:.1f}",
                f"{text['cpu_us_per_char']:.2f}",
            )
            slow.add_row(row["input"], text["id"], *figures, text["error"])
    console.print(counts, slow)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Does every text give a report?")
    parser.add_argument("inputs", type=Path, nargs="+", help="folder, .txt, .jsonl or .jsonl.gz")
    parser.add_argument("--pipeline", default="fr_onco_rules")
    parser.add_argument("--disable", action="append", default=[], help="a pipe to leave out")
    parser.add_argument("--slowest", type=int, default=10)
    parser.add_argument("--timeout", type=float, default=60, help="seconds for one text")
    parser.add_argument("--out", type=Path, default=RESULTS / "robustness.json")
    args = parser.parse_args(arguments)
    for source in args.inputs:
        if not source.exists():
            parser.error(f"{source} does not exist")
    return args


def main() -> None:
    """Measure, store, show; exit code 1 where a text gave no report."""
    args = parse()
    result = measure(args)
    store(result, args.out)
    show(result)
    print(f"Stored in {args.out}")
    raise SystemExit(any(row["errors"] for row in result["inputs"]))


if __name__ == "__main__":
    main()
