"""Runs requests: one for `run`, a stream of them for `serve`. Heavy imports happen in here, after `hello`."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from . import protocol
from .cancel import GRACE_S, PATIENCE_S, Cancellation, end_if_stuck, on_lost_parent
from .channel import Channel, Heartbeat
from .errors import RequestError
from .files import aside_of
from .finish import finish
from .request import Request, load_request

if TYPE_CHECKING:
    from .job import Models

_LAST_WORD_S = 0.15
"""Seconds to let a terminal message out before the process ends."""


class Runner:
    """Runs one request after another with networks that stay loaded."""

    def __init__(self, channel: Channel, cancellation: Cancellation, patience_s: float = 0.0) -> None:
        self._channel = channel
        self._cancellation = cancellation
        self._patience_s = patience_s
        self._models: Models | None = None

    def run(self, path: Path) -> int:
        """Runs a request file up to its one terminal message; returns the exit code that belongs to it.

        A job that hangs in native code after a cancel takes the process with it, after the runner's patience.

        Raises:
            OSError: the parent has closed the pipe.
        """
        try:
            request = load_request(path)
            over = end_if_stuck(self._cancellation, self._tell, lambda: self._end(request), self._patience_s)
            try:
                self._run(request)
            finally:
                over.set()
        except Exception as error:  # the boundary: whatever happens becomes one message
            if isinstance(error, BrokenPipeError):
                raise
            return finish(self._channel, error)
        return protocol.EXIT_RESULT

    def _run(self, request: Request) -> None:
        if self._models is None:
            with Heartbeat(self._channel, "Loading packages"):
                from .job import Models

                self._models = Models()
        from .job import run_job

        self._cancellation.check()
        run_job(request, self._models, self._channel, self._cancellation)

    def _tell(self) -> None:
        with contextlib.suppress(OSError):
            self._channel.send("cancelled")

    def _end(self, request: Request) -> None:
        with contextlib.suppress(OSError):
            aside_of(request.output).unlink(missing_ok=True)
        os._exit(protocol.EXIT_CANCELLED)


def serve(channel: Channel, cancellation: Cancellation, ends_with_parent: bool) -> int:
    """Answers `{"request": PATH}` lines from stdin until its end.

    Args:
        channel: where the messages go.
        cancellation: SIGINT cancels the job that runs; the next ones are not affected.
        ends_with_parent: True = end of file also cancels the job that runs; False = jobs in hand are finished first.
    """
    lines: queue.Queue[str | None] = queue.Queue()
    parent_gone = threading.Event()
    idle = True

    def received(line: str) -> None:
        if is_keep(line):
            cancellation.keep()
            return
        if idle:  # a SIGINT while nothing ran was for a job that had just ended
            cancellation.clear()
        lines.put(line)

    def lost() -> None:
        lines.put(None)
        if ends_with_parent:
            parent_gone.set()
            cancellation.set()
            # Nobody waits for the networks any more: a job that hangs must not keep the process alive.
            # After `GRACE_S` the stuck job is declared cancelled; that word goes out first.
            time.sleep(GRACE_S + _LAST_WORD_S)
            os._exit(protocol.EXIT_CANCELLED)

    on_lost_parent(lost, received)
    runner = Runner(channel, cancellation, PATIENCE_S)
    code = protocol.EXIT_RESULT
    while (line := _next(lines)) is not None:
        idle = False
        channel.begin()
        try:
            request_path = _request_path(line)
        except RequestError as error:
            finish(channel, error)
        else:
            code = runner.run(request_path)
        idle = True
        if not parent_gone.is_set():  # a SIGINT that came while the job unwound was for that job
            cancellation.clear()
    return protocol.EXIT_CANCELLED if code == protocol.EXIT_CANCELLED and ends_with_parent else protocol.EXIT_RESULT


def is_keep(line: str) -> bool:
    """Whether a line from the parent is the wish to keep what is done."""
    with contextlib.suppress(ValueError):
        return bool(json.loads(line) == protocol.KEEP_LINE)
    return False


def _next(lines: queue.Queue[str | None]) -> str | None:
    # A wait without a timeout keeps Python from running the SIGINT handler on Windows.
    while True:
        with contextlib.suppress(queue.Empty):
            return lines.get(timeout=0.5)


def _request_path(line: str) -> Path:
    try:
        values = json.loads(line)
    except ValueError as error:
        raise RequestError(f"The line {line[:80]!r} is not JSON.", 'Send {"request": PATH}.') from error
    if not isinstance(values, dict) or list(values) != ["request"] or not isinstance(values["request"], str):
        raise RequestError(f"The line {line[:80]!r} is not a request.", 'Send {"request": PATH}.')
    return Path(values["request"])
