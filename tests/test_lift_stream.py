"""Live lifting: each answer is that of the file's lifter for the last frame of the clip so far."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytestmark = pytest.mark.torch
pytest.importorskip("onnx")

from tiny_networks import write_network  # noqa: E402

from inference.errors import InferenceError, ModelError  # noqa: E402
from inference.lift.lifter import Lifter  # noqa: E402
from inference.lift.settings import RunSettings  # noqa: E402
from inference.lift.stream import StreamLifter  # noqa: E402

SIZE = (1280, 720)
FRAMES = 27


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("weights")
    write_network(made, "causal", FRAMES, causal=True)
    write_network(made, "slide-causal", FRAMES, causal=True, slides=True)
    write_network(made, "window", FRAMES)
    return made


def track(times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """(T, 17, 2) pixels of somebody who moves smoothly."""
    still = np.random.default_rng(5).normal(size=(17, 2)) * [60.0, 120.0] + np.array(SIZE) / 2
    return still + 20.0 * np.sin(3.0 * times_s[:, None, None] + np.arange(17)[:, None])


def stream_and_file(
    folder: Path, name: str, times_s: NDArray[np.float64], confidence: NDArray[np.float64], frames: list[int]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Poses of `frames`, live and from the file up to each."""
    joints = track(times_s)
    stream = StreamLifter(name, SIZE, folder=folder, threads=1)
    live = [stream.push(*frame) for frame in zip(joints, confidence, times_s, strict=True)]
    lifter = Lifter(name, settings=RunSettings(flip=False, workers=1), folder=folder)
    so_far = [
        lifter.lift(joints[: f + 1], confidence[: f + 1], np.array(SIZE), 30.0, frame_times_s=times_s[: f + 1])[-1]
        for f in frames
    ]
    return np.array([live[f] for f in frames]), np.array(so_far)


@pytest.mark.parametrize("fps", [12.5, 30.0, 29.97, 60.0, 144.0])
def test_it_is_the_file_lifter_at_any_rate(folder: Path, fps: float) -> None:
    times = np.arange(200) / fps
    live, file = stream_and_file(folder, "causal", times, np.ones((200, 17)), [0, 1, 5, 26, 60, 199])
    np.testing.assert_allclose(live, file, atol=1e-5)


@pytest.mark.parametrize("seed", range(4))
def test_uneven_times_gaps_and_lost_joints(folder: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.uniform(0.005, 0.06, 150) + (rng.random(150) < 0.03) * 2.0)
    confidence = (rng.random((150, 17)) > 0.15).astype(float)
    confidence[rng.integers(1, 150, 12)] = 0.0
    confidence[40:90, rng.integers(0, 17)] = 0.0
    confidence[:, rng.integers(1, 17)] = 0.0
    confidence[0, 0] = 1.0
    live, file = stream_and_file(folder, "causal", times, confidence, [0, 3, 30, 70, 91, 149])
    np.testing.assert_allclose(live, file, atol=1e-5)


def test_a_network_that_slides_streams_too(folder: Path) -> None:
    """Its person sizes come from every third frame of the window, not of the clip: a hair's breadth of difference."""
    times = np.arange(180) / 30.0
    live, file = stream_and_file(folder, "slide-causal", times, np.ones((180, 17)), [0, 10, 100, 179])
    np.testing.assert_allclose(live, file, atol=5e-3)


def test_nobody_yet_gives_no_pose_and_a_lost_person_is_held(folder: Path) -> None:
    stream = StreamLifter("causal", SIZE, folder=folder, threads=1)
    joints = track(np.arange(60) / 30.0)
    assert stream.push(np.full((17, 2), np.nan), np.zeros(17), 0.0) is None
    for frame in range(1, 40):
        held = stream.push(joints[frame], np.ones(17), frame / 30.0)
    for frame in range(40, 75):
        pose = stream.push(np.full((17, 2), np.nan), np.ones(17), frame / 30.0)
        assert pose is not None and held is not None and np.isfinite(pose).all()
    stream.reset()
    assert stream.push(joints[0], np.zeros(17), 0.0) is None


def test_it_forgets_what_no_window_reaches(folder: Path) -> None:
    stream = StreamLifter("causal", SIZE, folder=folder, threads=1)
    for frame, joints in enumerate(track(np.arange(600) / 60.0)):
        stream.push(joints, np.ones(17), frame / 60.0)
    assert len(stream._times) <= 2 * FRAMES + 2


def test_times_must_increase_and_networks_be_causal(folder: Path) -> None:
    stream = StreamLifter("causal", SIZE, folder=folder, threads=1)
    joints = track(np.zeros(1))[0]
    stream.push(joints, np.ones(17), 1.0)
    with pytest.raises(InferenceError, match=r"time is 1\.0 s, but the last one's was 1\.000000 s"):
        stream.push(joints, np.ones(17), 1.0)
    with pytest.raises(InferenceError, match="not \\(frames, 17, 2\\)"):
        stream.push(joints[:16], np.ones(17), 2.0)
    with pytest.raises(ModelError, match="looks 13 frames ahead"):
        StreamLifter("window", SIZE, folder=folder)
