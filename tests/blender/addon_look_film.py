"""Inside Blender, without a window: the side-by-side film is made by a child, or nothing is left."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import bpy
import pose_from_video
from blender_scene import refusal
from pose_from_video.addon.look.film_job import FilmRequest
from pose_from_video.addon.look.film_operators import FILM, SideBySide
from pose_from_video.addon.look.take import Take, needed_take, note_take
from pose_from_video.addon.rates import frame_rate
from pose_from_video.addon.retarget import retarget_to_armature
from pose_from_video.rigs.retarget import RetargetSettings
from pose_from_video.rigs.sequence import load_result

VIDEO, AVATAR, RESULT, OUTPUT = sys.argv[sys.argv.index("--") + 1 :]
ops = bpy.ops.pose_from_video


def refused(said: str, **options: object) -> None:
    with refusal(said):
        ops.side_by_side(**options)
    assert FILM.job is None


def scratch() -> set[str]:
    return {path.name for path in Path(tempfile.gettempdir()).glob("pose_*")}


def main() -> None:
    pose_from_video.register()
    bpy.ops.import_scene.gltf(filepath=AVATAR)
    rig = next(item for item in bpy.data.objects if item.type == "ARMATURE")
    scene = bpy.context.scene
    bpy.context.view_layer.objects.active = rig
    assert not SideBySide.poll(bpy.context)
    action = retarget_to_armature(rig, load_result(RESULT), RetargetSettings())
    note_take(action, Take(action.name, Path(RESULT), Path(VIDEO), 0, 1, frame_rate(scene), False, False))
    objects, before = sorted(item.name for item in bpy.data.objects), scratch()
    made = Path(OUTPUT)
    refused(".avi", filepath=str(made.with_suffix(".avi")))
    assert ops.side_by_side(filepath=OUTPUT, fps=5.0, width=96, height=96) == {"FINISHED"}
    assert made.stat().st_size > 1000
    assert sorted(item.name for item in bpy.data.objects) == objects
    assert needed_take(rig).action == action.name

    stamp = made.stat().st_mtime_ns
    broken = Path(RESULT).with_name("broken.npz")
    broken.write_bytes(Path(RESULT).read_bytes()[:-2000])
    action.pose_from_video.result = str(broken)
    refused("broken.npz", filepath=OUTPUT)
    action.pose_from_video.result = RESULT

    folder = tempfile.TemporaryDirectory(prefix="pose_")
    request = FilmRequest([("a", Path(AVATAR))], Path(RESULT), None, 0, made, Path(sys.executable), 5.0, (96, 96))
    FILM.start(request, folder)
    child = FILM.job._popen
    pose_from_video.unregister()
    assert child.poll() is not None, "the child outlived the add-on"
    assert made.stat().st_mtime_ns == stamp, "the film that was there was touched"
    assert scratch() == before, "files were left behind"
    assert [path.name for path in made.parent.glob(".*")] == []
    print("passed all")


main()
