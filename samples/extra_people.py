"""Dressed bodies that move as motion capture does, posed in numpy alone, and the true joints of each pose."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from outfit import MATERIALS, Body, Dressed, dress
from rig_names import HEADS
from splat import Dots, spread_dots
from world_motion import sole_vertices

from rigs.kinematics import pose_bones
from rigs.maps import detect
from rigs.rest import RigRest
from rigs.retarget import RetargetSettings, retarget
from rigs.sequence import PoseSequence
from rigs.skeleton import H36M_17

FloatArray = NDArray[np.float64]

JOINT_BONES = {  # joints that are where a bone of the game engine rig begins
    f"{side}_{joint}": f"{bone}_{side[0]}"
    for side in ("left", "right")
    for joint, bone in {
        "hip": "thigh", "knee": "calf", "ankle": "foot", "shoulder": "upperarm", "elbow": "lowerarm", "wrist": "hand",
    }.items()
}  # fmt: skip
SPINE_OVER_PELVIS_M = 0.22
FIXED_COLOURS = {"eye": "#f2efe9", "iris": "#3a2a1c", "lips": "#9c5450"}
STRIPES_A_M = 14.0


@dataclass(frozen=True, slots=True)
class Extra:
    """A body that can be posed and drawn.

    Attributes:
        rest: its bones.
        vertices: (V, 3) metres at rest, Z up, facing -Y.
        weights: (V, B) of the bones.
        dots: its surface.
        marks: (17, B, 4) the joints: what each bone adds to a joint is its matrix times this.
        height_m: barefoot.
    """

    rest: RigRest
    vertices: FloatArray
    weights: NDArray[np.float32]
    dots: Dots
    marks: FloatArray
    height_m: float

    def pose(self, joints: FloatArray, fps: float) -> FloatArray:
        """(T, B, 4, 4) what moves each bone from rest, to follow a motion (T, 17, 3), metres, Z up; feet hold."""
        sequence = PoseSequence.from_joints(joints, fps)
        settings = RetargetSettings(ik=True, sole_height=0.0)
        result = retarget(sequence, self.rest, detect(self.rest).rig_map, settings)
        moved: FloatArray = pose_bones(self.rest, result) @ np.linalg.inv(self.rest.rest_matrices)
        return moved

    def joints(self, moved: FloatArray) -> FloatArray:
        """(T, 17, 3) metres, world, of a pose (T, B, 4, 4)."""
        return np.asarray(np.einsum("tbij,kbj->tki", moved[:, :, :3], self.marks))

    def soles(self, moved: FloatArray) -> FloatArray:
        """(T, 2, 2, 3) heel and toe of the left and the right shoe, metres, world, of a pose (T, B, 4, 4)."""
        ends = sole_vertices(self.vertices).ravel()
        marks = (
            self.weights[ends].astype(np.float64)[..., None] * np.insert(self.vertices[ends], 3, 1.0, axis=1)[:, None]
        )
        return np.einsum("tbij,kbj->tki", moved[:, :, :3], marks).reshape(-1, 2, 2, 3)

    def surface(self, moved: FloatArray) -> FloatArray:
        """(V, 3) metres, world, of one frame's (B, 4, 4)."""
        blended = (self.weights @ moved[:, :3].reshape(len(moved), 12).astype(np.float32)).reshape(-1, 3, 4)
        return np.asarray(np.einsum("vij,vj->vi", blended[..., :3], self.vertices) + blended[..., 3])


def load_extra(path: Path, spec: dict[str, Any], rng: np.random.Generator) -> Extra:
    """A body of `make_bodies.py`, dressed as its spec says; the cloth's pattern is drawn."""
    body = Body.load(path)
    dressed = dress(body, spec["outfit"], HEADS["game_engine"])
    lift = np.array([0.0, 0.0, dressed.sole_m])
    rest = _rest(body, lift)
    weights = dressed.weights / dressed.weights.sum(axis=1, keepdims=True)
    dots = spread_dots(dressed.vertices, dressed.triangles, rng)
    dots = replace(dots, colour=_colours(dressed, dots, spec["colours"], rng))
    height_m = float(np.ptp(body.vertices[np.unique(body.part("body")), 2]))
    marks = _marks(body, dressed, rest, lift, weights)
    return Extra(rest, dressed.vertices, weights.astype(np.float32), dots, marks, height_m)


def _rest(body: Body, lift: FloatArray) -> RigRest:
    heads, tails = (body.arrays[key].astype(np.float64) + lift for key in ("heads_m", "tails_m"))
    matrices = np.tile(np.eye(4), (len(heads), 1, 1))
    lengths = np.linalg.norm(tails - heads, axis=-1)
    for bone, (head, tail) in enumerate(zip(heads, tails, strict=True)):
        along = (tail - head) / lengths[bone]
        aside = np.cross(along, np.eye(3)[np.argmin(np.abs(along))])
        aside /= np.linalg.norm(aside)
        matrices[bone, :3, :3] = np.stack([aside, along, np.cross(aside, along)], axis=1)
        matrices[bone, :3, 3] = head
    parents = tuple(int(parent) for parent in body.arrays["parents"])
    return RigRest(tuple(body.bone_names), parents, matrices, lengths)


def _marks(body: Body, dressed: Dressed, rest: RigRest, lift: FloatArray, weights: FloatArray) -> FloatArray:
    """As `samples/film_actor.py` defines the joints of a posed body."""
    marks = np.zeros((len(H36M_17.joint_names), len(rest.bone_names), 4))
    index = H36M_17.joint_names.index
    for joint, bone in JOINT_BONES.items():
        number = rest.index(bone)
        marks[index(joint), number] = [*rest.heads[number], 1.0]
    for middle, pair in (("pelvis", "hip"), ("thorax", "shoulder")):
        marks[index(middle)] = (marks[index(f"left_{pair}")] + marks[index(f"right_{pair}")]) / 2
    height = rest.heads[[rest.index("thigh_l"), rest.index("thigh_r")], 2].mean() + SPINE_OVER_PELVIS_M
    bone = next(
        rest.index(name) for name in ("spine_01", "spine_02", "spine_03") if rest.tails[rest.index(name), 2] >= height
    )
    head, tail = rest.heads[bone], rest.tails[bone]
    marks[index("spine"), bone] = [*(head + (tail - head) * (height - head[2]) / (tail[2] - head[2])), 1.0]
    for joint, vertex in zip(("nose", "head"), _face_vertices(body, dressed, lift), strict=True):
        marks[index(joint)] = weights[vertex][:, None] * np.array([*dressed.vertices[vertex], 1.0])
    return marks


def _face_vertices(body: Body, dressed: Dressed, lift: FloatArray) -> tuple[int, int]:
    skin = np.zeros(len(dressed.vertices), dtype=bool)
    skin[dressed.triangles[dressed.material == MATERIALS.index("skin")]] = True
    places = dressed.vertices
    eye = (body.joint("l-eye") + body.joint("r-eye")) / 2 + lift
    middle = skin & (np.abs(places[:, 0]) < 0.01) & (np.abs(places[:, 2] - eye[2] + 0.03) < 0.06)
    nose = np.flatnonzero(middle)[np.argmin(places[middle, 1])]
    head = np.flatnonzero(skin)[np.argmax(places[skin, 2])]
    return int(nose), int(head)


def _colours(dressed: Dressed, dots: Dots, codes: dict[str, str], rng: np.random.Generator) -> NDArray[np.float32]:
    """(D, 3) BGR of the dots, woven, the shirt sometimes striped."""
    table = []
    for name in MATERIALS:
        code = codes.get(name) or FIXED_COLOURS.get(name) or codes["skin"]
        table.append([int(code[i : i + 2], 16) / 255 for i in (5, 3, 1)])
    material = dressed.material[dots.owner]
    colour = np.array(table, np.float32)[material]
    woven = ~np.isin(material, [MATERIALS.index(name) for name in ("skin", "eye", "iris", "lips")])
    colour[woven] *= 1.0 + 0.12 * rng.standard_normal((woven.sum(), 1)).astype(np.float32)
    axis = [None, 0, 2][rng.integers(3)]
    if axis is not None:
        at = dressed.vertices[dots.triangles[dots.owner, 0], axis]
        striped = (material == MATERIALS.index("shirt")) & (np.sin(2 * np.pi * STRIPES_A_M * at) > 0.5)
        colour[striped] = [0.6, 0.72, 0.78]
    return np.clip(colour, 0.0, 1.0)
