"""Worker processes that may die without taking a report along.

Each worker has a pipe of its own and holds one task at a time, so that the parent knows
which reports died with it. Those are tried again, one by one; a report that ends its worker
a second time is the one that fails.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
import tempfile
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oncotext.errors import OncotextError, UsageError
from oncotext.pipelines import resolve
from oncotext.report import AnnotatedReport
from oncotext.scale.batch import Finish, Job, annotate, failed, finished

if TYPE_CHECKING:
    from spacy.language import Language

Batch = Sequence[Job | AnnotatedReport]

# Batches read ahead of the one whose turn it is, for each worker: enough to keep all busy
# while one works on a long report.
_AHEAD = 4
_MOST_FAILED_STARTS = 3
_SECONDS_TO_END = 2.0


class WorkerError(OncotextError):
    """A worker process that ended, or could not be started."""

    code = "E501"


@dataclass(slots=True)
class _Task:
    """Part of a batch: its reports from ``offset`` on."""

    batch: int
    offset: int
    items: Batch
    tries: int = 0

    def after_death(self) -> list[_Task]:
        """What is tried again after the worker died: each report alone."""
        return [
            _Task(self.batch, self.offset + index, [item], self.tries + 1)
            for index, item in enumerate(self.items)
        ]


@dataclass(slots=True, eq=False)
class _Worker:
    process: Any
    connection: Connection
    ready: bool = False
    task: _Task | None = None


def annotate_in_processes(
    batches: Iterator[Batch],
    pipeline: str | Path | Language,
    *,
    jobs: int,
    max_chars: int,
    finish: Finish,
) -> Generator[Any, None, None]:
    """Annotate batches in ``jobs`` processes; ``finish(report)`` of each comes in order.

    ``finish`` is called by the worker: a function of a module, what it returns is pickled.

    Raises
    ------
    WorkerError
        Workers cannot be started.
    OncotextError
        The pipeline cannot be loaded; or whatever reading the batches raises, after the
        reports read before were given.
    """
    if multiprocessing.current_process().daemon:
        raise UsageError("Worker processes cannot be started by a worker process.", remedy="jobs=1")
    context = multiprocessing.get_context()
    with ExitStack() as stack:
        if context.get_start_method() == "fork":
            pipeline = resolve(pipeline)  # loaded once: children share its memory
        elif not isinstance(pipeline, (str, Path)):
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="oncotext-"))
            pipeline.to_disk(folder)
            pipeline = folder
        pool = _Pool(context, pipeline, jobs, max_chars, finish)
        stack.callback(pool.close)
        yield from pool.run(batches)


@dataclass(slots=True)
class _Pool:
    context: Any
    pipeline: Any
    jobs: int
    max_chars: int
    finish: Finish
    workers: list[_Worker] = field(default_factory=list)
    waiting: deque[_Task] = field(default_factory=deque)
    # results of batches whose turn has not come, and how many are missing in each
    results: dict[int, list[Any]] = field(default_factory=dict)
    missing: dict[int, int] = field(default_factory=dict)
    read: int = 0
    turn: int = 0
    exhausted: bool = False
    fault: Exception | None = None
    failed_starts: int = 0

    def run(self, batches: Iterator[Batch]) -> Iterator[Any]:
        while True:
            self._feed(batches)
            while self.missing.get(self.turn) == 0:
                for result in self.results.pop(self.turn):
                    yield result
                    # the caller may have been busy: workers shall not wait for it
                    self._collect(timeout=0)
                    self._feed(batches)
                del self.missing[self.turn]
                self.turn += 1
                self._feed(batches)
            if self.exhausted and self.turn == self.read:
                break
            self._collect(timeout=None)
        if self.fault:
            raise self.fault

    def _feed(self, batches: Iterator[Batch]) -> None:
        """Read as many batches as workers could take, send them, start workers for the rest."""
        idle = [worker for worker in self.workers if worker.ready and worker.task is None]
        starting = sum(not worker.ready for worker in self.workers)
        could_take = len(idle) + self.jobs - len(self.workers) + starting
        while len(self.waiting) < could_take and self._read(batches):
            pass
        for worker in idle:
            if not self.waiting:
                return
            self._send(worker, self.waiting.popleft())
        while len(self.waiting) > starting and len(self.workers) < self.jobs:
            self._start()
            starting += 1

    def _read(self, batches: Iterator[Batch]) -> bool:
        if self.exhausted or self.read - self.turn >= _AHEAD * self.jobs:
            return False
        try:
            batch = next(batches)
        except StopIteration:
            self.exhausted = True
            return False
        except Exception as error:
            self.exhausted, self.fault = True, error
            return False
        self.waiting.append(_Task(self.read, 0, batch))
        self.results[self.read] = [None] * len(batch)
        self.missing[self.read] = len(batch)
        self.read += 1
        return True

    def _start(self) -> None:
        ours, theirs = self.context.Pipe()
        # a forked child holds a copy of our end, and has to close it to see it end
        copied = ours if self.context.get_start_method() == "fork" else None
        process = self.context.Process(
            target=_work,
            args=(theirs, copied, self.pipeline, self.max_chars, self.finish),
            daemon=True,
        )
        process.start()
        theirs.close()  # so that the death of the worker ends the pipe
        self.workers.append(_Worker(process, ours))

    def _send(self, worker: _Worker, task: _Task) -> None:
        try:
            worker.connection.send(task.items)
            worker.task = task
        except OSError:  # it died while idle, which no report is to blame for
            self.waiting.appendleft(task)
            self._bury(worker)

    def _collect(self, timeout: float | None) -> None:
        """Take what workers have sent, and see which have died."""
        sources: dict[Any, _Worker] = {}
        for worker in self.workers:
            sources[worker.connection] = worker
            sources[worker.process.sentinel] = worker
        for worker in {sources[source]: None for source in wait(list(sources), timeout)}:
            try:
                if worker.connection.poll():
                    self._take(worker, worker.connection.recv())
                else:
                    self._bury(worker)
            except (EOFError, OSError):
                self._bury(worker)

    def _take(self, worker: _Worker, message: Any) -> None:
        if isinstance(message, Exception):
            raise message
        if not worker.ready:
            worker.ready, self.failed_starts = True, 0
            return
        task, worker.task = worker.task, None
        assert task is not None
        self._store(task, message)

    def _store(self, task: _Task, results: list[Any]) -> None:
        self.results[task.batch][task.offset : task.offset + len(results)] = results
        self.missing[task.batch] -= len(results)

    def _bury(self, worker: _Worker) -> None:
        """Forget a dead worker, and try again what it held."""
        self.workers.remove(worker)
        worker.connection.close()
        _end(worker.process)
        task = worker.task
        if not worker.ready:
            self.failed_starts += 1
            if self.failed_starts >= _MOST_FAILED_STARTS:
                raise WorkerError(
                    f"Worker processes end at once ({_ending(worker.process)}).",
                    remedy='Call it under `if __name__ == "__main__":`, or with jobs=1.',
                )
        elif task is not None and task.tries and len(task.items) == 1:
            report = _lost(task.items[0], _ending(worker.process))
            self._store(task, [self.finish(report)])
        elif task is not None:
            self.waiting.extendleft(reversed(task.after_death()))

    def close(self) -> None:
        for worker in self.workers:
            if worker.task is None and worker.ready:
                with suppress(OSError):
                    worker.connection.send(None)
            else:
                worker.process.terminate()
            worker.connection.close()
        for worker in self.workers:
            _end(worker.process)
        self.workers.clear()


def _lost(item: Job | AnnotatedReport, ending: str) -> AnnotatedReport:
    if isinstance(item, AnnotatedReport):
        return item
    what = f"Its worker process ended twice ({ending})."
    return failed(item.id, WorkerError(what, remedy="Out of memory? Try fewer jobs."))


def _end(process: Any) -> None:
    """Wait a little for a process that ought to end, then end it."""
    process.join(_SECONDS_TO_END)
    if process.is_alive():
        process.kill()
        process.join()


def _ending(process: Any) -> str:
    code = process.exitcode
    if code is not None and code < 0:
        with suppress(ValueError):
            return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"


def _work(
    connection: Connection,
    parents: Connection | None,
    pipeline: Any,
    max_chars: int,
    finish: Finish,
) -> None:
    """A worker's life: load the pipeline, say so, annotate batches until told to end."""
    if parents is not None:
        parents.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    try:
        nlp = resolve(pipeline)
    except Exception as error:
        connection.send(
            error
            if isinstance(error, OncotextError)
            else WorkerError(f"The pipeline cannot be loaded: {type(error).__name__}.")
        )
        return
    if "torch" in sys.modules:
        # After a fork, torch's own threads are gone and waiting for them hangs.
        sys.modules["torch"].set_num_threads(1)
    with suppress(EOFError, OSError):  # the parent is gone
        connection.send("ready")
        while (batch := connection.recv()) is not None:
            reports = annotate(nlp, batch, max_chars)
            connection.send([finished(report, finish) for report in reports])
