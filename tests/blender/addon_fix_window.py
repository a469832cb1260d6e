"""In a Blender window: a joint is dragged, taken back, undone; the slider moves the keys; all by the real child."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
from checkout import AVATAR, load_package
from story import tell, until, view

load_package()
import pose_from_video  # noqa: E402 (there is no such package before)
from keyed import action, keys, rig  # noqa: E402 (there is no such package before)
from pose_from_video.addon.compat import active_fcurves  # noqa: E402
from pose_from_video.addon.fix.camera_view import CameraView, under_mouse  # noqa: E402
from pose_from_video.addon.fix.contact_strip import ROW_PX, row_bottom, standing_at, strip_scale  # noqa: E402
from pose_from_video.addon.fix.contact_tool import STRIP, EditContacts  # noqa: E402
from pose_from_video.addon.fix.notes import is_out_of_date, wanted  # noqa: E402
from pose_from_video.addon.fix.panel import POSE_FROM_VIDEO_PT_fix  # noqa: E402
from pose_from_video.addon.fix.people import PEOPLE  # noqa: E402
from pose_from_video.addon.fix.point_tool import HOLD, CorrectPoints  # noqa: E402
from pose_from_video.addon.fix.updates import UPDATES  # noqa: E402
from pose_from_video.addon.look.known import filmed_of  # noqa: E402
from pose_from_video.addon.look.take import needed_take  # noqa: E402
from pose_from_video.addon.session import SESSION  # noqa: E402
from pose_from_video.rigs.skeleton import H36M_17  # noqa: E402

VIDEO = sys.argv[sys.argv.index("--") + 1]
LIMIT_S, FRAMES = 280.0, 32
ops = bpy.ops.pose_from_video


class Mouse:
    """An event with the mouse over a place of the window, as `under_mouse` takes it."""

    def __init__(self, x: float, y: float) -> None:
        self.mouse_x, self.mouse_y = x, y


def shown() -> CameraView:
    """What the view shows."""
    region = view()["region"]
    found = under_mouse(bpy.context, Mouse(region.x + region.width // 3, region.y + region.height // 2))
    assert found is not None, "the view does not look through the film camera"
    return found


def on_view(x_px: float, y_px: float) -> tuple[int, int]:
    """A pixel of the film, as one of the window."""
    region = view()["region"]
    at = shown().map.to_region(np.array([x_px, y_px]))
    return round(region.x + at[0]), round(region.y + at[1])


def place_of(joint: str) -> tuple[int, int]:
    """Where a joint is drawn, pixels of the window."""
    seen = shown()
    return on_view(*seen.filmed.joints_px[seen.frame, H36M_17.index(joint)])


def send(kind: str, value: str, place: tuple[int, int], **held: bool) -> None:
    view()["window"].event_simulate(type=kind, value=value, x=place[0], y=place[1], **held)


def current() -> bool:
    return not is_out_of_date(action()) and UPDATES.lifting is None


def story() -> Iterator[float]:
    """What happens, with the seconds to wait between one thing and the next."""
    yield 3.0  # the first drawing compiles shaders
    scene = bpy.context.scene
    settings, space = scene.pose_from_video, view()["area"].spaces.active
    space.show_region_ui = True
    yield 0.5
    next(region for region in view()["area"].regions if region.type == "UI").active_panel_category = "Pose"
    settings.video, settings.armature, settings.video_end = VIDEO, rig(), FRAMES
    with bpy.context.temp_override(**view()):
        bpy.ops.ed.undo_push(message="Before")
        assert ops.process("INVOKE_DEFAULT") == {"RUNNING_MODAL"}
    yield from until(lambda: not SESSION.busy and rig().animation_data is not None, 60.0, "the job")
    yield 0.5
    scene.frame_set(20)
    with bpy.context.temp_override(**view()):
        assert ops.correct_points("INVOKE_DEFAULT") == {"RUNNING_MODAL"}
    yield 1.0
    yield from check_drag()
    yield from check_undo()
    yield from check_take_back()
    yield from check_slider()
    yield from check_contacts()
    yield from check_people()
    yield from check_box()
    yield from check_leaving()
    pose_from_video.unregister()


def check_drag() -> Iterator[float]:
    before, made = keys(), action().name
    start = place_of("left_wrist")
    goal = start[0] + 40, start[1] + 30
    send("MOUSEMOVE", "NOTHING", start)
    yield 0.2
    assert HOLD.joint == H36M_17.index("left_wrist")
    send("LEFTMOUSE", "PRESS", start)
    yield 0.1
    for step in (0.5, 1.0):
        send("MOUSEMOVE", "NOTHING", (round(start[0] + 40 * step), round(start[1] + 30 * step)))
        yield 0.1
    assert HOLD.dragged is not None
    send("LEFTMOUSE", "RELEASE", goal)
    yield 0.1
    assert HOLD.dragged is None
    (((frame, joint), place),) = wanted(action()).edits.points.items()
    assert (frame, joint) == (19, "left_wrist")
    yield from until(current, 20.0, "the first correction")
    assert action().name == made, "another action was made"
    assert np.abs(keys() - before).max() > 0.01
    filmed = filmed_of(needed_take(rig()).result)
    assert np.linalg.norm(filmed.joints_px[19, H36M_17.index("left_wrist")] - place) < 1.0
    yield 0.5
    now = place_of("left_wrist")
    assert np.hypot(now[0] - goal[0], now[1] - goal[1]) < 4.0, "the point is not where it was put"
    send("LEFTMOUSE", "PRESS", now, shift=True)
    yield 0.1
    send("LEFTMOUSE", "RELEASE", now)
    send("MOUSEMOVE", "NOTHING", place_of("right_wrist"))
    yield 0.2
    send("LEFTMOUSE", "PRESS", place_of("right_wrist"), shift=True)
    yield 0.2
    assert len(wanted(action()).edits.points) == 2, "a joint can be held as it is"
    yield from until(current, 20.0, "a second correction")


def check_undo() -> Iterator[float]:
    """One step takes back one correction and its keys; redo brings both."""
    two = keys()
    with bpy.context.temp_override(**view()):
        bpy.ops.ed.undo()
    yield 0.2
    assert len(wanted(action()).edits.points) == 1
    yield from until(current, 5.0, "keys after undo")
    one = keys()
    with bpy.context.temp_override(**view()):
        bpy.ops.ed.redo()
    yield from until(current, 5.0, "keys after redo")
    assert len(wanted(action()).edits.points) == 2
    assert np.allclose(keys(), two, atol=1e-5)
    assert not np.allclose(one, two, atol=1e-5)


def check_take_back() -> Iterator[float]:
    before = keys()
    send("MOUSEMOVE", "NOTHING", place_of("left_wrist"))
    yield 0.2
    send("X", "PRESS", place_of("left_wrist"))
    yield 0.2
    assert set(wanted(action()).edits.points) == {(19, "right_wrist")}
    yield from until(current, 20.0, "taking a correction back")
    assert np.abs(keys() - before).max() > 0.01


def check_slider() -> Iterator[float]:
    """The slider moves the keys at once, in the same action."""
    settings, made, first = bpy.context.scene.pose_from_video, action().name, keys()
    for value in np.linspace(0.5, 1.0, 6):
        settings.smoothing = float(value)
        yield 0.05
    yield from until(current, 3.0, "the slider")
    print(f"a step of the slider: {UPDATES.cost_s * 1e3:.0f} ms for {FRAMES} frames", flush=True)
    assert action().name == made
    assert np.abs(keys() - first).max() > 1e-3
    yield 0.3
    frame = bpy.context.scene.frame_current
    for curve in active_fcurves(rig()):
        shows = rig().path_resolve(curve.data_path)[curve.array_index]
        assert abs(shows - curve.evaluate(frame)) < 1e-5, "the view does not show the new keys"
    settings.smoothing = 0.5
    yield from until(current, 3.0, "the slider back")
    assert np.allclose(keys(), first, atol=1e-5)
    bpy.context.scene.pose_from_video_fix.live = False
    settings.smoothing = 1.0
    yield 0.3
    assert np.allclose(keys(), first, atol=1e-5), "it is not live"


def check_contacts() -> Iterator[float]:
    """A foot's row is painted in the timeline: where the mouse went, and the other way than it was."""
    bpy.context.scene.pose_from_video_fix.live = True
    with bpy.context.temp_override(**view()):
        assert ops.edit_contacts("INVOKE_DEFAULT") == {"RUNNING_MODAL"}
    yield 0.5
    filmed, before = filmed_of(needed_take(rig()).result), wanted(action()).edits
    first, last = place_on_strip("left", 10), place_on_strip("left", 30)
    send("MOUSEMOVE", "NOTHING", first)
    send("LEFTMOUSE", "PRESS", first)
    yield 0.1
    assert STRIP.foot == "left"
    send("MOUSEMOVE", "NOTHING", last)
    yield 0.1
    send("LEFTMOUSE", "RELEASE", last)
    yield 0.2
    said = wanted(action()).edits.contacts["left"]
    assert (min(said), max(said), len(said)) == (9, 29, 21)
    assert set(said.values()) == {not standing_at(filmed, before, "left", 9)}
    yield from until(current, 20.0, "a contact")
    send("MOUSEMOVE", "NOTHING", first)
    send("X", "PRESS", first)
    yield 0.2
    assert not wanted(action()).edits.contacts
    yield from until(current, 20.0, "taking a contact back")
    send("ESC", "PRESS", first)
    yield 0.2
    assert not EditContacts.is_running()
    assert CorrectPoints.is_running(), "the other tool goes on"


def place_on_strip(foot: str, frame: int) -> tuple[int, int]:
    """Where a foot's row is at a scene frame, pixels of the window."""
    area = next(area for area in bpy.context.window_manager.windows[0].screen.areas if area.type == "DOPESHEET_EDITOR")
    region = next(region for region in area.regions if region.type == "WINDOW")
    across = region.view2d.view_to_region(frame, 0.0, clip=False)[0]
    scale = strip_scale(region.height, bpy.context.preferences.system.ui_scale)
    return region.x + int(across), region.y + int(row_bottom(foot, scale) + ROW_PX * scale / 2)


def check_people() -> Iterator[float]:
    with bpy.context.temp_override(**view()):
        assert ops.find_people("INVOKE_DEFAULT") == {"FINISHED"}
    yield from until(lambda: not PEOPLE.looking, 30.0, "who is there")
    assert len(PEOPLE.found) == 1, PEOPLE.problem
    assert PEOPLE.frame == 19
    yield 1.0
    filmed = filmed_of(needed_take(rig()).result)
    nearest = np.abs(filmed.joints_px[19] - (PEOPLE.found[0].x_px, PEOPLE.found[0].y_px)).max(axis=1).min()
    assert nearest < 40.0, "the place is not the person's"


def check_box() -> Iterator[float]:
    """A box is drawn over the film, and looked into again: its pixels go into the request; undo takes it back."""
    scene, asked, base = bpy.context.scene, [], wanted(action()).base
    start = SESSION.start

    def noted(python: Path, folder: Path, request: dict[str, object], **more: object) -> None:
        asked.append(request)
        start(python, folder, request, **more)

    SESSION.start = noted
    scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, 5, 9
    with bpy.context.temp_override(**view()):
        assert ops.redo_in_box("INVOKE_DEFAULT") == {"RUNNING_MODAL"}
    yield 0.3
    joints = filmed_of(needed_take(rig()).result).joints_px[19]
    (left, top), (right, bottom) = joints.min(axis=0) - 40.0, joints.max(axis=0) + 40.0
    first, last = on_view(left, top), on_view(right, bottom)
    send("MOUSEMOVE", "NOTHING", first)
    send("LEFTMOUSE", "PRESS", first)
    yield 0.1
    send("MOUSEMOVE", "NOTHING", last)
    yield 0.2
    send("LEFTMOUSE", "RELEASE", last)
    yield 0.3
    SESSION.start = start
    (request,) = asked
    np.testing.assert_allclose(request["region"], (left, top, right, bottom), atol=4.0)
    assert request["redo"] == [4, 9]
    yield from until(lambda: UPDATES.lifting is None, 30.0, "looking again")
    assert not UPDATES.problem, UPDATES.problem
    assert wanted(action()).base != base
    assert current()
    with bpy.context.temp_override(**view()):
        bpy.ops.ed.undo()
    yield from until(current, 5.0, "keys after undo")
    assert wanted(action()).base == base


def check_leaving() -> Iterator[float]:
    send("ESC", "PRESS", place_of("head"))
    yield 0.3
    assert not CorrectPoints.is_running()
    with bpy.context.temp_override(**view()):
        assert ops.correct_points("INVOKE_DEFAULT") == {"RUNNING_MODAL"}
        began = time.monotonic()
        bpy.ops.wm.read_homefile(use_factory_startup=True)
    yield 0.5
    assert not CorrectPoints.is_running(), "the tool outlived its file"
    print(f"left in {time.monotonic() - began:.1f} s", flush=True)


def main() -> None:
    POSE_FROM_VIDEO_PT_fix.bl_options = set()  # open
    pose_from_video.register()
    bpy.ops.import_scene.gltf(filepath=str(AVATAR))
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    bpy.context.scene.render.fps = 30
    tell(story(), LIMIT_S)


main()
