"""In a Blender window: the film runs behind the camera in time, the overlay draws and goes, the film is made aside."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import bpy
import gpu
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
from checkout import AVATAR, load_package
from story import tell, view

load_package()
import pose_from_video  # noqa: E402 (there is no such package before)
from pose_from_video.addon.look import overlay  # noqa: E402
from pose_from_video.addon.look.camera import film_camera  # noqa: E402
from pose_from_video.addon.look.film_operators import FILM  # noqa: E402
from pose_from_video.addon.look.known import is_unplaced  # noqa: E402
from pose_from_video.addon.look.panel import POSE_FROM_VIDEO_PT_look  # noqa: E402
from pose_from_video.addon.look.strokes import on_picture, project  # noqa: E402
from pose_from_video.addon.look.subject import looked_at  # noqa: E402
from pose_from_video.addon.look.take import Take, needed_take, note_take  # noqa: E402
from pose_from_video.addon.rates import frame_rate  # noqa: E402
from pose_from_video.addon.retarget import retarget_to_armature  # noqa: E402
from pose_from_video.rigs.retarget import RetargetSettings  # noqa: E402
from pose_from_video.rigs.sequence import load_result  # noqa: E402

VIDEO, RESULT, FOLDER = sys.argv[sys.argv.index("--") + 1 :]
LIMIT_S, GREEN_A_FRAME = 100.0, 8.0
ops = bpy.ops.pose_from_video
seen: list[np.ndarray] = []


def keep_pixels() -> None:
    """Draw handler: what the view looks like after the handlers that were added before."""
    x, y, width, height = gpu.state.viewport_get()
    buffer = gpu.state.active_framebuffer_get().read_color(x, y, width, height, 4, 0, "FLOAT")
    buffer.dimensions = width * height * 4
    seen.append(np.array(buffer, np.float32).reshape(height, width, 4))


def drawn() -> Iterator[float]:
    """Wait until the view was drawn as it is now, with all that others draw over it."""
    handle = bpy.types.SpaceView3D.draw_handler_add(keep_pixels, (), "WINDOW", "POST_PIXEL")
    for _ in range(2):
        seen.clear()
        view()["area"].tag_redraw()
        began = time.monotonic()
        while not seen:
            assert time.monotonic() - began < 10.0, "the view was not drawn"
            yield 0.05
    bpy.types.SpaceView3D.draw_handler_remove(handle, "WINDOW")


def changed(bare: np.ndarray) -> int:
    """Pixels that look clearly other than before."""
    return int(np.sum(np.abs(seen[-1] - bare)[..., :3].max(axis=-1) > 0.25))


def film_pixel() -> np.ndarray:
    """Colour of the film near its upper left corner, where nobody stands."""
    where = view()
    _, _, filmed, _ = looked_at(bpy.context)
    camera = np.array(film_camera(bpy.context.scene, rig()).matrix_world)
    point = on_picture(np.array([[20.0, 20.0]]), filmed.image_size_px, filmed.focal_px, camera)
    space = where["area"].spaces.active
    size = (where["region"].width, where["region"].height)
    x, y = project(point, np.array(space.region_3d.perspective_matrix), size)[0]
    return seen[-1][int(y), int(x), :3]


def rig() -> bpy.types.Object:
    return next(item for item in bpy.data.objects if item.type == "ARMATURE")


def story() -> Iterator[float]:
    """What happens, with the seconds to wait between one thing and the next."""
    yield 3.0  # the first drawing compiles shaders
    scene = bpy.context.scene
    space = view()["area"].spaces.active
    space.show_region_ui = True
    sidebar = next(region for region in view()["area"].regions if region.type == "UI")
    yield 0.5
    sidebar.active_panel_category = "Pose"
    space.shading.type, space.region_3d.view_perspective = "SOLID", "PERSP"
    yield from check_film_in_time(scene)
    yield from check_overlay(scene)
    yield from check_camera_goes(space)
    yield from check_film_aside()
    with bpy.context.temp_override(**view()):
        assert ops.show_overlay("INVOKE_DEFAULT") == {"FINISHED"}
        assert overlay.OVERLAY.shown
        bpy.ops.wm.read_homefile(use_factory_startup=True)
    yield 0.5
    assert not overlay.OVERLAY.shown, "the overlay outlived its file"
    pose_from_video.unregister()


def check_film_in_time(scene: bpy.types.Scene) -> Iterator[float]:
    with bpy.context.temp_override(**view()):
        assert ops.match_camera("INVOKE_DEFAULT") == {"FINISHED"}
    _, take, filmed, _ = looked_at(bpy.context)
    assert view()["area"].spaces.active.region_3d.view_perspective == "CAMERA"
    first, last = np.round(take.frames(filmed.frame_times_s[[0, -1]])).astype(int)
    wanted, shown = [], []
    for frame in range(first, last, 3):
        scene.frame_set(frame)
        yield from drawn()
        moment = take.second(frame) + 1e-3
        wanted.append(int(np.searchsorted(filmed.frame_times_s, moment, side="right")) - 1)
        shown.append(float(film_pixel()[1]))
        print("frame", frame, "film", wanted[-1], "green", shown[-1], flush=True)
    assert wanted[-1] > wanted[0] + 10
    levels = np.array(wanted) * GREEN_A_FRAME / 255.0
    off = np.abs(np.array(shown) - levels) / (GREEN_A_FRAME / 255.0)
    assert np.max(off) < 0.6, f"the film is out of time by {np.max(off):.1f} pictures"


def check_overlay(scene: bpy.types.Scene) -> Iterator[float]:
    scene.frame_set(3)  # the film is black there
    yield from drawn()
    bare = seen[-1]
    yield from drawn()
    assert changed(bare) == 0, "the view does not stand still"
    with bpy.context.temp_override(**view()):
        assert ops.show_overlay("INVOKE_DEFAULT") == {"FINISHED"}
    look, kinds = scene.pose_from_video_look, ("keypoints", "figure", "trails")
    for name in kinds:
        for other in kinds:
            setattr(look, other, other == name)
        yield from drawn()
        print(name, changed(bare), "pixels", flush=True)
        assert changed(bare) > 50, f"{name} are not drawn"
    rig().animation_data.action.name = "Another"  # another take, as far as anybody knows
    began = time.monotonic()
    while is_unplaced(needed_take(rig())):
        assert time.monotonic() - began < 5.0, "the figure of a new take never comes"
        yield 0.1
    yield from drawn()
    assert changed(bare) > 50
    with bpy.context.temp_override(**view()):
        assert ops.show_overlay("INVOKE_DEFAULT") == {"FINISHED"}
    yield from drawn()
    assert changed(bare) == 0, "the overlay is still there"


def check_camera_goes(space: bpy.types.SpaceView3D) -> Iterator[float]:
    with bpy.context.temp_override(**view()):
        assert ops.match_camera("INVOKE_DEFAULT") == {"FINISHED"}
    yield from drawn()
    assert space.region_3d.view_perspective == "PERSP"
    assert film_camera(bpy.context.scene, rig()) is None


def check_film_aside() -> Iterator[float]:
    output = Path(FOLDER) / "beside.mp4"
    options = {"filepath": str(output), "fps": 5.0, "width": 96, "height": 96}
    began = time.monotonic()
    assert ops.side_by_side(**options) == {"FINISHED"}
    print(f"the window was held for {time.monotonic() - began:.2f} s", flush=True)
    assert FILM.job is not None
    assert not bpy.ops.pose_from_video.side_by_side.poll(), "two films at once"
    child = FILM.job._popen
    yield 1.0
    assert ops.cancel_film() == {"FINISHED"}
    assert child.poll() is not None
    assert not output.exists()
    assert ops.side_by_side(**options) == {"FINISHED"}
    while FILM.job is not None:
        assert time.monotonic() - began < 60.0, "the film takes too long"
        yield 0.1
    assert not FILM.failed, FILM.said
    assert output.stat().st_size > 1000


def main() -> None:
    POSE_FROM_VIDEO_PT_look.bl_options = set()  # open
    pose_from_video.register()
    bpy.ops.import_scene.gltf(filepath=str(AVATAR))
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    scene = bpy.context.scene
    scene.render.fps, scene.pose_from_video.armature = 24, rig()
    action = retarget_to_armature(rig(), load_result(RESULT), RetargetSettings(), frame_start=3)
    note_take(action, Take(action.name, Path(RESULT), Path(VIDEO), 0, 3, frame_rate(scene), False, False))
    rig().hide_set(True)
    for item in bpy.data.objects:
        item.select_set(False)
    tell(story(), LIMIT_S)


main()
