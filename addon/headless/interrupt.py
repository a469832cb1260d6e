"""Ctrl-C and a polite end, for a Blender in the background, which would swallow the first."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

_seen: list[int] = []


def requested() -> bool:
    """A signal asked for the end; operators turn the interrupt into an error of their own, so ask after one."""
    return bool(_seen)


@contextlib.contextmanager
def cancel_on_signal() -> Iterator[None]:
    """Raise KeyboardInterrupt on SIGINT and SIGTERM within the block; the handlers before it come back after it."""
    _seen.clear()
    before = {number: signal.signal(number, _note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)


def _note(number: int, _frame: FrameType | None) -> None:
    _seen.append(number)
    raise KeyboardInterrupt
