"""Show a detector many people in motion, quickly drawn, and keep what it finds beside what is true.

Each clip is a cut of the training motions on one of the bodies of extra_bodies.json, dressed in its colours, before a
place of flat shapes, seen by a camera that stands or follows. No film is kept: the detector looks at each picture as
it would at a film's. `inference.train.fit_blend` learns from it what of the detector's own 3D to believe.

    .venv/train/bin/python samples/make_bodies.py --specs samples/extra_bodies.json --out out/samples/extras
    POSE_DATA=DATA .venv/runtime/bin/python samples/make_extras.py [--hidden-by things|people --frames 90]

Writes out/samples/extras/clips/NAME.npz: the detector's `keypoints_px` (T, 33, 2), `keypoint_confidence` (T, 33) and
`detector_world_m` (T, 33, 3), NaN and 0 where it finds nobody; the truth `joints_camera_m` (T, 17, 3), `joints_px`
(T, 17, 2), `covered` (T,) whether something is before any of the joints, `height_m`; and `fps`, `image_size_px`. Clips
that are there are kept.

With --hidden-by, out/samples/extras/hidden_by_things/ or hidden_by_people/: rare movements are drawn more often, and in
most clips something, or somebody who goes by, hides a half of the person for a while; `inference.train.fit_hidden`
learns from them what then becomes of the points.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from extra_people import Extra, load_extra  # noqa: E402
from extra_scene import Scene, choose_scene, choose_shot, paint_place, shadow  # noqa: E402
from splat import Picture  # noqa: E402
from things import Hides, choose_board, choose_thing, walk_past  # noqa: E402

from inference.detect.blazepose import BlazePose  # noqa: E402
from inference.files import write_whole  # noqa: E402
from inference.train.pack import MotionPack, read_pack  # noqa: E402
from inference.train.variety import balanced  # noqa: E402

FloatArray = NDArray[np.float64]

SEED: Final = 29
POINTS: Final = 33
HIDES: Final = 0.15
"""Share of the clips in which something stands before a part of the person all along."""
HALF_HIDDEN: Final = (0.3, 0.45, 0.25)
"""With --hidden-by things, shares of the clips in which nothing, one thing, two come before the person."""
PLAINLY, THINGS, PEOPLE = "", "things", "people"


def cut_motion(pack: MotionPack, frames: int, rng: np.random.Generator) -> FloatArray:
    """(frames, 17, 3) metres, Z up, from anywhere in the pack, its first pelvis over the origin.

    Where the pack has chances, around a frame drawn by them.
    """
    lengths = np.diff(pack.offsets)
    room = np.maximum(lengths - frames, 0)
    if pack.chances is None:
        clip = int(rng.choice(len(lengths), p=room / room.sum()))
        first = int(rng.integers(room[clip]))
    else:
        clip = -1
        while clip < 0 or room[clip] == 0:
            drawn = int(np.searchsorted(pack.chances, rng.random()))
            clip = int(np.searchsorted(pack.offsets, drawn, side="right")) - 1
        first = int(np.clip(drawn - int(pack.offsets[clip]) - frames // 2, 0, room[clip] - 1))
    joints = pack.clip(clip)[first : first + frames].astype(np.float64)
    return np.asarray(joints - joints[0, 0] * np.array([1.0, 1.0, 0.0]))


@dataclass(frozen=True, slots=True)
class Passer:
    """Somebody who moves as in (T, B, 4, 4) between camera and person, with joints (T, 17, 2) in the picture."""

    scene: Scene
    extra: Extra
    moved: FloatArray
    joints_px: FloatArray

    def covers(self, joints_px: FloatArray, frame: int) -> bool:
        """See `Hides`: the box around a body stands for it."""
        low, high = self.joints_px[frame].min(axis=0), self.joints_px[frame].max(axis=0)
        return bool(((joints_px > low) & (joints_px < high)).all(axis=1).any())

    def draw(self, picture: Picture, frame: int) -> Picture:
        """See `Hides`."""
        return self.scene.show(picture, self.extra, self.moved[frame], frame)


def pictures(
    extra: Extra, moved: FloatArray, scene: Scene, hides: Sequence[Hides], rng: np.random.Generator
) -> Iterator[Picture]:
    """Each frame (H, W, 3) BGR of a pose (T, B, 4, 4), what hides it before it, with the grain of a sensor."""
    pelvis = extra.joints(moved)[:, 0]
    noise = (rng.uniform(1.0, 6.0) * rng.standard_normal(scene.place.shape)).astype(np.int16)
    for frame in range(len(moved)):
        drawn = scene.show(shadow(scene.place, scene.shot, pelvis[frame], frame), extra, moved[frame], frame)
        for one in hides:
            drawn = one.draw(drawn, frame)
        grain = np.roll(noise, int(rng.integers(noise.shape[0])), axis=0)
        yield np.asarray(cv2.add(drawn, grain, dtype=cv2.CV_8U))


def hide_all_along(joints_px: FloatArray, rng: np.random.Generator) -> list[Hides]:
    """In some clips something stands before legs or a side from the first frame to the last."""
    if rng.random() > HIDES:
        return []
    return [choose_board(joints_px, rng)]


def hide_for_a_while(
    joints_px: FloatArray, fps: float, size_px: tuple[int, int], rng: np.random.Generator
) -> list[Hides]:
    """In most clips one or two things come before the person, and go."""
    count = int(rng.choice(3, p=HALF_HIDDEN))
    return [choose_thing(joints_px, paint_place(size_px, rng), fps, rng) for _ in range(count)]


def hide_behind(other: Extra, motion: FloatArray, person: FloatArray, fps: float, scene: Scene,
                rng: np.random.Generator) -> list[Hides]:  # fmt: skip
    """Somebody who moves as in (T, 17, 3) goes by between the camera and the person (T, 17, 3)."""
    moved = other.pose(motion, fps)
    way = walk_past(person[:, 0], other.joints(moved)[:, 0], scene.shot.places, fps, rng)
    moved[:, :, :3, 3] += way[:, None]
    return [Passer(scene, other, moved, scene.shot.film(other.joints(moved)))]


class Maker:
    """Makes clips of the bodies of a folder, each from its own number."""

    def __init__(self, bodies: Path, specs: dict[str, Any], pack: MotionPack, frames: int, hidden_by: str) -> None:
        self.bodies, self.specs, self.names = bodies, specs, list(specs)
        self.pack, self.frames, self.hidden_by = pack, frames, hidden_by

    def make(self, number: int) -> dict[str, NDArray]:
        """The arrays of one clip; see the top of this file."""
        rng, fps = np.random.default_rng([SEED, number]), self.pack.fps
        name = self.names[number % len(self.names)]
        extra = self._load(name, rng)
        moved = extra.pose(cut_motion(self.pack, self.frames, rng), fps)
        world = extra.joints(moved)
        shot = choose_shot(world, rng)
        scene = choose_scene(shot, rng)
        if self.hidden_by == THINGS:
            hides = hide_for_a_while(shot.film(world), fps, shot.size_px, rng)
        elif self.hidden_by == PEOPLE:
            other = self._load(self.names[int(rng.integers(len(self.names)))], rng)
            hides = hide_behind(other, cut_motion(self.pack, self.frames, rng), world, fps, scene, rng)
        else:
            hides = hide_all_along(shot.film(world), rng)
        truth = np.stack([shot.to_camera(pose, frame) for frame, pose in enumerate(world)])
        px = shot.film(world)
        covered = [any(one.covers(px[frame], frame) for one in hides) for frame in range(len(px))]
        return detected(pictures(extra, moved, scene, hides, rng), fps) | {
            "joints_camera_m": truth.astype(np.float32), "joints_px": px.astype(np.float32),
            "covered": np.array(covered), "height_m": np.float64(extra.height_m), "body": np.array(name),
            "fps": np.float64(fps), "image_size_px": np.array(shot.size_px),
        }  # fmt: skip

    def _load(self, name: str, rng: np.random.Generator) -> Extra:
        return load_extra(self.bodies / f"{name}.npz", self.specs[name], rng)


def detected(film: Iterable[Picture], fps: float) -> dict[str, NDArray]:
    """What the detector makes of a film: points, confidence and its own 3D by frame."""
    detector, rows = BlazePose(), []
    for frame, picture in enumerate(film):
        found = detector.detect(picture, frame / fps)
        nothing = (np.full((POINTS, 2), np.nan), np.zeros(POINTS), np.full((POINTS, 3), np.nan))
        rows.append(nothing if found is None else (found.px, found.confidence, found.world))
    detector.close()
    px, confidence, own = (np.stack(column).astype(np.float32) for column in zip(*rows, strict=True))
    return {"keypoints_px": px, "keypoint_confidence": confidence, "detector_world_m": own}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bodies", type=Path, default=HERE.parent / "out" / "samples" / "extras")
    parser.add_argument("--hidden-by", choices=(THINGS, PEOPLE), default=PLAINLY, help="see above")
    parser.add_argument("--clips", type=int, default=240)
    parser.add_argument("--frames", type=int, default=40, help="frames a clip")
    args = parser.parse_args()
    if "POSE_DATA" not in os.environ:
        raise SystemExit("Set POSE_DATA to the folder that holds cmu17_train.npz.")
    specs = json.loads((HERE / "extra_bodies.json").read_text(encoding="utf-8"))
    pack = read_pack(Path(os.environ["POSE_DATA"]) / "cmu17_train.npz")
    folder = args.bodies / (f"hidden_by_{args.hidden_by}" if args.hidden_by else "clips")
    folder.mkdir(parents=True, exist_ok=True)
    maker = Maker(args.bodies, specs, balanced(pack) if args.hidden_by else pack, args.frames, args.hidden_by)
    for number in range(args.clips):
        path = folder / f"{number:04d}.npz"
        if path.exists():
            continue
        begun = time.monotonic()
        arrays = maker.make(number)
        write_whole(path, lambda stream, arrays=arrays: np.savez_compressed(stream, **arrays))
        print(f"{path.name}: {arrays['body']}, {(time.monotonic() - begun) / args.frames:.3f} s a frame", flush=True)


if __name__ == "__main__":
    main()
