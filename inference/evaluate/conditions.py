"""What a network is given of a view: true 2D joints, with Gaussian noise, or as a detector finds them."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..lift.normalise import default_focal_px, image_rays
from .views import OTHER_DETECTORS, View

TRUE, DETECTED = "true_2d", "detected_2d"
GAUSSIAN_PX: Final = {"noise_5px": 5.0, "noise_10px": 10.0, "noise_15px": 15.0, "noise_20px": 20.0}
OTHERS: Final = {f"detected_{name.partition('-')[0]}": name for name in OTHER_DETECTORS}
"""Detections in other layouts than the program's own: condition to layout."""
CONDITIONS: Final = (TRUE, *GAUSSIAN_PX, DETECTED, *OTHERS)
"""In every table's order. True 2D and Gaussian noise come with the camera's focal length, detections without it."""


def track_px(view: View, condition: str, seed: int, number: int) -> NDArray[np.float32]:
    """The view's 2D joints (C, 17, 2) in pixels under a condition; `seed` and the clip's `number` fix the noise.

    Gaussian noise (the paper's Table 11) is independent for every joint, axis and frame, with its standard deviation in
    pixels of a picture whose longer side has `LONG_SIDE_PX`, whatever the person's size in it.
    """
    if condition == DETECTED:
        return view.detected_px
    if condition in OTHERS:
        return view.others_px[OTHERS[condition]]
    if condition == TRUE:
        return view.exact_px
    rng = np.random.default_rng([seed, number, round(GAUSSIAN_PX[condition])])
    noise = GAUSSIAN_PX[condition] * rng.standard_normal(view.exact_px.shape, dtype=np.float32)
    return np.asarray(view.exact_px + noise, np.float32)


def track_rays(view: View, condition: str, seed: int, number: int) -> NDArray[np.float32]:
    """The same on the plane z = 1 of the camera, (C, 17, 2), with the focal length that the condition allows."""
    focal = view.focal_px if condition == TRUE or condition in GAUSSIAN_PX else default_focal_px(view.size_px)
    return image_rays(track_px(view, condition, seed, number), view.size_px, focal)
