"""Make the runtime environment from the pinned packages, when the user asks for it. No bpy here."""

from __future__ import annotations

import hashlib
import queue
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

from .errors import RuntimeMissingError
from .job.process import clean_environment
from .runtime import IN_ENVIRONMENT, ROOT

LOCK = ROOT / "inference" / "environments" / "runtime.lock"
STAMP = "made_from"
"""File in the environment that names the lock file's contents; written last, so that it vouches for the rest."""
NEEDED_MB = 1500.0
"""Room that the packages take, with their archives while they are unpacked."""
_TAIL = 20


def lock_digest(lock: Path = LOCK) -> str:
    """Text that changes with the pinned packages."""
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def made_runtime(folder: Path, lock: Path = LOCK) -> Path | None:
    """The interpreter of a finished environment in `folder`, made from these very pins; else None."""
    stamp, python = folder / STAMP, folder / IN_ENVIRONMENT
    if not stamp.is_file() or not python.is_file() or stamp.read_text().strip() != lock_digest(lock):
        return None
    return python


class RuntimeSetup:
    """Three commands, one after the other: a virtual environment, its packages, the detector's models.

    A thread runs them and queues what it has to tell; `poll` takes that in, so that a window stays alive.

    Attributes:
        text: what is being done.
        factor: 0..1, packages seen of packages pinned.
        done: it ended, well or badly.
    """

    def __init__(self, base_python: Path, folder: Path, root: Path = ROOT, lock: Path = LOCK) -> None:
        """Start at once.

        Args:
            base_python: interpreter to make the environment with.
            folder: where it goes; an unfinished or outdated one there is replaced.
            root: folder that holds the package `inference`.
            lock: pip requirements with hashes.
        """
        self.text, self.factor, self.done = "Making the environment", 0.0, False
        self._folder, self._root, self._lock = folder, root, lock
        self._seen = 0
        self._pins = len(re.findall(r"^[A-Za-z0-9][^=\s]*==", lock.read_text(), flags=re.MULTILINE))
        self._commands = self._steps(base_python)
        self._queue: queue.SimpleQueue[tuple[str, float] | Exception | None] = queue.SimpleQueue()
        self._cancelled = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        threading.Thread(target=self._run, name="runtime-setup", daemon=True).start()

    def _steps(self, base_python: Path) -> list[tuple[str, list[str]]]:
        """What to say and what to run, in order."""
        python = str(self._folder / IN_ENVIRONMENT)
        pip = [python, "-s", "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--require-hashes"]
        return [
            ("Making the environment", [str(base_python), "-s", "-m", "venv", str(self._folder)]),
            ("Fetching packages", [*pip, "-r", str(self._lock)]),
            ("Making the detector's models", [python, "-s", "-m", "inference", "setup"]),
        ]

    def poll(self, wait_s: float = 0.0) -> Path | None:
        """The environment's interpreter once it is made, None before.

        Raises:
            RuntimeMissingError: a step failed, or it was cancelled; says which step and why.
        """
        while not self.done:
            try:
                news = self._queue.get(timeout=wait_s) if wait_s > 0.0 else self._queue.get_nowait()
            except queue.Empty:
                return None
            if isinstance(news, tuple):
                self.text, self.factor = news
                continue
            self.done = True
            if news is not None:
                raise news
        return made_runtime(self._folder, self._lock)

    def cancel(self) -> None:
        """Stop, and leave nothing behind."""
        self._cancelled.set()
        process = self._process
        if process is not None:
            process.kill()

    def _run(self) -> None:
        try:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder.parent.mkdir(parents=True, exist_ok=True)
            self._check_room()
            for text, command in self._commands:
                self._queue.put((text, 0.0))
                self._step(text, command)
            (self._folder / STAMP).write_text(lock_digest(self._lock))
            self._queue.put(None)
        except Exception as error:
            shutil.rmtree(self._folder, ignore_errors=True)
            known = isinstance(error, RuntimeMissingError)
            self._queue.put(error if known else RuntimeMissingError(f"The runtime could not be set up: {error}."))

    def _step(self, text: str, command: list[str]) -> None:
        """Run one command, telling of the packages that it names.

        Raises:
            RuntimeMissingError: it failed or was cancelled.
        """
        tail: list[str] = []
        for line in self._lines(command):
            tail = [*tail[1 - _TAIL :], line]
            if package := re.match(r"(?:Collecting|Requirement already satisfied:) ([\w.-]+)", line):
                self._seen = min(self._seen + 1, self._pins)
                self._queue.put((f"{text}: {package[1]} ({self._seen}/{self._pins})", self._seen / max(self._pins, 1)))
            elif line.startswith("Installing collected"):
                self._queue.put((f"Unpacking {self._pins} packages", 1.0))
        if self._cancelled.is_set():
            raise RuntimeMissingError("Setting up the runtime was cancelled.")
        if self._process is None or self._process.returncode != 0:
            errors = [line for line in tail if "error" in line.lower()] or tail or ["no word of why"]
            raise RuntimeMissingError(f"The runtime could not be set up ({text.lower()}): {errors[-1]}")

    def _check_room(self) -> None:
        free = shutil.disk_usage(self._folder.parent).free / 1e6
        if free < NEEDED_MB:
            raise RuntimeMissingError(
                f"The runtime needs {NEEDED_MB:.0f} MB and '{self._folder.parent}' has {free:.0f} MB left; make room."
            )

    def _lines(self, command: list[str]) -> Iterator[str]:
        """Output of a command, line by line."""
        if self._cancelled.is_set():
            return
        with subprocess.Popen(
            command,
            cwd=self._root,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        ) as process:
            self._process = process
            if self._cancelled.is_set():
                process.kill()
            assert process.stdout is not None
            yield from (line.strip() for line in process.stdout if line.strip())
