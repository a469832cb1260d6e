"""The panel's button in a real Blender window, under a virtual display."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from blender_host import HOSTS, ROOT, environment

SCRIPTS = Path(__file__).parent / "blender"


def _result(path: Path) -> Path:
    """A result file of somebody who stands still."""
    from rigs.skeleton import H36M_17

    height = {"pelvis": 0.95, "spine": 1.15, "thorax": 1.45, "nose": 1.6, "head": 1.75}
    height |= {"hip": 0.95, "knee": 0.5, "ankle": 0.08, "shoulder": 1.45, "elbow": 1.2, "wrist": 0.95}
    names = H36M_17.joint_names
    sides = [1.0 if name.startswith("left") else -1.0 if name.startswith("right") else 0.0 for name in names]
    still = np.array([[side * 0.15, 0.0, height[name.split("_")[-1]]] for side, name in zip(sides, names, strict=True)])
    still[names.index("nose"), 1] = -0.12
    frames = 30
    np.savez(
        path,
        schema_version=np.int64(1),
        joint_names=np.array(names),
        joints_world_m=np.repeat(still[None], frames, axis=0).astype(np.float32),
        confidence=np.ones((frames, 17), np.float32),
        fps=np.float64(30.0),
        frame_times_s=np.arange(frames) / 30.0,
    )
    return path


@pytest.mark.bpy
@pytest.mark.slow
def test_the_button_in_a_window(tmp_path: Path) -> None:
    if "blender" not in HOSTS or not shutil.which("xvfb-run"):
        pytest.skip("needs POSE_BLENDER, a Blender program, and xvfb-run")
    python = tmp_path / "python"
    python.write_text(f"#!{sys.executable}\n{(SCRIPTS / 'fake_child.py').read_text()}")
    python.chmod(0o755)
    (tmp_path / "a film.mp4").write_bytes(b"not looked into")
    env = {
        "POSE_RUNTIME_PYTHON": str(python),
        "FAKE_FRAMES": "60",
        "FAKE_RESULT": str(_result(tmp_path / "result.npz")),
        "LIBGL_ALWAYS_SOFTWARE": os.environ.get("LIBGL_ALWAYS_SOFTWARE", "1"),
    }
    display = ["xvfb-run", "-a", "-s", "-screen 0 1280x800x24"]
    blender = [str(HOSTS["blender"]), "--factory-startup", "--enable-event-simulate", "-P"]
    story = [str(SCRIPTS / "addon_window.py"), "--", str(tmp_path / "a film.mp4")]
    done = subprocess.run(
        [*display, *blender, *story],
        cwd=ROOT,
        env=environment(tmp_path / "user", env),
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stderr[-5000:]
    assert "passed all" in done.stdout
