"""What the rooms say to whoever records their work. Nobody does until `install` is called (`distsync.telemetry` does, where
a deployment asks for it); until then each of these is a call that does nothing."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any, Protocol

import psycopg


class Received(Protocol):
    """A message as a recorder looks at it."""

    @property
    def position(self) -> int: ...
    @property
    def received_at(self) -> datetime: ...
    @property
    def attributes(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...


class Batch(Protocol):
    """A batch of the pipeline as its recorder sees it."""

    def claimed(self, messages: Sequence[Received]) -> None:
        """These messages were taken, in the transaction that is open."""

    def written(self) -> None:
        """All is written; what is left is the commit."""


class Recorder(Protocol):
    """Who records: `distsync.telemetry` implements it with OpenTelemetry."""

    def carrier(self) -> str | None:
        """See the function of this name, as for the others."""

    def phase(self, name: str) -> AbstractContextManager[object]: ...

    def batch(self, *, is_rebuild: bool) -> AbstractContextManager[Batch]: ...

    def cursor_type(self) -> type[psycopg.Cursor[Any]]: ...


class Unrecorded:
    """A batch that nobody records."""

    def claimed(self, messages: Sequence[Received]) -> None:
        pass

    def written(self) -> None:
        pass


class _Nobody:
    """Records nothing."""

    _nothing: AbstractContextManager[object] = nullcontext()
    _batch: AbstractContextManager[Batch] = nullcontext(Unrecorded())

    def carrier(self) -> str | None:
        return None

    def phase(self, name: str) -> AbstractContextManager[object]:
        return self._nothing

    def batch(self, *, is_rebuild: bool) -> AbstractContextManager[Batch]:
        return self._batch

    def cursor_type(self) -> type[psycopg.Cursor[Any]]:
        return psycopg.Cursor


NOBODY: Recorder = _Nobody()
_recorder = NOBODY


def install(recorder: Recorder) -> None:
    """From now on `recorder` records this process's work; NOBODY ends that."""
    global _recorder  # noqa: PLW0603 - one per process, set when the process starts
    _recorder = recorder


def carrier() -> str | None:
    """The current trace as text, for keeping beside work that is done later; None while it is not being recorded."""
    return _recorder.carrier()


def phase(name: str) -> AbstractContextManager[object]:
    """A part of a batch's work, while the `with` lasts: `with tracing.phase("fold"):`."""
    return _recorder.phase(name)


def batch(*, is_rebuild: bool) -> AbstractContextManager[Batch]:
    """A batch of the pipeline, from before it claims its messages until after its commit."""
    return _recorder.batch(is_rebuild=is_rebuild)


def cursor_type() -> type[psycopg.Cursor[Any]]:
    """Psycopg's plain cursor, or one that records its statements."""
    return _recorder.cursor_type()
