"""Use cases: what a rig cannot tell, kept in a map of the user's own: its upright pose, and turns of bones."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np

from ..rigs import calibration, quaternions
from ..rigs.errors import MapError
from ..rigs.maps import RigMap, read_map, write_map
from ..rigs.rest import RigRest
from .armature import check_armature, read_rest
from .mapping.found import found_rig, keep_by_hand
from .mapping.rows import is_by_hand


def calibrate_from_pose(obj: bpy.types.Object, folder: Path) -> Path | None:
    """Keep the armature's present pose as the one in which the body stands upright, as others do at rest.

    No pose changes. What is kept goes into a map file, or into the armature's map by hand where it has one.

    Args:
        obj: the armature.
        folder: of the user's own maps; made if need be.

    Returns:
        The map file; None where the armature keeps it.

    Raises:
        AddonError, RigError: the armature cannot be read, is not recognised, or the file cannot be written.
    """
    rest, rig_map = _known(obj)
    posed = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones
    matrices = np.array([posed[name].matrix for name in rest.bone_names], dtype=np.float64)
    return _keep(obj, rig_map, calibration.calibrate(rest, rig_map, matrices), folder)


def turn_bone(obj: bpy.types.Object, bone_name: str, axis: str, angle_rad: float, folder: Path) -> Path | None:
    """Keep a turn of one bone about its own axis, X, Y or Z, that every retargeting is to add.

    Args, returns and errors as `calibrate_from_pose`.
    """
    rest, rig_map = _known(obj)
    turn = quaternions.from_axis_angle(np.eye(3)["XYZ".index(axis)], np.float64(angle_rad))
    return _keep(obj, rig_map, calibration.corrected(rest, rig_map, bone_name, turn), folder)


def forget_calibration(obj: bpy.types.Object, folder: Path) -> Path | None:
    """Let the armature's rest pose count again, and all its bones be as they are.

    Args, returns and errors as `calibrate_from_pose`.
    """
    _, rig_map = _known(obj)
    return _keep(obj, rig_map, replace(rig_map, corrections={}), folder)


def _known(obj: bpy.types.Object) -> tuple[RigRest, RigMap]:
    return read_rest(check_armature(obj)), found_rig(obj).rig_map


def _keep(obj: bpy.types.Object, before: RigMap, rig_map: RigMap, folder: Path) -> Path | None:
    """Write the map where the one before came from, or as a new file named after the armature."""
    if is_by_hand(obj):
        keep_by_hand(obj, rig_map)
        return None
    path = _file_of(before, folder)
    if path is None:
        path = _free_file(obj.name, folder)
        rig_map = replace(rig_map, name=path.stem)
    write_map(path, rig_map)
    return path


def _file_of(rig_map: RigMap, folder: Path) -> Path | None:
    """The user's file that holds a map; not one that is calibrated for another rig with the same bones."""
    for path in sorted(folder.glob("*.json")):
        template = read_map(path)
        if template.name == rig_map.name and (rig_map.corrections or not template.corrections):
            return path
    return None


def _free_file(name: str, folder: Path) -> Path:
    stem = re.sub(r"[^\w\-]+", "_", name).strip("_") or "rig"
    for number in range(1, 1000):
        path = folder / (f"{stem}.json" if number == 1 else f"{stem}_{number}.json")
        if not path.exists():
            return path
    raise MapError(f"The folder of rig maps '{folder}' holds a thousand maps called '{stem}'; clear it up.")
