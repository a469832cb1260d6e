"""Which Python to make the runtime with: Blender's own where it will do, else one that is on this machine."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..child import clean_environment
from ..errors import SetupError

VERSIONS = frozenset({(3, 11), (3, 12), (3, 13), (3, 14)})
"""For these every pinned package has wheels."""
_PROBE = (
    "import importlib.util as u, json, struct, sys; print(json.dumps([sys.version_info[:2], struct.calcsize('P') * 8,"
    "sys.executable, [name for name in ('venv', 'ensurepip', 'ssl', 'ctypes') if u.find_spec(name) is None]]))"
)
_PROBE_S = 20.0


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python that can make the runtime.

    Attributes:
        path: the program.
        version: such as (3, 11).
    """

    path: Path
    version: tuple[int, int]

    def __str__(self) -> str:
        return f"Python {_text(self.version)} ({self.path})"


def choose_python(
    named: Path | None, own: Path | None, versions: Collection[tuple[int, int]] = VERSIONS
) -> Interpreter:
    """The Python that the user named, else the first that will do: Blender's own, then others on this machine.

    Args:
        named: program, or folder of an environment, that the user chose; nothing else is tried then.
        own: Blender's Python.
        versions: those that packages are there for.

    Raises:
        SetupError: none will do; says why for each that was tried.
    """
    if named is not None:
        return probe(_program(named), versions)
    refusals: list[str] = []
    for path in candidates(own):
        try:
            return probe(path, versions)
        except SetupError as error:
            refusals.append(str(error))
    raise SetupError(
        f"No Python {_list(versions)} was found to make the runtime with; install one (no administrator needed: "
        f"python.org, pyenv or uv) and name it as Base Python in the add-on's preferences. {' '.join(refusals[:3])}",
        code="no-python",
    )


def probe(path: Path, versions: Collection[tuple[int, int]] = VERSIONS) -> Interpreter:
    """Ask a Python what it is.

    Raises:
        SetupError: it does not answer, or will not do; says why and what would help.
    """
    if not path.is_file():
        raise SetupError(f"There is no Python at '{path}'; correct Base Python or clear it.", code="no-python")
    try:
        done = subprocess.run(
            [str(path), "-I", "-c", _PROBE],
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PROBE_S,
            check=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        numbers, bits, program, lacks = json.loads(done.stdout)
        version = (int(numbers[0]), int(numbers[1]))
    except (OSError, subprocess.SubprocessError, ValueError, IndexError, TypeError) as error:
        raise SetupError(f"'{path}' does not answer as a Python does; choose another.", code="no-python") from error
    if version not in versions or bits != 64:
        raise SetupError(
            f"'{path}' is a {bits}-bit Python {_text(version)}, and the packages are for 64-bit {_list(versions)}.",
            code="python-version",
        )
    if lacks:
        raise SetupError(
            f"'{path}' lacks the module {lacks[0]}; on Debian and Ubuntu the package python{_text(version)}-venv holds "
            "it, or choose another Python.",
            code="python-without-venv",
        )
    # A launcher, such as pyenv's, stands for another program from one day to the next.
    return Interpreter(Path(program) if program else path, version)


def candidates(own: Path | None) -> Iterator[Path]:
    """Programs that may be a Python, the likeliest first, each once."""
    seen: set[Path] = set()
    for path in _places(own):
        # Not `resolve`: an environment is known by the link, not by what it points to.
        if path.is_file() and path.absolute() not in seen:
            seen.add(path.absolute())
            yield path


def _places(own: Path | None) -> Iterator[Path]:
    if own is not None and re.match(r"python", own.name, flags=re.IGNORECASE):  # else it is Blender itself
        yield own
    for minor in sorted((minor for _, minor in VERSIONS)):
        if found := shutil.which(f"python3.{minor}"):
            yield Path(found)
    home = Path.home()
    if os.name == "nt":
        local, roaming = (Path(os.environ.get(name, home)) for name in ("LOCALAPPDATA", "APPDATA"))
        yield from _py_launcher()
        yield from _newest(local / "Programs" / "Python", "Python3*/python.exe")
        yield from _newest(roaming / "uv" / "python", "cpython-3*/python.exe")
        yield from _newest(home / ".pyenv" / "pyenv-win" / "versions", "3*/python.exe")
    else:
        data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
        yield from _newest(Path(os.environ.get("PYENV_ROOT") or home / ".pyenv") / "versions", "3*/bin/python3")
        yield from _newest(data / "uv" / "python", "cpython-3*/bin/python3")
        yield from _newest(home, "*conda3/bin/python3", "*forge*/bin/python3")
    if sys.platform == "darwin":
        yield from _newest(Path("/opt/homebrew/bin"), "python3.??")
        yield from _newest(Path("/Library/Frameworks/Python.framework/Versions"), "3.*/bin/python3")
    for name in ("python3", "python"):
        if found := shutil.which(name):
            yield Path(found)


def _newest(folder: Path, *patterns: str) -> Iterator[Path]:
    for pattern in patterns:
        yield from sorted(folder.glob(pattern), reverse=True)


def _py_launcher() -> Iterator[Path]:
    """What Windows' `py` knows of."""
    launcher = shutil.which("py")
    if launcher is None:
        return
    try:
        done = subprocess.run([launcher, "-0p"], capture_output=True, text=True, timeout=_PROBE_S, check=False)
    except (OSError, subprocess.SubprocessError):
        return
    for line in done.stdout.splitlines():
        if found := re.search(r"([A-Za-z]:\\.*\.exe)\s*$", line):
            yield Path(found[1])


def _program(named: Path) -> Path:
    """The interpreter in an environment's folder, or the path itself."""
    inside = (named / "bin" / "python3", named / "Scripts" / "python.exe", named / "python.exe")
    return next((path for path in inside if path.is_file()), named) if named.is_dir() else named


def _text(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def _list(versions: Collection[tuple[int, int]]) -> str:
    return " or ".join(_text(version) for version in sorted(versions)) or "at all"
