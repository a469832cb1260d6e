"""The benchmark itself: characters, films, figures."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ....rigs.arrays import FloatArray
from ....rigs.fingers.angles import palm_frame
from ....rigs.fingers.hold import held_fingers
from ....rigs.maps import detect
from ....rigs.retarget import RetargetSettings
from ....rigs.roles import SIDES
from ....rigs.sequence import PoseSequence, load_result
from ...armature import read_rest
from ...headless.importer import load_character
from ...headless.progress import Progress
from ...headless.scene import current_scene
from ...job.client import InferenceClient
from ...rates import set_frame_rate
from ...retarget import retarget_to_armature
from ...runtime import ROOT, find_runtime
from .film import film
from .motion import FPS, FRAMES, finger_motion

_AVATARS = ("woman_mixamo", "big_man_game_engine", "athlete_vrm")
_SHARES = {"near": 0.6, "far": 0.3}
_HEIGHT_M = 1.8


def bench_fingers(arguments: Sequence[str]) -> dict[str, object]:
    """Film characters whose fingers are known, near and far, and measure what is made of the films.

    Args:
        arguments: `--rigs`: words in the names of the avatars to keep; `--keep FOLDER`: where films and results stay.

    Returns:
        For near and far: `seen`, the share of hands that were seen; `curl_deg`, mean error of the flexion of index to
        little finger's joints where they were, and by joint; `spread_deg`, `thumb_deg` likewise; `curl_corr`, how far
        the whole curl of a finger goes with the truth; `still_curl_deg`, what a hand that keeps its median pose would
        err; `palm_deg`, median error of the palm's turn, and `pose_palm_deg`, the same by the points of the pose alone.
    """
    parser = argparse.ArgumentParser(prog="build.py bench fingers")
    parser.add_argument("--rigs", nargs="*", default=[])
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args(list(arguments))
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix="pose_") as scratch:
        folder = options.keep or Path(scratch)
        avatars = [name for name in _AVATARS if not options.rigs or any(word in name for word in options.rigs)]
        for view, share in _SHARES.items():
            rows = [_measured(name, folder / f"{name}_{view}", share) for name in avatars]
            figures |= {f"{view}/{key}": round(float(np.mean([row[key] for row in rows])), 3) for key in rows[0]}
    return figures


def _measured(avatar: str, folder: Path, share: float) -> dict[str, float]:
    """The figures of one film, which is made where it is not there yet."""
    truth, result = finger_motion(), folder / "result.npz"
    if not (folder / "camera.npy").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "camera.npy", _filmed(avatar, truth, folder, share))
    if not result.is_file():
        client = InferenceClient(find_runtime(), ROOT, folder)
        try:
            made = client.run(
                {"video": str(folder), "output": str(result), "fps": FPS, "fingers": True}, Progress().message
            )
        finally:
            client.close()
        assert made == result
    return _figures(truth, result, np.load(folder / "camera.npy"))


def _filmed(avatar: str, truth: PoseSequence, folder: Path, share: float) -> FloatArray:
    character = load_character(next(iter((ROOT / "samples" / "avatars").glob(f"{avatar}.*"))))
    scene = current_scene()
    set_frame_rate(scene, FPS)
    rig_map = detect(read_rest(character.armature)).rig_map
    settings = RetargetSettings(fingers=True, root="in_place")
    retarget_to_armature(character.armature, truth, settings, rig_map=rig_map, frame_start=1, scene=scene)
    return film(character, FRAMES, _HEIGHT_M, folder, share)


def _figures(truth: PoseSequence, result: Path, camera: FloatArray) -> dict[str, float]:
    found = load_result(result)
    with np.load(result, allow_pickle=False) as arrays:
        cameras = arrays["camera_path"][:, :3, :3]
        plain = result.with_name("plain.npz")
        np.savez(plain, **{name: arrays[name] for name in arrays.files if not name.startswith("hand_")})
    posed = load_result(plain)
    errors, seen, whole, palms, pose_palms = [], [], [], [], []
    for side in SIDES:
        angles = found.fingers.get(side, np.full_like(truth.fingers[side], np.nan))
        known = np.isfinite(angles).all(axis=(1, 2))
        seen.append(known)
        held = held_fingers(angles, found.frame_times_s)
        if held is None:
            continue
        errors.append((held - truth.fingers[side])[known])
        whole.append((held[known], truth.fingers[side][known]))
        palms.append(_palm_error(found, truth, side, cameras, camera))
        pose_palms.append(_palm_error(posed, truth, side, cameras, camera))
    off = np.degrees(np.abs(np.concatenate(errors)))
    ours, theirs = (np.concatenate(part)[:, 1:, [0, 2, 3]] for part in zip(*whole, strict=True))
    curls = [values.sum(axis=-1).ravel() for values in (ours, theirs)]
    return {
        "seen": float(np.mean(seen)),
        "curl_deg": float(off[:, 1:, [0, 2, 3]].mean()),
        "curl_1_deg": float(off[:, 1:, 0].mean()),
        "curl_2_deg": float(off[:, 1:, 2].mean()),
        "curl_3_deg": float(off[:, 1:, 3].mean()),
        "spread_deg": float(off[:, 1:, 1].mean()),
        "thumb_deg": float(off[:, 0].mean()),
        "curl_corr": float(np.corrcoef(*curls)[0, 1]),
        "still_curl_deg": float(np.degrees(np.abs(theirs - np.median(theirs, axis=0))).mean()),
        "palm_deg": float(np.nanmedian(np.concatenate(palms))),
        "pose_palm_deg": float(np.nanmedian(np.concatenate(pose_palms))),
    }


def _palm_error(
    found: PoseSequence, truth: PoseSequence, side: str, cameras: FloatArray, camera: FloatArray
) -> FloatArray:
    """(T,) degrees between the palms that the points of two sequences span, each seen from its own camera."""

    def palm(sequence: PoseSequence, axes: FloatArray) -> FloatArray:
        wrist = sequence.joint(f"{side}_wrist")
        knuckles = (sequence.points[f"{side}_{finger}_knuckle"] for finger in ("index", "little"))
        seen: FloatArray = np.swapaxes(axes, -1, -2) @ palm_frame(wrist, *knuckles, side)
        return seen

    turn = np.swapaxes(palm(found, cameras), -1, -2) @ palm(truth, camera)
    cosine = 0.5 * (np.trace(turn, axis1=-2, axis2=-1) - 1.0)
    degrees: FloatArray = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
    return degrees
