"""Inside Blender: keys move the bones as told, and touch nothing else."""

from __future__ import annotations

import tempfile
from pathlib import Path

import bpy
import numpy as np
from blender_scene import evaluated_at, make_armature, random_rotations
from mathutils import Quaternion, Vector
from pose_from_video.addon import compat
from pose_from_video.addon.errors import KeyingError
from pose_from_video.addon.keying import key_armature

RNG = np.random.default_rng(5)
MODES = ("QUATERNION", "AXIS_ANGLE", "XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX")
AWKWARD = 'a "quoted" \\ 骨'


def raises(message: str, function, *args) -> None:
    actions = len(bpy.data.actions)
    try:
        function(*args)
    except KeyingError as error:
        assert message in str(error), f"{message!r} is not in {error!s}"
    else:
        raise AssertionError(f"nothing was refused, expected {message!r}")
    assert len(bpy.data.actions) == actions, "a refused action stayed behind"


def test_switches_are_keyed_where_the_rig_has_them() -> None:
    obj = make_armature(("arm",))
    obj.pose.bones["arm"]["IK_FK"] = 0.0
    switches = {("arm", "IK_FK"): 1.0, ("arm", "absent"): 1.0, ("nobody", "IK_FK"): 1.0}
    key_armature(obj, ("arm",), random_rotations(3, 1), {}, np.arange(1.0, 4.0), "take", switches)
    assert evaluated_at(obj, 2.0).pose.bones["arm"]["IK_FK"] == 1.0
    assert len(compat.active_fcurves(obj)) == 5


def test_every_mode_moves_its_bone() -> None:
    names = (*MODES, AWKWARD, "untouched")
    obj = make_armature(names)
    for mode in MODES:
        obj.pose.bones[mode].rotation_mode = mode
    obj.pose.bones["untouched"].rotation_mode = "XYZ"
    keyed = names[:-1]
    rotations = random_rotations(12, len(keyed))
    path = RNG.normal(size=(12, 3))
    frames = np.concatenate([[1.0, 2.5], np.arange(4, 14)])
    action = key_armature(obj, keyed, rotations, {AWKWARD: path}, frames, "take")
    assert obj.animation_data.action == action
    for t, frame in enumerate(frames):
        posed = evaluated_at(obj, frame)
        for b, name in enumerate(keyed):
            got = posed.pose.bones[name].matrix_basis.to_quaternion()
            angle = got.rotation_difference(Quaternion(rotations[t, b])).angle
            assert min(angle, abs(angle - 2 * np.pi)) < 1e-3, (name, frame, angle)
        assert (posed.pose.bones[AWKWARD].location - Vector(path[t])).length < 1e-5
    for mode in MODES:
        assert obj.pose.bones[mode].rotation_mode == mode
    fcurves = compat.active_fcurves(obj)
    assert len(fcurves) == 4 + 4 + 6 * 3 + 4 + 3
    assert not any("untouched" in fcurve.data_path for fcurve in fcurves)
    assert {fcurve.group.name for fcurve in fcurves} == set(keyed)
    for fcurve in fcurves:
        assert {point.interpolation for point in fcurve.keyframe_points} == {"LINEAR"}
        assert [point.co.x for point in fcurve.keyframe_points] == list(frames)


def test_old_actions_stay() -> None:
    obj = make_armature(("a", "b"))
    first = key_armature(obj, ["a"], random_rotations(5, 1), {}, np.arange(5), "take")
    before = [tuple(point.co) for fcurve in compat.active_fcurves(obj) for point in fcurve.keyframe_points]
    first_slot = compat.action_state(obj)
    second = key_armature(obj, ["b"], random_rotations(5, 1), {}, np.arange(5), "take")
    assert second != first
    assert first.use_fake_user
    assert second.use_fake_user
    if compat.HAS_SLOTS:
        assert obj.animation_data.action_slot == second.slots[0]
        assert len(second.slots) == 1
    compat.restore_action(obj, first_slot)
    after = [tuple(point.co) for fcurve in compat.active_fcurves(obj) for point in fcurve.keyframe_points]
    assert obj.animation_data.action == first
    assert before == after


def test_two_armatures_do_not_share_an_action() -> None:
    one, two = make_armature(("a",)), make_armature(("a",))
    actions = {key_armature(obj, ["a"], random_rotations(3, 1), {}, np.arange(3), "t") for obj in (one, two)}
    assert len(actions) == 2


def test_bad_input_is_refused_and_leaves_nothing() -> None:
    obj = make_armature(("a", "b"))
    q = random_rotations(4, 1)
    raises("'gone'", key_armature, obj, ["gone"], q, {}, np.arange(4), "t")
    raises("'root'", key_armature, obj, ["a"], q, {"root": np.zeros((4, 3))}, np.arange(4), "t")
    raises("(4, 2, 4)", key_armature, obj, ["a", "b"], q, {}, np.arange(4), "t")
    raises("(4, 3)", key_armature, obj, ["a"], q, {"a": np.zeros((3, 3))}, np.arange(4), "t")
    raises("nothing to key", key_armature, obj, ["a"], q[:0], {}, np.arange(0), "t")
    raises("not after frame 2", key_armature, obj, ["a"], q, {}, np.array([1.0, 2.0, 2.0, 3.0]), "t")
    raises("not after", key_armature, obj, ["a"], q, {}, 1e8 + np.arange(4), "t")
    bad = q.copy()
    bad[2, 0] = np.nan
    raises("Bone 'a' has no valid rotation at key 2", key_armature, obj, ["a"], bad, {}, np.arange(4), "t")
    raises("not a number", key_armature, obj, ["a"], q, {"a": np.full((4, 3), np.nan)}, np.arange(4), "t")
    empty = bpy.data.objects.new("Empty", None)
    raises("choose an armature", key_armature, empty, ["a"], q, {}, np.arange(4), "t")
    assert obj.animation_data is None


def test_linked_rigs_are_refused_and_overridden_ones_keyed() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "library.blend")
        obj = make_armature(("a", "b"))
        bpy.data.libraries.write(path, {obj})
        bpy.data.objects.remove(obj)
        with bpy.data.libraries.load(path, link=True) as (source, target):
            target.objects = list(source.objects)
        linked = target.objects[0]
        bpy.context.scene.collection.objects.link(linked)
        q = random_rotations(4, 1)
        raises("library override", key_armature, linked, ["a"], q, {}, np.arange(4), "t")
        own = linked.override_create(remap_local_usages=True)
        action = key_armature(own, ["a"], q, {}, np.arange(4), "t")
        assert action.library is None
        got = evaluated_at(own, 2).pose.bones["a"].matrix_basis.to_quaternion()
        assert abs(abs(got.dot(Quaternion(q[2, 0]))) - 1.0) < 1e-5


def test_tweak_mode_is_refused() -> None:
    obj = make_armature(("a",))
    action = key_armature(obj, ["a"], random_rotations(3, 1), {}, np.arange(3), "t")
    data = obj.animation_data
    data.nla_tracks.new().strips.new("strip", 0, action)
    data.action = None
    data.nla_tracks[0].strips[0].select = True
    data.nla_tracks[0].select = True
    data.nla_tracks.active = data.nla_tracks[0]
    data.use_tweak_mode = True
    assert data.use_tweak_mode
    raises("tweak", key_armature, obj, ["a"], random_rotations(3, 1), {}, np.arange(3), "t")


for test in [value for name, value in list(globals().items()) if name.startswith("test_")]:
    test()
    print("passed", test.__name__)
