"""What all pipes of oncotext share: they take Docs in batches.

A pipe that has a batch of Docs done before the next pipe sees them keeps its own tables in the
processor's cache: a fifth of the time of the whole pipeline.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from spacy.tokens import Doc
from spacy.util import minibatch, raise_error

_LARGEST_BATCH = 32

ErrorHandler = Callable[[str, Any, list[Doc], Exception], Any]


class Component:
    """A spaCy pipe. Subclasses say in ``__call__`` what they do with a Doc.

    Parameters
    ----------
    name : str
        The pipe's name in its pipeline.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._error_handler: ErrorHandler = raise_error

    def __call__(self, doc: Doc) -> Doc:
        raise NotImplementedError

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = _LARGEST_BATCH) -> Iterator[Doc]:
        """Process a stream, batch by batch; a Doc that fails goes to the error handler."""
        size = min(batch_size, _LARGEST_BATCH)
        for docs in minibatch(stream, size):  # type: ignore[no-untyped-call]
            yield from list(self._done(docs))

    def _done(self, docs: Iterable[Doc]) -> Iterator[Doc]:
        for doc in docs:
            try:
                done = self(doc)
            except Exception as error:
                self._error_handler(self.name, self, [doc], error)
            else:
                yield done

    def set_error_handler(self, error_handler: ErrorHandler) -> None:
        """What to do with a Doc that fails (`Language.set_error_handler`)."""
        self._error_handler = error_handler

    def get_error_handler(self) -> ErrorHandler:
        return self._error_handler
