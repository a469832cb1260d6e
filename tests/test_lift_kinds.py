"""Networks of every kind: windows and slides, causal or not, over any clip; failures stay where they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytestmark = pytest.mark.torch
pytest.importorskip("onnx")

from tiny_networks import write_network  # noqa: E402

from inference.errors import ModelError  # noqa: E402
from inference.lift.lifter import Lifter  # noqa: E402
from inference.lift.normalise import (  # noqa: E402
    default_focal_px,
    image_rays,
    mirror_poses,
    sequence_inputs,
    to_camera_axes,
)
from inference.lift.settings import RunSettings  # noqa: E402

SIZE = np.array([1280, 720])
FRAMES = 27
KINDS = ("window", "causal", "slide", "slide-causal")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("weights")
    for kind in KINDS:
        write_network(made, kind, FRAMES, causal="causal" in kind, slides="slide" in kind)
    return made


def open_lifter(folder: Path, kind: str, batch: int = 48, workers: int = 2, flip: bool = True) -> Lifter:
    return Lifter(kind, settings=RunSettings(batch=batch, workers=workers, flip=flip), folder=folder)


def walk(frames: int) -> NDArray[np.float64]:
    """(T, 17, 2) pixels: somebody who waves about and drifts to the side."""
    time = np.arange(frames)[:, None, None] / 9.0
    still = np.random.default_rng(5).normal(size=(17, 2)) * [60.0, 120.0]
    return still + 8.0 * np.sin(time + np.arange(17)[:, None]) + [3.0, 0.5] * time + SIZE / 2


def lift(lifter: Lifter, joints: NDArray[np.float64], fps: float = 30.0) -> NDArray[np.float32]:
    return lifter.lift(joints, np.ones(joints.shape[:2]), SIZE, fps)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("frames", [1, 2, 5, FRAMES - 1, FRAMES, 130])
@pytest.mark.parametrize("fps", [24.0, 30.0, 60.0])
def test_any_length_at_any_rate(folder: Path, kind: str, frames: int, fps: float) -> None:
    poses = lift(open_lifter(folder, kind), walk(frames), fps)
    assert poses.shape == (frames, 17, 3) and np.isfinite(poses).all()
    np.testing.assert_array_equal(poses[:, 0], 0.0)


@pytest.mark.parametrize("kind", KINDS)
def test_neither_blocks_nor_workers_show(folder: Path, kind: str) -> None:
    whole = lift(open_lifter(folder, kind, batch=4096, workers=1), walk(500))
    for batch, workers in ((3, 2), (50, 1), (96, 3)):
        cut = lift(open_lifter(folder, kind, batch, workers), walk(500))
        np.testing.assert_allclose(cut, whole, atol=1e-5)


@pytest.mark.parametrize("kind", ["slide", "slide-causal"])
def test_blocks_are_one_pass_over_the_held_clip(folder: Path, kind: str) -> None:
    lifter, joints = open_lifter(folder, kind, batch=48, flip=False), walk(200)
    rays = image_rays(joints, SIZE, default_focal_px(SIZE))
    before, after = lifter.target, FRAMES - 1 - lifter.target
    held = rays[np.clip(np.arange(-before, len(rays) + after), 0, len(rays) - 1)]
    inputs, rotation = sequence_inputs(held[None], FRAMES // 2, causal=lifter.info.causal)
    poses = lifter._network.run(inputs)[0]
    expected = to_camera_axes(poses - poses[:, :1], rotation[0, before : before + len(rays)])
    # The held end falls on other third frames, from which alone the person's size is taken.
    np.testing.assert_allclose(lift(lifter, joints)[:-30], expected[:-30], atol=1e-5)
    np.testing.assert_allclose(lift(lifter, joints), expected, atol=5e-3)


@pytest.mark.parametrize("kind", ["slide", "slide-causal"])
def test_a_slide_is_asked_for_blocks_of_one_size(folder: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lifter = open_lifter(folder, kind, batch=48)
    shapes: list[tuple[int, ...]] = []
    run = lifter._network.run
    monkeypatch.setattr(lifter._network, "run", lambda inputs: shapes.append(inputs.shape) or run(inputs))
    lift(lifter, walk(500))
    assert set(shapes) == {(1, 48 + FRAMES - 1, 34)} and len(shapes) == 2 * -(-500 // 48)


@pytest.mark.parametrize("kind", ["causal", "slide-causal"])
def test_what_is_causal_does_not_see_the_future(folder: Path, kind: str) -> None:
    lifter, joints = open_lifter(folder, kind), walk(120)
    changed = joints.copy()
    changed[80:] += 100.0
    np.testing.assert_allclose(lift(lifter, changed)[:80], lift(lifter, joints)[:80], atol=1e-6)
    assert np.abs(lift(lifter, changed)[80:] - lift(lifter, joints)[80:]).max() > 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_twice_the_frame_rate_gives_the_same_poses(folder: Path, kind: str) -> None:
    lifter, joints = open_lifter(folder, kind), walk(100)
    doubled = np.empty((199, 17, 2))
    doubled[::2], doubled[1::2] = joints, (joints[1:] + joints[:-1]) / 2
    np.testing.assert_allclose(lift(lifter, doubled, 60.0)[::2], lift(lifter, joints), atol=1e-4)


@pytest.mark.parametrize("kind", ["slide", "slide-causal"])
@pytest.mark.parametrize("fps", [24.0, 25.0, 50.0, 120.0])
def test_a_slide_at_another_rate_follows_the_same_motion(folder: Path, kind: str, fps: float) -> None:
    """The same motion filmed at another rate: poses at a time agree to what interpolation between frames can do."""
    seconds, lifter = 4.0, open_lifter(folder, kind)
    reference = lift(lifter, walk(round(30 * seconds) + 1))
    times = np.arange(round(fps * seconds) + 1) / fps
    phase = (times * 30.0)[:, None, None] / 9.0
    still = walk(1)[0] - 8.0 * np.sin(np.arange(17)[:, None])
    poses = lift(lifter, still + 8.0 * np.sin(phase + np.arange(17)[:, None]) + [3.0, 0.5] * phase, fps)
    low = np.clip(np.floor(times * 30.0).astype(int), 0, len(reference) - 2)
    blend = (times * 30.0 - low)[:, None, None]
    expected = reference[low] * (1 - blend) + reference[low + 1] * blend
    still_error = np.abs(reference - reference.mean(axis=0)).max()
    assert np.abs(poses - expected).max() < 0.1 * still_error


@pytest.mark.parametrize("kind", KINDS)
def test_windows_by_themselves_are_the_clip(folder: Path, kind: str) -> None:
    lifter, joints = open_lifter(folder, kind), walk(60)
    rays = image_rays(joints, SIZE, default_focal_px(SIZE))
    steps = np.arange(FRAMES) - lifter.target
    targets = np.arange(30, 33)
    poses = lifter.lift_windows(rays[np.clip(targets[:, None] + steps, 0, 59)])
    # A slide's sizes reach further than its window; this motion's size hardly changes.
    np.testing.assert_allclose(poses, lift(lifter, joints)[targets], atol=0.02 if "slide" in kind else 1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_the_mirror_image_gives_the_mirrored_pose(folder: Path, kind: str) -> None:
    lifter, joints = open_lifter(folder, kind), walk(80)
    flipped = mirror_poses(np.concatenate([joints - SIZE / 2, np.zeros((80, 17, 1))], axis=-1))[..., :2] + SIZE / 2
    np.testing.assert_allclose(lift(lifter, flipped), mirror_poses(lift(lifter, joints)), atol=1e-4)


FAILURES = {"nan": np.nan, "inf": np.inf, "far away": 1e9, "minus far": -1e12, "float max": 3e38}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_failed_frame_is_a_masked_frame(folder: Path, kind: str, failure: str, seed: int) -> None:
    """Whatever a detector writes into failed joints, and with what confidence, the poses are those of unseen joints."""
    rng = np.random.default_rng(seed)
    lifter, joints, confidence = open_lifter(folder, kind), walk(150), np.ones((150, 17))
    failed = rng.random((150, 17)) < 0.1
    failed[rng.integers(0, 150, 4)] = True
    masked = lifter.lift(joints, np.where(failed, 0.0, confidence), SIZE, 30.0)
    broken = np.where(failed[..., None], FAILURES[failure], joints)
    np.testing.assert_array_equal(lifter.lift(broken, confidence, SIZE, 30.0), masked)
    trust = np.where(failed, np.nan, confidence)
    np.testing.assert_array_equal(lifter.lift(joints, trust, SIZE, 30.0), masked)


@pytest.mark.parametrize("kind", KINDS)
def test_a_failed_frame_is_not_felt_beyond_its_reach(folder: Path, kind: str) -> None:
    lifter, joints = open_lifter(folder, kind), walk(300)
    broken = joints.copy()
    broken[150] = np.nan
    change = np.abs(lift(lifter, broken) - lift(lifter, joints)).max(axis=(1, 2))
    reach = 2 * FRAMES + 6  # a slide takes the person's size from as far again
    assert change[: 150 - reach].max() < 1e-6 and change[150 + reach + 1 :].max() < 1e-6


def test_metadata_that_does_not_fit_the_file_is_refused(folder: Path, tmp_path: Path) -> None:
    for ending in ("onnx", "json"):
        (tmp_path / f"wrong.{ending}").write_bytes((folder / f"window.{ending}").read_bytes())
    text = (tmp_path / "wrong.json").read_text()
    (tmp_path / "wrong.json").write_text(text.replace(str(FRAMES), "81"))
    with pytest.raises(ModelError, match=r"takes 27 frames, but wrong\.json says 81"):
        Lifter("wrong", folder=tmp_path)
    (tmp_path / "wrong.json").write_text(text.replace('"slides": false', '"slides": true'))
    with pytest.raises(ModelError, match="this version makes 'frame-rays-1'"):
        Lifter("wrong", folder=tmp_path)
    (tmp_path / "wrong.json").write_text(text.replace("{", '{"task": "trajectory", ', 1))
    with pytest.raises(ModelError, match="made for 'trajectory', not for lifting"):
        Lifter("wrong", folder=tmp_path)
    (tmp_path / "wrong.json").write_text(text.replace("{", '{"target_index": 27, ', 1))
    with pytest.raises(ModelError, match="the target is frame 27 of 27"):
        Lifter("wrong", folder=tmp_path)
