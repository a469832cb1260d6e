"""Inside Blender: reduced keys keep their bound on Blender's own evaluation, and strips of the NLA play them."""

from __future__ import annotations

import bpy
import numpy as np
from blender_scene import evaluated_at, make_armature, random_rotations
from mathutils import Quaternion, Vector
from pose_from_video.addon import compat
from pose_from_video.addon.errors import KeyingError
from pose_from_video.addon.key_settings import KeySettings
from pose_from_video.addon.keying import key_armature

MODES = ("QUATERNION", "AXIS_ANGLE", "XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX")
FRAMES = 150
RNG = np.random.default_rng(11)


def moving(bones: int) -> tuple[np.ndarray, np.ndarray]:
    """(T,B,4) rotations that wander through whole turns, jitter and stand still, and a (T,3) path."""
    phase = np.linspace(0.0, 9.0, FRAMES)[:, None, None]
    speed, start = RNG.uniform(0.3, 1.2, (2, 1, bones, 4))
    values = np.sin(phase * speed + 6.0 * start) + 0.004 * RNG.normal(size=(FRAMES, bones, 4))
    values[60:100] = values[60]
    return values / np.linalg.norm(values, axis=-1, keepdims=True), 3.0 * values[:, 0, :3]


def worst(obj: bpy.types.Object, names: tuple[str, ...], q: np.ndarray, path: np.ndarray, frames: np.ndarray):
    """Largest angle in degrees of any bone, and largest distance of the first one, over all frames."""
    angles, distances = [], []
    for t, frame in enumerate(frames):
        posed = evaluated_at(obj, frame)
        for b, name in enumerate(names):
            got = np.array(posed.pose.bones[name].matrix_basis.to_quaternion())
            chord = min(np.linalg.norm(got - q[t, b]), np.linalg.norm(got + q[t, b]))
            angles.append(np.degrees(4.0 * np.arcsin(0.5 * chord)))
        distances.append((posed.pose.bones[names[0]].location - Vector(path[t])).length)
    return max(angles), max(distances)


def test_the_bound_holds_in_every_mode() -> None:
    names = (*MODES, "also moved")
    for limit, start, step in ((0.5, 1.0, 1.0), (0.1, 20_000.0, 1.0), (3.0, -20.5, 1.7)):
        obj = make_armature((*names, "moved", "untouched"))
        for mode in MODES:
            obj.pose.bones[mode].rotation_mode = mode
        obj.scale = (0.01, 0.01, 0.01)
        bpy.context.view_layer.update()
        q, path = moving(len(names))
        frames = start + step * np.arange(FRAMES)
        path *= 100.0
        settings = KeySettings(reduce_deg=limit)
        key_armature(obj, names, q, {names[0]: path, "moved": path}, frames, "take", settings=settings)
        angle, distance = worst(obj, names, q, path, frames)
        assert angle <= limit, (limit, angle)
        assert distance <= np.radians(limit) * 25.0, (limit, distance)
        curves = compat.active_fcurves(obj)
        keys = sum(len(curve.keyframe_points) for curve in curves)
        assert keys < (0.9 if limit < 0.5 else 0.5) * len(curves) * FRAMES
        assert len(curves) == 4 + 4 + 6 * 3 + 4 + 3 + 3
        for curve in curves:
            assert {point.interpolation for point in curve.keyframe_points} == {"BEZIER"}
            assert list(curve.range()) == [np.float32(frames[0]), np.float32(frames[-1])]
            assert curve.group.name in curve.data_path


def test_a_bone_s_channels_share_their_frames_and_holds_need_no_keys() -> None:
    obj = make_armature(("a", "b"))
    q, path = moving(2)
    q[:, 1] = q[0, 1]
    key_armature(obj, ("a", "b"), q, {"a": path}, np.arange(FRAMES), "t", settings=KeySettings(reduce_deg=0.5))
    times: dict[str, set] = {}
    for curve in compat.active_fcurves(obj):
        times.setdefault(curve.group.name, set()).add(tuple(point.co.x for point in curve.keyframe_points))
    assert all(len(found) == 1 for found in times.values())
    assert times["b"] == {(0.0, FRAMES - 1.0)}


def test_a_strip_plays_over_what_was_there() -> None:
    for frames in (np.arange(5.0, 5.0 + FRAMES), 2.5 + np.arange(FRAMES), np.array([7.0])):
        obj = make_armature(("a",))
        q, path = moving(1)
        q, path = q[: len(frames)], path[: len(frames)]
        old = key_armature(obj, ("a",), random_rotations(3, 1), {}, np.arange(3), "old", settings=KeySettings(nla=True))
        active = key_armature(obj, ("a",), random_rotations(3, 1), {}, np.arange(3), "active")
        new = key_armature(obj, ("a",), q, {"a": path}, frames, "new", settings=KeySettings(nla=True))
        data = obj.animation_data
        assert data.action is None
        assert active.use_fake_user
        assert [track.strips[0].action for track in data.nla_tracks] == [old, new]
        strip = data.nla_tracks[-1].strips[0]
        assert strip.name == data.nla_tracks[-1].name == new.name
        assert abs(strip.scale - 1.0) < 1e-6
        angle, distance = worst(obj, ("a",), q, path, frames)
        assert angle < 0.1
        assert distance < 1e-4


def test_settings_out_of_range_are_refused() -> None:
    for degrees in (0.0, 1e-4, -1.0, 46.0, float("nan")):
        try:
            KeySettings(reduce_deg=degrees)
        except KeyingError as error:
            assert "degrees" in str(error)
        else:
            raise AssertionError(f"{degrees} was taken")


def test_an_overridden_rig_gets_a_track_of_its_own() -> None:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "library.blend")
        obj = make_armature(("a",))
        obj.animation_data_create().nla_tracks.new()
        bpy.data.libraries.write(path, {obj})
        bpy.data.objects.remove(obj)
        with bpy.data.libraries.load(path, link=True) as (source, target):
            target.objects = list(source.objects)
        bpy.context.scene.collection.objects.link(target.objects[0])
        own = target.objects[0].override_create(remap_local_usages=True)
        q = random_rotations(4, 1)
        key_armature(own, ["a"], q, {}, np.arange(4), "t", settings=KeySettings(nla=True))
        assert len(own.animation_data.nla_tracks) == 2
        got = evaluated_at(own, 2).pose.bones["a"].matrix_basis.to_quaternion()
        assert abs(abs(got.dot(Quaternion(q[2, 0]))) - 1.0) < 1e-5


for test in [value for name, value in list(globals().items()) if name.startswith("test_")]:
    test()
    print("passed", test.__name__)
