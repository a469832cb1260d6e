"""An interpreter that pretends: whatever it is asked to run, it runs something else."""

from __future__ import annotations

import sys
from pathlib import Path

FAKE_CHILD = Path(__file__).parent / "blender" / "fake_child.py"


def fake_python(folder: Path, code: str = FAKE_CHILD.read_text(encoding="utf-8")) -> Path:
    """A program in `folder` that runs `code`: the child that needs no models, if nothing else is given."""
    python = folder / "python"
    python.write_text(f"#!{sys.executable}\n{code}", encoding="utf-8")
    python.chmod(0o755)
    return python
