"""Motion files in and out, run inside each Blender at hand; and when their frames are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from blender.checkout import load_package
from blender_host import AVATAR, AVATARS, each_host, run_in_blender
from headless_support import walking_joints, write_result

load_package()

from pose_from_video.addon.motion.sampling import sampling  # noqa: E402 (there is no such package before)


@pytest.mark.bpy
@each_host
def test_motion_files_are_read_and_the_scene_is_left_alone(host: str, tmp_path: Path) -> None:
    fps = 30000 / 1001
    result = write_result(tmp_path / "walk.npz", walking_joints(12, fps), fps)
    script = Path(__file__).parent / "blender" / "addon_motion.py"
    done = run_in_blender(
        host, script, str(tmp_path), str(result), str(AVATAR), str(AVATARS / "child_makehuman.glb"), timeout=240.0
    )
    assert "passed all" in done.stdout


@pytest.mark.parametrize("fps", [24.0, 25.0, 30000 / 1001, 30.0, 60.0, 119.88, 120.0])
@pytest.mark.parametrize("frames_per_second", [24.0, 30.0, 120.0])
def test_even_keys_tell_the_rate(fps: float, frames_per_second: float) -> None:
    keys = (1.0 + np.arange(400) * frames_per_second / fps).astype(np.float32).astype(np.float64)
    found = sampling([keys[:1], keys, keys[::7]], frames_per_second, 30.0)
    assert found.fps == pytest.approx(fps, rel=1e-4)
    assert len(found.frames) == len(keys)
    np.testing.assert_allclose(found.frames, keys, atol=0.02)


def test_uneven_keys_are_sampled_at_the_given_rate() -> None:
    keys = np.array([0.0, 7.0, 9.0, 30.0, 61.0, 62.0, 90.0])
    found = sampling([keys], 30.0, 30.0)
    assert found.fps == 30.0
    np.testing.assert_allclose(found.frames, np.arange(91))
    assert sampling([np.array([5.0])], 30.0, 24.0).frames.tolist() == [5.0]
