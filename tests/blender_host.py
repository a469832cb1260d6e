"""The Blenders that tests may run in: bpy wheels under `.venv`, and a real program named by POSE_BLENDER."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import pytest
from blender.checkout import AVATAR, AVATARS, FILM, PACKAGE, ROOT, load_package

__all__ = [
    "AVATAR",
    "AVATARS",
    "FILM",
    "HOSTS",
    "NEWEST",
    "PACKAGE",
    "ROOT",
    "command",
    "each_host",
    "environment",
    "load_package",
    "newest_host",
    "run_in_blender",
]

BOOTSTRAP = ROOT / "tests" / "blender" / "bootstrap.py"


def _find_hosts() -> dict[str, Path]:
    """Name -> program: `blender-X.Y` is a bpy wheel's Python, `blender` a real Blender."""
    python = Path("Scripts/python.exe" if os.name == "nt" else "bin/python")
    hosts = {folder.name: folder / python for folder in sorted((ROOT / ".venv").glob("blender-*"))}
    if program := os.environ.get("POSE_BLENDER"):
        hosts["blender"] = Path(program)
    return {name: path for name, path in hosts.items() if path.exists()}


HOSTS: dict[str, Path] = _find_hosts()
NEWEST: str | None = list(HOSTS)[-1] if HOSTS else None
"""One host for tests that need no second opinion."""

_NONE = pytest.param("none", marks=pytest.mark.skip(reason="no bpy wheel under .venv and no POSE_BLENDER"))
each_host = pytest.mark.parametrize("host", list(HOSTS) or [_NONE])
"""Parametrise a test over every host; skipped with a clear word where there is none."""
newest_host = pytest.mark.parametrize("host", [NEWEST] if NEWEST else [_NONE])
"""The same for one host, the newest."""


def command(host: str, script: Path, *args: str) -> list[str]:
    """Command line that runs `script` in `host`; the script sees `args` after `--`, as in Blender."""
    program = str(HOSTS[host])
    if host == "blender":
        return [program, "-b", "--factory-startup", "--python-exit-code", "1", "-P", str(script), "--", *args]
    return [program, "-s", str(script), "--", *args]


def environment(resources: Path, extra: dict[str, str] | None = None) -> dict[str, str]:
    """Environment with Blender's user folders under `resources`, so that nobody's settings are read or written."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "BLENDER_"))}
    return kept | {"BLENDER_USER_RESOURCES": str(resources), "PYTHONDONTWRITEBYTECODE": "1"} | (extra or {})


def run_in_blender(
    host: str,
    script: Path | str,
    *args: str,
    timeout: float = 120.0,
    env: dict[str, str] | None = None,
    check: bool = True,
) -> subprocess.CompletedProcess[str]:
    """Run a script, or code given as text, in a Blender that has the add-on from this checkout at hand.

    The add-on is importable, not registered: `from pose_from_video.addon import keying`; `args` are in
    `sys.argv` after `--`. Registered classes are unregistered at the end.

    Args:
        host: a key of `HOSTS`.
        script: path of a script, or Python code.
        timeout: seconds until the process is killed and `subprocess.TimeoutExpired` raised.
        env: variables to add.
        check: fail the test, with all output shown, on a non-zero exit.
    """
    with tempfile.TemporaryDirectory(prefix="pose_blender_") as folder:
        path = script
        if isinstance(script, str):
            path = Path(folder) / "script.py"
            path.write_text(script, encoding="utf-8")
        done = subprocess.run(
            command(host, BOOTSTRAP, str(path), *args),
            cwd=ROOT,
            env=environment(Path(folder), env),
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout,
            check=False,
        )
    if check and done.returncode != 0:
        pytest.fail(f"{host} exited {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-6000:]}", pytrace=False)
    return done
