"""How long the keys of a take that plays need to follow the smoothing slider, measured inside Blender."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np

from .. import registry
from ..armature import read_rest
from ..errors import AddonError
from ..fix.notes import note_recipe, wanted, written
from ..fix.rekey import rekey
from ..headless.importer import load_character
from ..headless.scene import current_scene
from ..look.take import Take, note_take
from ..rates import frame_rate, set_frame_rate
from ..recognition import recognise
from ..retarget import retarget_to_armature
from ..runtime import ROOT
from ..sequences import load_sequence
from ..settings import pose_settings, settings_of

FRAMES, STEPS = 1000, 8
TRUTH, AVATAR = ROOT / "samples" / "film_truth.npz", ROOT / "samples" / "avatars" / "woman_mixamo.glb"


def bench_updating(_arguments: Sequence[str] = ()) -> dict[str, float]:
    """Key a take of the sample film's motion, there and back, and move its smoothing step by step; replaces the scene.

    Returns:
        `frames`, `curves`: of the take; `seconds_a_step`: from a value of the slider to all keys, the median;
        `processor_seconds_a_step`: the same without what other programs took.

    Raises:
        AddonError: the samples are not there.
    """
    if missing := [path.name for path in (TRUTH, AVATAR) if not path.is_file()]:
        raise AddonError(f"samples has no {', '.join(missing)}; get the whole repository.")
    registry.register()
    try:
        with tempfile.TemporaryDirectory(prefix="pose_") as folder:
            return _measure(_long_result(Path(folder) / "result.npz"))
    finally:
        registry.unregister()


def _measure(result: Path) -> dict[str, float]:
    obj, scene = load_character(AVATAR).armature, current_scene()
    settings = settings_of(scene)
    sequence = load_sequence(result, bpy.context, settings.smoothing)
    set_frame_rate(scene, sequence.fps)
    rig_map = recognise(read_rest(obj)).rig_map
    action = retarget_to_armature(obj, sequence, pose_settings(settings, rig_map), rig_map, scene=scene)
    base = note_recipe(obj, action, result, {}, settings)
    note_take(action, Take(action.name, base, Path(), 0, 1, frame_rate(scene), False, False))
    recipe, walls, own = wanted(action), [], []
    for smoothing in np.linspace(0.3, 1.0, STEPS):
        recipe = replace(recipe, choices={**recipe.choices, "smoothing": float(smoothing)})
        wall, processor = time.perf_counter(), time.process_time()
        rekey(obj, recipe, base)
        walls.append(time.perf_counter() - wall)
        own.append(time.process_time() - processor)
    return {
        "frames": len(sequence.joints),
        "curves": len(written(action)),
        "seconds_a_step": float(np.median(walls)),
        "processor_seconds_a_step": float(np.median(own)),
    }


def _long_result(path: Path) -> Path:
    """The sample film's true joints as a result, there and back until it is long enough."""
    with np.load(TRUTH) as truth:
        count = len(truth["joints_world_m"])
        frames = np.abs((np.arange(FRAMES) + count - 1) % (2 * count - 2) - (count - 1))
        np.savez(
            path,
            schema_version=np.int64(1),
            joint_names=truth["joint_names"],
            joints_world_m=truth["joints_world_m"][frames],
            confidence=np.ones((FRAMES, len(truth["joint_names"])), np.float32),
            fps=truth["fps"],
            frame_times_s=np.arange(FRAMES) / float(truth["fps"]),
        )
    return path
