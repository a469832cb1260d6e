"""In a Blender window: the job leaves the window alive, Esc and Cancel end it, one undo step takes it back."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).resolve().parent))
from checkout import AVATAR, load_package
from story import tell, until, view

load_package()
import pose_from_video  # noqa: E402 (there is no such package before)
from pose_from_video.addon.session import SESSION  # noqa: E402

VIDEO = sys.argv[sys.argv.index("--") + 1]
LIMIT_S = 90.0
RIG = "woman_mixamo_rig"


def start(frames: int) -> None:
    settings = bpy.context.scene.pose_from_video
    # Another request: a known result would need no job.
    settings.person_height_m = (settings.person_height_m or 1.6) + 0.01
    settings.video_end = frames
    with bpy.context.temp_override(**view()):
        assert bpy.ops.pose_from_video.process("INVOKE_DEFAULT") == {"RUNNING_MODAL"}
    assert SESSION.busy


def press(key: str) -> None:
    where = view()
    x, y = where["region"].x + 50, where["region"].y + 50
    for value in ("PRESS", "RELEASE"):
        where["window"].event_simulate(type=key, value=value, x=x, y=y)


def watch_poll() -> list[float]:
    """Seconds of the window's own thread that each look at the job takes; what drawing takes does not count."""
    spent: list[float] = []
    poll = SESSION.poll

    def timed(*args: float) -> Path | None:
        began = time.thread_time()
        try:
            return poll(*args)
        finally:
            spent.append(time.thread_time() - began)

    SESSION.poll = timed
    return spent


def idle() -> bool:
    return not SESSION.busy


def actions() -> list[str]:
    return [action.name for action in bpy.data.actions]


def story() -> Iterator[float]:
    """What happens, with the seconds to wait between one thing and the next."""
    yield 3.0  # the first drawing compiles shaders
    scene = bpy.context.scene.pose_from_video
    scene.video, scene.armature = VIDEO, bpy.data.objects[RIG]
    with bpy.context.temp_override(**view()):
        bpy.ops.ed.undo_push(message="Before")

    start(frames=10_000)
    spent = watch_poll()
    yield from until(lambda: len(spent) >= 20, 30.0, "twenty ticks")
    print(f"a tick took the window's thread {max(spent) * 1e3:.1f} ms at most", flush=True)
    assert max(spent) < 0.05
    assert SESSION.progress is not None
    assert SESSION.progress.current > 0, "no progress arrived"
    press("ESC")
    yield from until(idle, 1.0, "Esc to idle")
    assert actions() == []

    start(frames=10_000)
    yield 0.5
    assert bpy.ops.pose_from_video.cancel() == {"FINISHED"}
    yield from until(idle, 1.0, "Cancel to idle")
    assert actions() == []

    start(frames=20)
    yield from until(idle, 30.0, "a whole job")
    yield 0.2
    assert len(actions()) == 1, actions()
    assert bpy.data.objects[RIG].animation_data.action is not None
    with bpy.context.temp_override(**view()):
        bpy.ops.ed.undo()
    yield 0.2
    assert RIG in bpy.data.objects
    assert actions() == [], "one undo step did not take the keys back"
    with bpy.context.temp_override(**view()):
        bpy.ops.ed.redo()
    yield 0.2
    assert len(actions()) == 1

    start(frames=10_000)
    yield 0.3
    pid = SESSION._client.pid
    with bpy.context.temp_override(**view()):
        bpy.ops.wm.read_homefile(use_factory_startup=True)
    yield 0.5
    assert idle(), "the job outlived its file"
    yield from until(lambda: not Path(f"/proc/{pid}").exists(), 10.0, "the child after loading another file")
    pose_from_video.unregister()


pose_from_video.register()
bpy.ops.import_scene.gltf(filepath=str(AVATAR))
tell(story(), LIMIT_S)
