"""Where the Python is that runs the inference: never Blender's own."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import RuntimeMissingError

VARIABLE = "POSE_RUNTIME_PYTHON"
ROOT = Path(__file__).resolve().parents[1]
"""The extension's root folder, where the package `inference` lies."""
IN_ENVIRONMENT = Path("Scripts/python.exe") if os.name == "nt" else Path("bin/python")


def find_runtime(preference: str | None = None) -> Path:
    """The interpreter of the runtime environment.

    The first of: the variable POSE_RUNTIME_PYTHON; `.venv/runtime` in the extension's root; `preference`. A folder is
    taken for an environment, and its interpreter used.

    Args:
        preference: what the add-on's preferences say, or None.

    Raises:
        RuntimeMissingError: nothing is set, or what is set is not there; says which setting named it.
    """
    if named := os.environ.get(VARIABLE):
        return _checked(Path(named), f"the environment variable {VARIABLE}")
    local = ROOT / ".venv" / "runtime" / IN_ENVIRONMENT
    if local.is_file():
        return local
    if preference:
        return _checked(Path(preference), "the add-on's preferences")
    raise RuntimeMissingError(
        "The inference runtime is not set up: press Set Up Runtime in the add-on's preferences, or name an Existing "
        f"Python there or in the environment variable {VARIABLE}."
    )


def _checked(path: Path, origin: str) -> Path:
    """The interpreter that `path` names; symbolic links stay, since an environment is found through them."""
    program = path / IN_ENVIRONMENT if path.is_dir() else path
    if not program.is_file():
        raise RuntimeMissingError(f"There is no Python at {path}, which {origin} names; correct it or clear it.")
    return program.absolute()
