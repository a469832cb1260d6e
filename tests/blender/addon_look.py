"""Inside Blender, without a window: the film camera stands where the film's did, marks come and go."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pose_from_video
from blender_scene import refusal
from mathutils import Matrix
from pose_from_video.addon.armature import read_rest
from pose_from_video.addon.compat import active_fcurves
from pose_from_video.addon.look.background import film_frames, frame_shape, show_film
from pose_from_video.addon.look.camera import film_camera
from pose_from_video.addon.look.doubts import LIMBS, WHOLE
from pose_from_video.addon.look.placement import FITTED, character_joints
from pose_from_video.addon.look.subject import looked_at
from pose_from_video.addon.look.take import needed_take
from pose_from_video.addon.recognition import recognise
from pose_from_video.rigs.filmed import Filmed
from pose_from_video.rigs.skeleton import H36M_17

VIDEO, AVATAR, PORTRAIT = sys.argv[sys.argv.index("--") + 1 :]
ops = bpy.ops.pose_from_video


def inventory() -> dict[str, list[str]]:
    """Names of everything that a camera could leave behind."""
    kinds = ("objects", "cameras", "images", "movieclips", "actions", "collections")
    return {kind: sorted(item.name for item in getattr(bpy.data, kind)) for kind in kinds}


def refused(said: str, operator: Callable[[], object]) -> None:
    """The operator refuses with these words and leaves everything as it was."""
    before, camera = inventory(), bpy.context.scene.camera
    with refusal(said):
        operator()
    assert inventory() == before
    assert bpy.context.scene.camera == camera


def process(rig: bpy.types.Object) -> None:
    assert ops.process() == {"FINISHED"}
    assert rig.animation_data.action is not None


def film_pixels(camera: bpy.types.Object, scene: bpy.types.Scene, filmed: Filmed, points: np.ndarray) -> np.ndarray:
    """(N,3) points of the scene -> (N,2) pixels of the film as the camera shows them now, x right, y down."""
    view = np.array(camera.matrix_world.inverted()) @ np.c_[points, np.ones(len(points))].T
    depsgraph = bpy.context.evaluated_depsgraph_get()
    render = scene.render
    width, height = render.resolution_x, render.resolution_y
    projection = camera.calc_matrix_camera(
        depsgraph, x=width, y=height, scale_x=render.pixel_aspect_x, scale_y=render.pixel_aspect_y
    )
    clip = np.array(projection) @ view
    shape = frame_shape(scene)
    film = filmed.image_size_px[0] / filmed.image_size_px[1]
    fill = np.array([1.0, film / shape]) if film >= shape else np.array([shape / film, 1.0])
    across = (clip[:2] / clip[3]).T * fill * np.array([1.0, -1.0])
    pixels: np.ndarray = (across + 1.0) / 2.0 * filmed.image_size_px
    return pixels


def misses_px(rig: bpy.types.Object) -> tuple[float, float, float]:
    """Pixels between film and scene: of the performer's joints, at most; of the character's hips and ankles, usually;
    and how tall the performer usually is in the film."""
    scene = bpy.context.scene
    _, take, filmed, placement = looked_at(bpy.context)
    camera, rig_map = film_camera(scene, rig), recognise(read_rest(rig)).rig_map
    known = [H36M_17.index(name) for name in FITTED]
    performer, character, tall = [], [], []
    for frame in range(0, len(filmed.frame_times_s), 23):
        at = take.frames(filmed.frame_times_s[[frame]])
        ends = character_joints(scene, rig, rig_map, take, FITTED, at)[0]
        pixels = filmed.joints_px[frame]
        performer.append(np.abs(film_pixels(camera, scene, filmed, placement.joints(filmed)[frame]) - pixels).max())
        character.append(np.linalg.norm(film_pixels(camera, scene, filmed, ends) - pixels[known], axis=1).mean())
        tall.append(np.ptp(pixels[:, 1]))
    return float(max(performer)), float(np.median(character)), float(np.median(tall))


def check_matched(rig: bpy.types.Object, what: str) -> None:
    before, camera, frame = inventory(), bpy.context.scene.camera, bpy.context.scene.frame_current
    assert ops.match_camera() == {"FINISHED"}
    assert bpy.context.scene.frame_current == frame
    assert bpy.context.scene.camera == film_camera(bpy.context.scene, rig) != camera
    performer, character, tall = misses_px(rig)
    print(f"{what}: performer {performer:.3f} px, character {character:.1f} px of {tall:.0f}")
    assert performer < 0.1, "the camera is not the film's"
    assert character < 0.05 * tall, "the character does not stand over the performer"
    bpy.context.scene.frame_set(frame)
    assert ops.match_camera() == {"FINISHED"}
    assert inventory() == before, "the camera left something behind"
    assert bpy.context.scene.camera == camera


def check_moving(rig: bpy.types.Object) -> None:
    """A film whose camera turns and zooms: the film camera goes along."""
    result = looked_at(bpy.context)[1].result
    kept = result.read_bytes()
    with np.load(result, allow_pickle=False) as stored:
        arrays = dict(stored)
    frames, zoom = len(arrays["frame_times_s"]), np.linspace(1.0, 1.3, len(arrays["frame_times_s"]))
    turn = np.tile(np.eye(4), (frames, 1, 1))
    for matrix, angle in zip(turn, np.radians(np.linspace(0.0, 25.0, frames)), strict=True):
        matrix[:3, :3] = [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
    arrays["camera_path"] = arrays["world_from_camera"] @ turn
    arrays["camera_focal_px"] = float(arrays["focal_px"]) * zoom
    points = np.insert(arrays["joints_world_m"], 3, 1.0, axis=-1)
    seen = np.einsum("tij,tpj->tpi", np.linalg.inv(arrays["camera_path"]), points)
    seen = arrays["camera_focal_px"][:, None, None] * seen[..., :2] / seen[..., 2:3]
    arrays["joints_px"] = (seen + arrays["image_size_px"] / 2.0).astype(np.float32)
    np.savez(result, **arrays)
    check_matched(rig, "camera that turns and zooms")
    result.write_bytes(kept)


def check_pictures(rig: bpy.types.Object) -> None:
    """At every scene frame the background's number is that of the film's picture at that moment."""
    scene = bpy.context.scene
    assert ops.match_camera() == {"FINISHED"}
    _, take, filmed, _ = looked_at(bpy.context)
    camera = film_camera(scene, rig)
    frames = np.arange(*np.round(take.frames(filmed.frame_times_s[[0, -1]])).astype(int))
    curves = active_fcurves(camera.data)
    user = camera.data.background_images[0].image_user
    shown = [f - user.frame_start + 1 + (curves[0].evaluate(f) if curves else user.frame_offset) for f in frames]
    assert shown == film_frames(take, frames, 30.0).tolist()
    moments = (np.array(shown) - 1) / 30.0
    assert np.all(np.abs(moments - (frames - take.frame_start) / take.rate) <= 1 / 30.0 + 1e-6)
    assert bool(curves) == (take.rate != 30.0)
    assert np.max(moments) <= filmed.frame_times_s[-1] + 1 / 30.0
    ops.match_camera()


def check_marks(rig: bpy.types.Object) -> None:
    scene = bpy.context.scene
    own = scene.timeline_markers.new("mine", frame=7)
    for _ in range(2):
        assert ops.mark_doubts() == {"FINISHED"}
        named = [marker.name for marker in scene.timeline_markers if marker != own]
        assert named, "the film's result was made unsure in places"
        assert all(any(limb in name for limb in (*LIMBS, WHOLE)) for name in named), named
    assert ops.jump_to(frame=42) == {"FINISHED"}
    assert scene.frame_current == 42
    assert ops.clear_marks() == {"FINISHED"}
    assert [marker.name for marker in scene.timeline_markers] == ["mine"]


def main() -> None:
    for _ in range(10):
        pose_from_video.register()
        pose_from_video.unregister()
    pose_from_video.register()
    bpy.ops.import_scene.gltf(filepath=AVATAR)
    rig = next(item for item in bpy.data.objects if item.type == "ARMATURE")
    scene = bpy.context.scene
    bpy.context.view_layer.objects.active = rig
    settings = scene.pose_from_video
    settings.video = VIDEO
    for operator in (ops.match_camera, ops.show_overlay, ops.mark_doubts):
        refused("poll()", operator)
    scene.render.fps = 30
    process(rig)
    check_matched(rig, "as it is")
    check_pictures(rig)
    check_moving(rig)
    check_marks(rig)
    assert ops.show_overlay() == {"FINISHED"}, "nothing to draw on, and no error"
    scene.render.resolution_x, scene.render.resolution_y = 400, 900
    check_matched(rig, "in an upright picture")
    scene.render.pixel_aspect_x = 1.5
    check_matched(rig, "with wide pixels")
    rig.matrix_world = Matrix.Translation((2.0, 3.0, 0.0)) @ Matrix.Rotation(1.0, 4, "Z") @ rig.matrix_world
    check_matched(rig, "after it was carried away")
    scene.render.fps, settings.frame_start, settings.root = 24, 5, "in_place"
    process(rig)
    check_matched(rig, "in place, at another rate")
    check_moving(rig)
    check_pictures(rig)
    settings.root, settings.nla = "travel", True
    assert ops.process() == {"FINISHED"}
    check_matched(rig, "on an NLA track")
    check_portrait(rig)
    check_lost_files(rig)
    pose_from_video.unregister()
    print("passed all")


def check_portrait(rig: bpy.types.Object) -> None:
    """A film on its side fills the height of a wide picture and the width of a narrow one, whoever turned it."""
    scene, take = bpy.context.scene, replace(needed_take(rig), video=Path(PORTRAIT))
    for size in ((1920, 1080), (700, 1000), (400, 900)):
        scene.render.resolution_x, scene.render.resolution_y = size
        shape = frame_shape(scene)
        data = bpy.data.cameras.new("Portrait")
        show_film(data, take, np.arange(3) / 30.0, shape)
        background = data.background_images[0]
        width, height = background.image.size
        fitted = np.array([min(shape, width / height), min(shape, width / height) * height / width]) * background.scale
        turned = abs(np.sin(background.rotation)) > 0.5
        shown = fitted[::-1] if turned else fitted
        assert turned == (width > height), "a lying film was not turned, or a standing one was"
        assert abs(shown[0] / shown[1] - 480 / 640) < 1e-6
        assert min(abs(shown[0] - shape), abs(shown[1] - 1.0)) < 1e-6
        assert shown[0] < shape + 1e-6 and shown[1] < 1.0 + 1e-6
        image = background.image
        bpy.data.cameras.remove(data)
        bpy.data.images.remove(image)


def check_lost_files(rig: bpy.types.Object) -> None:
    source = rig.animation_data.nla_tracks[-1].strips[0].action.pose_from_video
    result, source.result = source.result, "/nowhere/result.npz"
    refused("/nowhere/result.npz", ops.match_camera)
    source.result, source.video = result, "/nowhere/film.mp4"
    refused("/nowhere/film.mp4", ops.match_camera)
    source.video = AVATAR
    refused(Path(AVATAR).name, ops.match_camera)


main()
