"""In a Blender window: a real job's film and figure are drawn while it runs, Stop and Keep keys what there is."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import bpy
import gpu
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
from checkout import AVATAR, ROOT, load_package
from story import tell, until, view

load_package()
import pose_from_video  # noqa: E402 (there is no such package before)
from pose_from_video.addon.look.live import Glimpse  # noqa: E402
from pose_from_video.addon.look.live_view import DRAWING, FOLLOWED  # noqa: E402
from pose_from_video.addon.session import SESSION  # noqa: E402

LIMIT_S = 270.0
FRAMES = 360
seen: list[tuple[np.ndarray, object]] = []


def latest() -> Glimpse | None:
    return FOLLOWED[0].live.latest if FOLLOWED else None


def keep_pixels() -> None:
    """Draw handler, after the others: what the view looks like, and what the job showed then."""
    x, y, width, height = gpu.state.viewport_get()
    buffer = gpu.state.active_framebuffer_get().read_color(x, y, width, height, 4, 0, "FLOAT")
    buffer.dimensions = width * height * 4
    seen.append((np.array(buffer, np.float32).reshape(height, width, 4), latest()))


def drawn() -> Iterator[float]:
    """Wait until the view was drawn as it is now, with all that others draw over it."""
    handle = bpy.types.SpaceView3D.draw_handler_add(keep_pixels, (), "WINDOW", "POST_PIXEL")
    seen.clear()
    view()["region"].tag_redraw()
    yield from until(lambda: bool(seen), 20.0, "a redraw")
    bpy.types.SpaceView3D.draw_handler_remove(handle, "WINDOW")


def changed(bare: np.ndarray) -> int:
    """Pixels that look clearly other than before."""
    return int(np.sum(np.abs(seen[-1][0] - bare)[..., :3].max(axis=-1) > 0.25))


def start() -> None:
    settings = bpy.context.scene.pose_from_video
    settings.person_height_m = (settings.person_height_m or 1.6) + 0.01  # a known result would need no job
    with bpy.context.temp_override(**view()):
        assert bpy.ops.pose_from_video.process("INVOKE_DEFAULT") == {"RUNNING_MODAL"}


def idle() -> bool:
    return not SESSION.busy


def shows(frame: int) -> bool:
    glimpse = latest()
    return glimpse is not None and glimpse.frame >= frame


def story() -> Iterator[float]:
    """What happens, with the seconds to wait between one thing and the next."""
    yield 3.0  # the first drawing compiles shaders
    yield from drawn()
    bare = seen[-1][0]
    start()
    assert bpy.ops.pose_from_video.keep() == {"CANCELLED"}, "there was nothing to keep yet"
    yield from until(lambda: shows(15), 120.0, "fifteen frames")
    yield from check_drawn(bare)
    yield from check_kept()
    yield from drawn()
    assert changed(bare) == 0, "something is still drawn"
    start()
    yield from until(lambda: shows(3), 60.0, "three frames")
    assert bpy.ops.pose_from_video.cancel() == {"FINISHED"}
    yield from until(idle, 1.0, "Cancel to idle")
    yield from until(lambda: not DRAWING.shown, 1.0, "idle to drawing no more")
    start()
    yield from until(lambda: shows(3), 60.0, "three frames")
    pid = SESSION._client.pid
    pose_from_video.unregister()
    yield from until(lambda: not Path(f"/proc/{pid}").exists(), 2.0, "the child after switching the add-on off")
    assert not DRAWING.shown
    assert not FOLLOWED


def check_drawn(bare: np.ndarray) -> Iterator[float]:
    look = bpy.context.scene.pose_from_video_look
    yield from drawn()
    with_figure, glimpse = seen[-1]
    count = changed(bare)
    print("pixels", count, flush=True)
    assert count > 2000, "the film is not drawn"
    assert np.isfinite(glimpse.joints_m).all()
    # The film's own colours: its picture stands somewhere in the view as it was sent, but for what is drawn over it.
    area = with_figure.reshape(-1, 4)[:, :3]
    wanted = np.unique(glimpse.picture[::40, ::40, :3].reshape(-1, 3), axis=0) / 255.0
    off = np.array([np.abs(area - colour).max(axis=-1).min() for colour in wanted])
    print("colours off by", np.sort(off)[-3:], flush=True)
    assert np.mean(off < 0.02) > 0.9, "the film's colours are not its own"
    look.live = False
    yield from drawn()
    assert changed(bare) == 0, "switched off, it is still drawn"
    look.live = True
    yield from drawn()
    assert changed(bare) > 2000


def check_kept() -> Iterator[float]:
    began = time.monotonic()
    assert bpy.ops.pose_from_video.keep() == {"FINISHED"}
    assert SESSION.keeping
    yield from until(idle, 120.0, "keep to idle")
    yield from until(lambda: not DRAWING.shown, 1.0, "idle to drawing no more")
    assert not SESSION.problem, SESSION.problem
    assert any("as asked" in warning for warning in SESSION.warnings), SESSION.warnings
    (action,) = bpy.data.actions
    frames = action.frame_range[1] - action.frame_range[0] + 1
    print("kept", frames, "scene frames after", f"{time.monotonic() - began:.1f} s", flush=True)
    assert 5 < frames < 0.7 * FRAMES
    bpy.data.objects["woman_mixamo_rig"].animation_data_clear()
    bpy.data.actions.remove(action)
    yield 0.2


def main() -> None:
    pose_from_video.register()
    bpy.ops.import_scene.gltf(filepath=str(AVATAR))
    settings = bpy.context.scene.pose_from_video
    settings.video = str(ROOT / "samples" / "film.mp4")
    settings.armature = bpy.data.objects["woman_mixamo_rig"]
    for item in bpy.context.scene.objects:  # a keyed character would change the view
        item.hide_set(True)
    tell(story(), LIMIT_S)


main()
