"""The pose measures, by their invariances and on poses whose error is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from inference.evaluate.actions import kinds_of
from inference.evaluate.measures import measure, measure_in_full
from inference.evaluate.metrics import (
    auc,
    joint_errors_mm,
    limb_direction_error_deg,
    mpjpe,
    mpjve,
    p_mpjpe,
    pck,
    procrustes,
)
from inference.joints import NAMES, PARENTS


@pytest.fixture
def poses() -> NDArray[np.float64]:
    return np.random.default_rng(3).normal(0.0, 0.4, (20, 17, 3))


def similar(poses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Every pose turned, scaled and moved in its own way."""
    rng = np.random.default_rng(4)
    turned = np.stack([r.apply(p) for r, p in zip(Rotation.random(len(poses), rng=rng), poses, strict=True)])
    return turned * rng.uniform(0.5, 2.0, (len(poses), 1, 1)) + rng.normal(0.0, 3.0, (len(poses), 1, 3))


def test_a_shift_costs_nothing_and_one_joint_its_share(poses: NDArray[np.float64]) -> None:
    assert mpjpe(poses + np.array([1.0, 2.0, 3.0]), poses) == pytest.approx(0.0, abs=1e-9)
    moved = poses.copy()
    moved[:, 5] += [0.0, 0.03, 0.04]
    assert mpjpe(moved, poses) == pytest.approx(50.0 / 17)


def test_scale_is_free_only_where_it_should_be(poses: NDArray[np.float64]) -> None:
    scaled = poses * np.linspace(0.5, 1.5, len(poses))[:, None, None]
    assert joint_errors_mm(scaled, poses, 3).mean() == pytest.approx(0.0, abs=1e-9)
    assert mpjpe(scaled, poses) > 50.0


def test_procrustes_undoes_any_similarity_but_no_mirror(poses: NDArray[np.float64]) -> None:
    assert p_mpjpe(similar(poses), poses) == pytest.approx(0.0, abs=1e-8)
    np.testing.assert_allclose(procrustes(similar(poses), poses), poses, atol=1e-10)
    assert p_mpjpe(poses * [-1.0, 1.0, 1.0], poses) > 100.0


def test_protocols_are_ordered_for_any_error(poses: NDArray[np.float64]) -> None:
    noisy = poses + np.random.default_rng(5).normal(0.0, 0.05, poses.shape)

    def squared(aligned: NDArray[np.float64]) -> float:
        return float(((aligned - poses) ** 2).sum())

    assert squared(procrustes(noisy, poses)) < squared(noisy)
    assert 0.0 < p_mpjpe(noisy, poses) < mpjpe(noisy, poses) * 1.05


def test_velocity_sees_jitter_and_not_a_constant_error(poses: NDArray[np.float64]) -> None:
    constant = poses + np.random.default_rng(6).normal(0.0, 0.1, (1, 17, 3))
    assert mpjve(constant, poses, 30.0) == pytest.approx(0.0, abs=1e-9)
    drifting = poses.copy()
    drifting[:, 4, 0] += 0.01 * np.arange(len(poses))
    assert mpjve(drifting, poses, 30.0) == pytest.approx(10.0 * 30.0 / 17)


def test_limb_directions_ignore_size_and_measure_a_known_turn(poses: NDArray[np.float64]) -> None:
    assert limb_direction_error_deg(2.0 * poses + 1.0, poses, PARENTS) == pytest.approx(0.0, abs=1e-6)
    line = np.zeros((1, 17, 3))
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            line[0, joint] = line[0, parent] + [1.0, 0.0, 0.0]
    turned = Rotation.from_euler("z", 25.0, degrees=True).apply(line[0])[None]
    assert limb_direction_error_deg(turned, line, PARENTS) == pytest.approx(25.0)


def test_poses_of_different_shapes_are_refused(poses: NDArray[np.float64]) -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        mpjpe(poses[:, :16], poses)


def test_share_of_right_joints_and_its_curve_on_known_errors(poses: NDArray[np.float64]) -> None:
    assert pck(poses, poses) == 1.0 and auc(poses, poses) == pytest.approx(30.0 / 31.0)
    moved = poses.copy()
    moved[:, 1:9, 0] += 0.2
    assert pck(moved, poses) == 0.5
    moved[:, 1:9, 0] -= 0.099  # 101 mm: wrong at the thresholds 0 to 100, right at 105 to 150
    assert pck(moved, poses) == 1.0
    assert auc(moved, poses) == pytest.approx((0.5 * 30 + 0.5 * 10) / 31)


def test_errors_by_joint_and_by_action_average_to_the_whole(poses: NDArray[np.float64]) -> None:
    rng = np.random.default_rng(8)
    clips = [poses[:5], poses[5:12], poses[12:]]
    noisy = [clip + rng.normal(0.0, 0.05, clip.shape) for clip in clips]
    full = measure_in_full(noisy, clips, 30.0, ["walk", "run", "walk"])
    assert list(full["joints"]["mpjpe_mm"]) == list(NAMES)
    for name in ("mpjpe_mm", "p_mpjpe_mm", "n_mpjpe_mm"):
        assert np.mean(list(full["joints"][name].values())) == pytest.approx(full[name], abs=1e-2)
        frames = {"run": 7, "walk": 13}
        parts = [full["actions"][kind][name] * count for kind, count in frames.items()]
        assert sum(parts) / 20 == pytest.approx(full[name], abs=1e-2)
    assert full["actions"]["walk"]["clips"] == 2
    assert measure(noisy, clips, 60.0)["mpjve_mm_s"] == pytest.approx(2 * full["mpjve_mm_s"], rel=1e-4)
    with pytest.raises(ValueError, match="no Protocol 4"):
        joint_errors_mm(poses, poses, 4)


def test_actions_are_read_from_words() -> None:
    texts = [
        "Run Jump Stop Run",
        "walk around, sit",
        "salsa dance",
        "Robot",
        "jogging",
        "mop floor",
        "sitting",
        "bound",
    ]
    kinds = ["jump", "sit", "dance", "other", "run", "hands at work", "sit", "jump"]
    assert kinds_of(texts) == kinds
