"""Whether this Python has the packages that the runtime needs. Standard library alone: it runs before their imports."""

from __future__ import annotations

import re
import sys
from importlib import metadata
from pathlib import Path
from typing import Final

from ..errors import ModelError

LOCK: Final = Path(__file__).parents[1] / "environments" / "runtime.lock"
OLDEST_PYTHON: Final = (3, 11)
NEEDED: Final = (
    "flatbuffers",
    "mediapipe",
    "numpy",
    "onnxruntime",
    "opencv-contrib-python",
    "safetensors",
    "scipy",
    "tqdm",
)
"""Those that the code imports itself; what else is pinned they bring along."""
_STAND_INS: Final = {
    "onnxruntime": ("onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-silicon", "onnxruntime-openvino"),
    "opencv-contrib-python": ("opencv-python", "opencv-python-headless", "opencv-contrib-python-headless"),
}
"""Other distributions of the same module, which an environment of the user's own may have."""


def check_packages() -> str:
    """Python's version, and how many packages are the pinned ones, in words.

    Raises:
        ModelError: Python is too old (`python-too-old`) or packages are missing (`missing-package`); names them.
    """
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        raise ModelError(
            "python-too-old",
            f"The runtime's Python is {version}, expected {'.'.join(map(str, OLDEST_PYTHON))} or newer.",
            "Name another Python, or let Set Up Runtime make one.",
        )
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+)", LOCK.read_text(encoding="utf-8"), flags=re.MULTILINE))
    found = {name: installed_version(name) for name in NEEDED}
    missing = [name for name, has in found.items() if has is None]
    if missing:
        raise ModelError(
            "missing-package",
            f"The runtime's Python {version} lacks the packages {', '.join(missing)}.",
            "Run Set Up Runtime again, or install them into that Python.",
        )
    others = [f"{name} {has} (pinned: {pinned[name]})" for name, has in found.items() if has != pinned[name]]
    if not others:
        return f"Python {version} with the pinned packages"
    return f"Python {version}; not the pinned versions: {', '.join(others)}"


def installed_version(name: str) -> str | None:
    """Version of a distribution, or of one that stands in for it; None where there is neither."""
    for each in (name, *_STAND_INS.get(name, ())):
        try:
            return metadata.version(each)
        except metadata.PackageNotFoundError:
            continue
    return None
