"""Several animated characters in one scene, each on a spot of its own, before one camera."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import bpy
import numpy as np
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Euler, Vector
from numpy.typing import NDArray

from ..errors import AddonError
from .bone_mesh import visible_meshes
from .cloth import dress
from .importer import Character, add_animated
from .playback import body_bones
from .scene import go_to
from .studio import lay_floor, light_scene, new_camera

_FIELD_OF_VIEW: Final = math.radians(30.0)
_CAMERA_PITCH: Final = math.radians(17.0)
_COLUMNS: Final = 3
_PROBES: Final = 24
_FREE_TRAVEL_M: Final = 2.0
"""Characters that stay within this width walk about; of a longer way the slow part is taken away."""


@dataclass(frozen=True, slots=True)
class Actor:
    """One character on its spot.

    Attributes:
        label: its name in the film.
        character: as imported, with its action.
        first_frame: of its action.
        carrier: an empty that carries the character.
        spot: (2,) where it stands, metres.
        height: metres.
        probe_s: (P,) moments at which the path was read.
        path: (P,2) its middle on the floor, relative to the carrier.
    """

    label: str
    character: Character
    first_frame: float
    carrier: bpy.types.Object
    spot: NDArray[np.float64]
    height: float
    probe_s: NDArray[np.float64]
    path: NDArray[np.float64]


def assemble(scene: bpy.types.Scene, files: Sequence[tuple[str, Path]], seconds: float, fps: float) -> list[Actor]:
    """Import the characters, put the short ones in front, light the scene and set up the camera.

    Args:
        scene: an empty scene; its rate is set by the caller.
        files: (label, animated .fbx or .glb).
        seconds: length of what will be filmed.
        fps: the scene's rate.

    Raises:
        AddonError: a file cannot be read or holds no animation.
    """
    loaded = [_load(label, path) for label, path in files]
    loaded.sort(key=lambda actor: actor[3])
    probe_s = np.linspace(0.0, seconds, _PROBES)
    paths = _paths(scene, loaded, probe_s, fps)
    spots = _spots(paths, [height for *_, height in loaded])
    actors = []
    for (label, character, carrier, height), path, spot in zip(loaded, paths, spots, strict=True):
        first = character.armature.animation_data.action.frame_range[0]
        actors.append(Actor(label, character, first, carrier, spot, height, probe_s, path))
        dress(visible_meshes(character))
    light_scene(scene)
    lay_floor(scene)
    camera = new_camera(scene, _FIELD_OF_VIEW)
    camera.rotation_euler = Euler((math.pi / 2 - _CAMERA_PITCH, 0.0, 0.0))
    _frame_all(scene, camera, actors)
    return actors


def place(actors: Sequence[Actor], second: float) -> None:
    """Move the carriers so that each character is about its spot at this moment."""
    for actor in actors:
        span = np.ptp(actor.path, axis=0)
        centre = (actor.path.min(axis=0) + actor.path.max(axis=0)) / 2
        if span.max() > _FREE_TRAVEL_M:
            smooth = _smoothed(actor.path)
            centre = np.array([np.interp(second, actor.probe_s, smooth[:, axis]) for axis in range(2)])
        actor.carrier.location = (*(actor.spot - centre), 0.0)


def label_places(scene: bpy.types.Scene, actors: Sequence[Actor]) -> list[tuple[str, int, int]]:
    """(label, x, y) in pixels from the top left of the picture: before the front row's feet, over the other heads."""
    width, height = scene.render.resolution_x, scene.render.resolution_y
    places = []
    for number, actor in enumerate(actors):
        in_front = number < _COLUMNS
        offset = Vector((0.0, -0.45, 0.0)) if in_front else Vector((0.0, 0.0, actor.height * 1.32))
        point = world_to_camera_view(scene, scene.camera, Vector((*actor.spot, 0.0)) + offset)
        left = round(point.x * width - 4.5 * len(actor.label))
        places.append((actor.label, max(4, left), round((1.0 - point.y) * height) + 12))
    return places


def _load(label: str, path: Path) -> tuple[str, Character, bpy.types.Object, float]:
    character = add_animated(path)
    armature = character.armature
    if armature.animation_data is None or armature.animation_data.action is None:
        raise AddonError(f"{path.name} holds no animation: export the character again.")
    carrier = bpy.data.objects.new(f"Carrier {label}", None)
    bpy.context.scene.collection.objects.link(carrier)
    top = armature
    while top.parent is not None:
        top = top.parent
    top.parent = carrier
    ends = [armature.matrix_world @ end for bone in armature.data.bones for end in (bone.head_local, bone.tail_local)]
    return label, character, carrier, max(point.z for point in ends)


def _paths(
    scene: bpy.types.Scene,
    loaded: Sequence[tuple[str, Character, bpy.types.Object, float]],
    probe_s: NDArray[np.float64],
    fps: float,
) -> list[NDArray[np.float64]]:
    """(P,2) for each character: the middle of its bones on the floor over time."""
    paths = np.empty((len(loaded), len(probe_s), 2))
    bones = [body_bones(character) for _, character, _, _ in loaded]
    first = min(item[1].armature.animation_data.action.frame_range[0] for item in loaded)
    for index, second in enumerate(probe_s):
        go_to(scene, first + second * fps)
        for number, (_, character, _, _) in enumerate(loaded):
            armature = character.armature
            heads = np.array([armature.matrix_world @ armature.pose.bones[name].head for name in bones[number]])
            paths[number, index] = heads[:, :2].mean(axis=0)
    return list(paths)


def _smoothed(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """The slow part of a path, a running mean over a quarter of the clip."""
    half = max(1, len(path) // 8)
    padded = np.pad(path, ((half, half), (0, 0)), mode="edge")
    kernel = np.ones(2 * half + 1) / (2 * half + 1)
    return np.stack([np.convolve(padded[:, axis], kernel, "valid") for axis in range(2)], axis=-1)


def _spots(paths: Sequence[NDArray[np.float64]], heights: Sequence[float]) -> list[NDArray[np.float64]]:
    """Rows of three, the back row shifted into the gaps; wide enough for arms and the way walked."""
    travel = min(_FREE_TRAVEL_M, max(float(np.ptp(path, axis=0).max()) for path in paths))
    step = 0.68 * max(heights) + 0.35 * travel
    spots = []
    for index in range(len(paths)):
        row, column = divmod(index, _COLUMNS)
        in_row = min(_COLUMNS, len(paths) - row * _COLUMNS)
        x = (column - (in_row - 1) / 2 + 0.5 * (row % 2) - (0.25 if len(paths) > _COLUMNS else 0.0)) * step
        spots.append(np.array([x, row * 1.5 * step]))
    return spots


def _reach(actor: Actor) -> float:
    """How far an actor gets to either side of its spot, metres."""
    width = float(np.ptp(actor.path[:, 0]))
    return 0.3 * actor.height + (width / 2 if width <= _FREE_TRAVEL_M else 0.3)


def _frame_all(scene: bpy.types.Scene, camera: bpy.types.Object, actors: Sequence[Actor]) -> None:
    """Move the camera back until everybody is in the picture, with arms raised and wherever they walk."""
    points = [
        coordinate
        for actor in actors
        for side in (-1.0, 1.0)
        for height in (-0.15, actor.height * 1.25)
        for coordinate in (actor.spot[0] + side * _reach(actor), actor.spot[1] - 0.3, height)
    ]
    bpy.context.view_layer.update()
    location, _ = camera.camera_fit_coords(bpy.context.evaluated_depsgraph_get(), points)
    camera.location = location
    bpy.context.view_layer.update()
    heights = [world_to_camera_view(scene, camera, Vector(points[i : i + 3])).y for i in range(0, len(points), 3)]
    aspect = scene.render.resolution_y / scene.render.resolution_x
    camera.data.shift_y = ((min(heights) + max(heights)) / 2 - 0.5) * aspect
