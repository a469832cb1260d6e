"""Corrects lifted poses by the detector's own 3D, with the network that `inference.train.fit_blend` trained."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from .. import joints
from ..layouts import Layout
from ..lift.normalise import MIRROR, MIRRORED, mirror_poses
from ..lift.weights import WEIGHTS_FOLDER
from .arrays import BoolArray, FloatArray
from .blend_inputs import (
    APART,
    APART_M,
    FEATURES,
    Points,
    blend_inputs,
    mirrored,
    own_pose,
    to_camera_axes,
)
from .layers import Layers, read_layers, relu
from .smooth import smooth

BLEND_WEIGHTS: Final = WEIGHTS_FOLDER / "blend.npz"
_LAYERS: Final = ("enter", "hidden", "leave")
_CALM_HZ: Final = 2.5
"""What the detector's 3D adds changes slowly; what is faster is its trembling."""


@dataclass(frozen=True, slots=True)
class BlendNetwork:
    """How far each joint of a frame goes to where the detector's own 3D has it, and what is to be added to that.

    Attributes:
        layers: its weights, with mean and spread (FEATURES,) of the features.
    """

    layers: Layers

    def run(self, features: FloatArray) -> FloatArray:
        """(T, CORRECTIONS) metres, body's axes, for (T, FEATURES)."""
        run, told = self.layers.run, self.layers.further
        hidden = relu(run("enter", (features - told["mean"]) / told["spread"]))
        said = run("leave", relu(run("hidden", hidden)))
        trust = 1.0 / (1.0 + np.exp(-said[:, : joints.COUNT - 1, None]))
        apart = APART_M * features[:, APART].reshape(len(features), -1, 3)
        return np.asarray((trust * apart).reshape(len(features), -1) + said[:, joints.COUNT - 1 :])


@cache
def load_blend(path: Path = BLEND_WEIGHTS) -> BlendNetwork:
    """The network that the program uses.

    Raises:
        ModelError: the file is missing or damaged, or made for other features.
    """
    return BlendNetwork(read_layers(path, _LAYERS, FEATURES, ("mean", "spread")))


def blended(
    lifted: FloatArray,
    layout: Layout,
    world: Points,
    px: Points,
    lifted_px: FloatArray,
    confidence: FloatArray,
    sights: FloatArray,
    times_s: FloatArray,
    network: BlendNetwork | None = None,
) -> FloatArray:
    """Lifted poses with what the detector's own 3D adds to them; as they are where it has none at all.

    Args:
        lifted: (T, 17, 3) root-relative metres, camera axes, reference height.
        layout, world, px: of the detector's K points, their 3D (T, K, 3) and places (T, K, 2), NaN where not found.
        lifted_px: (T, 17, 2) pixels: what was lifted.
        confidence: (T, 17) 0..1 of it.
        sights: (T, 3) unit vectors from the camera to the pelvis.
        times_s: (T,) strictly increasing.
        network: instead of the program's.

    Returns:
        (T, 17, 3) as `lifted`.
    """
    own = own_pose(layout, world, px, lifted_px, lifted)
    if own is None:
        return lifted
    chosen = network or load_blend()
    step = to_camera_axes(chosen.run(blend_inputs(lifted, own, confidence, sights)), lifted)
    twin = mirror_poses(lifted)
    given = twin, mirrored(own), confidence[:, MIRRORED], sights * MIRROR
    twin_step = mirror_poses(to_camera_axes(chosen.run(blend_inputs(*given)), twin))
    return lifted + smooth(_carried((step + twin_step) / 2.0, own.known, times_s), times_s, _CALM_HZ)


def _carried(steps: FloatArray, known: BoolArray, times_s: FloatArray) -> FloatArray:
    """Steps (T, 17, 3), those of frames of which the detector knows nothing led over from the nearest others."""
    if known.all():
        return steps
    columns = steps.reshape(len(steps), -1)
    filled = [np.interp(times_s, times_s[known], column[known]) for column in columns.T]
    return np.stack(filled, axis=1).reshape(steps.shape)
