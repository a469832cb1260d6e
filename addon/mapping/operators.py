"""Take the map of an armature in hand: begin, assign, fill in, clear, and let go again."""

# No `from __future__ import annotations`: Blender reads properties from annotations.

from collections.abc import Sequence

import bpy

from ...rigs.maps import RigMap, Role, assigned, begun, filled, load_maps
from ...rigs.rest import RigRest
from ...rigs.roles import words
from ..armature import read_rest
from ..errors import AddonError
from ..operators.on_armature import OnArmature
from ..preferences import rig_maps_preference
from .found import drop_by_hand, first_come, keep_by_hand, map_by_hand
from .rows import PoseFromVideoRole, is_by_hand, mirror_row, rig_of, roles_in, write_rows

ROLES = [(role.value, words(role).capitalize(), f"The bones that move as the {words(role)} does") for role in Role]
CHOSEN = "chosen"


def _part() -> object:
    return bpy.props.EnumProperty(
        name="Part",
        description="Part of the body",
        items=[(CHOSEN, "Chosen in the List", "The part that is chosen in the list"), *ROLES],
        default=CHOSEN,
    )


def known_map(rest: RigRest) -> RigMap:
    """What names and shape tell of a rig, complete or not."""
    return begun(rest, load_maps(rig_maps_preference()))


def in_hand(obj: bpy.types.Object, rest: RigRest) -> RigMap:
    """The armature's map as the list has it, begun from what is known where there is no list; doubles left out."""
    if not is_by_hand(obj):
        keep_by_hand(obj, known_map(rest))
    rig = rig_of(obj)
    roles = first_come(roles_in(rig))
    if roles != roles_in(rig):
        write_rows(rig, roles)
    return map_by_hand(rig, rest)


class EditMap(OnArmature, bpy.types.Operator):
    """List the parts of the body with the bones that were found for them, to correct them by hand"""

    bl_idname = "pose_from_video.edit_map"
    bl_label = "Edit Bone Map"

    def work(self, _context: bpy.types.Context, obj: bpy.types.Object) -> str:
        """Begin with what is known."""
        in_hand(obj, read_rest(obj))
        return ""


class DropMap(OnArmature, bpy.types.Operator):
    """Drop the list, and find the bones by their names and the rig's shape again"""

    bl_idname = "pose_from_video.drop_map"
    bl_label = "Detect Again"

    def work(self, _context: bpy.types.Context, obj: bpy.types.Object) -> str:
        """Forget what was assigned."""
        drop_by_hand(obj)
        return ""


class AssignBones(OnArmature, bpy.types.Operator):
    """Let the selected pose bones be this part of the body: a bone, or a chain. Other parts give them up"""

    bl_idname = "pose_from_video.assign_bones"
    bl_label = "From Selected Bones"

    role: _part()

    def work(self, context: bpy.types.Context, obj: bpy.types.Object) -> str:
        """Assign, and the counterparts to the other side where that is wished."""
        bones = [bone.name for bone in context.selected_pose_bones or () if bone.id_data == obj]
        role = _role(self.role, obj)
        if not bones:
            raise AddonError(
                f"No pose bone of '{obj.name}' is selected; select those of the {words(role)} in pose mode."
            )
        return _assign(obj, role, bones)


class ClearRole(OnArmature, bpy.types.Operator):
    """Take the bones of this part of the body away"""

    bl_idname = "pose_from_video.clear_role"
    bl_label = "Clear"

    role: _part()

    def work(self, _context: bpy.types.Context, obj: bpy.types.Object) -> str:
        """Empty the row, and the other side's where that is wished."""
        return _assign(obj, _role(self.role, obj), ())


class ClearMap(OnArmature, bpy.types.Operator):
    """Take the bones of all parts of the body away, to begin with an empty list"""

    bl_idname = "pose_from_video.clear_map"
    bl_label = "Clear All"

    def work(self, _context: bpy.types.Context, obj: bpy.types.Object) -> str:
        """Empty every row."""
        keep_by_hand(obj, RigMap("by hand", {}))
        return ""


class FillMap(OnArmature, bpy.types.Operator):
    """Fill in the parts that have no bone, as far as names or shape tell them; what was assigned stays"""

    bl_idname = "pose_from_video.fill_map"
    bl_label = "Fill In the Rest"

    def work(self, _context: bpy.types.Context, obj: bpy.types.Object) -> str:
        """Add what is known."""
        rest = read_rest(obj)
        before = in_hand(obj, rest)
        after = filled(rest, before, known_map(rest))
        keep_by_hand(obj, after)
        count = len(after.roles) - len(before.roles)
        return f"Filled in {count} parts" if count else "Nothing more is known of this rig"


class AddLink(OnArmature, bpy.types.Operator):
    """Add a bone to this part of the body, for a spine of several bones or a limb that is split"""

    bl_idname = "pose_from_video.add_link"
    bl_label = "Add Bone"

    def work(self, _context: bpy.types.Context, obj: bpy.types.Object) -> str:
        """The next bone of the chain, where there is only one; else an empty field."""
        row = _row(obj)
        used = {bone for bones in roles_in(rig_of(obj)).values() for bone in bones}
        last = obj.data.bones.get(row.chain[-1]) if row.chain else None
        following = [child.name for child in last.children if child.name not in used] if last else []
        row.bones.add().bone = following[0] if len(following) == 1 else ""
        return ""


class RemoveLink(OnArmature, bpy.types.Operator):
    """Take this bone out of the part of the body"""

    bl_idname = "pose_from_video.remove_link"
    bl_label = "Remove Bone"

    index: bpy.props.IntProperty(name="Number", description="Of the bone in the chain, from 0", min=0)

    def work(self, _context: bpy.types.Context, obj: bpy.types.Object) -> str:
        """Drop the link; an empty field stays where it was the last one."""
        row = _row(obj)
        if self.index >= len(row.bones):
            raise AddonError(f"The {row.name.lower()} has {len(row.bones)} bones, none with the number {self.index}.")
        row.bones.remove(self.index)
        if not len(row.bones):
            row.bones.add()
        if rig_of(obj).mirrored:
            mirror_row(obj, Role(row.role))
        return ""


def _assign(obj: bpy.types.Object, role: Role, bones: Sequence[str]) -> str:
    """Let a role have these bones, and the other side's their counterparts where that is wished; says nothing."""
    rest = read_rest(obj)
    keep_by_hand(obj, assigned(rest, in_hand(obj, rest), role, bones))
    if rig_of(obj).mirrored:
        mirror_row(obj, role)
    return ""


def _role(value: str, obj: bpy.types.Object) -> Role:
    return Role(_row(obj).role if value == CHOSEN else value)


def _row(obj: bpy.types.Object) -> PoseFromVideoRole:
    row = rig_of(obj).row
    if row is None:
        raise AddonError(f"No part is chosen in the bone map of '{obj.name}'; choose 'Edit Bone Map' first.")
    return row


CLASSES = (EditMap, DropMap, AssignBones, ClearRole, ClearMap, FillMap, AddLink, RemoveLink)
