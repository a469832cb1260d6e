"""Inside Blender, without a window: corrections are kept with the action, and its keys follow them in place."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pose_from_video
from blender_scene import refusal
from pose_from_video.addon.compat import active_fcurves, play
from pose_from_video.addon.fcurves import key_points
from pose_from_video.addon.fix.notes import is_edited_by_hand, is_out_of_date, wanted
from pose_from_video.addon.fix.updates import UPDATES, Lifting
from pose_from_video.addon.look.take import needed_take
from pose_from_video.addon.mapping.found import found_rig
from pose_from_video.addon.preferences import jobs_folder, results_folder
from pose_from_video.addon.session import SESSION
from pose_from_video.rigs.roles import Role

VIDEO, AVATAR, RESULT, OTHER, FOLDER = sys.argv[sys.argv.index("--") + 1 :]
ops = bpy.ops.pose_from_video


def rig() -> bpy.types.Object:
    return next(item for item in bpy.data.objects if item.type == "ARMATURE")


def keys() -> dict[tuple[str, int], np.ndarray]:
    """Data path and index -> (K,2) keys of the curves that play."""
    found = {}
    for curve in active_fcurves(rig()):
        found[curve.data_path, curve.array_index] = key_points(curve)
    return found


def differs(one: dict[tuple[str, int], np.ndarray], two: dict[tuple[str, int], np.ndarray]) -> bool:
    return set(one) != set(two) or any(not np.allclose(one[key], two[key], atol=1e-5) for key in one)


def requests() -> list[dict[str, object]]:
    """What the child was asked, oldest first."""
    files = sorted(jobs_folder().glob("job-*/request.json"), key=lambda path: path.stat().st_mtime_ns)
    return [json.loads(path.read_text(encoding="utf-8")) for path in files]


def refused(said: str, operator: Callable[[], object]) -> None:
    """The operator refuses with these words and leaves keys and notes as they were."""
    action = rig().animation_data.action
    before, text = keys(), action.pose_from_video_fix.wanted
    with refusal(said):
        operator()
    assert not differs(before, keys())
    assert action.pose_from_video_fix.wanted == text
    assert not SESSION.busy


def main() -> None:
    for _ in range(3):
        pose_from_video.register()
        pose_from_video.unregister()
    pose_from_video.register()
    bpy.ops.import_scene.gltf(filepath=AVATAR)
    scene = bpy.context.scene
    scene.render.fps = 30
    settings = scene.pose_from_video
    settings.video, settings.armature, settings.frame_start = VIDEO, rig(), 11
    for operator in (ops.correct_point, ops.correct_points, ops.edit_contacts, ops.redo_in_box, ops.side_by_side):
        with refusal("made from a video; process one first"):
            operator()
    assert ops.process() == {"FINISHED"}
    action = rig().animation_data.action
    assert not is_out_of_date(action)
    assert Path(action.pose_from_video.result).parent == results_folder(), "the result outlasts its job"
    check_choices(action)
    check_like_new(action)
    check_edits(action)
    check_hand_made_curves(action)
    check_map_by_hand(action)
    check_nla(action)
    check_another_take(action)
    check_save_and_load(action)
    check_people()
    check_refusals()
    pose_from_video.unregister()
    print("passed all")


def check_choices(action: bpy.types.Action) -> None:
    """Other options key the same action anew, without the child; the same ones again give the same keys."""
    scene, asked, first = bpy.context.scene, len(requests()), keys()
    actions = len(bpy.data.actions)
    scene.pose_from_video.smoothing = 1.0
    assert not differs(first, keys()), "in the background nothing happens by itself"
    assert ops.update_take() == {"FINISHED"}
    assert rig().animation_data.action == action
    assert len(bpy.data.actions) == actions
    assert differs(first, keys())
    assert all(np.allclose(keys()[curve][:, 0], points[:, 0]) for curve, points in first.items())
    scene.pose_from_video.root, scene.pose_from_video.reduce_deg = "in_place", 2.0
    assert ops.update_take() == {"FINISHED"}
    assert needed_take(rig()).in_place
    assert sum(map(len, keys().values())) < sum(map(len, first.values()))
    scene.pose_from_video.root, scene.pose_from_video.reduce_deg = "travel", 0.0
    scene.pose_from_video.smoothing = scene.pose_from_video.bl_rna.properties["smoothing"].default
    assert ops.update_take() == {"FINISHED"}
    assert not differs(first, keys()), "back to where it was"
    assert len(requests()) == asked, "the child was asked for what is known"
    assert not is_edited_by_hand(rig(), action)


def check_like_new(action: bpy.types.Action) -> None:
    """Keyed anew with other options, an action holds what one that is made with them holds."""
    settings = bpy.context.scene.pose_from_video
    for choices in (
        {"ik": False, "root_on": "root", "smoothing": 0.8},
        {"root": "in_place", "heading": "character", "left_foot": "off", "reduce_deg": 1.0},
        {"ik": True, "root": "travel", "root_on": "hips", "heading": "world", "left_foot": "auto", "reduce_deg": 0.0},
    ):
        for name, value in choices.items():
            setattr(settings, name, value)
        assert ops.update_take() == {"FINISHED"}
        anew = keys()
        assert ops.process() == {"FINISHED"}
        made = rig().animation_data.action
        assert made != action
        assert set(anew) == set(keys())
        assert all(np.array_equal(points, anew[curve]) for curve, points in keys().items())
        play(rig(), action)
        bpy.data.actions.remove(made)
    settings.smoothing = settings.bl_rna.properties["smoothing"].default
    assert ops.update_take() == {"FINISHED"}


def check_edits(action: bpy.types.Action) -> None:
    """A correction goes to the child with the base; its result is keyed in place; taking it back asks nobody."""
    first, base = keys(), wanted(action).base
    Path(RESULT).write_bytes(Path(OTHER).read_bytes())  # what the child will give out
    assert ops.correct_point(joint="left_wrist", frame=15, x=100.0, y=80.0) == {"FINISHED"}
    sent = requests()[-1]
    assert sent["keypoints"] == str(base) and sent["video"] is None
    said = json.loads(Path(str(sent["edits"])).read_text(encoding="utf-8"))
    assert said["points"] == [{"frame": 4, "joint": "left_wrist", "x_px": 100.0, "y_px": 80.0}]
    second = keys()
    assert differs(first, second)
    assert rig().animation_data.action == action
    assert needed_take(rig()).result != base
    asked = len(requests())
    assert ops.remove_points(first=15, last=15) == {"FINISHED"}
    assert not differs(first, keys())
    assert ops.correct_point(joint="left_wrist", frame=15, x=100.0, y=80.0) == {"FINISHED"}
    assert not differs(second, keys())
    assert len(requests()) == asked, "the same correction was lifted twice"
    scene = bpy.context.scene
    assert ops.choose_stretch(first=20, last=24) == {"FINISHED"}
    assert scene.frame_current == 20
    assert ops.swap_sides(part="legs") == {"FINISHED"}
    scene.use_preview_range = False
    assert ops.set_contact(foot="left", state="stands", first=12, last=13) == {"FINISHED"}
    said = json.loads(Path(str(requests()[-1]["edits"])).read_text(encoding="utf-8"))
    assert said["swaps"] == [{"start": 9, "end": 14, "part": "legs"}]
    assert said["contacts"] == [{"foot": "left", "start": 1, "end": 3, "standing": True}]
    assert len(said["points"]) == 1
    assert ops.redo_range(first=30, last=34, region=(10, 20, 110, 220)) == {"FINISHED"}
    sent, lifted = requests()[-2:]
    assert (sent["redo"], sent["region"], sent["video"]) == ([19, 24], [10, 20, 110, 220], VIDEO)
    renewed = wanted(action).base
    assert renewed != base, "what was looked at again is what further corrections are about"
    assert sent["edits"] is None, "a base has no corrections in it, so that they can be taken back"
    assert lifted["keypoints"] == str(renewed) and lifted["edits"]
    assert ops.redo_range(whole=True, person=(5, 12.5, 40.0)) == {"FINISHED"}
    sent = next(request for request in reversed(requests()) if request["redo"])
    assert (sent["redo"], sent["region"], sent["person"]) == ([0, 40], None, [5, 12.5, 40.0])
    assert ops.clear_edits() == {"FINISHED"}
    assert not wanted(action).edits
    assert not is_out_of_date(action)


def check_hand_made_curves(action: bpy.types.Action) -> None:
    """Curves that somebody added stay; that keys were moved by hand is noticed."""
    rig()["mine"] = 1.0
    rig().keyframe_insert('["mine"]', frame=3)
    assert ops.update_take() == {"FINISHED"}
    assert ('["mine"]', 0) in keys()
    curve = next(curve for curve in active_fcurves(rig()) if curve.data_path != '["mine"]')
    curve.keyframe_points[3].co.y += 0.25
    assert is_edited_by_hand(rig(), action)
    assert ops.update_take() == {"FINISHED"}
    assert not is_edited_by_hand(rig(), action)


def check_map_by_hand(action: bpy.types.Action) -> None:
    """A take is keyed again by the bones that were assigned by hand."""
    scene = bpy.context.scene
    hand = found_rig(rig()).rig_map.bones(Role.HAND_LEFT)[0]
    assert any(f'"{hand}"' in path for path, _ in keys())
    assert ops.edit_map() == {"FINISHED"}
    assert ops.clear_role(role="hand_left") == {"FINISHED"}
    scene.pose_from_video.smoothing = 0.7
    assert ops.update_take() == {"FINISHED"}
    assert not any(f'"{hand}"' in path for path, _ in keys()), "keyed by the rig's names"
    assert ops.drop_map() == {"FINISHED"}
    scene.pose_from_video.smoothing = scene.pose_from_video.bl_rna.properties["smoothing"].default
    assert ops.update_take() == {"FINISHED"}
    assert any(f'"{hand}"' in path for path, _ in keys())


def check_nla(action: bpy.types.Action) -> None:
    """What plays as a strip is corrected there."""
    data = rig().animation_data
    strip = data.nla_tracks.new().strips.new(action.name, 50, action)
    slot, data.action = getattr(strip, "action_slot", None), None
    frames = {curve.data_path for curve in active_fcurves(rig())}
    assert not frames
    bpy.context.scene.pose_from_video.smoothing = 0.9
    assert ops.update_take() == {"FINISHED"}
    assert data.action is None
    data.nla_tracks.remove(data.nla_tracks[-1])
    data.action = action
    if slot is not None:
        data.action_slot = action.slots[0]
    assert min(points[0, 0] for points in keys().values() if len(points) > 1) == 11, "in the action's own frames"


def check_another_take(action: bpy.types.Action) -> None:
    """What was lifted for one take does not go into another that was chosen meanwhile."""
    before, recipe = keys(), wanted(action)
    lifting = Lifting(rig().session_uid, action.session_uid + 1, recipe, "Lifting", renews=False)
    UPDATES._lifted(lifting, Path(OTHER))
    assert not differs(before, keys())
    bpy.context.view_layer.objects.active = rig()
    bpy.ops.object.mode_set(mode="EDIT")
    refused("edit mode", ops.update_take)
    bpy.ops.object.mode_set(mode="OBJECT")
    assert not is_out_of_date(action)


def check_save_and_load(action: bpy.types.Action) -> None:
    name, before, text = action.name, keys(), action.pose_from_video_fix.wanted
    path = str(Path(FOLDER) / "saved.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.ops.wm.open_mainfile(filepath=path)
    assert bpy.data.actions[name].pose_from_video_fix.wanted == text
    assert not differs(before, keys())
    bpy.context.scene.pose_from_video.smoothing = 0.1
    assert ops.update_take() == {"FINISHED"}
    assert differs(before, keys())


def check_people() -> None:
    """The one who is picked goes into the next request; another film forgets whom."""
    scene, made = bpy.context.scene, rig().animation_data.action
    scene.frame_current = 14
    assert ops.find_people() == {"FINISHED"}
    assert requests()[-1]["people"] == 3, "scene frame 11 is the film's first"
    scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, 20, 24
    assert ops.pick_person(number=2, where="stretch") == {"FINISHED"}
    assert (requests()[-1]["redo"], requests()[-1]["person"]) == ([9, 14], [3, 80.5, 50.0])
    scene.use_preview_range = False
    assert rig().animation_data.action == made
    assert ops.pick_person(number=2) == {"FINISHED"}
    assert requests()[-1]["person"] == [3, 80.5, 50.0]
    assert rig().animation_data.action != made, "another person makes another action"
    scene.pose_from_video.region = 1, 2, 30, 40
    assert ops.follow_anybody() == {"FINISHED"}
    assert ops.process() == {"FINISHED"}
    assert (requests()[-1]["person"], requests()[-1]["region"]) == (None, [1, 2, 30, 40])
    scene.pose_from_video.video = AVATAR
    assert not any(scene.pose_from_video.region), "the box was drawn on another film"
    refused("look who is there", lambda: ops.pick_person(number=2))


def check_refusals() -> None:
    refused("none of the take's", lambda: ops.correct_point(joint="head", frame=900, x=1.0, y=1.0))
    refused("outside of the picture", lambda: ops.correct_point(joint="head", frame=15, x=4000.0, y=1.0))
    refused("preview range", lambda: ops.swap_sides())
    refused("none of the take's", lambda: ops.swap_sides(first=500, last=510))
    source = rig().animation_data.action.pose_from_video
    video, source.video = source.video, "/nowhere/film.mp4"
    refused("/nowhere/film.mp4", lambda: ops.redo_range(first=20, last=22))
    source.video = video
    for kept in results_folder().glob("*.npz"):
        kept.unlink()
    refused("no result file", lambda: ops.correct_point(joint="head", frame=15, x=9.0, y=9.0))


main()
