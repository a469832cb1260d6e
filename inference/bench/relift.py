"""How long a correction takes: a clip lifted again from its keypoints, all in, by networks that are loaded."""

from __future__ import annotations

import io
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from .. import joints
from ..cancel import Cancellation
from ..channel import Channel
from ..protocol import EXIT_RESULT
from ..runner import Runner
from .clips import SIZE_PX, moving_track
from .lifter import Figures

FRAMES: Final = 1000
_ROUNDS: Final = 5


def bench_relift(tell: Callable[[str], None]) -> Figures:
    """Seconds on the clock and of processor time for a request with a correction, the fastest of some rounds.

    Args:
        tell: given a line about what is measured.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        request = _write_request(folder)
        runner = Runner(Channel(io.StringIO()), Cancellation())
        tell(f"{FRAMES} frames, {_ROUNDS} rounds")
        taken = [_once(runner, request) for _ in range(_ROUNDS + 1)][1:]  # the first one loads the networks
    return {
        "relift_frames": FRAMES,
        "relift_s": min(clock for clock, _ in taken),
        "relift_processor_s": min(processor for _, processor in taken),
    }


def _once(runner: Runner, request: Path) -> tuple[float, float]:
    clock, processor = time.perf_counter(), time.process_time()
    code = runner.run(request)
    assert code == EXIT_RESULT, code
    return time.perf_counter() - clock, time.process_time() - processor


def _write_request(folder: Path) -> Path:
    """A clip of 17 joints, a correction in its middle, and the request for both."""
    track = moving_track(FRAMES)
    keypoints, edits = folder / "keypoints.npz", folder / "edits.json"
    confidence = np.full(track.shape[:2], 0.9, np.float32)
    np.savez(keypoints, keypoints_px=track, confidence=confidence, layout="h36m-17", fps=30.0, image_size=SIZE_PX)
    wrist = track[FRAMES // 2, joints.INDEX["left_wrist"]]
    point = {"frame": FRAMES // 2, "joint": "left_wrist", "x_px": float(wrist[0]) + 40.0, "y_px": float(wrist[1])}
    edits.write_text(json.dumps({"schema": 1, "points": [point]}), encoding="utf-8")
    request = folder / "request.json"
    values = {"schema": 1, "keypoints": str(keypoints), "edits": str(edits), "output": str(folder / "result.npz")}
    request.write_text(json.dumps(values), encoding="utf-8")
    return request
