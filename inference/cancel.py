"""Ways to be told to stop: SIGINT, the parent's end of the pipe going away, and the wish to keep what is done."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Final

from .errors import Cancelled

GRACE_S: Final = 0.7
"""How long a cancelled job may take to say so by itself."""
PATIENCE_S: Final = 5.0
"""How much longer `serve`, which has loaded networks to lose, waits for it before the process ends."""

_STDIN: Final = 0


class Cancellation:
    """A flag that every loop checks: each frame, each window, each wait."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._keep = threading.Event()

    def set(self) -> None:
        """Asks the job to stop."""
        self._event.set()

    def clear(self) -> None:
        """Forgets an earlier request, before the next job."""
        self._event.clear()
        self._keep.clear()

    def keep(self) -> None:
        """Asks the job to detect no further and to make a result of what it has."""
        self._keep.set()

    def takes_keep(self) -> bool:
        """True once for each wish to keep what is done."""
        wished = self._keep.is_set()
        self._keep.clear()
        return wished

    def is_set(self) -> bool:
        """True once the job was asked to stop."""
        return self._event.is_set()

    def check(self) -> None:
        """Raises `Cancelled` once the job was asked to stop."""
        if self._event.is_set():
            raise Cancelled

    def wait(self, seconds: float) -> bool:
        """Sleeps, but wakes at once when asked to stop."""
        return self._event.wait(seconds)


def on_interrupt(cancellation: Cancellation) -> None:
    """Lets SIGINT (and CTRL_BREAK_EVENT on Windows) cancel; call it in the main thread."""

    def handler(number: int, frame: FrameType | None) -> None:
        cancellation.set()

    signal.signal(signal.SIGINT, handler)
    if hasattr(signal, "SIGBREAK"):
        signal.signal(signal.SIGBREAK, handler)


def on_lost_parent(lost: Callable[[], None], line: Callable[[str], None] | None = None) -> None:
    """Watches stdin in a daemon thread.

    Reads by `os.read`: a buffered read would hold a lock that aborts the interpreter at exit.

    Args:
        lost: called once at end of file, which means that the parent is gone.
        line: called with each complete line, without its line end.
    """

    def watch() -> None:
        pending = b""
        while True:
            try:
                chunk = os.read(_STDIN, 4096)
            except OSError:
                chunk = b""
            if not chunk:
                break
            *lines, pending = (pending + chunk).split(b"\n")
            for text in lines:
                if line is not None and text.strip():
                    line(text.decode("utf-8", "replace").strip())
        if line is not None and pending.strip():
            line(pending.decode("utf-8", "replace").strip())
        lost()

    threading.Thread(target=watch, name="lifeline", daemon=True).start()


def end_if_stuck(
    cancellation: Cancellation, tell: Callable[[], object], end: Callable[[], object], patience_s: float
) -> threading.Event:
    """Watches over a cancelled job that hangs inside native code (an import, a decoder).

    Args:
        cancellation: what the job should notice.
        tell: called `GRACE_S` after it was set, unless the job is over by then.
        end: called `patience_s` later, unless the job is over by then; must not return.
        patience_s: seconds.

    Returns:
        An event to set when the job is over, which calls the watch off.
    """
    over = threading.Event()

    def watch() -> None:
        while not cancellation.wait(0.1):
            if over.is_set():
                return
        if over.wait(GRACE_S):
            return
        tell()
        if not over.wait(patience_s):
            end()

    threading.Thread(target=watch, name="cancel-watch", daemon=True).start()
    return over
