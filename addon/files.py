"""Files appear whole or not at all; whether one can be written is found out before."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .errors import AddonError


def check_place(path: Path, endings: tuple[str, ...]) -> None:
    """Make sure that a file can be written, before long work begins; makes its folder.

    Raises:
        AddonError: its ending is none of `endings`, or the folder cannot be made or written.
    """
    if path.is_dir():
        raise AddonError(f"The output {path} is a folder: give the name of a file in it.")
    if path.suffix.lower() not in endings:
        raise AddonError(f"The output {path.name} must end in {' or '.join(endings)}: change its name.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise AddonError(f"The output {path} cannot be written ({error.strerror}): choose another folder.") from error


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Where a file is to be written in the block; behind it, it takes its place. Its folder is made when missing.

    It lies in a hidden folder beside its place, under its own name: some writers put their file's name into it.

    Raises:
        OSError: the folder or the disk refused; what was at `path` is still there.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        aside.mkdir(parents=True, exist_ok=True)
        yield aside / path.name
        (aside / path.name).replace(path)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """The same for a text, in UTF-8."""
    with whole(path) as aside:
        aside.write_text(text, encoding="utf-8")


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """The same for plain values, for people to read too."""
    write_text(path, json.dumps(values, indent=1) + "\n")
