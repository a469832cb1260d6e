"""The one inference client of this Blender, and what its job says. No bpy here."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..inference.protocol import Message
from .errors import JobCancelled, JobError
from .job import UNFORESEEN, InferenceClient, Job, Limits
from .progress import Progress
from .results import known_result, remember_result, request_key
from .runtime import ROOT

KEPT_JOBS = 100
"""Job folders that stay, a few megabytes each: retargeting and the overlay need no second look at the film."""
CANCEL_PATIENCE_S = 0.7
"""After this the user has waited enough: the child is left to end in the background."""
IDLE_S = 300.0
"""A loaded child holds memory: one that nobody used for this long is closed."""

LOG_TELLS_MORE = (UNFORESEEN, "crashed", "timeout", "protocol")
"""Error codes whose message is not the whole story."""


class Session:
    """Runs one job at a time and remembers results, so that other settings for the rig need no second look at the film.

    Attributes:
        progress: what the running job said last; None when none runs.
        cancel_requested: set by the Cancel button, heeded with the next `poll`.
        problem: why the last job failed, empty if it did not.
        log: the child's log where it tells more than `problem`, else None.
        warnings: what the last job warned of.
        about: `session_uid` of the armature that the job is for, 0 where there is none.
    """

    def __init__(self) -> None:
        self.progress: Progress | None = None
        self.cancel_requested = False
        self.problem = ""
        self.log: Path | None = None
        self.warnings: tuple[str, ...] = ()
        self.about = 0
        self._client: InferenceClient | None = None
        self._python: Path | None = None
        self._job: Job | None = None
        self._cancelled_at: float | None = None
        self._folder = Path()
        self._key = ""
        self._keeping = False
        self._last_used = 0.0

    @property
    def busy(self) -> bool:
        """A job runs."""
        return self._job is not None

    def known_result(self, folder: Path, request: Mapping[str, Any]) -> Path | None:
        """The result in the jobs folder of an equal request on the same content, if there is one."""
        return known_result(folder, request_key(request))

    def start(
        self, python: Path, folder: Path, request: Mapping[str, Any], limits: Limits | None = None, about: int = 0
    ) -> None:
        """Send a request; `poll` it afterwards.

        Args:
            python: the runtime's interpreter.
            folder: for the job's own folder and the log.
            request: keys of request.json.
            limits: waiting times of a new child.
            about: `session_uid` of the armature that the job is for.

        Raises:
            JobError: another job runs, or the child cannot be started.
        """
        if self._client is None or self._python != python:
            self.close()
            _prune(folder)
            self._client, self._python = InferenceClient(python, ROOT, folder, limits), python
        self.problem, self.log, self.warnings = "", None, ()
        self._job = self._client.start({**request, "preview": bool(WATCHERS)})
        self.progress, self.cancel_requested, self._cancelled_at = Progress(), False, None
        self._folder, self._key, self._keeping, self.about = folder, request_key(request), False, about
        for watch in WATCHERS:
            watch(self)

    def keep(self) -> None:
        """End the job's detection where it is: `poll` gives the result of what was detected so far.

        Raises:
            JobError: no job runs, or nothing was detected yet.
        """
        if self._job is None or self.progress is None:
            raise JobError("No job runs; there is nothing to keep.", code="nothing-to-keep")
        if self.progress.stage in ("", "decode"):
            raise JobError("No frame was looked at yet; there is nothing to keep so far.", code="nothing-to-keep")
        if self.progress.stage == "detect":  # later all frames are there anyway
            self._keeping = True
            self._job.keep()

    @property
    def keeping(self) -> bool:
        """The job was asked to keep what it has."""
        return self._keeping and self.busy

    def poll(self, wait_s: float = 0.0) -> Path | None:
        """Take in what the job said; its result file once it is done, None before.

        Raises:
            JobError: the job failed.
            JobCancelled: it was cancelled; no later than `CANCEL_PATIENCE_S` after the wish.
        """
        job, progress = self._job, self.progress
        if job is None or progress is None:
            raise JobCancelled("The job was cancelled.")
        try:
            if self.cancel_requested and self._cancelled_at is None:
                self._cancelled_at = time.monotonic()
                job.cancel()
            for message in job.poll(wait_s):
                self._take(progress, message)
            if self._cancelled_at is not None and time.monotonic() - self._cancelled_at > CANCEL_PATIENCE_S:
                self.abandon()
                raise JobCancelled("The job was cancelled.")
        except JobError as error:
            self.problem = _with_last_words(error)
            self.log = self._client.log if self._client is not None and error.code in LOG_TELLS_MORE else None
            self._finish()
            raise
        except JobCancelled:
            self._finish()
            raise
        if not job.done:
            return None
        self._finish()
        if self._cancelled_at is not None:
            raise JobCancelled("The job was cancelled.")
        if job.result is not None and not self._keeping:  # part of a film is no answer for all of it
            remember_result(self._folder, self._key, job.result)
        return job.result

    def _take(self, progress: Progress, message: Message) -> None:
        progress.take(message)
        self.warnings = tuple(progress.warnings)
        if message.type == "warning" and message.text("code") == "nothing-to-keep":
            self._keeping = False

    def _finish(self) -> None:
        self._job, self.progress, self.cancel_requested = None, None, False
        self._last_used = time.monotonic()

    def abandon(self) -> None:
        """Stop the job and its child without waiting."""
        if self._client is not None:
            self._client.abandon()
        self._finish()

    def close_if_idle(self) -> None:
        """Close a child that nobody has used for `IDLE_S`."""
        if not self.busy and self._client is not None and time.monotonic() - self._last_used > IDLE_S:
            self.close()

    def close(self) -> None:
        """End the child, and with it a job that still runs; returns when it is gone."""
        client, self._client, self._python = self._client, None, None
        self._finish()
        if client is not None:
            client.close()


def _with_last_words(error: JobError) -> str:
    """The message, and after a crash the last line of the log."""
    if error.code != "crashed" or not error.log_tail:
        return str(error)
    return f"{error} Its last words: {error.log_tail[-1].strip()[:300]}"


def _prune(folder: Path) -> None:
    """Remove all but the newest job folders."""
    jobs = sorted(folder.glob("job-*"), key=lambda path: path.name) if folder.is_dir() else []
    for old in jobs[:-KEPT_JOBS]:
        shutil.rmtree(old, ignore_errors=True)


WATCHERS: list[Callable[[Session], None]] = []
"""Told of each job that starts; while there are some, jobs show what they see."""

SESSION = Session()
"""The session of this Blender; `unregister` closes it."""
