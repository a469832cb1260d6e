"""A result file for tests: somebody of 1.75 m who stands still."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rigs.skeleton import H36M_17

FRAMES, FPS = 30, 30.0


def write_standing(path: Path) -> Path:
    """Write the file as docs/design.md describes it, as far as `rigs` reads it."""
    height = {"pelvis": 0.95, "spine": 1.15, "thorax": 1.45, "nose": 1.6, "head": 1.75}
    height |= {"hip": 0.95, "knee": 0.5, "ankle": 0.08, "shoulder": 1.45, "elbow": 1.2, "wrist": 0.95}
    names = H36M_17.joint_names
    sides = [1.0 if name.startswith("left") else -1.0 if name.startswith("right") else 0.0 for name in names]
    still = np.array([[side * 0.15, 0.0, height[name.split("_")[-1]]] for side, name in zip(sides, names, strict=True)])
    still[names.index("nose"), 1] = -0.12
    np.savez(
        path,
        schema_version=np.int64(1),
        joint_names=np.array(names),
        joints_world_m=np.repeat(still[None], FRAMES, axis=0).astype(np.float32),
        confidence=np.ones((FRAMES, len(names)), np.float32),
        fps=np.float64(FPS),
        frame_times_s=np.arange(FRAMES) / FPS,
    )
    return path
