"""Results that actions were made from, kept by content: a take outlasts its job, and can be corrected. No bpy here."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from pathlib import Path

from ..files import whole

MOST_BYTES = 1 << 30
"""Older results go when there is more; those looked at lately stay."""


def keep(result: Path, folder: Path) -> Path:
    """The path under which a result stays when its job is gone; equal results share one.

    Args:
        result: a result .npz; returned as it is where it cannot be kept.
        folder: made when missing.
    """
    if result.parent == folder:
        return result
    try:
        return keep_as(result, folder / f"{hashlib.sha256(result.read_bytes()).hexdigest()[:24]}.npz")
    except OSError:
        return result


def keep_as(result: Path, kept: Path) -> Path:
    """Keep a result under a path that tells what it is; it is copied once.

    Raises:
        OSError: it cannot be copied.
    """
    if not kept.is_file():
        with whole(kept) as aside:
            shutil.copyfile(result, aside)
        _prune(kept.parent, spared=kept)
    return kept


def touch(result: Path) -> None:
    """A result was used."""
    with contextlib.suppress(OSError):
        os.utime(result)


def _prune(folder: Path, spared: Path) -> None:
    """Remove those used longest ago while all together are too big."""
    files = sorted(folder.glob("*.npz"), key=lambda path: path.stat().st_mtime)
    total = sum(path.stat().st_size for path in files)
    for old in files:
        if total <= MOST_BYTES:
            return
        if old != spared:
            total -= old.stat().st_size
            old.unlink(missing_ok=True)
