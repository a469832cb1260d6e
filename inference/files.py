"""Files appear whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def aside_of(path: Path) -> Path:
    """Where a file is written before it is moved into place; a killed job leaves at most this one behind."""
    return path.with_name(f"{path.name}.tmp")


def write_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Writes aside, then replaces `path`; makes its folder where needed.

    Args:
        path: the file to be.
        write: is given the open file.

    Raises:
        OSError: the folder or the disk refused.
    """
    aside = aside_of(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with aside.open("wb") as file:
            write(file)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """The same for a text, in UTF-8."""
    write_whole(path, lambda file: file.write(text.encode("utf-8")))
