"""The estimator of up as it is trained is the one that the program runs, and it learns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the training environment")

from test_world import camera_from_world, walking_clip  # noqa: E402

from inference.models.up_network import UpNetwork  # noqa: E402
from inference.refine import world  # noqa: E402
from inference.refine.up_network import load_up_network  # noqa: E402
from inference.refine.up_windows import FEATURES, body_axes, features, sample_windows  # noqa: E402
from inference.train.fit_upright import clip_answer, mean_error_deg, mirrored, train, write_up_network  # noqa: E402
from inference.train.upright_clips import UpClip, read_up_clips, write_up_clips  # noqa: E402

pytestmark = pytest.mark.torch


def clips(count: int) -> list[UpClip]:
    rng = np.random.default_rng(4)
    made = []
    for number in range(count):
        camera = camera_from_world(*rng.uniform(-20.0, 20.0, 2), 1.4, 4.0)
        joints = world.transform(camera, walking_clip(60))
        made.append(UpClip(joints.astype(np.float32), camera[:3, 2], str(number), 30.0))
    return made


def test_the_program_runs_what_was_trained(tmp_path: Path) -> None:
    torch.manual_seed(1)
    network, (clip,) = UpNetwork(FEATURES, 96), clips(1)
    write_up_network(network, tmp_path / "up.npz")
    windows = sample_windows(clip.joints_m, np.ones(60, bool), np.arange(60) / 30.0)
    values = features(windows, body_axes(windows, clip.up))
    with torch.no_grad():
        said = network(torch.from_numpy(values[None].astype(np.float32)), torch.ones(1, len(values)))
    slants, precisions, worth = load_up_network(tmp_path / "up.npz").run(values)
    assert np.allclose(slants, said[0][0].numpy(), atol=2e-3)
    assert np.allclose(np.log(precisions), said[1][0].numpy(), atol=2e-2)
    assert np.log(worth) == pytest.approx(float(said[2]), abs=2e-2)


def test_a_mirrored_clip_has_mirrored_features() -> None:
    (clip,) = clips(1)
    flip = np.array([-1.0, 1.0, 1.0])
    other = mirrored_joints(clip.joints_m) * flip.astype(np.float32)
    values = []
    for joints, up in ((clip.joints_m, clip.up), (other, clip.up * flip)):
        windows = sample_windows(joints, np.ones(60, bool), np.arange(60) / 30.0)
        values.append(features(windows, body_axes(windows, up)).astype(np.float32))
    assert np.allclose(mirrored(values[0]), values[1], atol=1e-5)


def mirrored_joints(joints: np.ndarray) -> np.ndarray:
    from inference.lift.normalise import MIRRORED

    return joints[:, list(MIRRORED)]


def test_some_steps_teach_it_where_up_is(tmp_path: Path) -> None:
    torch.manual_seed(0)
    known = clips(12)
    write_up_clips(tmp_path / "clips.npz", known)
    again = read_up_clips(tmp_path / "clips.npz")
    errors = []
    for steps in (2, 60):
        write_up_network(train(again, steps, 0), tmp_path / f"{steps}.npz")
        errors.append(mean_error_deg(known, tmp_path / f"{steps}.npz"))
    assert errors[1] < 0.8 * errors[0]


def test_padding_says_nothing() -> None:
    torch.manual_seed(2)
    network, up = UpNetwork(FEATURES, 8), torch.tensor([[0.0, -1.0, 0.0]])
    values, axes = torch.randn(1, 5, FEATURES), torch.linalg.qr(torch.randn(1, 5, 3, 3)).Q
    turn, information = clip_answer(network, values, axes, torch.ones(1, 5), up)
    padded = torch.cat([values, torch.randn(1, 3, FEATURES)], dim=1), torch.cat([axes, axes[:, :3]], dim=1)
    again, same = clip_answer(network, *padded, torch.tensor([[1.0] * 5 + [0.0] * 3]), up)
    assert torch.allclose(turn, again, atol=1e-5)
    assert torch.allclose(information, same, rtol=1e-4)
