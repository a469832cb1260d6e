"""Six clips on six characters in one scene, through the job list, and a picture of them.

.venv/blender-5.0/bin/python samples/six.py --out out/samples/six.jpg
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

import bpy
from mathutils import Euler

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from build import _load_package  # noqa: E402

FRAMES = 60
"""Frames of the sample film that each character gets: the first six stretches of this length."""
ROW_M, COLUMN_M = 2.2, 1.8
SIZE_PX = (900, 420)
MOMENT = 0.55
"""Which moment of the stretches the picture shows, 0..1."""
CAMERA = ((0.0, -10.5, 2.7), math.radians(80.5), math.radians(31.0))
"""Place, tilt from straight down, field of view."""


def main() -> None:
    """Make the scene, run the list, render."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--out", type=Path, required=True, help="the picture, .jpg")
    words.add_argument("--blend", type=Path, help="keep the scene as well")
    chosen = words.parse_args(sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else None)
    registry = _load_package()("addon.registry")
    registry.register()
    try:
        armatures = gather(sorted((ROOT / "samples" / "avatars").iterdir()))
        for number, armature in enumerate(armatures):
            add_job(armature, ROOT / "samples" / "film.mp4", number * FRAMES, (number + 1) * FRAMES)
        bpy.ops.pose_from_video.run_jobs()
        if chosen.blend is not None:
            bpy.ops.wm.save_as_mainfile(filepath=str(chosen.blend.absolute()))
        picture(armatures, chosen.out.absolute())
    finally:
        registry.unregister()


def gather(files: list[Path]) -> list[bpy.types.Object]:
    """The characters in the scene, in two rows; returns their armatures."""
    from pose_from_video.addon.headless.importer import add_animated
    from pose_from_video.addon.headless.scene import empty_scene

    empty_scene()
    found = []
    for number, file in enumerate(files):
        armature = add_animated(file).armature
        row, column = divmod(number, 3)
        armature.location.x += (column - 1.25 + 0.5 * row) * COLUMN_M
        armature.location.y += row * ROW_M
        found.append(armature)
    return found


def add_job(armature: bpy.types.Object, film: Path, start: int, end: int) -> None:
    """Choose in the panel, press the plus."""
    settings = bpy.context.scene.pose_from_video
    settings.video, settings.armature = str(film), armature
    settings.video_start, settings.video_end = start, end
    settings.root = "in_place"
    bpy.ops.pose_from_video.add_job()


def picture(armatures: list[bpy.types.Object], path: Path) -> None:
    """Render them all at one moment."""
    from pose_from_video.addon.headless import cloth, studio

    scene = bpy.context.scene
    studio.set_up_cycles(scene, *SIZE_PX, samples=4)
    studio.light_scene(scene)
    studio.lay_floor(scene)
    cloth.dress([item for item in scene.objects if item.type == "MESH"])
    place, tilt, angle = CAMERA
    camera = studio.new_camera(scene, angle)
    camera.location, camera.rotation_euler = place, Euler((tilt, 0.0, 0.0))
    first, last = armatures[0].animation_data.action.frame_range
    scene.frame_set(round(first + (last - first) * MOMENT))
    path.parent.mkdir(parents=True, exist_ok=True)
    scene.render.image_settings.file_format = "JPEG"
    scene.render.image_settings.quality = 88
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)


main()
