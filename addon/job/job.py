"""One request on its way through the child: a state machine that is polled."""

from __future__ import annotations

import queue
import time
from pathlib import Path

from ...inference.protocol import KEEP_LINE, Message, ProtocolError, parse
from ..errors import JobCancelled, JobError
from .limits import Limits
from .process import InferenceProcess

UNFORESEEN = "internal"
"""The child's error code for what its authors did not think of; its log then tells more than its message."""


class Job:
    """A request that was sent; `poll` until `done`.

    Attributes:
        result: the result file once the job is done, else None.
        done: the job reached its end, whichever.
        greeted: the child has said hello.
        folder: holds the request, and what belongs to it.
    """

    def __init__(self, process: InferenceProcess, request: Path, limits: Limits, *, greeted: bool) -> None:
        """Send the request.

        Args:
            process: a child that is not busy.
            request: the request file.
            limits: waiting times.
            greeted: this child has served a job before, so that no `hello` is due.
        """
        self.result: Path | None = None
        self.done = False
        self.greeted = greeted
        self.folder = request.parent
        self._process = process
        self._limits = limits
        self._heard = time.monotonic()
        self._cancelled: float | None = None
        self._step = 0
        process.send({"request": str(request)})

    @property
    def cancelling(self) -> bool:
        """`cancel` was called."""
        return self._cancelled is not None

    def cancel(self) -> None:
        """Ask the child to stop; keep polling, which ends it by force if it does not."""
        if self._cancelled is None and not self.done:
            self._cancelled = time.monotonic()
            self._process.interrupt()

    def keep(self) -> None:
        """Ask the child to detect no further and to make a result of what it has."""
        self._process.send(KEEP_LINE)

    def poll(self, wait_s: float = 0.0) -> list[Message]:
        """Messages that came since the last call, oldest first; a `result` message is the last of its job.

        Args:
            wait_s: seconds to wait for the first one.

        Raises:
            JobError: the child reported an error, crashed, fell silent or spoke nonsense.
            JobCancelled: the job is over because `cancel` was called.
        """
        messages: list[Message] = []
        while not self.done:
            try:
                line = self._process.next_line(0.0 if messages else wait_s)
            except queue.Empty:
                break
            self._heard = time.monotonic()
            if line is None:
                self._ended()
            elif line.strip():
                messages.append(self._take(line))
        if not self.done:
            self._watch_the_clock()
        return messages

    def _take(self, line: str) -> Message:
        """Parse a line and follow it if it ends the job."""
        try:
            message = parse(line)
        except ProtocolError as error:
            self._force()
            raise self._failed(f"The inference process sent something unreadable: {error}.", "protocol") from error
        self.greeted = self.greeted or message.type == "hello"
        if message.type == "result":
            self.done, self.result = True, Path(message.text("path"))
        elif message.type == "cancelled":
            self.done = True
            raise JobCancelled("The job was cancelled.")
        elif message.type == "error":
            self.done = True
            if message.text("code") == UNFORESEEN:
                # Whatever broke in the child may still be broken for the next job.
                self._process.close_input()
            words = (message.text("message"), message.text("hint"))
            raise self._failed(" ".join(word for word in words if word), message.text("code"))
        return message

    def _ended(self) -> None:
        """The output ended without a terminal message."""
        self.done = True
        if self._cancelled is not None:
            raise JobCancelled("The job was cancelled.")
        code = self._process.exit_code(self._limits.exit_s)
        raise self._failed(f"The inference process ended without a result (exit code {code}).", "crashed")

    def _watch_the_clock(self) -> None:
        now = time.monotonic()
        if self._cancelled is not None:
            self._escalate(now - self._cancelled)
            return
        limit = self._limits.silence_s if self.greeted else self._limits.hello_s
        if now - self._heard > limit:
            self._force()
            what = "said nothing" if self.greeted else "did not start"
            raise self._failed(f"The inference process {what} for {limit:g} seconds and was ended.", "timeout")

    def _escalate(self, waited_s: float) -> None:
        """End, then kill, a child that does not heed the cancel."""
        if self._step == 0 and waited_s > self._limits.interrupt_s:
            self._step = 1
            self._process.terminate()
        elif self._step == 1 and waited_s > self._limits.interrupt_s + self._limits.terminate_s:
            self._step = 2
            self._process.kill()

    def _force(self) -> None:
        """The child cannot be trusted any more."""
        self.done = True
        self._process.kill()

    def _failed(self, message: str, code: str) -> JobError:
        tail = self._process.log_tail()
        return JobError(message, code=code, exit_code=self._process.exit_code(), log_tail=tail)
