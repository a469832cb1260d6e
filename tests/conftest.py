"""What is collected where: without OpenCV, as in the training environment, only the tests that need torch."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out what could not even be imported; None lets pytest decide."""
    if find_spec("cv2") is not None or not collection_path.name.startswith("test_"):
        return None
    return None if "mark.torch" in collection_path.read_text(encoding="utf-8") else True
