"""In a Blender window: undo, cancel, another action, another file, the add-on switched off while a take is lifted."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
from checkout import load_package
from story import tell, until, view

load_package()
import pose_from_video  # noqa: E402 (there is no such package before)
from keyed import action, keys, rig  # noqa: E402 (there is no such package before)
from pose_from_video.addon.compat import active_fcurves, assign, new_action  # noqa: E402
from pose_from_video.addon.fix.notes import is_out_of_date, wanted  # noqa: E402
from pose_from_video.addon.fix.updates import UPDATES  # noqa: E402
from pose_from_video.addon.session import SESSION  # noqa: E402

VIDEO, AVATAR, RESULT, OTHER, FOLDER = sys.argv[sys.argv.index("--") + 1 :]
LIMIT_S = 150.0
ops = bpy.ops.pose_from_video


def idle() -> bool:
    return UPDATES.lifting is None and not UPDATES.waits and not SESSION.busy


def correct(x_px: float) -> Iterator[float]:
    """A correction that nobody made before, as an undo step; returns while the child is at work."""
    with bpy.context.temp_override(**view()):
        done = ops.correct_point("EXEC_DEFAULT", True, joint="head", frame=12, x=x_px, y=50.0)
    assert done == {"FINISHED"}
    yield from until(lambda: UPDATES.lifting is not None, 5.0, "the child begins")


def story() -> Iterator[float]:
    """What happens, with the seconds to wait between one thing and the next."""
    yield 2.0
    settings = bpy.context.scene.pose_from_video
    settings.video, settings.armature, settings.frame_start = VIDEO, rig(), 11
    with bpy.context.temp_override(**view()):
        bpy.ops.ed.undo_push(message="Before")
        assert ops.process("INVOKE_DEFAULT") == {"RUNNING_MODAL"}
    yield from until(lambda: rig().animation_data is not None and not SESSION.busy, 30.0, "the job")
    Path(RESULT).write_bytes(Path(OTHER).read_bytes())  # what the child gives out from now on
    yield from check_undo()
    yield from check_cancel()
    yield from check_another_action()
    yield from check_another_file()
    yield from check_unregister()


def check_undo() -> Iterator[float]:
    """What comes back from the child after its correction was undone does not stay in the keys."""
    before = keys()
    yield from correct(30.0)
    with bpy.context.temp_override(**view()):
        bpy.ops.ed.undo()
    assert not wanted(action()).edits
    yield from until(idle, 10.0, "the child's answer to what was undone")
    assert not is_out_of_date(action())
    assert np.allclose(keys(), before, atol=1e-5)
    with bpy.context.temp_override(**view()):
        bpy.ops.ed.redo()
    yield from until(lambda: not is_out_of_date(action()), 10.0, "the redone correction")
    assert len(wanted(action()).edits.points) == 1
    assert not np.allclose(keys(), before, atol=1e-2), "another motion was lifted"


def check_cancel() -> Iterator[float]:
    """A lift that was cancelled leaves the correction and the keys that were; the button goes on with it."""
    before = keys()
    yield from correct(40.0)
    assert ops.cancel() == {"FINISHED"}
    yield from until(idle, 3.0, "cancelling")
    assert is_out_of_date(action())
    assert np.array_equal(keys(), before)
    assert not UPDATES.problem, "who cancels knows why"
    assert ops.update_take() == {"FINISHED"}
    yield from until(lambda: not is_out_of_date(action()), 10.0, "what had been cancelled")


def check_another_action() -> Iterator[float]:
    """Keys for one action do not go into another that plays by then; they come when the first plays again."""
    first = action()
    yield from correct(50.0)
    other = new_action("other", rig())
    assign(rig(), other)
    yield from until(idle, 10.0, "the child's answer for an action that does not play")
    assert not active_fcurves(rig())
    assert is_out_of_date(first)
    rig().animation_data.action = first
    with bpy.context.temp_override(**view()):
        assert ops.update_take("EXEC_DEFAULT", True) == {"FINISHED"}
    yield from until(lambda: not is_out_of_date(first), 5.0, "the first action again")


def check_another_file() -> Iterator[float]:
    """Saved in the middle and opened again: the correction is there, out of date, and the button brings its keys."""
    yield from correct(60.0)
    path = str(Path(FOLDER) / "middle.blend")
    with bpy.context.temp_override(**view()):
        bpy.ops.wm.save_as_mainfile(filepath=path)
        bpy.ops.wm.open_mainfile(filepath=path)
    yield 0.5
    assert idle(), "the job outlived its file"
    assert is_out_of_date(action())
    with bpy.context.temp_override(**view()):
        assert ops.update_take() == {"FINISHED"}
    yield from until(lambda: not is_out_of_date(action()), 20.0, "after loading")


def check_unregister() -> Iterator[float]:
    yield from correct(70.0)
    with bpy.context.temp_override(**view()):
        assert ops.edit_contacts("INVOKE_DEFAULT") == {"RUNNING_MODAL"}
    pose_from_video.unregister()
    yield 1.0
    assert rig().animation_data.action is not None
    pose_from_video.register()
    assert is_out_of_date(action()), "what was said is not lost"
    pose_from_video.unregister()


def main() -> None:
    pose_from_video.register()
    bpy.ops.import_scene.gltf(filepath=AVATAR)
    bpy.context.scene.render.fps = 30
    tell(story(), LIMIT_S)


main()
