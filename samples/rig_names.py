"""Bone names that the sample bodies' rigs need told: the head of each rig, its arm chains, and VRoid's names."""

from __future__ import annotations

HEADS = {  # names before any renaming
    "default": "head",
    "mixamo": "mixamorig:Head",
    "vrm": "mixamorig:Head",
    "game_engine": "head",
    "cmu_mb": "Head",
    "rigify": "spine.006",
}


def mixamo_arms() -> dict[str, tuple[str, ...]]:
    """Upper arm, forearm, hand and middle finger of a Mixamo rig, by side."""
    parts = ("Arm", "ForeArm", "Hand", "HandMiddle1")
    return {side: tuple(f"mixamorig:{side.title()}{part}" for part in parts) for side in ("left", "right")}


def _vrm_names() -> dict[str, str]:
    centre = {
        "Hips": "Hips",
        "Spine": "Spine",
        "Spine1": "Chest",
        "Spine2": "UpperChest",
        "Neck": "Neck",
        "Head": "Head",
    }
    limbs = {
        "Shoulder": "Shoulder",
        "Arm": "UpperArm",
        "ForeArm": "LowerArm",
        "Hand": "Hand",
        "UpLeg": "UpperLeg",
        "Leg": "LowerLeg",
        "Foot": "Foot",
        "ToeBase": "ToeBase",
    }
    fingers = {"Thumb": "Thumb", "Index": "Index", "Middle": "Middle", "Ring": "Ring", "Pinky": "Little"}
    names = {f"mixamorig:{mixamo}": f"J_Bip_C_{vroid}" for mixamo, vroid in centre.items()}
    for side in ("Left", "Right"):
        for mixamo, vroid in limbs.items():
            names[f"mixamorig:{side}{mixamo}"] = f"J_Bip_{side[0]}_{vroid}"
        for mixamo, vroid in fingers.items():
            for joint in (1, 2, 3):
                names[f"mixamorig:{side}Hand{mixamo}{joint}"] = f"J_Bip_{side[0]}_{vroid}{joint}"
    return names


VRM_NAMES = _vrm_names()
