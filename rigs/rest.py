"""The rest pose of a rig, as read from Blender, without Blender."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .arrays import BoolArray, FloatArray, frozen
from .errors import RestPoseError

UNIFORM_SCALE_TOLERANCE = 0.01


@dataclass(frozen=True, slots=True)
class RigRest:
    """A rig's bones at rest, in any order.

    Armature space is the space of `Bone.matrix_local`, in the armature's own units. `armature_to_world` is the object's
    `matrix_world`, so an unapplied scale of 0.01 and a turn of 90 degrees about X are given just as they are; left out,
    armature space is the Z-up world in metres.

    Attributes:
        bone_names: (B,) names, unique.
        parents: (B,) index of the parent bone, -1 for none.
        rest_matrices: (B,4,4) `Bone.matrix_local`: bone to armature space, columns X, Y (along the bone), Z, head.
        lengths: (B,) `Bone.length`, armature units.
        armature_to_world: (4,4) `Object.matrix_world`; a rotation, one scale for all axes, and a place.
        inherits_rotation: (B,) `Bone.use_inherit_rotation`; None means True for all.
        connected: (B,) `Bone.use_connect`; a connected bone cannot be moved. None means False for all.
        local_location: (B,) `Bone.use_local_location`: a location counts along the bone's own rest axes, else along
            its parent's. None means True for all.

    Raises:
        RestPoseError: shapes differ, a bone is its own ancestor, a matrix is no rigid placement, or the object's scale
            is mirrored or not the same along all axes; names the bone.
    """

    bone_names: tuple[str, ...]
    parents: tuple[int, ...]
    rest_matrices: FloatArray
    lengths: FloatArray
    armature_to_world: FloatArray = field(default_factory=lambda: np.eye(4))
    inherits_rotation: BoolArray | None = None
    connected: BoolArray | None = None
    local_location: BoolArray | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "bone_names", tuple(self.bone_names))
        object.__setattr__(self, "parents", tuple(int(parent) for parent in self.parents))
        for name in ("rest_matrices", "lengths", "armature_to_world"):
            object.__setattr__(self, name, frozen(getattr(self, name)))
        count = len(self.bone_names)
        for name, default in (("inherits_rotation", True), ("connected", False), ("local_location", True)):
            flags = getattr(self, name)
            flags = np.full(count, default) if flags is None else np.array(flags, dtype=np.bool_)
            if flags.shape != (count,):
                raise RestPoseError(f"'{name}' must hold one value for each of the {count} bones, not {flags.shape}.")
            flags.setflags(write=False)
            object.__setattr__(self, name, flags)
        self._check_shapes()
        self._check_tree()
        self._check_matrices()

    def _check_shapes(self) -> None:
        count = len(self.bone_names)
        if count == 0 or len(set(self.bone_names)) != count:
            raise RestPoseError("A rig needs at least one bone, and no bone name twice.")
        if len(self.parents) != count or self.rest_matrices.shape != (count, 4, 4) or self.lengths.shape != (count,):
            raise RestPoseError(
                f"A rig of {count} bones needs {count} parents, rest matrices (4 by 4) and lengths, not "
                f"{len(self.parents)}, {self.rest_matrices.shape} and {self.lengths.shape}."
            )
        if self.armature_to_world.shape != (4, 4):
            raise RestPoseError(f"The armature's world matrix must be 4 by 4, not {self.armature_to_world.shape}.")

    def _check_tree(self) -> None:
        count = len(self.bone_names)
        for bone, parent in enumerate(self.parents):
            if not -1 <= parent < count:
                raise RestPoseError(
                    f"Bone '{self.bone_names[bone]}' has the parent {parent}, which is no bone's index."
                )
        for bone in range(count):
            steps, ancestor = 0, bone
            while ancestor >= 0:
                ancestor, steps = self.parents[ancestor], steps + 1
                if steps > count:
                    raise RestPoseError(f"Bone '{self.bone_names[bone]}' is among its own ancestors.")

    def _check_matrices(self) -> None:
        axes = self.rest_matrices[:, :3, :3]
        for bone in np.flatnonzero(~np.isfinite(self.rest_matrices).all(axis=(1, 2)) | ~(self.lengths >= 0)):
            raise RestPoseError(f"The rest matrix or length of bone '{self.bone_names[bone]}' is not a finite number.")
        error = np.abs(np.swapaxes(axes, 1, 2) @ axes - np.eye(3)).max(axis=(1, 2))
        for bone in np.flatnonzero((error > 1e-3) | (np.linalg.det(axes) < 0)):
            raise RestPoseError(
                f"The rest matrix of bone '{self.bone_names[bone]}' is no rotation; pass Bone.matrix_local as it is."
            )
        scales = np.linalg.norm(self.armature_to_world[:3, :3], axis=0)
        if not np.isfinite(scales).all() or scales.min() <= 0 or np.linalg.det(self.armature_to_world[:3, :3]) <= 0:
            raise RestPoseError("The armature's scale is zero or mirrored; apply its scale first.")
        if scales.max() - scales.min() > UNIFORM_SCALE_TOLERANCE * scales.mean():
            raise RestPoseError(
                f"The armature's scale differs between its axes ({scales[0]:.4g}, {scales[1]:.4g}, {scales[2]:.4g}); "
                "apply its scale first."
            )

    @property
    def scale(self) -> float:
        """World metres per armature unit."""
        return float(np.linalg.norm(self.armature_to_world[:3, :3], axis=0).mean())

    @property
    def world_rotation(self) -> FloatArray:
        """(3,3) rotation from armature axes to world axes, without the scale."""
        u, _, vt = np.linalg.svd(self.armature_to_world[:3, :3])
        rotation: FloatArray = u @ vt
        return rotation

    @property
    def heads(self) -> FloatArray:
        """(B,3) head of each bone at rest, armature space."""
        return self.rest_matrices[:, :3, 3].copy()

    @property
    def tails(self) -> FloatArray:
        """(B,3) tail of each bone at rest, armature space."""
        tails: FloatArray = self.heads + self.rest_matrices[:, :3, 1] * self.lengths[:, None]
        return tails

    def index(self, bone_name: str) -> int:
        """Index of a bone by name.

        Raises:
            RestPoseError: the rig has no such bone.
        """
        try:
            return self.bone_names.index(bone_name)
        except ValueError:
            raise RestPoseError(f"The rig has no bone '{bone_name}'; pick one of its {len(self.bone_names)}.") from None

    def order(self) -> tuple[int, ...]:
        """(B,) bone indices with every parent before its children."""
        return tuple(sorted(range(len(self.parents)), key=self.depth))

    def depth(self, bone: int) -> int:
        """Number of ancestors of a bone."""
        return len(self.ancestors(bone))

    def ancestors(self, bone: int) -> tuple[int, ...]:
        """Indices from the bone's parent up to its root."""
        chain: list[int] = []
        parent = self.parents[bone]
        while parent >= 0:
            chain.append(parent)
            parent = self.parents[parent]
        return tuple(chain)
