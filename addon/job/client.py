"""Hands requests to one inference process, starting it when needed and again when it has died."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from ...inference.protocol import REQUEST_DEFAULTS, Message
from ..errors import JobError
from ..files import write_text
from .job import Job
from .limits import Limits
from .process import InferenceProcess

Listener = Callable[[Message], None]


class InferenceClient:
    """Many requests, one after the other, on one loaded child.

        with InferenceClient(find_runtime(), ROOT, folder) as client:
            result = client.run({"video": str(video), "output": str(output)}, print)

    A child that died is replaced with the next request, so one bad clip does not end a batch.
    """

    def __init__(self, python: Path, root: Path, folder: Path, limits: Limits | None = None) -> None:
        """Nothing is started yet.

        Args:
            python: the runtime's interpreter, see `addon.runtime.find_runtime`.
            root: the extension's root, which holds the package `inference`.
            folder: where requests, results without a named output, and `inference.log` go; made when missing.
            limits: waiting times; the defaults suit people, tests take shorter ones.
        """
        self._python = python
        self._root = root
        self._folder = Path(folder).absolute()
        self._limits = limits or Limits()
        self._process: InferenceProcess | None = None
        self._job: Job | None = None
        self._greeted = False

    @property
    def log(self) -> Path:
        """The child's log file."""
        return self._folder / "inference.log"

    @property
    def pid(self) -> int | None:
        """Process number of the child, None before the first request."""
        return self._process.pid if self._process else None

    def start(self, request: Mapping[str, Any]) -> Job:
        """Send a request and return at once; the caller polls the job.

        Args:
            request: keys of request.json (docs/design.md); `schema` is added, and `output` when it is not named.

        Raises:
            JobError: a job is still running, the request has an unknown key, the folder cannot be written, or the
                child cannot be started.
        """
        if self._job is not None and not self._job.done:
            raise JobError("A job is still running; wait for it or cancel it.", code="busy")
        path = self._write(request)
        process = self._ready_process()
        self._job = Job(process, path, self._limits, greeted=self._greeted)
        return self._job

    def run(self, request: Mapping[str, Any], on_message: Listener | None = None) -> Path:
        """Send a request and wait for its result: the driver for background mode.

        Args:
            request: as in `start`.
            on_message: called with each message as it comes.

        Returns:
            The result file.

        Raises:
            JobError: the job failed.
            JobCancelled: it was cancelled, by Ctrl-C in this process.
        """
        job = self.start(request)
        try:
            while not job.done:
                self._step(job, on_message)
        finally:
            if not job.done:
                self.close()
        if job.result is None:
            raise JobError("The inference process ended the job without a result.", code="crashed")
        return job.result

    def _step(self, job: Job, on_message: Listener | None) -> None:
        """One turn of the blocking driver."""
        try:
            for message in job.poll(wait_s=0.1):
                if on_message is not None:
                    on_message(message)
        except KeyboardInterrupt:
            job.cancel()

    def abandon(self) -> None:
        """Give up the present child without waiting, and what its job has begun: both end in the background."""
        process, self._process, job, self._job = self._process, None, self._job, None
        self._greeted = False
        unfinished = job.folder if job is not None and not job.done else None
        if process is not None:
            process.close_in_background(lambda: unfinished and shutil.rmtree(unfinished, ignore_errors=True))

    def close(self) -> None:
        """End the child; safe to call at any time, also twice."""
        process, self._process, self._job, self._greeted = self._process, None, None, False
        if process is not None:
            process.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _ready_process(self) -> InferenceProcess:
        """The child at hand if it can take another request, else a new one."""
        self._greeted = self._job is not None and self._job.greeted
        # A child that was cancelled may be about to leave: a request could get lost in it.
        cancelled = self._job is not None and self._job.cancelling
        if self._process is not None and self._process.usable and not cancelled:
            return self._process
        self.close()
        self._process = InferenceProcess(self._python, self._root, self.log, self._limits)
        return self._process

    def _write(self, request: Mapping[str, Any]) -> Path:
        """Write request.json into a folder of its own."""
        unknown = sorted(set(request) - set(REQUEST_DEFAULTS))
        if unknown:
            known = ", ".join(REQUEST_DEFAULTS)
            raise JobError(f"The request has the unknown key '{unknown[0]}'; known are {known}.", code="bad-request")
        folder = self._folder / f"job-{time.strftime('%Y%m%d-%H%M%S')}-{time.monotonic_ns() % 10**9:09d}"
        values = {**REQUEST_DEFAULTS, **request}
        values["output"] = str(values["output"] or folder / "result.npz")
        path = folder / "request.json"
        try:
            write_text(path, json.dumps(values, default=os.fspath))
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            reason = f"The folder for jobs, '{self._folder}', cannot be written ({error.strerror or error})"
            raise JobError(f"{reason}; make room on its disk.", code="jobs-folder") from error
        return path
