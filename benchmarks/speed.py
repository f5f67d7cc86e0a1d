"""How fast is oncotext, and how does it compare with edsnlp on the same texts?

    python benchmarks/speed.py --texts DIR [--sample 100] [--rounds 5] [--edsnlp-env DIR]

Each library runs in one process of its own; the two take turns on the same sample, so that
both meet the same state of the machine. edsnlp lives in a virtual environment of its own
(its requirements and oncotext's extras need not agree), which this script makes. That
environment's Python runs ``speed_worker.py``.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import Any

from environments import python_of
from provenance import (
    ONE_THREAD,
    RESULTS,
    Result,
    corpus_facts,
    load_average,
    machine,
    now,
    store,
    text_files,
)

WARM_UP = 20
SIZES = (50_000, 500_000, 5_000_000)

# Run in fresh interpreters, which must have imported nothing before the clock starts.
IMPORT_PROGRAM = """
import sys, time
clock, cpu = time.perf_counter(), time.process_time()
import oncotext
clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
heavy = [name for name in ("spacy", "torch", "transformers", "numpy", "pydantic")
         if name in sys.modules]
import json
print(json.dumps({"import_s": clock, "import_cpu_s": cpu, "heavy": heavy}))
"""
LOAD_PROGRAM = """
import sys, time
marks = [(time.perf_counter(), time.process_time())]
def mark():
    marks.append((time.perf_counter(), time.process_time()))
import spacy
mark()
import oncotext
nlp = oncotext.load(sys.argv[1], disable=sys.argv[2:])
mark()
nlp("Carcinome canalaire infiltrant du sein gauche, pT2 N1 M0.")
mark()
import json
out = {}
for name, before, after in zip(("spacy_import", "load", "first_report"), marks, marks[1:]):
    out[name + "_s"] = after[0] - before[0]
    out[name + "_cpu_s"] = after[1] - before[1]
print(json.dumps(out))
"""


class Worker:
    """A library in a process of its own.

    Parameters
    ----------
    library : str
        ``"oncotext"`` or ``"edsnlp"``.
    command : sequence of str
        The Python to run, with its options.
    setup : dict
        What the worker reads first: the texts, and oncotext's pipeline.
    """

    def __init__(self, library: str, command: Sequence[str], setup: Result) -> None:
        self.library = library
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self._process = subprocess.Popen(
            [*command, str(Path(__file__).with_name("speed_worker.py").resolve()), library],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            encoding="utf-8",
            env={**os.environ, **ONE_THREAD},
        )
        self._send(setup)

    def ask(self, task: str, **question: Any) -> Result:
        """The answer to a question (one of `TASKS`)."""
        self._send({"task": task, **question})
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._fail()
        answer: Result = json.loads(line)
        return answer

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()
        self._errors.close()

    def _send(self, message: Result) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            self._fail()

    def _fail(self) -> None:
        self._process.wait()
        self._errors.seek(0)
        last = "".join(self._errors.readlines()[-8:])
        raise SystemExit(f"The {self.library} worker ended early:\n{last}")


@contextmanager
def workers(args: argparse.Namespace, texts: list[str]) -> Iterator[list[Worker]]:
    """Oncotext's worker and, unless it is left out, edsnlp's."""
    setup = {"texts": texts, "pipeline": args.pipeline, "disable": args.disable}
    with ExitStack() as opened:
        running = [Worker("oncotext", [sys.executable], setup)]
        opened.callback(running[0].close)
        if not args.no_edsnlp:
            python = opened.enter_context(python_of("edsnlp", args.edsnlp_env))
            # -I: nothing of this environment's PYTHONPATH reaches the other one
            setup = {"texts": texts[: args.sample] + texts[args.sample :][-WARM_UP:]}
            running.append(Worker("edsnlp", [str(python), "-I"], setup))
            opened.callback(running[-1].close)
        yield running


def race(running: Sequence[Worker], count: int, rounds: int, min_seconds: float) -> Result:
    """All contenders in turn on the same texts, in reverse order every other round."""
    contenders = [
        (worker, work)
        for worker in running
        for work in ("pipeline", "tokenizer", "report")
        if work != "report" or worker.library == "oncotext"
    ]
    seen: dict[str, list[Result]] = {f"{w.library} {work}": [] for w, work in contenders}
    for number in range(rounds):
        for worker, work in contenders if number % 2 == 0 else contenders[::-1]:
            answer = worker.ask("pass", work=work, count=count, min_seconds=min_seconds)
            seen[f"{worker.library} {work}"].append(answer)
    out: Result = {"rates": {name: summary(answers) for name, answers in seen.items()}}
    out["ratios"] = {
        f"{ours} / {theirs}": spread(seen[ours], seen[theirs])
        for ours, theirs in (
            ("oncotext pipeline", "edsnlp pipeline"),
            ("oncotext report", "edsnlp pipeline"),
            ("oncotext tokenizer", "edsnlp tokenizer"),
        )
        if theirs in seen
    }
    return out


def summary(answers: Sequence[Result]) -> Result:
    """Median, best and worst round of a contender."""
    docs = [answer["docs_per_s"] for answer in answers]
    return {
        "docs_per_s": {"median": median(docs), "best": max(docs), "worst": min(docs)},
        "chars_per_s": median(answer["chars_per_s"] for answer in answers),
        "docs_per_cpu_s": median(answer["docs_per_cpu_s"] for answer in answers),
        "cpu_share": median(answer["cpu_share"] for answer in answers),
        "rounds_docs_per_s": docs,
        "passes_a_round": [answer["passes"] for answer in answers],
    }


def spread(ours: Sequence[Result], theirs: Sequence[Result]) -> Result:
    """How many times faster: round by round, best against best, and by processor time."""

    def ratios(key: str) -> list[float]:
        return [a[key] / b[key] for a, b in zip(ours, theirs, strict=True)]

    pairs = ratios("docs_per_s")
    best = max(a["docs_per_s"] for a in ours) / max(b["docs_per_s"] for b in theirs)
    return {
        "median": median(pairs),
        "min": min(pairs),
        "max": max(pairs),
        "best_to_best": best,
        "cpu_median": median(ratios("docs_per_cpu_s")),
    }


def first_sight_ratios(seen: Result) -> Result:
    """How many times less processor time oncotext takes for texts seen for the first time;
    also without edsnlp's dates, which oncotext has no counterpart of."""
    if "edsnlp" not in seen:
        return {}
    cost = {
        library: {pipe["name"]: pipe["cpu_ms_per_doc"] for pipe in facts["pipes"]}
        for library, facts in seen.items()
    }
    ours, theirs = (sum(cost[library].values()) for library in ("oncotext", "edsnlp"))
    return {"all": theirs / ours, "without_dates": (theirs - cost["edsnlp"]["dates"]) / ours}


def start_times(pipeline: str, disable: Sequence[str], repeats: int = 5) -> Result:
    """Import and load in fresh interpreters, by the clock, after an uncounted run of each."""
    imports = [_fresh(IMPORT_PROGRAM, ()) for _ in range(repeats + 1)][1:]
    loads = [_fresh(LOAD_PROGRAM, (pipeline, *disable)) for _ in range(repeats + 1)][1:]
    out: Result = {"repeats": repeats, "heavy_imports": imports[0].pop("heavy")}
    for answers in (imports, loads):
        for name in answers[0]:
            seconds = [answer[name] for answer in answers]
            out[name] = {"median": median(seconds), "best": min(seconds)}
    return out


def _fresh(program: str, arguments: Sequence[str]) -> Result:
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"A fresh interpreter failed:\n{done.stderr[-1500:]}")
    answer: Result = json.loads(done.stdout.splitlines()[-1])
    return answer


def linearity(worker: Worker, sizes: Sequence[int]) -> Result:
    """Processor time a character for reports of growing size, and how much the last costs more than
    the first: 1 where time grows as the text does, 100 for 100 times the text if squared."""
    rows = [worker.ask("long", count=200, block=sizes[0], size=size) for size in sizes]
    first, last = rows[0]["pipes_cpu_us_per_char"], rows[-1]["pipes_cpu_us_per_char"]
    return {
        "reports": rows,
        "growth": rows[-1]["cpu_us_per_char"] / rows[0]["cpu_us_per_char"],
        "pipes_growth": {name: last[name] / first[name] for name in first},
    }


def measure(args: argparse.Namespace, files: list[tuple[str, Path]]) -> Result:
    """All measurements of one run, as they are stored."""
    order = list(files)
    random.Random(args.seed).shuffle(order)
    texts = [path.read_bytes().decode("utf-8") for _, path in order]
    sample = min(args.sample, len(texts))
    result: Result = {
        "benchmark": "speed",
        "date": now(),
        "machine": machine(),
        "load_average_before": load_average(),
        "corpus": {"name": args.texts.resolve().name, **corpus_facts(files)},
        "sample": corpus_facts(sorted(order[:sample])),
        "settings": settings(args),
    }
    with workers(args, texts) as running:
        result["libraries"] = {worker.library: worker.ask("describe") for worker in running}
        for worker in running:  # what is built on first use is built now, on other texts
            worker.ask("profile", count=-WARM_UP)
        result["first_sight"] = {
            worker.library: worker.ask("profile", count=sample) for worker in running
        }
        result["first_sight_ratios"] = first_sight_ratios(result["first_sight"])
        result["race"] = race(running, sample, args.rounds, args.min_seconds)
        result["all_texts"] = running[0].ask("pass", work="report", count=len(texts), min_seconds=0)
        result["linearity"] = linearity(running[0], args.sizes)
    result["start"] = start_times(args.pipeline, args.disable)
    result["load_average_after"] = load_average()
    return result


def settings(args: argparse.Namespace) -> Result:
    """What was asked for; no paths."""
    names = ("sample", "seed", "rounds", "min_seconds", "pipeline", "disable", "sizes")
    return {name: getattr(args, name) for name in names} | {"environment": ONE_THREAD}


def show(result: Result) -> None:
    """Print the result as tables."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for title, columns, rows in tables(result):
        table = Table(*columns, title=title, title_justify="left")
        for column in table.columns[1:]:
            column.justify = "right"
        for row in rows:
            table.add_row(*row)
        console.print(table)


Table = tuple[str, tuple[str, ...], Sequence[tuple[str, ...]]]


def tables(result: Result) -> Iterator[Table]:
    """Title, columns and rows of each table."""
    yield from race_tables(result["race"], result["sample"])
    for library, seen in result["first_sight"].items():
        title = (
            f"{library}: texts seen for the first time, {seen['docs_per_cpu_s']:,.1f} docs/CPU s"
        )
        yield (
            title,
            ("pipe", "CPU ms/doc", "share"),
            [(p["name"], f"{p['cpu_ms_per_doc']:.3f}", f"{p['share']:.1%}") for p in seen["pipes"]],
        )
    if ratios := result["first_sight_ratios"]:
        title = "The same, oncotext's processor time against edsnlp's"
        facts = [(name.replace("_", " "), f"{value:.1f}") for name, value in ratios.items()]
        yield title, ("edsnlp's pipes", "times less"), facts
    growth, reports = result["linearity"]["growth"], result["linearity"]["reports"]
    worst = max(result["linearity"]["pipes_growth"].items(), key=lambda item: item[1])
    yield (
        f"oncotext, one long report: growth {growth:.2f}, most in {worst[0]} ({worst[1]:.1f})",
        ("characters", "CPU s", "CPU µs/char"),
        [
            (f"{r['chars']:,}", f"{r['cpu_seconds']:.3f}", f"{r['cpu_us_per_char']:.3f}")
            for r in reports
        ],
    )
    whole = result["all_texts"]
    rate = f"{whole['docs_per_s']:,.1f} docs/s, {whole['docs_per_cpu_s']:,.1f} docs/CPU s"
    rows = [(f"all {result['corpus']['texts']} texts, with report", rate)]
    rows += [
        (name, f"{seconds['median']:.3f} (best {seconds['best']:.3f})")
        for name, seconds in result["start"].items()
        if name.endswith("_s")
    ]
    yield "oncotext: whole corpus, and start in seconds", ("", "value"), rows


def race_tables(race: Result, sample: Result) -> Iterator[Table]:
    """The rates of the contenders, and how many times faster one is."""
    yield (
        f"One process, the same {sample['texts']} texts ({sample['chars']:,} characters)",
        ("", "docs/s", "best", "worst", "chars/s", "docs/CPU s", "CPU share"),
        [
            (
                name,
                *(f"{row['docs_per_s'][key]:,.1f}" for key in ("median", "best", "worst")),
                f"{row['chars_per_s'] / 1e6:.2f} M",
                f"{row['docs_per_cpu_s']:,.1f}",
                f"{row['cpu_share']:.0%}",
            )
            for name, row in race["rates"].items()
        ],
    )
    if race["ratios"]:
        rows = [
            (name, *(f"{value:.1f}" for value in row.values()))
            for name, row in race["ratios"].items()
        ]
        columns = ("", "median", "min", "max", "best/best", "CPU time")
        yield "How many times faster", columns, rows


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--texts", type=Path, help="folder of .txt files (UTF-8)")
    parser.add_argument("--sample", type=int, default=100, help="texts that both libraries run")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--min-seconds", type=float, default=1.0, help="least time of a turn")
    parser.add_argument("--pipeline", default="fr_onco_rules")
    parser.add_argument("--disable", action="append", default=[], help="a pipe to leave out")
    parser.add_argument("--edsnlp-env", type=Path, help="its virtual environment (default: new)")
    parser.add_argument("--no-edsnlp", action="store_true", help="oncotext alone")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--out", type=Path, default=RESULTS / "speed.json")
    args = parser.parse_args(arguments)
    if args.texts is None or not args.texts.is_dir():
        parser.error("--texts must be a folder of .txt files")
    if min(args.sample, args.rounds, *args.sizes) < 1:
        parser.error("--sample, --rounds and --sizes must be at least 1")
    return args


def main() -> None:
    """Run the worker's side or this one."""
    args = parse()
    files = text_files(args.texts)
    if not files:
        raise SystemExit(f"No .txt file under {args.texts}.")
    result = measure(args, files)
    store(result, args.out)
    show(result)
    print(f"Stored in {args.out}")


if __name__ == "__main__":
    main()
