"""Every term of the losses: its gradient, what it measures and what it does not see."""

from __future__ import annotations

from collections.abc import Callable

import pytest

torch = pytest.importorskip("torch", reason="needs the training environment")

from torch import Tensor  # noqa: E402

from inference.joints import PARENTS  # noqa: E402
from inference.train.losses.bone_direction import bone_direction  # noqa: E402
from inference.train.losses.bone_length import bone_length, mean_bone_length  # noqa: E402
from inference.train.losses.bones import bone_vectors  # noqa: E402
from inference.train.losses.kcs import spatial_kcs, temporal_kcs  # noqa: E402
from inference.train.losses.mpjpe import mpjpe  # noqa: E402
from inference.train.losses.project_2d import image_distance, project_2d, reproject, scaled_root  # noqa: E402
from inference.train.losses.tkcs import (  # noqa: E402
    TkcsDiscriminator,
    discriminator_loss,
    generator_loss,
    random_rotations,
    tkcs_features,
)
from inference.train.losses.trajectory import trajectory  # noqa: E402
from inference.train.losses.velocity import velocity  # noqa: E402

pytestmark = pytest.mark.torch


def poses(*shape: int, seed: int = 1) -> Tensor:
    """Random bodies (*shape, 17, 3) in double precision, bones some decimetres long."""
    generator = torch.Generator().manual_seed(seed)
    bones = 0.25 * torch.randn(*shape, 17, 3, generator=generator, dtype=torch.float64)
    joints = [torch.zeros(*shape, 3, dtype=torch.float64)]
    for joint in range(1, 17):
        joints.append(joints[PARENTS[joint]] + bones[..., joint, :])
    return torch.stack(joints, dim=-2)


TRUE, OTHER = poses(2, 3, seed=1), poses(2, 3, seed=2)
ROOT = torch.tensor([0.1, -0.2, 2.5], dtype=torch.float64).expand(2, 3, 3)
SIZE = torch.full((2, 3), 0.6, dtype=torch.float64)
CRITIC = TkcsDiscriminator(width=16).double().requires_grad_(False)
ROTATION = random_rotations(2).double()

TERMS: dict[str, Callable[[Tensor], Tensor]] = {
    "mpjpe": lambda p: mpjpe(p, TRUE),
    "velocity": lambda p: velocity(p, TRUE),
    "bone_direction": lambda p: bone_direction(p, TRUE),
    "bone_length": lambda p: bone_length(p, TRUE),
    "mean_bone_length": lambda p: mean_bone_length(p.flatten(0, 1), TRUE.flatten(0, 1)),
    "project_2d": lambda p: project_2d(p, TRUE, ROOT, SIZE),
    "generator": lambda p: generator_loss(CRITIC(p, ROTATION)),
    "discriminator": lambda p: discriminator_loss(CRITIC(TRUE, ROTATION), CRITIC(p, ROTATION)),
}


@pytest.mark.parametrize("name", TERMS)
def test_gradients_are_finite_differences(name: str) -> None:
    point = OTHER.clone().requires_grad_(True)
    torch.autograd.gradcheck(TERMS[name], (point,), fast_mode=True)
    (gradient,) = torch.autograd.grad(TERMS[name](point), point)
    assert gradient.abs().max() > 0


@pytest.mark.parametrize("name", [n for n in TERMS if n not in ("generator", "discriminator")])
def test_terms_vanish_at_the_truth_and_only_there(name: str) -> None:
    assert TERMS[name](TRUE).item() == pytest.approx(0.0, abs=1e-12)
    assert TERMS[name](OTHER).item() > 1e-3


def test_trajectory_weighs_by_depth() -> None:
    near, far = torch.tensor([[0.0, 0.0, 2.0]]), torch.tensor([[0.0, 0.0, 8.0]])
    step = torch.tensor([[0.3, 0.0, 0.4]])
    assert trajectory(near + step, near).item() == pytest.approx(0.25)
    assert trajectory(far + step, far).item() == pytest.approx(0.0625)
    point = torch.rand(4, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda p: trajectory(p, torch.ones(4, 3, dtype=torch.float64)), (point,))


def test_a_pose_at_its_root_is_seen_as_a_pinhole_camera_sees_it() -> None:
    root, size = torch.tensor([0.2, 0.1, 4.0], dtype=torch.float64), torch.tensor(0.7, dtype=torch.float64)
    placed = TRUE[0, 0] + root
    seen = placed[:, :2] / placed[:, 2:] / size
    torch.testing.assert_close(reproject(TRUE[0, 0], scaled_root(root, size), size), seen)
    # Half the focal length and half the distance look alike, but for perspective: the scaled root is the same.
    torch.testing.assert_close(scaled_root(root * torch.tensor([1.0, 1.0, 0.5]), 2 * size), scaled_root(root, size))
    assert image_distance(seen, seen + torch.tensor([0.0, 0.1])).item() == pytest.approx(0.41734, rel=1e-3)


def test_velocity_sees_movement_alone() -> None:
    offset = poses(2, 1, seed=5)
    assert velocity(TRUE + offset, TRUE).item() == pytest.approx(0.0, abs=1e-12)
    assert bone_direction(3.0 * TRUE, TRUE).item() == pytest.approx(0.0, abs=1e-12)


def test_kcs_does_not_see_rotations_but_lengths_and_angles() -> None:
    rotation = random_rotations(1)[0].double()
    torch.testing.assert_close(rotation @ rotation.T, torch.eye(3, dtype=torch.float64), atol=1e-6, rtol=0)
    psi = spatial_kcs(TRUE)
    torch.testing.assert_close(spatial_kcs(TRUE @ rotation.T), psi, atol=1e-6, rtol=0)
    lengths = torch.linalg.vector_norm(bone_vectors(TRUE), dim=-1)
    torch.testing.assert_close(psi.diagonal(dim1=-2, dim2=-1).sqrt(), lengths)
    assert temporal_kcs(psi).shape == (2, 2, 16, 16)
    torch.testing.assert_close(temporal_kcs(psi)[:, 0], psi[:, 1] - psi[:, 0])
    assert temporal_kcs(psi, 2).shape == (2, 1, 16, 16)


def test_only_the_coordinates_of_the_critic_turn() -> None:
    still = tkcs_features(TRUE, torch.eye(3, dtype=torch.float64).expand(2, 3, 3))
    turned = tkcs_features(TRUE, ROTATION)
    assert still.shape == (2, 2, 2 * 136 + 51)
    torch.testing.assert_close(turned[..., :272], still[..., :272])
    assert (turned[..., 272:] - still[..., 272:]).abs().max() > 0.01
    assert CRITIC(TRUE, ROTATION).shape == (2,)


def test_a_critic_learns_to_tell_jitter() -> None:
    from inference.train.critic import Critic

    torch.manual_seed(3)
    critic = Critic(torch.device("cpu"))
    still = poses(32, 1, seed=7).float().expand(32, 4, 17, 3)
    losses = [float(critic.step(still, still + 0.05 * torch.randn(32, 4, 17, 3))) for _ in range(140)]
    assert losses[-1] < 0.5 * losses[0]
