"""The people of the films with truth: dressed bodies in motion, and what is true of them in each frame."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import film_actor
import numpy as np
from film_actor import face_camera, joint_reader, make_actor, read_clip
from mathutils import Vector
from numpy.typing import NDArray
from outfit import Body
from world_motion import resampled, sole_vertices

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

MOCAP_FPS = 30.0
TRAVELS_M = 1.0
SKIN_M = 0.2
"""A joint lies no deeper than this under the skin; what is further before it is another part of the body."""
RIGHT_HIP, LEFT_HIP = 1, 4


@dataclass(frozen=True, slots=True)
class Role:
    """Who does what in a film.

    Attributes:
        body: name in world_bodies.json.
        clip, first: motion capture clip and its first frame.
        heading_deg: direction of the way, or of the face of who stays: 0 to the camera's right, 90 away from it.
        at_m: where the middle of the way lies, x and y.
        colours: instead of the body's own.
        pattern: of the shirt: stripes, uprights or plain.
    """

    body: str
    clip: str
    first: int
    heading_deg: float
    at_m: tuple[float, float] = (0.0, 0.0)
    colours: tuple[tuple[str, str], ...] = ()
    pattern: str = "stripes"

    @classmethod
    def of(cls, fields: dict[str, Any]) -> Role:
        """From the data file."""
        lists = {key: tuple(fields[key]) for key in ("at_m",) if key in fields}
        return cls(**{**fields, **lists, "colours": tuple(fields.get("colours", {}).items())})

    def motion(self, pack: Path, count: int, fps: float) -> FloatArray:
        """(T, 17, 3) at the film's rate, where and whither the role says."""
        last = self.first + math.ceil(count * MOCAP_FPS / fps) + 3
        joints, rate = read_clip(pack, self.clip, self.first, last)
        joints = resampled(joints, np.arange(count) * rate / fps)
        way = joints[-1, 0, :2] - joints[0, 0, :2]
        if np.linalg.norm(way) < TRAVELS_M:
            left = (joints[:, LEFT_HIP] - joints[:, RIGHT_HIP]).mean(axis=0)
            way = np.array([left[1], -left[0]])
        turned = face_camera(joints, math.radians(self.heading_deg) - math.atan2(way[1], way[0]))
        middle = (turned[:, 0, :2].min(axis=0) + turned[:, 0, :2].max(axis=0)) / 2
        turned[..., :2] += np.array(self.at_m) - middle
        return turned


class Performer:
    """One dressed body of a film."""

    def __init__(self, role: Role, spec: dict[str, Any], bodies: Path, package: Callable[[str], Any]) -> None:
        self.body = Body.load(bodies / f"{role.body}.npz")
        dressed = {**spec, "colours": {**spec["colours"], **dict(role.colours)}, "pattern": role.pattern}
        self.mesh, self.armature = make_actor(self.body, dressed)
        self.read_joints = joint_reader(
            self.mesh, self.armature, self.body, package("rigs.skeleton").H36M_17.joint_names
        )
        self._soles = sole_vertices(np.array([v.co for v in self.mesh.data.vertices]))
        self.height_m = float(np.ptp(self.body.vertices[np.unique(self.body.part("body")), 2]))
        self.package = package

    def perform(self, joints: FloatArray, fps: float) -> None:
        """Key the motion (T, 17, 3) from frame 1 on, feet held where they stand."""
        film_actor.animate(self.armature, joints, fps, self.package, hold_feet=True)

    def read_soles(self) -> FloatArray:
        """(2, 2, 3) heel and toe of the left and the right shoe in the scene's frame, metres, world."""
        shown = self.mesh.evaluated_get(bpy.context.evaluated_depsgraph_get())
        at = [shown.matrix_world @ shown.data.vertices[int(v)].co for v in self._soles.reshape(-1)]
        return np.array(at).reshape(2, 2, 3)

    def seen_from(self, eye: FloatArray, joints: FloatArray) -> BoolArray:
        """(17,) joints that nothing hides from the camera, the body's other parts included."""
        graph, scene = bpy.context.evaluated_depsgraph_get(), bpy.context.scene
        seen = []
        for joint in joints:
            ray = joint - eye
            far = float(np.linalg.norm(ray))
            hit, at, _, _, thing, _ = scene.ray_cast(graph, Vector(eye), Vector(ray / far), distance=far)
            own = hit and thing.name == self.mesh.name
            seen.append(not hit or (own and far - float(np.linalg.norm(np.array(at) - eye)) < SKIN_M))
        return np.array(seen)
