"""Test clips as fixed virtual cameras see them: the same for every network that is compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..joints import REFERENCE_HEIGHT_M
from ..lift.normalise import normalise_size
from ..train.bodies import detector_bodies
from ..train.cameras import Cameras, project, sample_cameras, see, step_back
from ..train.noise import GENERIC, NoiseModel, add_noise
from ..train.pack import MotionPack

LONG_SIDE_PX: Final = 1000.0
"""Longer side of the pictures, about as wide as Human3.6M's, for which the paper's Table 11 gives its pixels."""

BEFORE, AFTER = 242, 121
"""Frames kept before and after those that are measured: what 243 frames, causal or not, reach."""

DETECTOR: Final = "blazepose-33"
"""Whose errors detected joints have, unless another noise is given: the program's own."""

OTHER_DETECTORS: Final = ("coco-17", "halpe-26")
"""Layouts whose errors are known too: how a network fares with points that another detector gives."""


_TURNED: Final = 2**16
"""Apart from the numbers of other detectors in what fixes a clip's random numbers."""


@dataclass(frozen=True, slots=True)
class View:
    """One clip as one camera sees it: an excerpt of C frames, T of which are measured.

    Attributes:
        targets: (T,) indices of the measured frames in the excerpt, one after the other.
        truth_m: (T, 17, 3) root-relative, camera axes, size-normalised.
        exact_px, detected_px: (C, 17, 2) true 2D joints, and with a detector's errors.
        others_px: the same with those of `OTHER_DETECTORS`, where asked for.
        size_px: (2,) image size.
        focal_px: the camera's focal length.
        placed_m: (C, 17, 3) true joints with their path, camera axes, true size.
        up: (3,) the world's up, camera axes.
    """

    targets: NDArray[np.int64]
    truth_m: NDArray[np.float32]
    exact_px: NDArray[np.float32]
    detected_px: NDArray[np.float32]
    others_px: Mapping[str, NDArray[np.float32]]
    size_px: NDArray[np.float64]
    focal_px: float
    placed_m: NDArray[np.float32]
    up: NDArray[np.float64]


def make_views(
    pack: MotionPack,
    *,
    frames: int,
    seed: int,
    others: Sequence[str] = (),
) -> list[View]:
    """The middle `frames` of every clip, each through a camera of its own that `seed` and the clip's number fix.

    Args:
        others: further detectors, names of `OTHER_DETECTORS`.
    """
    noise = NoiseModel.from_file(DETECTOR)
    known = {name: NoiseModel.from_file(name) for name in others}
    return [
        make_view(pack.clip(number), seed, number, frames=frames, noise=noise, others=known)
        for number in range(len(pack))
    ]


def make_view(
    clip: NDArray[np.float32],
    seed: int,
    number: int,
    *,
    frames: int | None = None,
    noise: NoiseModel | None = None,
    others: Mapping[str, NoiseModel] | None = None,
    turn: Callable[[Cameras, np.random.Generator], Cameras] | None = None,
) -> View:
    """The clip (T, 17, 3), world, seen by the camera that `seed` and `number` fix; `frames` None measures all of it.

    With `turn` the camera is first changed by it, with random numbers of its own.
    """
    noise = NoiseModel.from_file(DETECTOR) if noise is None else noise
    rng = np.random.default_rng([seed, number])
    cameras = sample_cameras(1, rng)
    if turn is not None:
        cameras = turn(cameras, np.random.default_rng([seed, number, _TURNED]))
    count = len(clip) if frames is None else min(frames, len(clip))
    start = (len(clip) - count) // 2
    first = max(0, start - BEFORE)
    targets = np.arange(start - first, start - first + count)
    windows = clip[None, first : start + count + AFTER]
    origin = windows[:, targets[count // 2], 0]
    cameras = step_back(cameras, see(cameras, windows, origin))  # nobody films through a person
    seen = see(cameras, windows, origin)
    detected = _detect(windows, cameras, origin, noise, rng)
    size_px = np.round(cameras.size[0] * cameras.focal[0] * LONG_SIDE_PX).astype(np.float64)
    return View(
        targets=targets,
        truth_m=normalise_size(seen[0, targets]),
        exact_px=_to_pixels(project(seen)[0], cameras, size_px),
        detected_px=_to_pixels(detected, cameras, size_px),
        others_px={
            name: _to_pixels(
                _detect(windows, cameras, origin, model, np.random.default_rng([seed, number, k])), cameras, size_px
            )
            for k, (name, model) in enumerate((others or {}).items())
        },
        size_px=size_px,
        focal_px=_focal_px(cameras),
        placed_m=seen[0],
        up=cameras.rotation[0, :, 2].astype(np.float64),
    )


def _detect(
    windows: NDArray[np.float32],
    cameras: Cameras,
    origin: NDArray[np.float32],
    noise: NoiseModel,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """What a detector makes of one clip (1, C, 17, 3): (C, 17, 2) on the plane z = 1."""
    height = REFERENCE_HEIGHT_M / cameras.pelvis_m[:, 2]
    kinds = noise.draw_kinds(1, rng)
    bodies = detector_bodies(windows, rng) if kinds[0] == GENERIC else windows  # fitted errors hold these already
    rays = project(see(cameras, bodies, origin))
    detected: NDArray[np.float32] = add_noise(rays, height, 1.0 / cameras.focal, noise, rng, kinds)[0]
    return detected


def person_height_px(views: list[View]) -> float:
    """Median height of a person in the pictures: from the highest joint to the lowest, over the measured frames."""
    heights = [np.ptp(view.exact_px[view.targets][..., 1], axis=1) for view in views]
    return float(np.median(np.concatenate(heights)))


def _focal_px(cameras: Cameras) -> float:
    return float(cameras.focal[0]) * LONG_SIDE_PX / 2.0


def _to_pixels(rays: NDArray[np.float32], cameras: Cameras, size_px: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.asarray(rays * _focal_px(cameras) + size_px / 2.0, np.float32)
