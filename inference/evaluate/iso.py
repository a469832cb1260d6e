"""Inference stage optimisation as printed (Cheng et al., section 3.5): the joints of clips led by gradients.

The program itself takes one closed step instead (`inference.refine.reproject`), whose weights are used here too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ..refine.reproject import USUAL_ERROR_M, Weighting, joint_weights
from ..refine.root import MADE_UP
from ..train.fit_critic import STRETCH
from ..train.losses.bones import bone_lengths
from ..train.losses.tkcs import TkcsDiscriminator, generator_loss, random_rotations

Array = NDArray[np.float64]

ITERATIONS: Final = 150
CRITIC_SHARE, SMOOTHNESS = 0.1, 0.05
"""The paper's lambda 1 and lambda 2."""
RATE: Final = 0.002
"""Share of the loss' gradient that a step goes, in squares of the usual error: all steps lead a joint of weight 1 half
the way, as the program's one step does. As printed nothing holds a joint but the number of steps; Adam, which takes
steps of one size along every axis, spoils the depths, about which the image says nothing."""


@dataclass(frozen=True, slots=True)
class IsoSettings:
    """What is minimised, per frame, with distances in usual errors of the detector.

    Attributes:
        weighting: how far each joint is asked to be seen where it was seen.
        critic: weight of the discriminator's term.
        bones: weight of the bones' squared changes of length.
        held: weight of the squared distance from where the joints began.
    """

    weighting: Weighting
    critic: float = 0.0
    bones: float = 0.0
    held: float = 0.0


@dataclass(frozen=True, slots=True)
class IsoClip:
    """Where the joints of T frames begin, and where they were seen.

    Attributes:
        joints: (T, 17, 3) absolute metres, camera axes, reference height.
        rays: (T, 17, 2) joints as seen, on the plane z = 1.
        confidence: (T, 17) 0..1.
    """

    joints: Array
    rays: Array
    confidence: Array


def optimise(clips: Sequence[IsoClip], settings: IsoSettings, critic: TkcsDiscriminator, seed: int) -> list[Array]:
    """The joints of all clips after `ITERATIONS` steps down the gradient.

    Args:
        clips: in one batch.
        settings: the loss.
        critic: used where it has a weight.
        seed: of the critic's rotations and of where its stretches begin.

    Returns:
        (T, 17, 3) absolute metres, camera axes, of each.
    """
    torch.manual_seed(seed)
    lengths = [len(clip.joints) for clip in clips]
    rays, confidence = (np.concatenate([getattr(clip, name) for clip in clips]) for name in ("rays", "confidence"))
    rays = torch.from_numpy(rays.astype(np.float32))
    start = torch.from_numpy(np.concatenate([clip.joints for clip in clips]).astype(np.float32))
    within = torch.ones(len(start) - 1)
    within[np.cumsum(lengths)[:-1] - 1] = 0.0
    joints = start.clone().requires_grad_(True)
    descent = torch.optim.SGD([joints], lr=RATE * USUAL_ERROR_M**2)
    for _ in range(ITERATIONS):
        missing = rays * joints[..., 2:] - joints[..., :2]
        loss = (_weights(settings.weighting, confidence, missing) * _square(missing)).sum()
        loss = loss + SMOOTHNESS * (within[:, None] * _square(joints.diff(dim=0))).sum()
        loss = loss + settings.held * _square(joints - start).sum()
        loss = loss + settings.bones * _square((bone_lengths(joints) - bone_lengths(start))[..., None]).sum()
        if settings.critic:
            stretches = _stretches(joints - joints[:, :1], lengths)
            said = critic(stretches, random_rotations(len(stretches)))
            loss = loss + settings.critic * STRETCH * len(said) * generator_loss(said)
        descent.zero_grad()
        loss.backward()
        descent.step()
    return list(np.split(joints.detach().numpy().astype(np.float64), np.cumsum(lengths)[:-1]))


def _square(vectors: Tensor) -> Tensor:
    """Squared lengths of metres (..., n) in usual errors."""
    return ((vectors / USUAL_ERROR_M) ** 2).sum(dim=-1)


def _weights(weighting: Weighting, confidence: Array, missing: Tensor) -> Tensor:
    """(T, 17) for what is missing (T, 17, 2) now; no gradient goes through them."""
    away = torch.linalg.vector_norm(missing.detach(), dim=-1).numpy() / USUAL_ERROR_M
    weights = joint_weights(weighting, confidence, away)
    weights[:, MADE_UP] = 0.0
    return torch.from_numpy(weights.astype(np.float32))


def _stretches(poses: Tensor, lengths: Sequence[int]) -> Tensor:
    """(N, STRETCH, 17, 3) one after the other from a random frame on; short clips hold their last pose."""
    cut = []
    for clip in poses.split(list(lengths)):
        lacking = max(0, STRETCH - len(clip))
        padded = functional.pad(clip.flatten(1).T, (0, lacking), "replicate").T if lacking else clip.flatten(1)
        first = int(torch.randint(0, len(padded) % STRETCH + 1, ()))
        number = (len(padded) - first) // STRETCH
        cut.append(padded[first : first + number * STRETCH].reshape(number, STRETCH, 17, 3))
    return torch.cat(cut)
