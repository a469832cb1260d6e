"""One inference process: started, written to, read from and stopped."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from ..child import launch_inference
from ..errors import JobError
from .limits import Limits

LOG_TAIL_LINES = 20


class InferenceProcess:
    """A running `python -m inference serve`.

    A reader thread puts each line of its output into a queue and does nothing else: it touches neither Blender nor the
    state of a job. The log goes to a file, which cannot block the child as a full pipe would.
    """

    def __init__(self, python: Path, root: Path, log: Path, limits: Limits) -> None:
        """Launch it.

        Args:
            python: the runtime's interpreter.
            root: folder that holds the package `inference`; the working directory of the child.
            log: file that takes its stderr; appended to.
            limits: waiting times used while closing.

        Raises:
            JobError: the interpreter cannot be started; code `launch`.
        """
        self.log = log
        self._doomed = False
        self._limits = limits
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        try:
            self._popen = launch_inference(python, "serve", root, log, "ab", _own_group())
        except OSError as error:
            reason = f"The inference process could not be started with {python} ({error}); check the runtime."
            raise JobError(reason, code="launch") from error
        assert self._popen.stdout is not None
        threading.Thread(target=self._read, args=(self._popen.stdout,), name="inference-reader", daemon=True).start()

    @property
    def pid(self) -> int:
        """Process number."""
        return self._popen.pid

    @property
    def usable(self) -> bool:
        """It runs, and nothing was done to end it."""
        return not self._doomed and self.exit_code() is None

    def _read(self, stdout: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in stdout:
                self._lines.put(line.decode("utf-8", "replace"))
        self._lines.put(None)

    def next_line(self, wait_s: float = 0.0) -> str | None:
        """The next line of output; None at its end.

        Raises:
            queue.Empty: nothing arrived in `wait_s` seconds.
        """
        line = self._lines.get(timeout=wait_s) if wait_s > 0.0 else self._lines.get_nowait()
        if line is None:
            self._lines.put(None)
        return line

    def send(self, message: Mapping[str, Any]) -> None:
        """Write one line of JSON to the child; a child that is gone shows as the end of its output."""
        assert self._popen.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            self._popen.stdin.write(json.dumps(message).encode("ascii") + b"\n")
            self._popen.stdin.flush()

    def interrupt(self) -> None:
        """Ask for the present job to be cancelled."""
        # Named by text: mypy and other systems know only one of the two.
        number = getattr(signal, "CTRL_BREAK_EVENT", signal.SIGINT)
        try:
            self._popen.send_signal(number)
        except OSError:
            self.close_input()

    def close_input(self) -> None:
        """End of the lifeline: the child leaves by itself."""
        self._doomed = True
        with contextlib.suppress(OSError, ValueError):
            if self._popen.stdin is not None:
                self._popen.stdin.close()

    def terminate(self) -> None:
        """End it without asking."""
        self._doomed = True
        with contextlib.suppress(OSError):
            self._popen.terminate()

    def kill(self) -> None:
        """End it at once."""
        self._doomed = True
        with contextlib.suppress(OSError):
            self._popen.kill()

    def exit_code(self, wait_s: float = 0.0) -> int | None:
        """Exit status, waiting up to `wait_s` seconds for it; None while it runs."""
        try:
            return self._popen.wait(timeout=wait_s)
        except subprocess.TimeoutExpired:
            return None

    def close(self) -> None:
        """Stop the process in the shortest polite way; returns when it is gone."""
        self.close_input()
        if self.exit_code(self._limits.exit_s) is None:
            self.terminate()
            if self.exit_code(self._limits.terminate_s) is None:
                self.kill()
                self._popen.wait()
        if self._popen.stdout is not None and not self._popen.stdout.closed:
            # The reader thread owns the stream until it has seen its end.
            deadline = time.monotonic() + self._limits.exit_s
            with contextlib.suppress(queue.Empty):
                while self.next_line(max(deadline - time.monotonic(), 1e-3)) is not None:
                    pass
            self._popen.stdout.close()

    def close_in_background(self, then: Callable[[], object]) -> None:
        """The same at once, without asking and without making the caller wait.

        Args:
            then: called in another thread when the process is gone.
        """

        def end() -> None:
            self.close()
            then()

        self.terminate()
        threading.Thread(target=end, name="inference-closer").start()

    def log_tail(self) -> tuple[str, ...]:
        """The last lines of its log."""
        try:
            with self.log.open("rb") as stream:
                stream.seek(max(self.log.stat().st_size - 64_000, 0))
                lines = stream.read().decode("utf-8", "replace").splitlines()
        except OSError:
            return ()
        return tuple(line for line in lines if line.strip())[-LOG_TAIL_LINES:]


def _own_group() -> dict[str, Any]:
    """Keeps a Ctrl-C meant for Blender from reaching the child, and lets CTRL_BREAK reach only the child.

    On Windows also gives Blender's window the first turn; elsewhere the child stands back by itself.
    """
    if os.name == "nt":
        flags = ("CREATE_NEW_PROCESS_GROUP", "BELOW_NORMAL_PRIORITY_CLASS")
        return {"creationflags": sum(getattr(subprocess, flag, 0) for flag in flags)}
    return {"start_new_session": True}
