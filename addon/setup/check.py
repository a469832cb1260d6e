"""Try a runtime: `inference check` in a process of its own, and what it said."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from ...inference.protocol import ProtocolError, parse
from ..child import launch_inference, own_group
from ..errors import SetupError
from ..runtime import ROOT
from .words import setup_error

SILENCE_S = 30.0
"""Longer than this without a word, and it hangs."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried.

    Attributes:
        name: `packages`, `import`, `detect`, `device`, `write`; or the code of the error that ended the check.
        text: what was found, in words.
        good: it works.
    """

    name: str
    text: str
    good: bool


class RuntimeCheck:
    """A check that runs; `poll` it.

    Attributes:
        python: the interpreter that is tried.
        log: file with what it printed beside its messages.
        text: what is being tried.
        findings: what was found so far.
        error: what is wrong, once it ended badly.
        done: it ended.
    """

    def __init__(self, python: Path, log: Path) -> None:
        """Start at once.

        Args:
            python: interpreter to try.
            log: file that takes what it prints beside its messages; written anew.

        Raises:
            SetupError: it cannot be started (`launch`).
        """
        self.python, self.text, self.done = python, "Starting Python", False
        self.findings: list[Finding] = []
        self.error: SetupError | None = None
        self.log = log
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._heard_at = time.monotonic()
        self._ended_well = False
        try:
            self._process = launch_inference(python, "check", ROOT, log, "wb", own_group())
        except OSError as error:
            raise SetupError(
                f"'{python}' cannot be started ({error}); run Set Up Runtime again, or name another Python.",
                code="launch",
            ) from error
        threading.Thread(target=self._read, name="check-reader", daemon=True).start()

    @property
    def passed(self) -> bool:
        """It ended, and everything works."""
        return self.done and self._ended_well

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stdout:
            for line in stdout:
                self._lines.put(line.decode("utf-8", "replace"))
        self._lines.put(None)

    def poll(self, wait_s: float = 0.0) -> bool:
        """Take in what it said; True once it ended."""
        while not self.done:
            try:
                line = self._lines.get(timeout=wait_s) if wait_s > 0.0 else self._lines.get_nowait()
            except queue.Empty:
                if time.monotonic() - self._heard_at > SILENCE_S:
                    self._end(SetupError(f"The check fell silent at: {self.text}; try it again.", code="timeout"))
                return self.done
            self._heard_at = time.monotonic()
            if line is None:
                self._end(self._last_words())
            elif line.strip():
                self._take(line)
        return True

    def _take(self, line: str) -> None:
        try:
            message = parse(line)
        except ProtocolError:
            return  # a Python that is no runtime may print anything; its end says what is wrong
        if message.type == "status":
            self.text = message.text("text")
        elif message.type == "check":
            self.findings.append(Finding(message.text("name"), message.text("text"), True))
        elif message.type == "error":
            text = f"{message.text('message')} {message.text('hint')}".strip()
            self._end(SetupError(text, code=message.text("code")))
        elif message.terminal:
            self._ended_well = message.type == "result"
            self.cancel()

    def _last_words(self) -> SetupError:
        self._process.wait()
        return setup_error("The check", self.log.read_text("utf-8", "replace") if self.log.is_file() else "", "crashed")

    def _end(self, error: SetupError) -> None:
        self.error = error
        self.findings.append(Finding(error.code, str(error), False))
        self.cancel()

    def cancel(self) -> None:
        """End it."""
        self.done = True
        if self._process.stdin is not None:
            self._process.stdin.close()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
