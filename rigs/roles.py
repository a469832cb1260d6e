"""What a bone can be in a body: the closed list that rig maps assign bones to."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A part of the body; a side is the body's own left or right."""

    ROOT = "root"
    PELVIS = "pelvis"
    SPINE = "spine"
    CHEST = "chest"
    NECK = "neck"
    HEAD = "head"
    CLAVICLE_LEFT = "clavicle_left"
    UPPER_ARM_LEFT = "upper_arm_left"
    FOREARM_LEFT = "forearm_left"
    HAND_LEFT = "hand_left"
    THIGH_LEFT = "thigh_left"
    SHIN_LEFT = "shin_left"
    FOOT_LEFT = "foot_left"
    TOE_LEFT = "toe_left"
    CLAVICLE_RIGHT = "clavicle_right"
    UPPER_ARM_RIGHT = "upper_arm_right"
    FOREARM_RIGHT = "forearm_right"
    HAND_RIGHT = "hand_right"
    THIGH_RIGHT = "thigh_right"
    SHIN_RIGHT = "shin_right"
    FOOT_RIGHT = "foot_right"
    TOE_RIGHT = "toe_right"


SIDES = ("left", "right")

LIMB_ROLES = ("upper_arm", "forearm", "thigh", "shin", "foot")

REQUIRED_ROLES: tuple[Role, ...] = (
    Role.PELVIS,
    *(Role(f"{limb}_{side}") for limb in LIMB_ROLES for side in SIDES),
)
"""Roles without which no pose can be put on a rig; a spine or a chest bone is needed besides."""


def sided(limb: str, side: str) -> Role:
    """The role of a limb ("upper_arm", "foot", ...) on a side ("left" or "right")."""
    return Role(f"{limb}_{side}")


def words(role: Role) -> str:
    """A role as a person would say it: "left upper arm"."""
    for side in SIDES:
        if role.value.endswith(f"_{side}"):
            return f"{side} {role.value.removesuffix(f'_{side}').replace('_', ' ')}"
    return role.value
