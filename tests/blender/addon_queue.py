"""Inside Blender, without a window: jobs are added, ordered, done one after the other, saved and loaded."""

from __future__ import annotations

import sys
from pathlib import Path

import bpy
import pose_from_video
from blender_scene import avatars, refusal
from pose_from_video.addon.fix.updates import UPDATES
from pose_from_video.addon.preferences import jobs_folder
from pose_from_video.addon.queue.rows import jobs_of
from pose_from_video.addon.queue.run import RUN
from pose_from_video.addon.session import SESSION
from pose_from_video.addon.settings import frozen

FOLDER = Path(sys.argv[sys.argv.index("--") + 1])
JOBS = bpy.ops.pose_from_video


def rows() -> list[tuple[str, str, str]]:
    """(film, armature, state) of each row."""
    found = jobs_of(bpy.context.scene).rows
    return [(Path(row.choices.video).name, row.choices.armature.name, row.state) for row in found]


def films() -> list[str]:
    return [row[0] for row in rows()]


def refused(said: str, operator, **words: object) -> None:
    """The operator refuses with these words and leaves the list as it was."""
    before = rows()
    with refusal(said):
        operator(**words)
    assert rows() == before


def add(*names: str) -> None:
    assert JOBS.add_videos(directory=str(FOLDER), files=[{"name": name} for name in names]) == {"FINISHED"}


def actions_of(obj: bpy.types.Object) -> list[str]:
    return sorted(action.name for action in bpy.data.actions if action.name.startswith(obj.name + " "))


def main() -> None:
    pose_from_video.register()
    refused("No armature is chosen", JOBS.add_job)
    refused("select the armatures", JOBS.add_videos, directory=str(FOLDER), files=[{"name": "a.mp4"}])
    rigs = avatars(2)
    check_pairs(rigs)
    check_order()
    check_run(rigs)
    check_again(rigs)
    check_side_by_side()
    check_changes_first()
    check_saved()
    check_no_runtime()
    print("passed all")


def check_pairs(rigs: list[bpy.types.Object]) -> None:
    """Films in the order of their names, on the selected armatures, or on those that move selected meshes."""
    bpy.ops.object.select_all(action="DESELECT")
    rigs[1].select_set(True)
    next(obj for obj in bpy.data.objects if obj.type == "MESH" and obj.find_armature() == rigs[0]).select_set(True)
    refused(
        "There is no video", JOBS.add_videos, directory=str(FOLDER), files=[{"name": "a.mp4"}, {"name": "gone.mp4"}]
    )
    add("take 10.mp4", "take 2.mp4", "a.mp4")
    expected = [("a.mp4", "rig 0"), ("take 2.mp4", "rig 1"), ("take 10.mp4", "rig 0")]
    assert [row[:2] for row in rows()] == expected, rows()


def check_order() -> None:
    JOBS.move_job(index=0, steps=1)
    assert films() == ["take 2.mp4", "a.mp4", "take 10.mp4"], films()
    JOBS.move_job(index=1, steps=5)
    assert films() == ["take 2.mp4", "take 10.mp4", "a.mp4"], films()
    JOBS.move_job(index=2, steps=-2)
    assert films() == ["a.mp4", "take 2.mp4", "take 10.mp4"], films()
    JOBS.cancel_job(index=2)
    assert rows()[2][2] == "cancelled"
    refused("no row 3", JOBS.remove_job, index=3)


def check_run(rigs: list[bpy.types.Object]) -> None:
    """One that fails is named at the end; the others are keyed, each as an action of its own, as they were added."""
    settings = bpy.context.scene.pose_from_video
    settings.armature, settings.frame_start = rigs[1], 41
    for name in ("nobody.mp4", "a.mp4"):
        settings.video = str(FOLDER / name)
        assert JOBS.add_job() == {"FINISHED"}
    settings.frame_start = 1
    try:
        JOBS.run_jobs()
    except RuntimeError as error:
        assert "3 keyed, 1 failed" in str(error), error
        assert "nobody.mp4: Nobody is seen" in str(error), error
    else:
        raise AssertionError("nothing was said of the job that failed")
    assert [row[2] for row in rows()] == ["done", "done", "cancelled", "failed", "done"], rows()
    assert actions_of(rigs[0]) == ["rig 0 a"]
    assert actions_of(rigs[1]) == ["rig 1 a", "rig 1 take 2"]
    assert rigs[1].animation_data.action.frame_range[0] == 41
    assert bpy.data.actions["rig 1 take 2"].frame_range[0] == 1
    assert "rig 1 a" in jobs_of(bpy.context.scene).rows[4].said
    assert len(list(jobs_folder().glob("job-*"))) == 3, "the same film was read twice"


def check_again(rigs: list[bpy.types.Object]) -> None:
    JOBS.retry_job(index=2)
    assert rows()[2][2] == "waiting"
    JOBS.clear_jobs()
    assert [row[0] for row in rows()] == ["take 10.mp4", "nobody.mp4"], rows()
    assert JOBS.run_jobs() == {"FINISHED"}, "what failed before has to be asked for again"
    assert actions_of(rigs[0]) == ["rig 0 a", "rig 0 take 10"]
    bpy.data.objects.remove(rigs[0])
    JOBS.retry_job(index=0)
    try:
        JOBS.run_jobs()
    except RuntimeError as error:
        assert "No armature is chosen" in str(error), error
    else:
        raise AssertionError("a job without an armature was done")
    while jobs_of(bpy.context.scene).rows:
        assert JOBS.remove_job() == {"FINISHED"}
    assert not JOBS.remove_job.poll()


def check_side_by_side() -> None:
    """Two at once: each film is looked at once all the same, and each character gets its own."""
    rig = next(obj for obj in bpy.data.objects if obj.type == "ARMATURE")
    bpy.ops.object.select_all(action="DESELECT")
    rig.select_set(True)
    bpy.context.scene.pose_from_video.person_height_m = 1.8
    before = len(list(jobs_folder().glob("job-*")))
    RUN.lanes.most = 2
    for names in (("a.mp4", "take 2.mp4"), ("a.mp4", "take 10.mp4")):
        add(*names)
    assert JOBS.run_jobs() == {"FINISHED"}
    assert [row[2] for row in rows()] == ["done"] * 4, rows()
    assert len(list(jobs_folder().glob("job-*"))) == before + 3
    said = [row.said for row in jobs_of(bpy.context.scene).rows]
    assert "rig 1 take 2" in said[1] and "rig 1 take 10" in said[3], said
    RUN.lanes.most = 1
    jobs_of(bpy.context.scene).rows.clear()


def check_changes_first() -> None:
    """While a take that was corrected waits for the child, no new job is begun."""
    add("a.mp4")
    RUN.start(bpy.context.scene)
    UPDATES._due.append(0)
    assert RUN.step(bpy.context, print)
    assert rows()[0][2] == "waiting"
    UPDATES._due.clear()
    assert RUN.step(bpy.context, print)
    assert rows()[0][2] == "done", "its film is known"
    assert not RUN.step(bpy.context, print)
    jobs_of(bpy.context.scene).rows.clear()


def check_saved() -> None:
    """The list is in the file, with each job's own choices."""
    settings = bpy.context.scene.pose_from_video
    settings.smoothing = 0.75
    settings.armature = next(obj for obj in bpy.data.objects if obj.type == "ARMATURE")
    settings.video = str(FOLDER / "a.mp4")
    settings.region, settings.quality = (1, 2, 30, 40), "fast"
    JOBS.add_job()
    assert frozen(jobs_of(bpy.context.scene).rows[0].choices) == frozen(settings), "a choice was not copied"
    settings.smoothing = 0.25
    bpy.ops.wm.save_as_mainfile(filepath=str(FOLDER / "saved.blend"))
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    assert rows() == []
    bpy.ops.wm.open_mainfile(filepath=str(FOLDER / "saved.blend"))
    assert rows() == [("a.mp4", "rig 1", "waiting")]
    assert jobs_of(bpy.context.scene).rows[0].choices.smoothing == 0.75
    assert JOBS.run_jobs() == {"FINISHED"}
    assert rows() == [("a.mp4", "rig 1", "done")]


def check_no_runtime() -> None:
    """Without a runtime no film has a chance: the list waits."""
    import os

    os.environ["POSE_RUNTIME_PYTHON"] = "/nowhere/python"
    add("take 2.mp4")
    jobs_of(bpy.context.scene).rows[1].choices.person_height_m = 1.9
    refused("POSE_RUNTIME_PYTHON", JOBS.run_jobs)
    assert rows()[1][2] == "waiting"
    assert not SESSION.busy


main()
