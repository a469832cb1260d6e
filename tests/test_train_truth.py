"""What batches say of their targets beside the pose: its place, its size, its true 2D joints."""

from __future__ import annotations

import numpy as np
import pytest

from inference.joints import INDEX
from inference.models.config import AtcnConfig
from inference.models.peer_configs import SingleFrameConfig, VideoPose3DConfig
from inference.models.sequence_config import SequenceConfig
from inference.train.batches import Batch, batch_for, make_batch
from inference.train.noise import NoiseModel
from inference.train.pack import MotionPack

BUT_SPINE = [j for j in range(17) if j != INDEX["spine"]]


@pytest.fixture(scope="module")
def pack() -> MotionPack:
    """One clip of a body whose limbs swing while it walks along."""
    rng = np.random.default_rng(1)
    rest = np.cumsum(rng.normal(0.0, 0.12, (1, 17, 3)), axis=1)
    swing = 0.1 * np.sin(np.arange(400)[:, None, None] / 7.0 + rng.uniform(0, 6, (1, 17, 3)))
    walk = np.linspace(0, 3, 400)[:, None, None] * np.array([0.2, 0.5, 0.0])
    return MotionPack((rest + swing + walk).astype(np.float32), np.array([0, 400]), np.array(["a"]), 30.0)


def reprojected(batch: Batch) -> np.ndarray:
    """Targets placed at their root, in the normalisation of the inputs."""
    placed = batch.targets + batch.root[..., None, :]
    return placed[..., :2] / placed[..., 2:] / batch.size[..., None, None]


@pytest.mark.parametrize("chunk", [1, 4])
def test_true_joints_stand_where_the_inputs_see_them(pack: MotionPack, chunk: int) -> None:
    batch = make_batch(pack, 64, 27, 13, np.random.default_rng(2), noise=None, chunk=chunk)
    assert batch.root.shape == (64, 3) and batch.size.shape == (64,)
    seen = batch.inputs[:, 13].reshape(64, 17, 2)
    np.testing.assert_allclose(batch.joints_2d, seen, atol=2e-4)
    np.testing.assert_allclose(reprojected(batch)[:, BUT_SPINE], seen[:, BUT_SPINE], atol=2e-4)
    np.testing.assert_allclose(batch.root[:, :2], 0.0, atol=1e-4)


def test_networks_that_slide_are_told_the_same(pack: MotionPack) -> None:
    config = SequenceConfig(layers=2, channels=16)
    batch = batch_for(config, pack, 24, np.random.default_rng(3), noise=None)
    count, targets = batch.targets.shape[:2]
    assert count * targets == 24 and batch.root.shape == (count, targets, 3)
    np.testing.assert_allclose(reprojected(batch)[..., BUT_SPINE, :], batch.joints_2d[..., BUT_SPINE, :], atol=2e-4)
    first = batch.inputs[:, config.target].reshape(count, 17, 2)
    np.testing.assert_allclose(batch.joints_2d[:, 0, 1:], first[:, 1:], atol=2e-4)


def test_windows_of_a_chunk_follow_each_other(pack: MotionPack) -> None:
    batch = make_batch(pack, 12, 9, 4, np.random.default_rng(4), noise=None, chunk=3)
    groups = batch.inputs.reshape(4, 3, 9, 17, 2)
    shapes = groups - groups[..., :1, :]
    scale = np.linalg.norm(shapes, axis=(-1, -2), keepdims=True)
    np.testing.assert_allclose((shapes / scale)[:, 0, 1:], (shapes / scale)[:, 1, :-1], atol=0.02)
    assert np.abs(batch.targets.reshape(4, 3, 17, 3)[:, 0] - batch.targets.reshape(4, 3, 17, 3)[:, 1]).max() > 1e-4


def test_detected_joints_lie_around_the_true_ones(pack: MotionPack) -> None:
    batch = make_batch(pack, 512, 27, 13, np.random.default_rng(5), noise=NoiseModel(swap=0.0))
    seen = batch.inputs[:, 13].reshape(512, 17, 2)
    off = np.linalg.norm(seen - batch.joints_2d, axis=-1)
    assert 0.002 < np.median(off) < 0.03
    again = reprojected(batch)[:, BUT_SPINE]
    assert np.median(np.linalg.norm(again - batch.joints_2d[:, BUT_SPINE], axis=-1)) < 0.003  # focal length off by 10 %


@pytest.mark.parametrize("config", [SingleFrameConfig(), VideoPose3DConfig(frames=27), AtcnConfig(frames=9)])
def test_any_network_gets_noisy_batches_of_its_length(pack: MotionPack, config: AtcnConfig) -> None:
    batch = batch_for(config, pack, 32, np.random.default_rng(6), noise=NoiseModel())
    assert batch.inputs.shape == (32, config.frames, 34) and batch.targets.shape == (32, 17, 3)
    assert np.isfinite(batch.inputs).all()
    np.testing.assert_allclose(batch.inputs[:, config.target, :2], 0.0, atol=1e-5)
