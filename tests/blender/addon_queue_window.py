"""In a Blender window: jobs queue up, are keyed one by one, and survive undo, saving, loading and a dead child."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).resolve().parent))
from blender_scene import avatars
from checkout import load_package
from story import tell, until, view

load_package()
import pose_from_video  # noqa: E402 (there is no such package before)
from pose_from_video.addon.operators import window  # noqa: E402
from pose_from_video.addon.queue import panel  # noqa: E402
from pose_from_video.addon.queue.rows import jobs_of  # noqa: E402
from pose_from_video.addon.queue.run import RUN  # noqa: E402
from pose_from_video.addon.session import SESSION  # noqa: E402

FOLDER = Path(sys.argv[sys.argv.index("--") + 1])
LIMIT_S = 110.0
LONG, SHORT = 10_000, 6
JOBS = bpy.ops.pose_from_video
drawn: set[str] = set()


def settings() -> object:
    return bpy.context.scene.pose_from_video


def rows() -> object:
    return jobs_of(bpy.context.scene).rows


def states() -> list[str]:
    return [row.state for row in rows()]


def actions() -> list[str]:
    return sorted(action.name for action in bpy.data.actions)


def choose(film: str, rig: str, frames: int) -> None:
    chosen = settings()
    chosen.video, chosen.armature = str(FOLDER / film), bpy.data.objects[rig]
    chosen.person_height_m += 0.01  # another request: a known result would need no job
    chosen.video_end = frames


def press(film: str, rig: str, frames: int) -> set[str]:
    """The main button."""
    choose(film, rig, frames)
    with bpy.context.temp_override(**view()):
        return JOBS.process("INVOKE_DEFAULT")


def add(film: str, rig: str, frames: int) -> None:
    choose(film, rig, frames)
    with bpy.context.temp_override(**view()):
        assert JOBS.add_job("EXEC_DEFAULT", True) == {"FINISHED"}  # as a click: with an undo step


def run() -> None:
    with bpy.context.temp_override(**view()):
        assert JOBS.run_jobs("INVOKE_DEFAULT") == {"RUNNING_MODAL"}


def history(step: str) -> None:
    """Undo or redo."""
    with bpy.context.temp_override(**view()):
        getattr(bpy.ops.ed, step)()


def clear() -> None:
    jobs_of(bpy.context.scene).rows.clear()
    with bpy.context.temp_override(**view()):
        bpy.ops.ed.undo_push(message="Cleared")


def key(name: str) -> None:
    where = view()
    x, y = where["region"].x + 50, where["region"].y + 50
    for value in ("PRESS", "RELEASE"):
        where["window"].event_simulate(type=name, value=value, x=x, y=y)


def idle() -> bool:
    return not SESSION.busy and not RUN.active


def works() -> bool:
    return SESSION.progress is not None and SESSION.progress.current > 0


def gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def open_sidebar() -> Iterator[float]:
    """Show the panel all the time: what it draws wrong ends up in stderr."""
    area = view()["area"]
    area.spaces.active.show_region_ui = True
    yield 1.0
    next(region for region in area.regions if region.type == "UI").active_panel_category = "Pose"


def story() -> Iterator[float]:
    """What happens, with the seconds to wait between one thing and the next."""
    yield 3.0  # the first drawing compiles shaders
    yield from open_sidebar()
    yield from queued_behind_the_button()
    yield from stopped_and_paused()
    yield from side_by_side()
    yield from undone_meanwhile()
    yield from child_killed()
    yield from saved_and_loaded()
    assert {"waiting", "running", "done", "failed", "cancelled"} <= drawn, drawn
    yield from disabled()


def queued_behind_the_button() -> Iterator[float]:
    with bpy.context.temp_override(**view()):
        bpy.ops.ed.undo_push(message="Before")
    assert press("a.mp4", "rig 0", 20) == {"RUNNING_MODAL"}
    assert press("b.mp4", "rig 1", SHORT) == {"FINISHED"}, "greyed out"
    add("c.mp4", "rig 1", SHORT)
    assert RUN.active
    assert states() == ["waiting", "waiting"]
    yield from until(idle, 30.0, "three jobs")
    assert states() == ["done", "done"], [row.said for row in rows()]
    assert actions() == ["rig 0 a", "rig 1 b", "rig 1 c"]
    assert bpy.data.objects["rig 1"].animation_data.action.name == "rig 1 c"
    yield 0.2
    for left in (["rig 0 a", "rig 1 b"], ["rig 0 a"]):  # one step each, the last first
        history("undo")
        yield 0.2
        assert actions() == left, actions()
    assert states() == ["waiting", "waiting"], states()
    history("redo")
    history("redo")
    yield 0.2
    assert actions() == ["rig 0 a", "rig 1 b", "rig 1 c"]
    assert states() == ["done", "done"]
    clear()


def stopped_and_paused() -> Iterator[float]:
    for film in ("d.mp4", "e.mp4", "f.mp4"):
        add(film, "rig 0", LONG)
    rows()[2].choices.video_end = SHORT
    jobs_of(bpy.context.scene).active = 0
    run()
    yield from until(works, 10.0, "the first works")
    JOBS.cancel_job(index=0)
    yield from until(lambda: states()[0] == "cancelled", 1.0, "Cancel to cancelled")
    yield from until(lambda: works() and RUN.lanes.of(rows()[1].uid), 10.0, "the second works")
    key("ESC")
    yield from until(idle, 1.5, "Esc to idle")
    assert states() == ["cancelled", "cancelled", "waiting"], states()
    assert len(actions()) == 3
    run()
    JOBS.pause_jobs()
    yield from until(idle, 5.0, "pause to idle")
    assert states()[2] == "waiting"
    run()
    yield from until(works, 10.0, "the third works")
    JOBS.pause_jobs()
    yield from until(idle, 20.0, "what runs goes on to its end")
    assert states()[2] == "done"
    clear()


def side_by_side() -> Iterator[float]:
    """Where there are cores, two films are looked at at once; Esc ends both, and only one child stays."""
    RUN.lanes.most = 2
    for film in ("o.mp4", "p.mp4", "q.mp4"):
        add(film, "rig 0", LONG)
    run()
    yield from until(lambda: len(RUN.lanes.busy()) == 2, 10.0, "two jobs begin")
    both = RUN.lanes.busy()
    yield from until(lambda: all(lane.session.progress.current > 0 for lane in both), 10.0, "two jobs work")
    pids = [lane.session._client.pid for lane in both]
    assert len(set(pids)) == 2
    before = len(actions())
    assert JOBS.keep_job(index=1) == {"FINISHED"}
    yield from until(lambda: states()[1] == "done", 10.0, "the second is kept")
    assert len(actions()) == before + 1
    yield from until(lambda: len(RUN.lanes.busy()) == 2, 10.0, "the third begins")
    pids = [lane.session._client.pid for lane in RUN.lanes.busy()]
    key("ESC")
    yield from until(idle, 1.5, "Esc to idle")
    assert states() == ["cancelled", "done", "cancelled"], states()
    yield from until(lambda: gone(pids[1]), 1.0, "the second child's end")
    assert not gone(pids[0])
    for row in rows():
        row.state, row.choices.video_end = "waiting", SHORT
    run()
    yield from until(idle, 30.0, "three jobs side by side")
    assert states() == ["done"] * 3, [row.said for row in rows()]
    RUN.lanes.most = 1
    clear()


def undone_meanwhile() -> Iterator[float]:
    """Undo and redo while a job runs; its row goes with an undo, and the job with it."""
    add("g.mp4", "rig 0", 80)
    with bpy.context.temp_override(**view()):
        bpy.data.objects["rig 1"].location.x = 5.0
        bpy.ops.ed.undo_push(message="Moved")
    run()
    yield from until(works, 10.0, "a job works")
    history("undo")
    yield 0.2
    assert bpy.data.objects["rig 1"].location.x != 5.0
    history("redo")
    yield 0.2
    assert bpy.data.objects["rig 1"].location.x == 5.0
    yield from until(idle, 20.0, "a job goes on through undo and redo")
    assert states() == ["done"], [row.said for row in rows()]
    assert press("r.mp4", "rig 1", 60) == {"RUNNING_MODAL"}
    yield from until(works, 10.0, "the button's job works")
    history("undo")
    history("redo")
    settings().video = "another film"
    yield from until(idle, 20.0, "the button's job goes on as well")
    assert "rig 1 r" in actions(), actions()
    before = actions()
    clear()
    add("h.mp4", "rig 0", LONG)
    run()
    yield from until(works, 10.0, "a job works")
    history("undo")
    assert list(rows()) == []
    yield from until(idle, 3.0, "its row undone to idle")
    assert actions() == before


def child_killed() -> Iterator[float]:
    add("i.mp4", "rig 0", LONG)
    add("j.mp4", "rig 1", SHORT)
    run()
    yield from until(works, 10.0, "a job works")
    os.kill(SESSION._client.pid, signal.SIGKILL)
    yield from until(idle, 20.0, "the next job after a dead child")
    assert states() == ["failed", "done"], states()
    jobs_of(bpy.context.scene).active = 0
    yield 0.5
    assert "exit code -9" in rows()[0].said, rows()[0].said
    clear()


def saved_and_loaded() -> Iterator[float]:
    """What runs is saved as waiting; another file ends it; the loaded list can be run."""
    add("k.mp4", "rig 0", LONG)
    add("l.mp4", "rig 1", SHORT)
    run()
    yield from until(works, 10.0, "a job works")
    pid = SESSION._client.pid
    bpy.ops.wm.save_as_mainfile(filepath=str(FOLDER / "saved.blend"))
    yield 0.3
    assert works(), "saving stopped the job"
    with bpy.context.temp_override(window=view()["window"]):
        bpy.ops.wm.open_mainfile(filepath=str(FOLDER / "saved.blend"))
    yield 0.5
    assert idle(), "the job outlived its file"
    yield from until(lambda: gone(pid), 10.0, "the child after loading")
    assert states() == ["waiting", "waiting"]
    rows()[0].choices.video_end = SHORT
    run()
    yield from until(idle, 20.0, "the loaded list")
    assert states() == ["done", "done"]
    clear()


def disabled() -> Iterator[float]:
    """The add-on is switched off in mid-job, and on again."""
    add("m.mp4", "rig 0", LONG)
    run()
    yield from until(works, 10.0, "a job works")
    pid, before = SESSION._client.pid, actions()
    pose_from_video.unregister()
    yield from until(lambda: gone(pid), 1.0, "the child after disabling")
    assert not window._timers, "the window goes on ticking"
    yield 0.5
    assert actions() == before
    assert sorted(obj.name for obj in bpy.data.objects if obj.type == "ARMATURE") == ["rig 0", "rig 1"]
    pose_from_video.register()
    yield 0.5
    assert states() == ["waiting"]
    assert press("n.mp4", "rig 0", LONG) == {"RUNNING_MODAL"}
    yield from until(works, 10.0, "the button's job works")
    pid = SESSION._client.pid
    pose_from_video.unregister()
    yield from until(lambda: gone(pid), 1.0, "the child after disabling again")
    yield 0.5


def watch_drawing() -> None:
    """Open the panel, and note which kinds of rows it has drawn."""
    panel.POSE_FROM_VIDEO_PT_jobs.bl_options = set()
    details = panel._details

    def noted(layout: object, row: object) -> None:
        details(layout, row)
        drawn.add("running" if RUN.lanes.of(row.uid) is not None else row.state)

    panel._details = noted


watch_drawing()
pose_from_video.register()
avatars(2)
tell(story(), LIMIT_S)
