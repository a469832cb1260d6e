"""Video times to scene frames."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from blender_host import load_package
from scipy.spatial.transform import Rotation, Slerp

load_package()
timing = importlib.import_module("pose_from_video.addon.timing")
errors = importlib.import_module("pose_from_video.addon.errors")


@pytest.mark.parametrize("fps", [24.0, 25.0, 29.97, 30.0, 60.0, 120.0])
def test_the_same_rate_keeps_each_frame_as_it_is(fps: float) -> None:
    times = np.round(np.arange(500) / fps, 3)
    plan = timing.resampling(times, fps, 7)
    assert np.array_equal(plan.frames, np.arange(7, 507))
    values = np.random.default_rng(1).normal(size=(500, 3))
    assert np.array_equal(plan.path(values), values)


@pytest.mark.parametrize(("video", "scene"), [(30.0, 24.0), (25.0, 60.0), (29.97, 24.0), (10.0, 30.0)])
def test_another_rate_keeps_time(video: float, scene: float) -> None:
    times = 3.0 + np.arange(100) / video
    plan = timing.resampling(times, scene, 1)
    assert np.allclose(plan.path(times - 3.0), (plan.frames - 1) / scene, atol=1e-3)
    assert abs(plan.frames[-1] - 1 - (times[-1] - 3.0) * scene) < 1.0


def test_variable_rate_keeps_time() -> None:
    times = np.cumsum(np.random.default_rng(2).uniform(0.01, 0.09, size=200))
    plan = timing.resampling(times, 24.0, 1)
    assert np.allclose(plan.path(times - times[0]), (plan.frames - 1) / 24.0, atol=1.1e-3)


def test_rotations_follow_the_great_circle() -> None:
    rng = np.random.default_rng(3)
    times = np.arange(20) / 30.0
    rotations = Rotation.random(20, rng=rng)
    signs = rng.choice([-1.0, 1.0], size=(20, 1))
    plan = timing.resampling(times, 100.0, 1)
    got = Rotation.from_quat(
        plan.rotations((rotations.as_quat(scalar_first=True) * signs)[:, None])[:, 0], scalar_first=True
    )
    wanted = Slerp(times, rotations)(np.minimum((plan.frames - 1) / 100.0, times[-1]))
    # A scene frame may take a video frame up to a millisecond away as it is: 30 half turns a second make 0.1 rad of it.
    assert np.max((got.inv() * wanted).magnitude()) < 0.1


def test_one_frame() -> None:
    plan = timing.resampling(np.array([4.2]), 24.0, 5)
    assert plan.frames.tolist() == [5.0]
    assert plan.rotations(np.array([[[1.0, 0, 0, 0]]])).tolist() == [[[1.0, 0, 0, 0]]]


@pytest.mark.parametrize(
    ("times", "fps", "said"),
    [([], 24.0, "no frames"), ([0.0, 0.1, 0.1], 24.0, "frame 2"), ([0.0, 1.0], 0.0, "above zero")],
)
def test_what_cannot_be_timed_is_named(times: list[float], fps: float, said: str) -> None:
    with pytest.raises(errors.KeyingError, match=said):
        timing.resampling(np.array(times), fps, 1)
