"""Triangle meshes whose vertices carry any attributes, and cutting them along the zero line of one attribute."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TriMesh:
    """Triangles (F, 3) over vertices whose attributes (V, C) all interpolate linearly; columns 0..2 are metres."""

    attributes: FloatArray
    triangles: IntArray

    @property
    def positions(self) -> FloatArray:
        return self.attributes[:, :3]

    def keep(self, chosen: BoolArray) -> TriMesh:
        """The chosen triangles (F,) with only the vertices that they use."""
        used, index = np.unique(self.triangles[chosen], return_inverse=True)
        return TriMesh(self.attributes[used], index.reshape(-1, 3))

    def at_centres(self, column: int) -> FloatArray:
        """(F,) mean of an attribute over each triangle."""
        return np.asarray(self.attributes[self.triangles, column].mean(axis=1))


def from_quads(attributes: FloatArray, quads: IntArray) -> TriMesh:
    """Split quads (F, 4) into triangles and drop unused vertices."""
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    return TriMesh(attributes, triangles).keep(np.ones(len(triangles), dtype=bool))


def cut(mesh: TriMesh, column: int) -> TriMesh:
    """Split every triangle that the zero line of an attribute crosses; nothing is removed.

    Afterwards no triangle has vertices on both sides, so that a side can be told at its centre.
    """
    value = mesh.attributes[:, column]
    above = value > 0
    crossed = above[mesh.triangles].any(axis=1) & (value < 0)[mesh.triangles].any(axis=1)
    # Turn each crossed triangle so that the vertex alone on its side comes first.
    lone_above = above[mesh.triangles].sum(axis=1) == 1
    first = np.argmax(above[mesh.triangles] == lone_above[:, None], axis=1)
    turned = np.take_along_axis(mesh.triangles, (first[:, None] + np.arange(3)) % 3, axis=1)[crossed]
    edges = np.concatenate([turned[:, [0, 1]], turned[:, [0, 2]]])
    unique, index = np.unique(np.sort(edges, axis=1), axis=0, return_inverse=True)
    a, b = unique[:, 0], unique[:, 1]
    t = (value[a] / (value[a] - value[b]))[:, None]  # the ends differ in sign, or one is zero
    middle = (1 - t) * mesh.attributes[a] + t * mesh.attributes[b]
    middle[:, column] = 0.0
    # Where the line runs through a vertex, that vertex serves and one of the pieces is empty.
    at = np.where(value[a] == 0, a, np.where(value[b] == 0, b, len(mesh.attributes) + np.arange(len(unique))))
    index = at[index.reshape(2, -1)]
    tip, left, right, ab, ac = turned[:, 0], turned[:, 1], turned[:, 2], index[0], index[1]
    pieces = [
        mesh.triangles[~crossed],
        np.stack([tip, ab, ac], axis=1),
        np.stack([ab, left, right], axis=1),
        np.stack([ab, right, ac], axis=1),
    ]
    triangles = np.concatenate(pieces)
    empty = (triangles == np.roll(triangles, 1, axis=1)).any(axis=1)
    return TriMesh(np.concatenate([mesh.attributes, middle]), triangles[~empty])


def join(meshes: list[TriMesh]) -> TriMesh:
    """One mesh of several with the same attributes, in their order."""
    starts = np.cumsum([0, *(len(mesh.attributes) for mesh in meshes[:-1])])
    return TriMesh(
        np.concatenate([mesh.attributes for mesh in meshes]),
        np.concatenate([mesh.triangles + start for mesh, start in zip(meshes, starts, strict=True)]),
    )


def normals(mesh: TriMesh) -> FloatArray:
    """(V, 3) area-weighted unit vertex normals."""
    corner = mesh.positions[mesh.triangles]
    across = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    normal = np.zeros_like(mesh.positions)
    for k in range(3):
        np.add.at(normal, mesh.triangles[:, k], across)
    return np.asarray(normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12))


def rim(mesh: TriMesh) -> BoolArray:
    """(V,) vertices on an open edge."""
    edges = np.sort(mesh.triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    unique, count = np.unique(edges, axis=0, return_counts=True)
    on_rim = np.zeros(len(mesh.attributes), dtype=bool)
    on_rim[unique[count == 1]] = True
    return on_rim


def near(mesh: TriMesh, chosen: BoolArray) -> BoolArray:
    """(V,) the chosen vertices and every vertex that shares a triangle with one."""
    grown = chosen.copy()
    grown[mesh.triangles[chosen[mesh.triangles].any(axis=1)]] = True
    return grown
