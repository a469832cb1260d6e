"""Make the runtime environment from the pinned packages, when the user asks for it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import SetupError
from ..runtime import IN_ENVIRONMENT, ROOT
from .command import module_command, run_command, setup_environment
from .folder_lock import FolderLock
from .meter import Meter
from .pins import LOCK, STAMP, Pin, check_wheels, lock_digest, made_runtime, read_pins, wheel_pythons
from .pythons import VERSIONS, Interpreter, choose_python
from .words import DISK_FULL, os_error, setup_error

NEEDED_MB = 1500.0
"""Room that the packages take, with their archives while they are unpacked."""
SMALL_MB = 5.0
"""Packages up to this size are fetched together: starting pip takes longer than fetching one of them."""
_FULL_MB = 20.0
"""With less room than this, whatever failed did so for lack of room."""
_PIP = ("--no-input", "--disable-pip-version-check", "--no-deps", "--require-hashes", "--only-binary=:all:")
_FETCHED, _UNPACKED = 0.6, 0.36
"""Parts of the whole."""


@dataclass(frozen=True, slots=True)
class SetupPlan:
    """What to make, where and from what.

    Attributes:
        folder: the environment; one that is there is replaced once the new one is whole. Beside it lie `setup.lock`,
            `setup.log`, and while it is made `<name>.part` and `wheels`.
        own_python: Blender's Python, tried first.
        base_python: the Python that the user named, tried alone; or None.
        wheels: folder of wheels to make it from without any network; None fetches them.
        root: folder that holds the package `inference`.
        lock: pip requirements with hashes.
    """

    folder: Path
    own_python: Path | None = None
    base_python: Path | None = None
    wheels: Path | None = None
    root: Path = ROOT
    lock: Path = LOCK


class RuntimeSetup:
    """An environment, its packages, the detector's model: commands one after the other, in a thread.

    Wheels that were fetched stay until all is made, so a second try goes on where the first one ended; the environment
    itself is made anew each time, and takes its place whole or not at all.

    Attributes:
        text: what is being done.
        detail: how far that is, in figures; may be empty.
        factor: 0..1, how far all of it is.
        done: it ended, well or badly, and `poll` has told.
        log: file with all that the commands printed.
    """

    def __init__(self, plan: SetupPlan) -> None:
        """Start at once."""
        self.text, self.detail, self.factor, self.done = "Looking for a Python", "", 0.0, False
        home = plan.folder.parent
        self.log = home / "setup.log"
        self._plan = plan
        self._part = plan.folder.with_name(f"{plan.folder.name}.part")
        self._fetched = home / "wheels"
        self._half_fetched = home / "wheels" / "partial"
        self._pins = read_pins(plan.lock)
        self._stop, self._ended = threading.Event(), threading.Event()
        self._problem: SetupError | None = None
        threading.Thread(target=self._run, name="runtime-setup", daemon=True).start()

    def poll(self, wait_s: float = 0.0) -> Path | None:
        """The environment's interpreter once it is made, None before.

        Raises:
            SetupError: a step failed, or it was cancelled; says which step, why and what to do.
        """
        if not self._ended.wait(wait_s):
            return None
        self.done = True
        if self._problem is not None:
            raise self._problem
        return made_runtime(self._plan.folder, self._plan.lock)

    def cancel(self) -> None:
        """Stop; an environment that was there before stays, and so do the wheels that were fetched."""
        self._stop.set()

    def wait(self, wait_s: float) -> None:
        """Wait for the end of it, no longer than `wait_s` seconds."""
        self._ended.wait(wait_s)

    def _run(self) -> None:
        try:
            with FolderLock(self._plan.folder.parent / "setup.lock"):
                try:
                    self._make()
                finally:
                    shutil.rmtree(self._part, ignore_errors=True)
                    shutil.rmtree(self._half_fetched, ignore_errors=True)
        except SetupError as error:
            self._problem = error
        except OSError as error:
            self._problem = os_error(self.text, error)
        except Exception as error:  # the boundary: a thread that dies silently would leave the window waiting
            self._problem = SetupError(f"{self.text} failed: {error!r}.", code="setup-failed")
        finally:
            self._ended.set()

    def _make(self) -> None:
        plan = self._plan
        self.log.write_bytes(b"")
        versions = VERSIONS
        if plan.wheels is not None:
            self._say("Checking the wheels", 0.0)
            check_wheels(self._pins, plan.wheels)
            versions = wheel_pythons(self._pins, plan.wheels) or VERSIONS
        base = choose_python(plan.base_python, plan.own_python, versions)
        self._check_room()
        self._say("Making the environment", 0.0, str(base))
        shutil.rmtree(self._part, ignore_errors=True)
        self._half_fetched.mkdir(parents=True, exist_ok=True)
        self._command(module_command(base.path, "venv", str(self._part)))
        python = self._part / IN_ENVIRONMENT
        wheels = plan.wheels or self._fetch(python, base)
        self._install(python, wheels)
        self._say("Making the detector's model", 0.97)
        offline = ["--offline"] if plan.wheels is not None else []
        self._command(module_command(python, "inference", "setup", "--wheels", str(wheels), *offline))
        (self._part / STAMP).write_text(lock_digest(plan.lock))
        self._take_place()
        shutil.rmtree(self._fetched, ignore_errors=True)

    def _fetch(self, python: Path, base: Interpreter) -> Path:
        """Fetch each wheel that is not there from an earlier try; the folder that has them."""
        folder = self._fetched / f"{base.version[0]}.{base.version[1]}"
        folder.mkdir(parents=True, exist_ok=True)
        there = [pin for pin in self._pins if any(pin.vouches_for(wheel) for wheel in pin.wheels(folder))]
        meter = Meter(self._pins, there)
        for group in _groups([pin for pin in self._pins if pin not in there]):
            self._download(python, group, folder, meter)
            meter.end(group)
        return folder

    def _download(self, python: Path, group: Sequence[Pin], folder: Path, meter: Meter) -> None:
        def tick() -> None:
            meter.look(self._half_fetched, group)
            self._say("Fetching packages", meter.factor * _FETCHED, meter.text(group))

        for broken in (wheel for pin in group for wheel in pin.wheels(folder)):
            broken.unlink()
        wanted = folder / "wanted.txt"
        wanted.write_text("\n".join(pin.text for pin in group), encoding="utf-8")
        tick()
        words = ["pip", "download", *_PIP, "--no-cache-dir", "--dest", str(folder), "-r", str(wanted)]
        self._command(module_command(python, *words), tick)

    def _install(self, python: Path, wheels: Path) -> None:
        """From the folder alone: the same with and without a network."""

        before, total = self._packages_there(), len(self._pins)

        def tick() -> None:
            done = self._packages_there() - before
            self._say("Unpacking packages", _FETCHED + _UNPACKED * done / max(total, 1), f"{done} of {total}")

        tick()
        words = ["pip", "install", *_PIP, "--no-cache-dir", "--no-index", "--find-links", str(wheels)]
        self._command(module_command(python, *words, "-r", str(self._plan.lock)), tick, offline=True)

    def _packages_there(self) -> int:
        """How many packages the new environment has, pip's own among them."""
        places = ("lib/python3*/site-packages", "Lib/site-packages")
        return len({path for place in places for path in self._part.glob(f"{place}/*.dist-info")})

    def _take_place(self) -> None:
        """Put the new environment where the old one was."""
        old = self._plan.folder.with_name(f"{self._plan.folder.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        if self._plan.folder.exists():
            self._plan.folder.rename(old)
        self._part.rename(self._plan.folder)
        shutil.rmtree(old, ignore_errors=True)

    def _command(self, words: list[str], tick: Callable[[], None] = lambda: None, *, offline: bool = False) -> None:
        """Run one command.

        Raises:
            SetupError: it failed, or was stopped.
        """
        doing = self.text
        env = setup_environment(self._half_fetched, offline=offline or self._plan.wheels is not None)
        status, output = run_command(words, cwd=self._plan.root, env=env, log=self.log, stop=self._stop, tick=tick)
        if status != 0:
            full = shutil.disk_usage(self._plan.folder.parent).free / 1e6 < _FULL_MB
            # venv keeps to itself what pip said, and what is cleared away now would hide it.
            raise setup_error(doing, DISK_FULL if full else output)

    def _check_room(self) -> None:
        home = self._plan.folder.parent
        free = shutil.disk_usage(home).free / 1e6
        if free < NEEDED_MB:
            raise SetupError(
                f"The runtime needs {NEEDED_MB:.0f} MB and '{home}' has {free:.0f} MB left; make room, or choose "
                "another Runtime Folder.",
                code="disk-full",
            )

    def _say(self, text: str, factor: float, detail: str = "") -> None:
        self.text, self.factor, self.detail = text, factor, detail


def _groups(pins: Sequence[Pin]) -> list[list[Pin]]:
    """What is fetched at once: the small packages together, each large one alone."""
    small = [pin for pin in pins if pin.size_mb <= SMALL_MB]
    return [*([small] if small else []), *([pin] for pin in pins if pin.size_mb > SMALL_MB)]
