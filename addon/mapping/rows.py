"""The list of roles and bones as Blender keeps it with an armature object: undone and saved with the scene."""

# No `from __future__ import annotations`: Blender reads the properties from the annotations themselves.
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import bpy

from ...rigs.maps import Role, mirrored_bone, other_side
from ...rigs.roles import words
from .. import compat
from ..armature import read_rest
from ..errors import EXPECTED
from ..room import Room

PROPERTY = "pose_from_video_rig"
"""Name under which the list hangs on each object."""

_mirroring = False


@contextmanager
def _quietly() -> Iterator[None]:
    """Bones that are written in the block say nothing to the other side."""
    global _mirroring
    before, _mirroring = _mirroring, True
    try:
        yield
    finally:
        _mirroring = before


def _bone_chosen(link: "PoseFromVideoBone", _context: bpy.types.Context) -> None:
    """Give the other side the bone's counterpart."""
    rig = rig_of(link.id_data)
    row = next((row for row in rig.rows if any(each == link for each in row.bones)), None)
    if row is None or _mirroring or not rig.mirrored:
        return
    mirror_row(link.id_data, Role(row.role))


def _row_chosen(rig: "PoseFromVideoRig", _context: bpy.types.Context) -> None:
    """Show the row's bones in the viewport; a row without any leaves the selection, which may be meant for it."""
    obj, row = rig.id_data, rig.row
    if row is not None and (bones := [bone for bone in row.chain if bone in obj.data.bones]):
        compat.select_pose_bones(obj, bones)


class PoseFromVideoBone(bpy.types.PropertyGroup):
    """One bone of a role's chain."""

    bone: bpy.props.StringProperty(
        name="Bone", description="The bone that moves as this part of the body does", update=_bone_chosen
    )


class PoseFromVideoRole(bpy.types.PropertyGroup):
    """A part of the body and its bones, from the body outwards; `name` is the part in words."""

    role: bpy.props.StringProperty(name="Role")
    bones: bpy.props.CollectionProperty(type=PoseFromVideoBone)

    @property
    def chain(self) -> tuple[str, ...]:
        """The bones that are named."""
        return tuple(link.bone for link in self.bones if link.bone)


class PoseFromVideoRig(bpy.types.PropertyGroup):
    """The map of one armature that is made by hand; without rows the map is found by names and shape."""

    rows: bpy.props.CollectionProperty(type=PoseFromVideoRole)
    active: bpy.props.IntProperty(name="Part", description="Part of the body", update=_row_chosen)
    mirrored: bpy.props.BoolProperty(
        name="Both Sides",
        description="A bone chosen on one side is chosen on the other too: its counterpart by name, else by place",
        default=True,
    )
    search: bpy.props.StringProperty(
        name="Search", description="Show only parts or bones that have this in their names", options={"TEXTEDIT_UPDATE"}
    )
    troubled: bpy.props.BoolProperty(
        name="Needs a Look", description="Show only parts that are missing, wrong or doubtful"
    )
    # the map's other contents: twist bones, constraints, IK controls, calibration; as map files hold them
    base: bpy.props.StringProperty(name="Map")

    @property
    def row(self) -> PoseFromVideoRole | None:
        """The chosen row."""
        return self.rows[self.active] if 0 <= self.active < len(self.rows) else None


def rig_of(obj: bpy.types.Object) -> PoseFromVideoRig:
    """The list kept with an armature; without rows where none was made."""
    return getattr(obj, PROPERTY)


def is_by_hand(obj: bpy.types.Object) -> bool:
    """Whether the user took the armature's map in hand; never while the add-on is not registered."""
    return hasattr(obj, PROPERTY) and len(rig_of(obj).rows) > 0


def roles_in(rig: PoseFromVideoRig) -> dict[Role, tuple[str, ...]]:
    """The bones of each role that has any."""
    return {Role(row.role): row.chain for row in rig.rows if row.chain}


def write_rows(rig: PoseFromVideoRig, roles: Mapping[Role, Sequence[str]]) -> None:
    """Let the list hold these roles, and no others; rows stay in the order of the body."""
    with _quietly():
        if len(rig.rows) != len(Role):
            rig.rows.clear()
            for role in Role:
                row = rig.rows.add()
                row.role, row.name = role.value, words(role).capitalize()
        for row in rig.rows:
            _write_chain(row, roles.get(Role(row.role), ()))


def mirror_row(obj: bpy.types.Object, role: Role) -> None:
    """Give the other side's role the counterparts of a role's bones, as far as all have one."""
    rig, other = rig_of(obj), other_side(role)
    chain = next(row.chain for row in rig.rows if row.role == role.value)
    if other is None:
        return
    try:
        rest = read_rest(obj)
    except EXPECTED:
        return  # the panel tells why
    mirrored = [mirrored_bone(rest, bone) for bone in chain]
    if None in mirrored:
        return
    with _quietly():
        _write_chain(next(row for row in rig.rows if row.role == other.value), [bone for bone in mirrored if bone])


def _write_chain(row: PoseFromVideoRole, bones: Sequence[str]) -> None:
    """At least one link, so that there is a field to choose a bone in."""
    row.bones.clear()
    for bone in bones or ("",):
        row.bones.add().bone = bone


ROWS = Room(
    classes=(PoseFromVideoBone, PoseFromVideoRole, PoseFromVideoRig),
    properties=((bpy.types.Object, PROPERTY, PoseFromVideoRig),),
)


@contextmanager
def readable() -> Iterator[None]:
    """Let lists that were saved with armatures be read in the block, also where the add-on is not registered."""
    if hasattr(bpy.types.Object, PROPERTY):
        yield
        return
    ROWS.open()
    try:
        yield
    finally:
        ROWS.close()
