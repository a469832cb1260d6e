"""The option that every command on motion capture has."""

from __future__ import annotations

import argparse
import os
from pathlib import Path


def add_data(parser: argparse.ArgumentParser, what: str) -> None:
    """Add `--data`, where the motion capture lies.

    Args:
        parser: receives it.
        what: it takes.
    """
    place = Path(os.environ.get("POSE_DATA", "."))
    parser.add_argument("--data", type=Path, default=place, help=f"{what} (default: POSE_DATA)")


def held_out_pack(data: Path) -> Path:
    """The motion capture that is measured on, in a folder given as `--data`; or that file itself."""
    return data if data.is_file() else data / "cmu17_test.npz"
