"""Inside Blender: option presets by Blender's own system, those that come along and the user's; films dropped."""

from __future__ import annotations

from pathlib import Path

import bpy
import pose_from_video
from headless_rig import build
from pose_from_video.addon.drop import POSE_FROM_VIDEO_FH_films
from pose_from_video.addon.option_presets import SUBFOLDER, preset_names

ops = bpy.ops.pose_from_video


def values() -> dict[str, object]:
    settings = bpy.context.scene.pose_from_video
    return {name: getattr(settings, name) for name in preset_names()}


def found() -> dict[str, str]:
    """Every preset that Blender offers, by its name."""
    folders = bpy.utils.preset_paths(SUBFOLDER)
    return {path.stem: str(path) for folder in folders for path in Path(folder).glob("*.py")}


def change_all() -> None:
    settings = bpy.context.scene.pose_from_video
    for name in preset_names():
        rna = settings.bl_rna.properties[name]
        if rna.type == "ENUM":
            items = [item.identifier for item in rna.enum_items]
            setattr(settings, name, next(item for item in reversed(items) if item != getattr(settings, name)))
        elif rna.type == "BOOLEAN":
            setattr(settings, name, not getattr(settings, name))
        else:
            setattr(settings, name, rna.hard_min + 0.37 * (min(rna.hard_max, 1.0) - rna.hard_min))


def check_presets() -> None:
    own = Path(pose_from_video.__file__).parent / "addon" / "presets" / SUBFOLDER
    shipped = sorted(path.stem for path in own.glob("*.py"))
    assert shipped and set(shipped) <= set(found()), found()
    seen = []
    settings = bpy.context.scene.pose_from_video
    settings.video = "//kept.mp4"
    for name in shipped:
        results = []
        for _ in range(2):  # whatever was set before
            bpy.ops.script.execute_preset(filepath=found()[name], menu_idname="POSE_FROM_VIDEO_MT_presets")
            results.append(values())
            change_all()
        assert results[0] == results[1], name
        assert results[0] not in seen, f"'{name}' is another preset again"
        seen.append(results[0])
    assert settings.video == "//kept.mp4"


def check_own_preset() -> None:
    change_all()
    before = values()
    ops.add_preset(name="Mine, all mine")
    (name,) = set(found()) - {path.stem for path in shipped_paths()}
    bpy.ops.script.execute_preset(filepath=found()["first_try"], menu_idname="POSE_FROM_VIDEO_MT_presets")
    assert values() != before
    bpy.ops.script.execute_preset(filepath=found()[name], menu_idname="POSE_FROM_VIDEO_MT_presets")
    after = values()
    assert all(abs(after[key] - before[key]) < 1e-6 if isinstance(after[key], float) else True for key in after)
    assert {key: value for key, value in after.items() if not isinstance(value, float)} == {
        key: value for key, value in before.items() if not isinstance(value, float)
    }


def shipped_paths() -> list[Path]:
    return list((Path(pose_from_video.__file__).parent / "addon" / "presets" / SUBFOLDER).glob("*.py"))


def check_drop() -> None:
    settings = bpy.context.scene.pose_from_video
    endings = POSE_FROM_VIDEO_FH_films.bl_file_extensions.split(";")
    assert ".mp4" in endings and all(ending.startswith(".") for ending in endings)
    assert getattr(bpy.types, POSE_FROM_VIDEO_FH_films.__name__, None) is not None
    assert ops.drop_films(directory="/films", files=[{"name": "a b.mp4"}]) == {"FINISHED"}
    assert Path(settings.video) == Path("/films/a b.mp4")
    try:
        ops.drop_films(directory="/films")
    except RuntimeError as error:
        assert "No film" in str(error)
    else:
        raise AssertionError("nothing was dropped and taken")


def main() -> None:
    pose_from_video.register()
    obj = build(name="Figure")
    bpy.context.view_layer.objects.active = obj
    check_presets()
    check_own_preset()
    check_drop()
    for _ in range(2):  # the second time there is nothing to forget, and nothing to say about it
        pose_from_video.unregister()
        assert "first_try" not in found()
    print("passed all")


main()
