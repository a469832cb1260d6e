"""Dress a body: which faces of MakeHuman's base mesh are worn, where cloth stands off the skin, and its colours.

Pure numpy on the arrays that `make_bodies.py` writes. Cloth is MakeHuman's "tights" helper (a smooth second skin
without toes), cut at sleeves, legs, neck and waist; skin shows where no cloth covers it; hair is the scalp, lifted.
Every border is the zero line of a field over the vertices, so that hems, hairline and brows are smooth whatever the
topology.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mesh_cut import BoolArray, FloatArray, IntArray, TriMesh, cut, from_quads, join, near, normals, rim
from numpy.typing import NDArray

MATERIALS = ("skin", "shirt", "trousers", "shoes", "hair", "eye", "iris", "lips")
STAND_OFF_M = {"shirt": 0.009, "trousers": 0.007, "shoes": 0.006}  # how far cloth stands off the skin
HEM_STAND_OFF_M = 0.003
SOLE_M = 0.014
HAIR_M = {"short": 0.011, "tied": 0.014}
# Where a sleeve or leg ends, in limb lengths: 0..1 shoulder to elbow (hip to knee), 1..2 on to wrist (ankle).
SLEEVE_END = {"short": 0.62, "long": 1.9}
LEG_END = {"short": 0.8, "long": 5.0}  # 5: down into the shoe
SHOE_TOP = 1.93
FIELDS = ("sleeve", "leg", "shoe", "waist", "neck", "hairline", "arch", "brow", "lips", "iris")


@dataclass(frozen=True, slots=True)
class Body:
    """One body as `make_bodies.py` wrote it. Lengths in metres, Z up, facing -Y, feet at z = 0."""

    arrays: Mapping[str, NDArray[Any]]

    @classmethod
    def load(cls, path: Path) -> Body:
        if not path.is_file():
            raise SystemExit(f"{path} is missing: make it with `make_bodies.py {path.stem}` in the train environment.")
        with np.load(path, allow_pickle=False) as stored:
            return cls({key: stored[key] for key in stored.files})

    @property
    def vertices(self) -> FloatArray:
        return np.asarray(self.arrays["vertices_m"], dtype=np.float64)

    @property
    def bone_names(self) -> list[str]:
        return [str(name) for name in self.arrays["bone_names"]]

    def joint(self, name: str) -> FloatArray:
        """Centre (3,) of MakeHuman's joint cube `name`, such as `l-elbow`."""
        index = list(self.arrays["cube_names"]).index(f"joint-{name}")
        return np.asarray(self.arrays["cubes_m"][index], dtype=np.float64)

    def part(self, *names: str) -> IntArray:
        """Quads (F, 4) of the named parts of the base mesh."""
        wanted = [list(self.arrays["part_names"]).index(name) for name in names]
        return np.asarray(self.arrays["quads"][np.isin(self.arrays["quad_part"], wanted)])

    def region_weight(self, *prefixes: str) -> FloatArray:
        """(V,) skin weight of all fine bones whose name begins with one of `prefixes`."""
        chosen = np.array([str(n).startswith(prefixes) for n in self.arrays["region_names"]])
        mine = chosen[self.arrays["region_weight_bone"]]
        vertex, weight = self.arrays["region_weight_vertex"][mine], self.arrays["region_weight_value"][mine]
        return np.bincount(vertex, weights=weight, minlength=len(self.vertices))

    def bone_weights(self) -> FloatArray:
        """(V, B) dense skin weights."""
        dense = np.zeros((len(self.vertices), len(self.bone_names)))
        dense[self.arrays["weight_vertex"], self.arrays["weight_bone"]] = self.arrays["weight_value"]
        return dense


@dataclass(frozen=True, slots=True)
class Dressed:
    """A dressed mesh: triangles (F, 3) over vertices (V, 3) m, a material of `MATERIALS` per triangle, skin weights
    (V, B) in the order of the body's bones, and how much higher than barefoot it stands."""

    vertices: FloatArray
    triangles: IntArray
    material: IntArray
    weights: FloatArray
    sole_m: float

    def on_border(self) -> BoolArray:
        """(V,) vertices on an open edge or where two materials meet: the lines that a decimation should keep."""
        mesh = TriMesh(self.vertices, self.triangles)
        least = np.full(len(self.vertices), len(MATERIALS))
        most = np.zeros(len(self.vertices), dtype=np.int64)
        for k in range(3):
            np.minimum.at(least, self.triangles[:, k], self.material)
            np.maximum.at(most, self.triangles[:, k], self.material)
        return rim(mesh) | (least < most)


def limb_fraction(body: Body, joints: tuple[str, str, str]) -> FloatArray:
    """(V,) place along the limb of a vertex's own side: 0 at its first joint, 1 at the second, 2 at the third."""
    sides = []
    for side in "lr":
        start, middle, end = (body.joint(f"{side}-{name}") for name in joints)
        upper = (body.vertices - start) @ (middle - start) / np.sum((middle - start) ** 2)
        lower = (body.vertices - middle) @ (end - middle) / np.sum((end - middle) ** 2)
        sides.append(np.where(lower > 0, 1 + lower, np.minimum(upper, 1.0)))
    return np.where(body.vertices[:, 0] >= 0, sides[0], sides[1])


def limb_of_vertices(body: Body) -> IntArray:
    """(V,) 0 torso, 1 arm, 2 leg, 3 foot, 4 hand, 5 neck and head."""
    prefixes = (
        ("root", "spine", "clavicle", "shoulder", "breast", "pelvis"),
        ("upperarm", "lowerarm"),
        ("upperleg", "lowerleg"),
        ("foot", "toe"),
        ("wrist", "finger", "metacarpal"),
    )
    weights = [body.region_weight(*names) for names in prefixes]
    return np.argmax(np.stack([*weights, 1 - np.sum(weights, axis=0)]), axis=0)


def cloth_fields(body: Body, outfit: Mapping[str, str]) -> dict[str, FloatArray]:
    """(V,) fields, positive beyond a hem: off sleeve or leg, in the shoe, above the waist, above the neckline."""
    limb = limb_of_vertices(body)
    x, y, z = body.vertices.T
    arm = limb_fraction(body, ("shoulder", "elbow", "hand"))
    leg = limb_fraction(body, ("upper-leg", "knee", "ankle"))
    neck = body.joint("neck")
    stature = np.ptp(body.vertices[np.unique(body.part("body")), 2])
    waist = z - (body.joint("pelvis")[2] - 0.012 * stature)
    neckline = (z - neck[2]) / stature - 0.25 * (y - neck[1]) / stature
    return {
        "sleeve": np.select([limb == 1, limb == 4], [arm - SLEEVE_END[outfit["sleeve"]], np.ones_like(x)], -1.0),
        "leg": np.select([limb == 2, limb == 3], [leg - LEG_END[outfit["leg"]], np.ones_like(x)], -1.0),
        "shoe": np.select([limb == 2, limb == 3], [leg - SHOE_TOP, np.ones_like(x)], -1.0),
        "waist": np.where((limb == 1) | (limb == 4), 1.0, waist),
        "neck": np.where((limb == 0) | (limb == 5), neckline, -1.0),
    }


def head_fields(body: Body) -> dict[str, FloatArray]:
    """(V,) fields, positive inside hair, brows, lips and irises; drawn from the eyes in eye-to-crown lengths."""
    eyes = np.stack([body.joint("l-eye"), body.joint("r-eye")])
    eye = eyes.mean(axis=0)
    unit = body.vertices[np.unique(body.part("body")), 2].max() - eye[2]
    side, back, up = (body.vertices - eye).T / unit
    side = np.abs(side)
    hairline = np.interp(back, [-0.4, 0.3, 0.7, 0.85, 1.2, 1.45, 2.2], [0.62, 0.54, 0.3, 0.02, 0.1, -0.72, -0.8])
    own_eye = np.where((body.vertices[:, 0] > 0)[:, None], eyes[0], eyes[1])
    off_axis = np.hypot(*(body.vertices - own_eye)[:, [0, 2]].T) / unit
    head = limb_of_vertices(body) == 5
    return {
        "hairline": np.where(head, up - hairline, -1.0),
        "arch": np.where(head & (back < 0.2) & (side < 0.65), up - _arch(side), 1.0),
        "brow": np.full(len(up), -1.0),  # drawn once the mesh has an edge along the arch
        "lips": np.where(head & (back < 0.1) & (side < 0.3), body.region_weight("oris") - 0.8, -0.2),
        "iris": np.where(body.vertices[:, 1] < own_eye[:, 1], 0.055 - off_axis, -0.1),
    }


def _arch(side: FloatArray) -> FloatArray:
    # Height of the brow's middle line over the eyes, by distance from the face's middle.
    return 0.2 + 0.06 * np.sin(np.clip((side - 0.1) / 0.42, 0, 1) * 2.4)


def draw_brows(skin: TriMesh, body: Body) -> TriMesh:
    """Cut the brows' outline into the skin: their middle line first, since the mesh there is coarser than a brow."""
    mesh = cut(skin, _column("arch"))
    eye = (body.joint("l-eye") + body.joint("r-eye")) / 2
    unit = body.vertices[np.unique(body.part("body")), 2].max() - eye[2]
    side, back, up = (mesh.positions - eye).T / unit
    along = (np.abs(side) - 0.3) / 0.21
    thick = np.interp(along, [-1, 1], [0.042, 0.022])
    brow = 1 - along**2 - ((up - _arch(np.abs(side))) / thick) ** 2
    mesh.attributes[:, _column("brow")] = np.where(back < 0.2, np.maximum(brow, -2.0), -2.0)
    return cut(mesh, _column("brow"))


def dress(body: Body, outfit: Mapping[str, str], head_bone: str) -> Dressed:
    """Assemble the worn mesh of `body` (see `bodies.json` for outfits); `head_bone` holds what is fixed to the head."""
    fields = {**cloth_fields(body, outfit), **head_fields(body)}
    columns = np.stack([fields[name] for name in FIELDS], axis=1)
    attributes = np.concatenate([body.vertices, columns, body.bone_weights()], axis=1)
    skin = from_quads(attributes, body.part("body"))
    pieces = [
        _bare_skin(skin, body),
        _eyes(from_quads(attributes, body.part("helper-l-eye", "helper-r-eye"))),
        _cloth(from_quads(attributes, body.part("helper-tights"))),
        _hair(skin, outfit["hair"]),
    ]
    if outfit["hair"] == "tied":
        pieces.append(_bun(body, skin, body.bone_names.index(head_bone)))
    mesh = join([piece for piece, _ in pieces])
    vertices = mesh.positions.copy()
    sole = -float(vertices[:, 2].min())
    vertices[:, 2] += sole  # the soles, not the skin, stand on the floor
    return Dressed(
        vertices=vertices,
        triangles=mesh.triangles,
        material=np.concatenate([material for _, material in pieces]),
        weights=mesh.attributes[:, 3 + len(FIELDS) :],
        sole_m=sole,
    )


def _column(field: str) -> int:
    return 3 + FIELDS.index(field)


def _material(mesh: TriMesh, name: str) -> IntArray:
    return np.full(len(mesh.triangles), MATERIALS.index(name), dtype=np.int64)


def _bare_skin(skin: TriMesh, body: Body) -> tuple[TriMesh, IntArray]:
    values = {name: skin.attributes[:, _column(name)] for name in FIELDS}
    bare = (values["sleeve"] > 0) | (values["neck"] > 0) | ((values["leg"] > 0) & (values["shoe"] <= 0))
    for _ in range(4):  # skin reaches some way under the hems
        bare = near(skin, bare)
    mesh = cut(draw_brows(skin.keep(bare[skin.triangles].all(axis=1)), body), _column("lips"))
    material = _material(mesh, "skin")
    material[mesh.at_centres(_column("lips")) > 0] = MATERIALS.index("lips")
    material[mesh.at_centres(_column("brow")) > 0] = MATERIALS.index("hair")
    return mesh, material


def _eyes(eyes: TriMesh) -> tuple[TriMesh, IntArray]:
    mesh = cut(eyes, _column("iris"))
    material = _material(mesh, "eye")
    material[mesh.at_centres(_column("iris")) > 0] = MATERIALS.index("iris")
    return mesh, material


def _cloth(tights: TriMesh) -> tuple[TriMesh, IntArray]:
    mesh = tights
    for field in ("sleeve", "leg", "shoe", "waist", "neck"):
        mesh = cut(mesh, _column(field))
    sleeve, leg, shoe, neck = (mesh.at_centres(_column(name)) for name in ("sleeve", "leg", "shoe", "neck"))
    mesh = mesh.keep((sleeve < 0) & (neck < 0) & ((leg < 0) | (shoe > 0)))
    material = np.where(mesh.at_centres(_column("waist")) > 0, MATERIALS.index("shirt"), MATERIALS.index("trousers"))
    material[mesh.at_centres(_column("shoe")) > 0] = MATERIALS.index("shoes")
    return _stand_off(mesh, material), material


def _stand_off(mesh: TriMesh, material: IntArray) -> TriMesh:
    off = np.zeros(len(mesh.attributes))
    for name, distance in STAND_OFF_M.items():
        off[mesh.triangles[material == MATERIALS.index(name)]] = distance
    off[rim(mesh)] = HEM_STAND_OFF_M
    attributes = mesh.attributes.copy()
    attributes[:, :3] += off[:, None] * normals(mesh)
    shoe = attributes[:, _column("shoe")] > 0
    attributes[shoe & (attributes[:, 2] < 0.018), 2] = -SOLE_M  # a flat sole of some height
    return TriMesh(attributes, mesh.triangles)


def _hair(skin: TriMesh, style: str) -> tuple[TriMesh, IntArray]:
    mesh = cut(skin, _column("hairline"))
    mesh = mesh.keep(mesh.at_centres(_column("hairline")) > 0)
    # Little lift at the hairline, all of it a finger's breadth inside, so that the hair has no open rim.
    depth = mesh.attributes[:, _column("hairline")]
    lift = HAIR_M[style] * np.where(rim(mesh), 0.1, 0.45 + 0.55 * np.clip(depth / 0.25, 0, 1))
    attributes = mesh.attributes.copy()
    attributes[:, :3] += lift[:, None] * normals(mesh)
    return TriMesh(attributes, mesh.triangles), _material(mesh, "hair")


def _bun(body: Body, skin: TriMesh, head: int) -> tuple[TriMesh, IntArray]:
    eye = (body.joint("l-eye") + body.joint("r-eye")) / 2
    unit = skin.positions[:, 2].max() - eye[2]
    behind = skin.positions[skin.positions[:, 2] > eye[2] + 0.3 * unit, 1].max()
    centre = np.array([0.0, behind + 0.2 * unit, eye[2] + 0.42 * unit])
    rings, sectors = 7, 12
    polar = np.linspace(0.1, np.pi - 0.1, rings)[:, None]
    around = np.arange(sectors)[None] * 2 * np.pi / sectors
    ball = np.stack(
        [np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around), np.cos(polar) + 0 * around], axis=-1
    )
    first = np.arange(rings - 1)[:, None] * sectors
    j, k = np.arange(sectors), (np.arange(sectors) + 1) % sectors
    quads = np.stack([first + j, first + sectors + j, first + sectors + k, first + k], axis=-1).reshape(-1, 4)
    attributes = np.zeros((rings * sectors, skin.attributes.shape[1]))
    attributes[:, :3] = centre + 0.38 * unit * ball.reshape(-1, 3)
    attributes[:, 3 + len(FIELDS) + head] = 1.0
    mesh = from_quads(attributes, quads)
    return mesh, _material(mesh, "hair")
