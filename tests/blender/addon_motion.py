"""Inside Blender: motion files become keys by way of a scene of their own, and the user's scene does not notice."""

from __future__ import annotations

import sys
from pathlib import Path

import bpy
import headless_rig
import numpy as np
import pose_from_video
from pose_from_video.addon import compat
from pose_from_video.addon.errors import MotionError
from pose_from_video.addon.headless.options import ClipSettings
from pose_from_video.addon.headless.produce import produce
from pose_from_video.addon.headless.progress import Progress
from pose_from_video.addon.motion.load import load_motion
from pose_from_video.addon.sequences import load_sequence
from pose_from_video.rigs.errors import RigError
from pose_from_video.rigs.retarget import RetargetSettings
from pose_from_video.rigs.sequence import PoseSequence, load_result
from pose_from_video.rigs.vectors import unit

FOLDER, RESULT, FROM, ONTO = map(Path, sys.argv[sys.argv.index("--") + 1 :])
RAW = ClipSettings(pose=RetargetSettings(ik=False), smoothing=0.0)
LIMBS = (2, 3, 5, 6, 12, 13, 15, 16)
FORMATS = (".bvh", ".fbx", ".glb", ".blend")


def directions(sequence: PoseSequence) -> np.ndarray:
    """(T,8,3) of the limb segments."""
    parents = [sequence.skeleton.parents[joint] for joint in LIMBS]
    return unit(sequence.joints[:, LIMBS] - sequence.joints[:, parents])


def apart_deg(first: PoseSequence, second: PoseSequence) -> float:
    """Largest angle between limb segments."""
    chord = np.linalg.norm(directions(first) - directions(second), axis=-1)
    return float(np.degrees(2.0 * np.arcsin(np.clip(0.5 * chord, 0.0, 1.0))).max())


def check_formats() -> None:
    """Film -> character -> file -> another character -> file: the limbs point as in the film all the way."""
    truth = load_result(RESULT)
    for ending in FORMATS:
        path = FOLDER / f"walk é{ending}"
        produce(RESULT, FROM, path, RAW, Progress())
        read = load_motion(path, bpy.context)
        assert len(read.joints) == len(truth.joints), (ending, len(read.joints))
        assert abs(read.fps - truth.fps) < 1e-3 * truth.fps, (ending, read.fps)
        assert apart_deg(truth, read) < 0.1, (ending, apart_deg(truth, read))
        onto = FOLDER / f"onto{ending}.fbx"
        clip = produce(path, ONTO, onto, RAW, Progress())
        assert clip.frames == (1, len(truth.joints)), clip.frames
        second = load_motion(onto, bpy.context)
        assert apart_deg(truth, second) < 0.1, (ending, apart_deg(truth, second))
        part = load_motion(path, bpy.context, frame_start=2, frame_end=5)
        np.testing.assert_allclose(directions(part), directions(read)[2:5], atol=1e-5)
        print("passed", ending)


def check_smoothing() -> None:
    """Motion files come clean and are taken as they are, results are smoothed, unless a strength is given."""
    context, motion = bpy.context, FOLDER / "walk é.bvh"
    raw = {path: load_sequence(path, context, 0.0).joints for path in (motion, RESULT)}
    wished = {path: load_sequence(path, context, None).joints for path in raw}
    np.testing.assert_array_equal(wished[motion], raw[motion])
    assert np.abs(wished[RESULT] - raw[RESULT]).max() > 1e-5
    assert np.abs(load_sequence(motion, context, 1.0).joints - raw[motion]).max() > 1e-5


def state() -> dict[str, object]:
    """What the user sees of the file, and every data-block in it."""
    scene, layer, window = bpy.context.scene, bpy.context.view_layer, bpy.context.window_manager.windows[0]
    kinds = [kind.identifier for kind in bpy.data.bl_rna.properties if kind.type == "COLLECTION"]
    blocks = {kind: sorted(item.name_full for item in getattr(bpy.data, kind)) for kind in kinds}
    return {
        "blocks": blocks,
        "users": {
            f"{kind}/{item.name}": item.users for kind in ("objects", "actions") for item in getattr(bpy.data, kind)
        },
        "scene": (scene.name, window.scene.name, layer.name),
        "clock": (scene.frame_current, scene.frame_start, scene.frame_end, scene.render.fps, scene.render.fps_base),
        "active": (layer.objects.active.name, layer.objects.active.mode),
        "selected": sorted(item.name for item in layer.objects if item.select_get()),
        "hidden": sorted(item.name for item in bpy.data.objects if item.hide_viewport),
        "actions": {
            item.name: (item.animation_data.action.name, len(compat.active_fcurves(item)))
            for item in bpy.data.objects
            if item.animation_data is not None and item.animation_data.action is not None
        },
    }


def user_scene() -> bpy.types.Object:
    """A scene at work: a second view layer, a figure with an action, something selected, a later frame."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    figure = headless_rig.build()
    figure.pose.bones[0].keyframe_insert("location", frame=3)
    scene = bpy.context.scene
    scene.view_layers.new("Second")
    scene.frame_set(7)
    scene.render.fps = 25
    bpy.context.view_layer.objects.active = figure
    figure.select_set(True)
    return figure


def check_scene_is_left_alone() -> None:
    for ending, mode in zip(FORMATS, ("POSE", "EDIT", "OBJECT", "POSE"), strict=True):
        user_scene()
        bpy.ops.object.mode_set(mode=mode)
        before = state()
        load_motion(FOLDER / f"walk é{ending}", bpy.context)
        assert state() == before, (ending, mode, before, state())


def refused(path: Path, said: str) -> None:
    """A file that is of no use is named in one sentence, and the scene is as before."""
    before = state()
    try:
        load_motion(path, bpy.context)
    except (MotionError, RigError) as error:
        text = str(error)
    else:
        raise AssertionError(f"{path.name} was read, expected {said!r}")
    assert path.name in text, text
    assert said in text, text
    assert "\n" not in text, text
    assert state() == before, path.name


BVH = """HIERARCHY
ROOT Hips
{{
 OFFSET 0 0 0
 CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
 JOINT Spine
 {{
  OFFSET 0 10 0
  CHANNELS 3 Zrotation Xrotation Yrotation
  End Site
  {{
   OFFSET 0 10 0
  }}
 }}
}}
MOTION
Frames: {count}
Frame Time: 0.0333333
{lines}
"""


def write_bad_files() -> None:
    line = "0 0 0 0 0 0 0 0 0"
    (FOLDER / "stick.bvh").write_text(BVH.format(count=2, lines=f"{line}\n{line}"))
    (FOLDER / "empty.bvh").write_text("")
    (FOLDER / "no frames.bvh").write_text(BVH.format(count=0, lines=""))
    (FOLDER / "torn.fbx").write_bytes((FOLDER / "walk é.fbx").read_bytes()[:5000])
    (FOLDER / "words.glb").write_text("no glTF")
    (FOLDER / "notes.txt").write_text("no motion")
    whole = (FOLDER / "walk é.bvh").read_text().splitlines()
    broken = whole[-3].split()
    broken[3] = "nan"
    (FOLDER / "nan.bvh").write_text("\n".join([*whole[:-3], " ".join(broken), *whole[-2:], ""]))
    (FOLDER / "torn.bvh").write_text("\n".join([*whole[:-1], whole[-1][:80]]))
    at = next(number for number, text in enumerate(whole) if text.startswith("Frames:"))
    (FOLDER / "pose.bvh").write_text("\n".join([*whole[:at], "Frames: 1", *whole[at + 1 : at + 3], ""]))
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    figure = headless_rig.build()
    bpy.ops.export_scene.fbx(filepath=str(FOLDER / "still.fbx"), bake_anim=False)
    bpy.data.objects.remove(figure)
    bpy.ops.export_scene.gltf(filepath=str(FOLDER / "mesh.glb"))


def check_bad_files() -> None:
    write_bad_files()
    user_scene()
    refused(FOLDER / "nowhere.bvh", "no motion file")
    refused(FOLDER / "notes.txt", ".bvh")
    refused(FOLDER / "empty.bvh", "no BVH")
    refused(FOLDER / "no frames.bvh", "no frames")
    refused(FOLDER / "torn.fbx", "cannot be read")
    refused(FOLDER / "words.glb", "cannot be read")
    refused(FOLDER / "mesh.glb", "no armature")
    refused(FOLDER / "still.fbx", "no animation")
    refused(FOLDER / "stick.bvh", "thigh")
    refused(FOLDER / "nan.bvh", "not finite in frame 10")
    refused(FOLDER / "torn.bvh", "ends in frame 12 of 12")
    assert len(load_motion(FOLDER / "pose.bvh", bpy.context).joints) == 1


def check_takes() -> None:
    """A file whose first take is empty: the one with motion is read."""
    for ending in (".fbx", ".glb"):
        figure = user_scene()
        still = figure.animation_data.action
        moving = still.copy()
        still.name, moving.name = "A still take", "Moving"
        compat.play(figure, moving)
        for curve in compat.active_fcurves(figure):
            curve.keyframe_points.insert(10, 0.3)
        compat.play(figure, still)
        path = str(FOLDER / f"takes{ending}")
        if ending == ".fbx":
            bpy.ops.export_scene.fbx(filepath=path, bake_anim_use_all_actions=True, bake_anim_use_nla_strips=False)
        else:
            bpy.ops.export_scene.gltf(filepath=path, export_animation_mode="ACTIONS")
        user_scene()
        assert len(load_motion(Path(path), bpy.context).joints) > 5, ending


def check_operator() -> None:
    """The panel's button, with a motion file in the field for the film: no child, keys at once."""
    pose_from_video.register()
    for ending in (".bvh", ".glb"):
        figure = user_scene()
        objects = sorted(item.name for item in bpy.data.objects)
        settings = bpy.context.scene.pose_from_video
        settings.video, settings.armature, settings.match_rate = str(FOLDER / f"walk é{ending}"), figure, True
        assert bpy.ops.pose_from_video.process() == {"FINISHED"}
        action = figure.animation_data.action
        assert "walk é" in action.name, action.name
        assert tuple(action.frame_range) == (1.0, float(len(load_result(RESULT).joints)))
        assert sorted(item.name for item in bpy.data.objects) == objects
        assert len(bpy.data.actions) == 2
    settings.video = str(FOLDER / "stick.bvh")
    try:
        bpy.ops.pose_from_video.process()
    except RuntimeError as error:
        assert "stick.bvh" in str(error), error
    else:
        raise AssertionError("a stick was taken for a person")
    assert figure.animation_data.action == action


check_formats()
check_smoothing()
check_scene_is_left_alone()
check_bad_files()
check_takes()
check_operator()
print("passed all")
sys.stdout.flush()
