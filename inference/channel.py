"""The child's end of the pipe: owns the real stdout and sends each job exactly one terminal message."""

from __future__ import annotations

import os
import sys
import threading
import time
from types import TracebackType
from typing import Final, TextIO

from .protocol import PROTOCOL, Message, encode

_PROGRESS_PERIOD_S: Final = 0.2
_HEARTBEAT_S: Final = 1.0


class Channel:
    """Sends protocol lines; safe to call from several threads.

    Once a job's terminal message is out, everything else of that job is swallowed, so that a thread that is late cannot
    speak into the next job. `begin` opens the next one.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._terminal: Message | None = None
        self._last_progress_s = 0.0
        self._stage = ""

    @property
    def terminal(self) -> Message | None:
        """The terminal message of the current job once it is sent."""
        return self._terminal

    def begin(self) -> None:
        """Starts the next job's messages."""
        with self._lock:
            self._terminal = None
            self._last_progress_s, self._stage = 0.0, ""

    def send(self, kind: str, /, **fields: str | int | float) -> bool:
        """Sends one message; False when it was swallowed.

        Raises:
            ProtocolError: the message is not in the closed set.
            OSError: the parent has closed the pipe.
        """
        message = Message(kind, fields)
        with self._lock:
            if self._terminal is not None:
                return False
            if message.terminal:
                self._terminal = message
            self._stream.write(encode(message) + "\n")
            self._stream.flush()
        return True

    def hello(self) -> None:
        """Says that the process runs, before anything heavy is imported."""
        self.send("hello", protocol=PROTOCOL, pid=os.getpid(), python=sys.version.split()[0])

    def progress(self, stage: str, current: int, total: int, fps: float) -> None:
        """Sends progress, five times a second at most; each stage's first and last are always sent."""
        now = time.monotonic()
        between = current != total and stage == self._stage
        if between and now - self._last_progress_s < _PROGRESS_PERIOD_S:
            return
        self._last_progress_s, self._stage = now, stage
        self.send("progress", stage=stage, current=current, total=total, fps=round(float(fps), 2))

    def warn(self, code: str, text: str) -> None:
        """Sends a warning: the job goes on."""
        self.send("warning", code=code, text=text)


class Heartbeat:
    """Repeats a status text each second while a step that cannot report runs, so that the parent's timer stays calm."""

    def __init__(self, channel: Channel, text: str) -> None:
        self._channel = channel
        self._text = text
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> None:
        self._channel.send("status", text=self._text)
        self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._done.wait(_HEARTBEAT_S):
            try:
                self._channel.send("status", text=self._text)
            except OSError:
                return


def take_stdout() -> TextIO:
    """Moves the protocol off file descriptor 1, so that stray prints, native ones too, go to the log on stderr."""
    stream = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return stream
