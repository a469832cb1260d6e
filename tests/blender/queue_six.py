"""Inside Blender, without a window: two stretches of the sample film on two characters, by the real child."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pose_from_video
from checkout import ROOT
from pose_from_video.addon.look.take import take_of
from pose_from_video.addon.queue.length import film_length
from pose_from_video.addon.queue.rows import jobs_of
from pose_from_video.addon.queue.run import RUN

AWAY_M = 3.0
FRAMES = 16
AVATARS = ("woman_mixamo", "child_makehuman")


def add(number: int, avatar: str) -> bpy.types.Object:
    """A character beside the others, and a stretch of the film for it."""
    before = set(bpy.data.objects)
    bpy.ops.import_scene.gltf(filepath=str(ROOT / "samples" / "avatars" / f"{avatar}.glb"))
    rig = next(obj for obj in set(bpy.data.objects) - before if obj.type == "ARMATURE")
    rig.location.x = number * AWAY_M
    settings = bpy.context.scene.pose_from_video
    settings.video, settings.armature = str(ROOT / "samples" / "film.mp4"), rig
    settings.video_start, settings.video_end = 40 + number * FRAMES, 40 + (number + 1) * FRAMES
    assert bpy.ops.pose_from_video.add_job() == {"FINISHED"}
    return rig


def pelvis(rig: bpy.types.Object) -> np.ndarray:
    """(3,) where its hips are, metres."""
    bone = next(bone for bone in rig.pose.bones if bone.name.lower().endswith(("hips", "root")))
    return np.array(rig.matrix_world @ bone.head)


def main() -> None:
    pose_from_video.register()
    with np.load(ROOT / "samples" / "film_truth.npz") as truth:
        assert film_length(ROOT / "samples" / "film.mp4") == len(truth["joints_world_m"])
    assert not bpy.data.movieclips
    rigs = [add(number, avatar) for number, avatar in enumerate(AVATARS)]
    scene = bpy.context.scene
    scene.render.fps = 30
    RUN.lanes.most = 2
    assert bpy.ops.pose_from_video.run_jobs() == {"FINISHED"}
    assert [row.state for row in jobs_of(scene).rows] == ["done", "done"]
    assert [row.to_do for row in jobs_of(scene).rows] == [FRAMES, FRAMES]
    takes = [take_of(rig) for rig in rigs]
    assert [take.video_start for take in takes] == [40, 40 + FRAMES]
    assert len({Path(take.result) for take in takes}) == 2
    scene.frame_set(1)
    for number, rig in enumerate(rigs):  # each on a place of its own
        assert abs(pelvis(rig)[0] - number * AWAY_M) < 0.3, pelvis(rig)
        assert rig.animation_data.action.frame_range[1] == FRAMES
    print("passed all")


main()
