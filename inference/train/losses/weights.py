"""How much each optional term counts beside the joints' mean distance."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LossWeights:
    """Weights of the terms beside MPJPE; 0 leaves a term out.

    Attributes:
        velocity: of `losses.velocity`, metres a frame.
        bone_direction: of `losses.bone_direction`, about radians: 0.1 makes it as large as MPJPE.
        bone_length: of `losses.bone_length`, metres.
        projection: of `losses.projection`, metres.
        tkcs: of the discriminator's term; Cheng et al. give it 0.01.
    """

    velocity: float = 0.0
    bone_direction: float = 0.0
    bone_length: float = 0.0
    projection: float = 0.0
    tkcs: float = 0.0
