"""Inference stage optimisation does what its terms say, and the critic learns to tell lifted motion."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the training environment")

from inference.errors import InferenceError  # noqa: E402
from inference.evaluate.iso import IsoClip, IsoSettings, optimise  # noqa: E402
from inference.joints import INDEX, PARENTS  # noqa: E402
from inference.refine.reproject import Rule, Weighting  # noqa: E402
from inference.train.fit_critic import STRETCH, fit_critic, load_critic, save_critic  # noqa: E402

pytestmark = pytest.mark.torch

RNG = np.random.default_rng(6)
POSE = RNG.normal([0.0, 0.0, 4.0], 0.3, (17, 3))
CONSTANT = Weighting(Rule.CONSTANT)
WRIST = INDEX["left_wrist"]


def still(frames: int, off_m: float = 0.0) -> IsoClip:
    """Somebody who does not move, and whose wrist was seen `off_m` beside where it is."""
    joints = np.repeat(POSE[None], frames, axis=0)
    seen = joints.copy()
    seen[:, WRIST, 0] += off_m
    return IsoClip(joints, seen[..., :2] / seen[..., 2:], np.ones((frames, 17)))


def critic_of(motion: np.ndarray, other: np.ndarray, steps: int) -> torch.nn.Module:
    return fit_critic(motion.astype(np.float32), other.astype(np.float32), steps, 1).network


def shaken(count: int, sigma_m: float) -> np.ndarray:
    poses = np.repeat((POSE - POSE[0])[None, None], 2 * STRETCH, axis=1).repeat(count, axis=0)
    return poses + RNG.normal(0.0, sigma_m, poses.shape)


ANY = critic_of(shaken(2, 0.0), shaken(2, 0.1), 1)


def test_joints_go_to_where_they_were_seen_and_clips_do_not_mix() -> None:
    clips = [still(40, 0.05), still(50)]
    led, same = optimise(clips, IsoSettings(CONSTANT), ANY, 1)
    moved = led[:, WRIST, 0] - POSE[WRIST, 0]
    assert ((moved > 0.01) & (moved < 0.05)).all()
    others = [joint for joint in range(17) if joint != WRIST]
    assert np.allclose(led[:, others], clips[0].joints[:, others], atol=1e-5)
    assert np.allclose(same, clips[1].joints, atol=1e-5)


def test_what_holds_a_joint_and_its_bones_keeps_it_nearer() -> None:
    clip = still(40, 0.05)
    free = optimise([clip], IsoSettings(CONSTANT), ANY, 1)[0]
    held = optimise([clip], IsoSettings(CONSTANT, held=1.0), ANY, 1)[0]
    boned = optimise([clip], IsoSettings(CONSTANT, bones=1.0), ANY, 1)[0]

    def stretched(joints: np.ndarray) -> float:
        bones = [np.linalg.norm(j - j[:, PARENTS], axis=-1) for j in (joints, clip.joints)]
        return float(np.abs(bones[0] - bones[1]).max())

    assert np.abs(held - clip.joints).max() < 0.9 * np.abs(free - clip.joints).max()
    assert stretched(boned) < 0.9 * stretched(free)


def test_a_critic_that_knows_stillness_calms_what_shakes(tmp_path: Path) -> None:
    save_critic(tmp_path / "critic.safetensors", critic_of(shaken(4, 0.0), shaken(4, 0.02), 60))
    critic = load_critic(tmp_path / "critic.safetensors")
    quiet, shaking = (torch.from_numpy(shaken(8, s)[:, :STRETCH].astype(np.float32)) for s in (0.0, 0.02))
    rotation = torch.eye(3).expand(8, 3, 3)
    assert critic(quiet, rotation).mean() > critic(shaking, rotation).mean()
    clip = still(2 * STRETCH)
    restless = IsoClip(clip.joints + RNG.normal(0.0, 0.02, clip.joints.shape), clip.rays, 0.0 * clip.confidence)
    without = optimise([restless], IsoSettings(CONSTANT), critic, 1)[0]
    calmed = optimise([restless], IsoSettings(CONSTANT, critic=1.0), critic, 1)[0]
    assert np.abs(np.diff(calmed, axis=0)).mean() < np.abs(np.diff(without, axis=0)).mean()


def test_a_file_that_is_no_critic_is_named(tmp_path: Path) -> None:
    (tmp_path / "noise.safetensors").write_bytes(b"nothing")
    for name in ("noise", "missing"):
        with pytest.raises(InferenceError, match=f"{name}.safetensors"):
            load_critic(tmp_path / f"{name}.safetensors")
