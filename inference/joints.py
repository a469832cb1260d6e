"""The 17 joints of every room inside `inference`, in Human3.6M order (`rigs.skeleton` holds the same list)."""

from __future__ import annotations

from typing import Final

NAMES: Final = (
    "pelvis",
    "right_hip",
    "right_knee",
    "right_ankle",
    "left_hip",
    "left_knee",
    "left_ankle",
    "spine",
    "thorax",
    "nose",
    "head",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
    "right_shoulder",
    "right_elbow",
    "right_wrist",
)
PARENTS: Final = (-1, 0, 1, 2, 0, 4, 5, 0, 7, 8, 9, 8, 11, 12, 8, 14, 15)
LEFT: Final = (4, 5, 6, 11, 12, 13)
RIGHT: Final = (1, 2, 3, 14, 15, 16)
COUNT: Final = len(NAMES)
INDEX: Final = {name: index for index, name in enumerate(NAMES)}
ANKLES: Final = (INDEX["left_ankle"], INDEX["right_ankle"])

REFERENCE_HEIGHT_M: Final = 1.75
"""Standing height of the person that the lifter's output is scaled to."""
