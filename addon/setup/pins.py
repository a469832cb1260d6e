"""The pinned packages: what the lock file asks for, and which wheels of a folder are those."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import SetupError
from ..runtime import IN_ENVIRONMENT, ROOT

LOCK = ROOT / "inference" / "environments" / "runtime.lock"
STAMP = "made_from"
"""File in the environment that names the lock file's contents; written last, so that it vouches for the rest."""
_UNKNOWN_MB = 1.0


@dataclass(frozen=True, slots=True)
class Pin:
    """One package of the lock file.

    Attributes:
        name: as on the package index.
        version: the one version that is taken.
        text: its lines in the lock file, with the hashes; pip takes them as a requirement.
        size_mb: about how much is to be fetched.
    """

    name: str
    version: str
    text: str
    size_mb: float

    @property
    def sha256(self) -> frozenset[str]:
        """The hashes, one of which a wheel must have."""
        return frozenset(re.findall(r"--hash=sha256:(\w+)", self.text))

    def wheels(self, folder: Path) -> list[Path]:
        """Wheels of this package and version in a folder, for whatever system."""
        stem = f"{re.sub('[-_.]+', '_', self.name).lower()}-{self.version}-"
        return sorted(path for path in folder.glob("*.whl") if path.name.lower().startswith(stem))

    def vouches_for(self, wheel: Path) -> bool:
        """Whether a file is what was pinned."""
        with wheel.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() in self.sha256


def read_pins(lock: Path = LOCK) -> tuple[Pin, ...]:
    """The packages of a lock file; their sizes stand beside it, in `<name>.sizes.json`, as far as they are known."""
    sizes_file = lock.with_suffix(".sizes.json")
    sizes: dict[str, float] = json.loads(sizes_file.read_text(encoding="utf-8")) if sizes_file.is_file() else {}
    blocks = re.findall(r"^[A-Za-z0-9].*(?:\n\s+.*)*", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    pins = []
    for block in blocks:
        found = re.match(r"([\w.-]+)==([^\s\\]+)", block)
        if found is not None:
            pins.append(Pin(found[1], found[2], block, sizes.get(found[1], _UNKNOWN_MB)))
    return tuple(pins)


def lock_digest(lock: Path = LOCK) -> str:
    """Text that changes with the pinned packages."""
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def made_runtime(folder: Path, lock: Path = LOCK) -> Path | None:
    """The interpreter of a finished environment in `folder`, made from these very pins; else None."""
    stamp, python = folder / STAMP, folder / IN_ENVIRONMENT
    if not stamp.is_file() or not python.is_file() or stamp.read_text().strip() != lock_digest(lock):
        return None
    return python


def check_wheels(pins: Sequence[Pin], folder: Path) -> None:
    """Look through a folder of wheels before anything is made from it.

    Raises:
        SetupError: the folder lacks packages (`wheels-missing`) or holds others than the pinned (`wheel-hash`).
    """
    missing = [f"{pin.name} {pin.version}" for pin in pins if not pin.wheels(folder)]
    if missing:
        raise SetupError(
            f"The folder of wheels '{folder}' lacks {', '.join(missing[:5])}{' and more' * (len(missing) > 5)}; choose "
            "the folder 'wheels' that 'build.py package --with-runtime' made for this version.",
            code="wheels-missing",
        )
    for pin in pins:
        for wheel in pin.wheels(folder):
            if not pin.vouches_for(wheel):
                raise SetupError(
                    f"'{wheel}' is not the wheel that was pinned: its SHA-256 is another one; copy the folder again.",
                    code="wheel-hash",
                )


def wheel_pythons(pins: Sequence[Pin], folder: Path) -> frozenset[tuple[int, int]] | None:
    """Versions of Python that every package in a folder of wheels is for; None where they do not care."""
    common: frozenset[tuple[int, int]] | None = None
    for pin in pins:
        tags = [re.search(r"-cp3(\d+)-cp3\d+t?-[^-]+\.whl$", wheel.name) for wheel in pin.wheels(folder)]
        if tags and all(tags):
            versions = frozenset((3, int(tag[1])) for tag in tags if tag)
            common = versions if common is None else common & versions
    return common
