"""Skeletons of joints: names, parents and the pairing of left and right."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import SequenceError


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A tree of named joints.

    Attributes:
        name: what the convention is called.
        joint_names: (J,) names, unique.
        parents: (J,) index of each joint's parent: -1 for the first joint, and always before the joint's own.
        left: indices of the joints on the body's left.
        right: indices of their mirror images, in the same order.

    Raises:
        SequenceError: the tree or the pairing is not consistent; names the joint.
    """

    name: str
    joint_names: tuple[str, ...]
    parents: tuple[int, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.joint_names) != len(self.parents) or len(set(self.joint_names)) != len(self.joint_names):
            raise SequenceError(f"Skeleton '{self.name}' needs one parent for each of its joints, and no name twice.")
        if not self.parents or self.parents[0] != -1:
            raise SequenceError(f"The first joint of skeleton '{self.name}' must have the parent -1.")
        for joint, parent in enumerate(self.parents[1:], start=1):
            if not 0 <= parent < joint:
                raise SequenceError(
                    f"Joint '{self.joint_names[joint]}' of skeleton '{self.name}' must come after its parent."
                )
        sides = self.left + self.right
        if len(self.left) != len(self.right) or len(set(sides)) != len(sides):
            raise SequenceError(f"Skeleton '{self.name}' must pair each left joint with exactly one right joint.")

    def index(self, joint_name: str) -> int:
        """Index of a joint by name.

        Raises:
            SequenceError: there is no such joint; lists those that there are.
        """
        try:
            return self.joint_names.index(joint_name)
        except ValueError:
            known = ", ".join(self.joint_names)
            raise SequenceError(f"Skeleton '{self.name}' has no joint '{joint_name}'; it has {known}.") from None


H36M_17 = Skeleton(
    name="h36m-17",
    joint_names=(
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
    ),
    parents=(-1, 0, 1, 2, 0, 4, 5, 0, 7, 8, 9, 8, 11, 12, 8, 14, 15),
    left=(4, 5, 6, 11, 12, 13),
    right=(1, 2, 3, 14, 15, 16),
)
"""The 17 joints that the inference process writes, in Human3.6M's order."""

POINTS = tuple(
    f"{side}_{point}"
    for side in ("left", "right")
    for point in ("heel", "toe", "thumb_knuckle", "index_knuckle", "little_knuckle")
)
"""Further points that tell how hands and feet are turned: the back of the heel, the tip of the big toe, and
where thumb, index and little finger leave the palm."""


def anchor_of(point: str) -> str:
    """The joint that a point of `POINTS` is set on: heel and toe on the ankle, knuckles on the wrist."""
    side, _, part = point.partition("_")
    return f"{side}_{'ankle' if part in ('heel', 'toe') else 'wrist'}"
