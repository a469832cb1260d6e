"""The film's camera in the scene, so that the character stands over the performer."""

from __future__ import annotations

import bpy
import numpy as np
from mathutils import Matrix

from ...rigs import quaternions
from ...rigs.filmed import Filmed
from .. import compat
from ..fcurves import key_property
from ..rotation_modes import FloatArray
from .background import frame_shape, show_film
from .placement import Placement
from .take import Take

OF, BEFORE = "pose_from_video_of", "pose_from_video_before"
"""Custom properties of a film camera: whose it is, and the scene's camera before it."""
_SENSOR_MM = 36.0
_AIMED = ("location", "rotation_quaternion", "lens")


def film_camera(scene: bpy.types.Scene, obj: bpy.types.Object | None) -> bpy.types.Object | None:
    """The film camera of an armature, if it has one."""
    if obj is None:
        return None
    return next((item for item in scene.objects if item.type == "CAMERA" and item.get(OF) == obj), None)


def add_film_camera(
    scene: bpy.types.Scene, obj: bpy.types.Object, take: Take, filmed: Filmed, placement: Placement
) -> bpy.types.Object:
    """A camera with the lifted camera's place, direction and lens, and the film behind its view, as the scene's own.

    The scene's resolution stays: the whole film is fitted into the picture, whatever its shape.

    Raises:
        LookError: the film is gone or cannot be read; nothing is added then.
    """
    data = bpy.data.cameras.new(f"Film Camera {obj.name}")
    try:
        _set_lens(data, scene, filmed)
        show_film(data, take, filmed.frame_times_s, frame_shape(scene))
        camera = bpy.data.objects.new(data.name, data)
    except BaseException:
        bpy.data.cameras.remove(data)
        raise
    scene.collection.objects.link(camera)
    camera[OF] = obj
    if scene.camera is not None:
        camera[BEFORE] = scene.camera
    aim(camera, take, filmed, placement)
    data.clip_start, data.clip_end = 0.01 * placement.similarity.scale, 1000.0 * placement.similarity.scale
    camera.lock_location, camera.lock_rotation = (True,) * 3, (True,) * 3
    scene.camera = camera
    return camera


def remove_film_camera(scene: bpy.types.Scene, camera: bpy.types.Object) -> None:
    """Take a film camera away, its film and its keys with it, and give the scene the camera it had."""
    if scene.camera == camera:
        scene.camera = camera.get(BEFORE)
    data = camera.data
    images = [background.image for background in data.background_images if background.image is not None]
    # one action may carry the keys of both
    actions = {owner.animation_data.action for owner in (camera, data) if owner.animation_data is not None}
    bpy.data.objects.remove(camera)
    if data.users == 0:
        bpy.data.cameras.remove(data)
    for image in images:
        if image.users == 0:
            bpy.data.images.remove(image)
    for action in actions:
        if action is not None and action.users == 0:
            bpy.data.actions.remove(action)


def _set_lens(data: bpy.types.Camera, scene: bpy.types.Scene, filmed: Filmed) -> None:
    """The film's angle of view across that side by which the film is fitted into the scene's picture."""
    width, height = filmed.image_size_px
    data.sensor_width = data.sensor_height = _SENSOR_MM
    data.sensor_fit = "HORIZONTAL" if width / height >= frame_shape(scene) else "VERTICAL"
    data.lens = _lenses_mm(data, filmed)[0]


def _lenses_mm(data: bpy.types.Camera, filmed: Filmed) -> FloatArray:
    """(T,) the film's focal lengths on the camera's sensor."""
    across = filmed.image_size_px[0 if data.sensor_fit == "HORIZONTAL" else 1]
    lenses: FloatArray = filmed.focals_px * _SENSOR_MM / across
    return lenses


def aim(camera: bpy.types.Object, take: Take, filmed: Filmed, placement: Placement) -> None:
    """Put the camera where it belongs; keyed where it moves, or must go because the character stays in place."""
    matrices = placement.cameras(filmed)
    camera.matrix_world = Matrix(matrices[0])
    for owner in (camera, camera.data):
        for fcurve in compat.active_fcurves(owner):
            if fcurve.data_path in _AIMED:
                fcurve.keyframe_points.clear()
    frames = np.asarray(take.frames(filmed.frame_times_s))
    if take.in_place or filmed.camera_moves:
        key_property(camera, "OBJECT", "location", frames, matrices[:, :3, 3])
    if filmed.camera_moves:
        camera.rotation_mode = "QUATERNION"
        turns = quaternions.make_continuous(quaternions.from_matrix(matrices[:, :3, :3]))
        key_property(camera, "OBJECT", "rotation_quaternion", frames, turns)
        key_property(camera.data, "CAMERA", "lens", frames, _lenses_mm(camera.data, filmed))
