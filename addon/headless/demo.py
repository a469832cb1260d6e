"""The demonstration."""

from pathlib import Path

from .progress import Progress


def demo(samples: Path, out: Path, runtime: Path, progress: Progress) -> str:
    """Placeholder until measuring exists."""
    raise NotImplementedError
