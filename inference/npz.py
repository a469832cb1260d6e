"""Reads arrays out of .npz archives, whatever may be wrong with the file."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_BROKEN: Final = (
    OSError,
    EOFError,
    KeyError,  # a name of the archive's list that is not in it
    NotImplementedError,  # a way of compression that nobody has
    AttributeError,  # a single array instead of an archive
    zipfile.BadZipFile,
    zlib.error,
)


def read_arrays(path: Path, needed: Iterable[str], wanted: Iterable[str] = ()) -> dict[str, NDArray[Any]]:
    """Arrays of an archive by their names, without Python objects.

    Args:
        path: the file.
        needed: names that it must have.
        wanted: names that are returned where it has them.

    Raises:
        ValueError: the file cannot be read, is cut off or damaged, or lacks an array; says which.
    """
    needed = tuple(needed)
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in (*needed, *wanted) if name in stored.files}
    except _BROKEN as error:
        raise ValueError(error.strerror if isinstance(error, OSError) and error.strerror else str(error)) from error
    missing = [name for name in needed if name not in arrays]
    if missing:
        raise ValueError(f"it lacks the array {missing[0]}")
    return arrays
