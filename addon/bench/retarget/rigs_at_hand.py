"""The rigs that the benchmark runs on: files, as the solver and the measures need them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import bpy
import numpy as np

from ....rigs.arrays import FloatArray
from ....rigs.maps import RigMap, Role, detect
from ....rigs.rest import RigRest
from ....rigs.retarget import RetargetSettings
from ....rigs.roles import SIDES, sided
from ...armature import read_rest
from ...errors import AddonError
from ...headless.importer import Character, load_character
from ...retarget import with_soles
from .skin import RigAtHand, Skin

ENDINGS = (".glb", ".blend", ".fbx", ".vrm")
_FOOT_SHARE = 0.5
"""Vertices whose weight lies at least this much on a foot's bones are the foot's."""
_MOST_POINTS = 400


def rig_files(folders: Sequence[Path], wanted: Sequence[str] = ()) -> list[Path]:
    """Character files of the folders, by name; `wanted` keeps those whose names hold one of its words."""
    files = sorted(path for folder in folders for path in folder.glob("*") if path.suffix in ENDINGS)
    kept = [path for path in files if not wanted or any(word in path.stem for word in wanted)]
    if not kept:
        raise AddonError(f"There is no rig {' or '.join(wanted)} among {', '.join(path.stem for path in files)}.")
    return kept


def load_rig(path: Path) -> tuple[Character, RigAtHand]:
    """Load a character into an empty scene and measure it."""
    character = load_character(path)
    rest = read_rest(character.armature)
    rig_map = detect(rest).rig_map
    settings = with_soles(character.armature, rest, rig_map, RetargetSettings())
    return character, RigAtHand(path, rest, rig_map, settings, _soles(character, rest, rig_map))


def _soles(character: Character, rest: RigRest, rig_map: RigMap) -> Skin | None:
    """The feet's vertices, as far as they follow bones that the map drives."""
    feet = {rest.index(name) for side in SIDES for name in rig_map.bones(sided("foot", side), sided("toe", side))}
    feet |= {bone for bone in range(len(rest.parents)) if feet & set(rest.ancestors(bone))}
    driven = feet | {rest.index(name) for name in rig_map.bones(*Role)}
    to_armature = np.linalg.inv(np.array(character.armature.matrix_world, dtype=np.float64))
    rows: list[tuple[FloatArray, list[tuple[int, float]]]] = []
    for mesh in character.meshes:
        groups = {group.index: group.name for group in mesh.vertex_groups}
        place = to_armature @ np.array(mesh.matrix_world, dtype=np.float64)
        for vertex in mesh.data.vertices:
            shares = _shares(vertex, groups, rest)
            total = sum(weight for _, weight in shares)
            on_feet = sum(weight for bone, weight in shares if bone in feet)
            if total > 0.0 and on_feet >= _FOOT_SHARE * total and {bone for bone, _ in shares} <= driven:
                rows.append((place[:3, :3] @ np.array(vertex.co) + place[:3, 3], shares))
    return _skin(rows, rest.armature_to_world[2, :3]) if rows else None


def _shares(vertex: bpy.types.MeshVertex, groups: dict[int, str], rest: RigRest) -> list[tuple[int, float]]:
    found = [(groups.get(element.group, ""), element.weight) for element in vertex.groups]
    return [(rest.index(name), weight) for name, weight in found if name in rest.bone_names and weight > 0.0]


def _skin(rows: list[tuple[FloatArray, list[tuple[int, float]]]], up: FloatArray) -> Skin:
    """The lowest of the rows at rest, as arrays."""
    rows = sorted(rows, key=lambda row: float(row[0] @ up))[:_MOST_POINTS]
    width = max(len(shares) for _, shares in rows)
    bones = np.zeros((len(rows), width), dtype=np.int64)
    weights = np.zeros((len(rows), width))
    for at, (_, shares) in enumerate(rows):
        for way, (bone, weight) in enumerate(shares):
            bones[at, way], weights[at, way] = bone, weight
    weights /= weights.sum(axis=1, keepdims=True)
    return Skin(np.array([point for point, _ in rows]), bones, weights)
