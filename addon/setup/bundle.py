"""The runtime's wheels in a folder, for machines without a network: `build.py package --with-runtime`."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from ..errors import SetupError
from ..runtime import ROOT
from .meter import folder_mb
from .pins import LOCK, check_wheels, read_pins
from .pythons import VERSIONS
from .words import setup_error

PLATFORMS = {
    "linux": ("manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
    "windows": ("win_amd64",),
    "macos": tuple(f"macosx_{major}_0_arm64" for major in (14, 13, 12, 11)),
}
"""Tags of the wheels for a system, the newest first."""
_HERE = {"linux": "linux", "win32": "windows", "darwin": "macos"}
_BLENDERS_PYTHONS = ("3.11", "3.13")
"""Blender 4.2 to 5.0, and from 5.1 on."""


def main(python: Path, folder: Path, arguments: Sequence[str]) -> Path:
    """Fetch the wheels.

    Args:
        python: interpreter with pip and the package `inference`'s needs.
        folder: where to, unless the arguments name another.
        arguments: of the command line.

    Returns:
        The folder.

    Raises:
        SetupError: something cannot be had, or is not what was pinned.
    """
    options = _parse(arguments)
    target: Path = (options.with_runtime or folder).absolute()
    target.mkdir(parents=True, exist_ok=True)
    for doing, words in _commands(str(python), target, options.python, options.platform):
        print(doing, file=sys.stderr, flush=True)
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
        if done.returncode != 0:
            raise setup_error(doing, done.stdout + done.stderr)
    check_wheels(read_pins(), target)
    print(f"{target}  {folder_mb(target):.0f} MB for {options.platform}, Python {' and '.join(options.python)}")
    return target


def _commands(python: str, folder: Path, versions: Sequence[str], platform: str) -> Iterator[tuple[str, list[str]]]:
    """What to say and what to run."""
    pip = [python, "-s", "-m", "pip", "download", "--no-input", "--disable-pip-version-check", "--no-deps"]
    pip += ["--require-hashes", "--only-binary=:all:", "--dest", str(folder), "-r", str(LOCK)]
    tags = [f"--platform={tag}" for tag in PLATFORMS[platform]]
    for version in versions:
        yield f"Fetching the wheels for Python {version} on {platform}", [*pip, *tags, f"--python-version={version}"]
    model = [python, "-s", "-m", "inference", "setup", "--only-fetch", "--wheels", str(folder)]
    yield "Fetching the detector's model", model


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One sentence, as for every other failure."""
        raise SetupError(f"{message}; see 'build.py package --help'.", code="bad-option")


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(prog="build.py package", description=__doc__)
    text = "fetch the runtime's wheels too, to out/wheels or this folder"
    parser.add_argument("--with-runtime", nargs="?", type=Path, metavar="DIR", required=True, help=text)
    known = sorted(f"{major}.{minor}" for major, minor in VERSIONS)
    parser.add_argument("--python", nargs="+", choices=known, default=_BLENDERS_PYTHONS, help="versions to fetch for")
    parser.add_argument("--platform", choices=PLATFORMS, default=_HERE.get(sys.platform, "linux"), help="system")
    return parser.parse_args(arguments)
