"""The film's actor: a dressed body that moves as a motion capture clip does, and the truth read from that body."""

from __future__ import annotations

import importlib.util
import math
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from blender_body import bind, build_armature, build_mesh
from mathutils import Matrix, Vector
from numpy.typing import NDArray
from outfit import MATERIALS, Body, dress
from rig_names import HEADS

FloatArray = NDArray[np.float64]

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "pose_from_video"
JOINT_BONES = {  # joints that are where a bone of the game engine rig begins
    "right_hip": "thigh_r",
    "right_knee": "calf_r",
    "right_ankle": "foot_r",
    "left_hip": "thigh_l",
    "left_knee": "calf_l",
    "left_ankle": "foot_l",
    "left_shoulder": "upperarm_l",
    "left_elbow": "lowerarm_l",
    "left_wrist": "hand_l",
    "right_shoulder": "upperarm_r",
    "right_elbow": "lowerarm_r",
    "right_wrist": "hand_r",
}
SPINE_OVER_PELVIS_M = 0.22
FINGER_CURL_RAD = math.radians(16.0)


def load_package() -> Callable[[str], Any]:
    """Load the checkout under the extension's name; returns an importer of its modules."""
    spec = importlib.util.spec_from_file_location(PACKAGE, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)
    return lambda name: import_module(f"{PACKAGE}.{name}")


def read_clip(path: Path, name: str, first: int, last: int) -> tuple[FloatArray, float]:
    """Joints (T, 17, 3) of one motion capture clip's frames first..last, metres, Z up, and its frame rate."""
    if not path.is_file():
        raise SystemExit(f"{path} is missing: set POSE_DATA to the folder that holds the motion capture.")
    with np.load(path, allow_pickle=False) as stored:
        names = [str(n) for n in stored["names"]]
        if name not in names:
            raise SystemExit(f"{path.name} has no clip {name!r}.")
        start, stop = stored["offsets"][names.index(name) : names.index(name) + 2]
        steps = stored["delta"].T.reshape(-1, 17, 3)[start:stop].astype(np.int64)
        joints = np.cumsum(steps, axis=0) * float(stored["quantum_m"])
        fps = float(stored["fps"])
    joints[:, 1:] += joints[:, :1]
    return joints[first:last], fps


def face_camera(joints: FloatArray, turn_rad: float) -> FloatArray:
    """Turn a motion about the vertical and put its first pelvis over the origin."""
    cos, sin = math.cos(turn_rad), math.sin(turn_rad)
    moved = joints - joints[0, 0] * np.array([1.0, 1.0, 0.0])
    return np.asarray(moved @ np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]]))


def make_actor(body: Body, spec: dict[str, Any]) -> tuple[bpy.types.Object, bpy.types.Object]:
    """The dressed body at full resolution, with woven cloth and relaxed fingers; mesh and armature.

    Args:
        body: as made.
        spec: of bodies.json; `pattern` of the shirt is `stripes` where it says nothing, `uprights` or `plain`.
    """
    dressed = dress(body, spec["outfit"], HEADS[spec["rig"]])
    mesh = build_mesh("Actor", body, dressed, spec["colours"])
    armature = build_armature("Actor rig", body, spec["rig"], dressed.sole_m)
    bind(mesh, armature)
    for name, scale, contrast in (("shirt", 55.0, 0.22), ("trousers", 80.0, 0.3), ("hair", 60.0, 0.5)):
        _weave(mesh.data.materials[MATERIALS.index(name)], scale, contrast)
    if (pattern := spec.get("pattern", "stripes")) != "plain":
        _stripes(mesh.data.materials[MATERIALS.index("shirt")], "X" if pattern == "uprights" else "Z")
    relax_fingers(armature)
    return mesh, armature


def _weave(material: bpy.types.Material, scale: float, contrast: float) -> None:
    # Generated coordinates are those of the undeformed body, so that the pattern moves with the cloth.
    nodes, links = material.node_tree.nodes, material.node_tree.links
    shader = nodes["Principled BSDF"]
    colour = tuple(shader.inputs["Base Color"].default_value)
    place, noise, mix = (nodes.new(f"ShaderNode{kind}") for kind in ("TexCoord", "TexNoise", "Mix"))
    noise.inputs["Scale"].default_value = scale
    mix.data_type = "RGBA"
    mix.inputs[6].default_value = (*(c * (1 - contrast) for c in colour[:3]), 1.0)
    mix.inputs[7].default_value = (*(min(1.0, c * (1 + contrast)) for c in colour[:3]), 1.0)
    mix.label = "weave"
    links.new(place.outputs["Generated"], noise.inputs["Vector"])
    links.new(noise.outputs[0], mix.inputs[0])
    links.new(mix.outputs[2], shader.inputs["Base Color"])


def _stripes(material: bpy.types.Material, along: str) -> None:
    nodes, links = material.node_tree.nodes, material.node_tree.links
    weave = next(node for node in nodes if node.label == "weave")
    place, wave, edge, mix = (nodes.new(f"ShaderNode{k}") for k in ("TexCoord", "TexWave", "Math", "Mix"))
    wave.bands_direction = along
    wave.inputs["Scale"].default_value = 7.0
    edge.operation = "GREATER_THAN"
    edge.inputs[1].default_value = 0.72
    mix.data_type = "RGBA"
    mix.inputs[7].default_value = (0.78, 0.72, 0.6, 1.0)
    links.new(place.outputs["Generated"], wave.inputs["Vector"])
    links.new(wave.outputs["Fac"], edge.inputs[0])
    links.new(edge.outputs[0], mix.inputs[0])
    links.new(weave.outputs[2], mix.inputs[6])
    links.new(mix.outputs[2], nodes["Principled BSDF"].inputs["Base Color"])


def relax_fingers(armature: bpy.types.Object) -> None:
    """Curl every finger joint a little towards the palm, as a hand at rest is."""
    bones = armature.pose.bones
    for side in "lr":
        across = bones[f"pinky_01_{side}"].bone.head_local - bones[f"index_01_{side}"].bone.head_local
        for finger in ("index", "middle", "ring", "pinky"):
            for joint in ("01", "02", "03"):
                bone = bones[f"{finger}_{joint}_{side}"]
                along = bone.bone.tail_local - bone.bone.head_local
                axis = across - along * (across.dot(along) / along.length_squared)
                local = bone.bone.matrix_local.to_3x3().transposed() @ axis
                curl = FINGER_CURL_RAD if side == "l" else -FINGER_CURL_RAD
                bone.rotation_mode = "QUATERNION"
                bone.rotation_quaternion = Matrix.Rotation(curl, 3, local.normalized()).to_quaternion()


def animate(
    armature: bpy.types.Object,
    joints: FloatArray,
    fps: float,
    package: Callable[[str], Any],
    *,
    hold_feet: bool = False,
) -> None:
    """Key the motion onto the actor with the project's own retargeting, from frame 1 on.

    Args:
        armature: the actor's.
        joints: (T, 17, 3) metres, Z up.
        fps: their rate.
        package: as `load_package` gives it.
        hold_feet: whether hands and feet go where the performer's do and feet hold where they stand; else limbs point
            as the performer's do, and feet only stay over the floor.
    """
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = round(fps), 1.0
    scene.frame_start, scene.frame_end = 1, len(joints)
    sequence = package("rigs.sequence").PoseSequence.from_joints(joints, fps)
    feet = "auto" if hold_feet else "floor"
    settings = package("rigs.retarget").RetargetSettings(ik=hold_feet, left_foot=feet, right_foot=feet)
    package("addon.retarget").retarget_to_armature(armature, sequence, settings)


def _spine_point(armature: bpy.types.Object) -> tuple[str, Vector]:
    # The point of the spine that lies 22 cm over the pelvis at rest, held by the bone that it lies on.
    bones = armature.data.bones
    height = (bones["thigh_l"].head_local.z + bones["thigh_r"].head_local.z) / 2 + SPINE_OVER_PELVIS_M
    for name in ("spine_01", "spine_02", "spine_03"):
        head, tail = bones[name].head_local, bones[name].tail_local
        if tail.z >= height:
            point = head + (tail - head) * ((height - head.z) / (tail.z - head.z))
            return name, bones[name].matrix_local.inverted() @ point
    raise SystemExit("The actor's spine ends lower than 22 cm over the pelvis.")


def _face_vertices(mesh: bpy.types.Object, body: Body) -> tuple[int, int]:
    # Tip of the nose: foremost between eyes and mouth. Top of the head: highest skin (the hair lies over it).
    places = np.array([v.co for v in mesh.data.vertices])
    skin = np.zeros(len(places), dtype=bool)
    for polygon in mesh.data.polygons:
        if polygon.material_index == MATERIALS.index("skin"):
            skin[list(polygon.vertices)] = True
    eye = (body.joint("l-eye") + body.joint("r-eye")) / 2
    middle = skin & (np.abs(places[:, 0]) < 0.01) & (np.abs(places[:, 2] - eye[2] + 0.03) < 0.06)
    nose = np.flatnonzero(middle)[np.argmin(places[middle, 1])]
    head = np.flatnonzero(skin)[np.argmax(places[skin, 2])]
    return int(nose), int(head)


def joint_reader(
    mesh: bpy.types.Object, armature: bpy.types.Object, body: Body, joint_names: tuple[str, ...]
) -> Callable[[], FloatArray]:
    """Reads the joints (17, 3) of the posed body itself in the scene's frame, metres, world."""
    nose, head = _face_vertices(mesh, body)
    spine_bone, spine_local = _spine_point(armature)

    def read() -> FloatArray:
        pose = armature.pose.bones
        at = {joint: np.array(armature.matrix_world @ pose[bone].head) for joint, bone in JOINT_BONES.items()}
        at["pelvis"] = (at["left_hip"] + at["right_hip"]) / 2
        at["thorax"] = (at["left_shoulder"] + at["right_shoulder"]) / 2
        at["spine"] = np.array(armature.matrix_world @ pose[spine_bone].matrix @ spine_local)
        shown = mesh.evaluated_get(bpy.context.evaluated_depsgraph_get())
        at["nose"] = np.array(shown.matrix_world @ shown.data.vertices[nose].co)
        at["head"] = np.array(shown.matrix_world @ shown.data.vertices[head].co)
        return np.array([at[name] for name in joint_names])

    return read


def read_truth(
    mesh: bpy.types.Object, armature: bpy.types.Object, body: Body, joint_names: tuple[str, ...]
) -> FloatArray:
    """Joints (T, 17, 3) of the posed body itself at every frame of the scene, metres, world."""
    scene = bpy.context.scene
    read = joint_reader(mesh, armature, body, joint_names)
    frames = []
    for frame in range(scene.frame_start, scene.frame_end + 1):
        scene.frame_set(frame)
        frames.append(read())
    return np.array(frames)


def lowest_point(mesh: bpy.types.Object, frame: int) -> float:
    """Height of the body's lowest vertex in a frame, metres."""
    bpy.context.scene.frame_set(frame)
    shown = mesh.evaluated_get(bpy.context.evaluated_depsgraph_get())
    flat = np.empty(len(shown.data.vertices) * 3, dtype=np.float32)
    shown.data.vertices.foreach_get("co", flat)
    return float(flat.reshape(-1, 3)[:, 2].min())
