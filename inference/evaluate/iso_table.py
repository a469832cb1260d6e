"""python -m inference.evaluate.iso_table: Cheng et al.'s Table 2 on our data, with and without the discriminator.

Beside each row stands the closed step that the program takes with the same weights (`inference.refine.reproject`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from ..clip import Clip3D, focal_px, place_clip
from ..data.options import add_data, held_out_pack
from ..errors import InferenceError
from ..files import write_text
from ..lift.lifter import Lifter
from ..lift.normalise import image_rays
from ..lift.weights import DEFAULT_LIFTER
from ..refine.reproject import Weighting
from ..refine.settings import DEFAULT
from ..train.fit_critic import load_critic
from ..train.losses.tkcs import TkcsDiscriminator
from ..train.pack import read_pack
from .iso import CRITIC_SHARE, IsoClip, IsoSettings, optimise
from .results import where_and_when, write_json
from .weightings import WEIGHTINGS, row_head, row_of
from .world_clips import PLAIN, WorldClip, read_world_clips
from .world_film import FilmClip, LiftedClip, film_stage_figures, lifted_film
from .world_measures import pose_figures

WAYS: Final[Mapping[str, IsoSettings | None]] = {
    "one step": None,
    "without L_gen": IsoSettings(Weighting()),
    "as printed": IsoSettings(Weighting(), critic=CRITIC_SHARE),
    "bones, held": IsoSettings(Weighting(), bones=1.0, held=1.0),
    "bones, held, L_gen": IsoSettings(Weighting(), critic=CRITIC_SHARE, bones=1.0, held=1.0),
}
"""How the joints are led, by the table's columns; held: beside what the lifter said, as the one step is."""
_EVERY: Final = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        critic = load_critic(options.critic)
        pack = held_out_pack(options.data)
        numbers = range(0, len(read_pack(pack)), options.every)
        lifter = Lifter(options.lifter)
        film = lifted_film(options.film, lifter)
        clips = read_world_clips(pack, lifter, options.seed, PLAIN, numbers)
    except InferenceError as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return 1
    rows = measure(clips, film, critic, options.seed)
    report = {"clips": len(clips), "every": options.every, "rows": rows, **where_and_when("numpy", "torch")}
    write_json(options.out / "iso.json", report)
    write_text(options.out / "iso.md", table(rows))
    print(table(rows))
    return 0


def measure(clips: Sequence[WorldClip], film: FilmClip, critic: TkcsDiscriminator, seed: int) -> list[dict[str, Any]]:
    """The figures of each rule (first: none) led in each of `WAYS`; printed as they come.

    Returns:
        Rows with `rule`, `parameter` and `ways`: name to N-MPJPE and P-MPJPE, mm, and `film_p_mpjpe_over_detector`.
    """
    all_clips: list[LiftedClip] = [*clips, film]
    begun = [_placed(clip, None).joints_camera_m for clip in all_clips]
    starts = [_iso_clip(clip, joints) for clip, joints in zip(all_clips, begun, strict=True)]
    rows: list[dict[str, Any]] = []
    for weighting in (None, *WEIGHTINGS):
        ways = {}
        for name, settings in WAYS.items():
            if weighting is None or settings is None:
                led = [_placed(clip, weighting).joints_camera_m for clip in all_clips]
            else:
                led = optimise(starts, replace(settings, weighting=weighting), critic, seed)
            ways[name] = {**pose_figures(clips, led[:-1]), **_film_figures(film, led[-1])}
        rows.append({**row_of(weighting), "ways": ways})
        print(table(rows[-1:]).splitlines()[-1], flush=True)
    return rows


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as Markdown: N-MPJPE / P-MPJPE, mm, and the film's P-MPJPE over the detector's."""
    lines = ["| weight | parameter | " + " | ".join(WAYS) + " |", "|---|---:|" + "---:|" * len(WAYS)]
    for row in rows:
        ways = [row["ways"][name] for name in WAYS]
        cells = [
            f"{way['n_mpjpe_mm']:.2f} / {way['p_mpjpe_mm']:.2f} / {way['film_p_mpjpe_over_detector']:.3f}"
            for way in ways
        ]
        lines.append(f"{row_head(row)} " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _placed(clip: LiftedClip, weighting: Weighting | None) -> Clip3D:
    """By the program's refinement, feet free and without the detector's own 3D."""
    settings = replace(DEFAULT, blend=False, weighting=weighting, hold_feet=False)
    return place_clip(clip.track, clip.joints_2d, clip.lifted, None, settings)


def _film_figures(film: FilmClip, led: NDArray[np.float64]) -> dict[str, float]:
    return film_stage_figures(film, lambda clip: replace(_placed(clip, None), joints_camera_m=led))


def _iso_clip(clip: LiftedClip, joints: NDArray[np.float64]) -> IsoClip:
    size_px = np.asarray(clip.track.image_size_px, np.float64)
    rays = image_rays(clip.joints_2d.px, size_px, focal_px(clip.track)).astype(np.float64)
    return IsoClip(joints, rays, clip.joints_2d.confidence)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="build.py evaluate iso", description=__doc__)
    add_data(parser, "cmu17_test.npz or its folder")
    parser.add_argument("--critic", type=Path, default=Path("out/critic.safetensors"), help="of train.fit_critic")
    film = Path(f"out/evaluate/film/film-{DEFAULT_LIFTER}.npz")
    parser.add_argument("--film", type=Path, default=film, help="result of the sample film, as `world` leaves it")
    parser.add_argument("--out", type=Path, default=Path("out/evaluate"), help="folder of the reports")
    parser.add_argument("--lifter", default=DEFAULT_LIFTER, help="weights by name")
    parser.add_argument("--every", type=int, default=_EVERY, help="take every so many clips only")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=2021)
    return parser


if __name__ == "__main__":
    sys.exit(main())
