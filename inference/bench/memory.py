"""python -m inference.bench.memory: one clip through one lifter in a process of its own; prints its peak memory."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from ..lift.lifter import Lifter
from .clips import SIZE_PX, moving_track


def peak_mb(folder: Path, name: str, frames: int) -> tuple[float, float]:
    """Peak resident memory of a process that lifts a clip of `frames`, and what the clip and its poses take, in MB."""
    command = [sys.executable, "-m", "inference.bench.memory", str(folder), name, str(frames)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    return float(answer["peak_mb"]), float(answer["arrays_mb"])


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m inference.bench.memory", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("name")
    parser.add_argument("frames", type=int)
    options = parser.parse_args(arguments)
    track = moving_track(options.frames)
    confidence = np.ones(track.shape[:2], np.float32)
    poses = Lifter(options.name, folder=options.folder).lift(track, confidence, SIZE_PX, 30.0)
    arrays = track.nbytes + confidence.nbytes + poses.nbytes
    print(json.dumps({"peak_mb": _peak_bytes() / 2**20, "arrays_mb": arrays / 2**20}))
    return 0


def _peak_bytes() -> int:
    if sys.platform == "win32":
        raise SystemExit("The peak of memory is read from the operating system's accounts, which Windows keeps not.")
    if sys.platform == "darwin":
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Not ru_maxrss: on Linux a process begins with the peak of the one that it was forked from.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))


if __name__ == "__main__":
    sys.exit(main())
