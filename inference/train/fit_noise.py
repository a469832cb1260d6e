"""Fit how a detector errs: bias, drift, jitter, slips and exchanged sides, from films with exact joints.

    python -m inference.train.fit_noise out/samples/clips            prints what it finds
    python -m inference.train.fit_noise out/samples/clips --write    writes inference/train/detectors/blazepose-33.json

With `--layout coco-17 --keypoints FILE.npz` for a detector that does not run here: `keypoints_px` (S, K, 2) and
`confidence` (S, K) of all frames of all clips, in their order.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from ..errors import InferenceError
from ..files import write_text
from ..joints import COUNT, INDEX, NAMES
from ..lift.normalise import MIRRORED, PELVIS, THORAX
from .film_errors import FilmErrors, read_errors
from .fitted_noise import DRAWN, FOLDER, LIMBS, FittedNoise

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

SLIP: Final = 0.05
"""Person heights from its usual place at which a joint is not noisy but wrong."""
SWAPPED: Final = 0.5
"""Sides are exchanged where that brings both limbs to this share of their error."""
KNOTS: Final = (60, 18, 5)
"""Frames between the knots of the drifts; beside them a constant and a white part."""
_NORMAL_MEDIAN: Final = 0.6745
LAGS: Final = 31
LEAST_FOUND: Final = 0.5
"""Share of its frames in which somebody must be found for a clip to teach anything."""
FLESH_M: Final = np.array([0.25, 0.2, 0.1, 0.1, 0.2, 0.1, 0.1, 1.0, 0.2, 0.05, 0.1, 0.15, 0.1, 0.08, 0.15, 0.1, 0.08])
"""A joint is hidden where a surface lies farther before it than its own flesh."""
_SHRINK: Final = {0: 0.5, 60: 0.5, 18: 0.35, 5: 0.2, 1: 0.2}


def fit(film: FilmErrors, name: str) -> dict[str, Any]:
    """Everything that `FittedNoise.from_file` reads, and the statistics behind it."""
    film = _taught(film)
    used = np.isfinite(film.detected[:, 1, 0])
    swapped = find_swaps(film, used)
    errors = np.where(used[:, None, None], film.errors, np.nan)
    for kind, limbs in enumerate(LIMBS.values()):
        errors[np.ix_(np.flatnonzero(swapped[:, kind]), limbs)] = np.nan
    mean_up, mean_across = fit_mean(film, errors)
    errors -= _mean_error(film, mean_up, mean_across)
    centre = _clip_medians(errors, film.offsets)
    slipped = np.linalg.norm(errors - centre, axis=-1) > SLIP
    wrong = np.linalg.norm(centre, axis=-1) > 2 * SLIP
    slipped |= wrong & np.isfinite(errors[..., 0])
    calm = np.where(slipped[..., None], np.nan, errors)
    return {
        "name": name,
        "what": "errors in person heights, image axes, of the 17 joints; see fitted_noise.py",
        "frames": int(used.sum()), "clips": len(film.body), "bodies": len(set(film.body)),
        "mean_up": _rounded(mean_up), "mean_across": _rounded(mean_across),
        "level": round(_level(calm, film.offsets), 3),
        "bursts": round(_bursts(calm, film.offsets), 3),
        "parts": fit_parts(calm, film),
        "slips": fit_slips(errors, slipped, film),
        "swaps": {kind: _episodes(swapped[:, k], used, film.offsets) for k, kind in enumerate(LIMBS)},
        "statistics": statistics(film, errors, slipped, used),
    }  # fmt: skip


def _taught(film: FilmErrors) -> FilmErrors:
    """The clips in which the person was found most of the time."""
    found = np.isfinite(film.detected[:, 1, 0])
    kept = [number for number, clip in enumerate(_clips(film.offsets)) if found[clip].mean() >= LEAST_FOUND]
    if not kept:
        raise InferenceError("nobody-found", "The detector finds nobody in these clips.", "Look at their pictures.")
    spans = [_clips(film.offsets)[number] for number in kept]
    frames = np.concatenate([np.arange(span.start, span.stop) for span in spans])
    return FilmErrors(
        film.detected[frames], film.truth[frames], film.confidence[frames], film.gap_m[frames],
        np.cumsum([0, *(span.stop - span.start for span in spans)]), film.body[kept], film.fps,
    )  # fmt: skip


def _clips(offsets: NDArray[np.int64]) -> list[slice]:
    return [slice(int(a), int(b)) for a, b in itertools.pairwise(offsets)]


def find_swaps(film: FilmErrors, used: BoolArray) -> BoolArray:
    """(S, 2) frames in which left and right legs, or arms, are exchanged."""
    mirrored = film.detected[:, list(MIRRORED)] - film.truth
    swapped = []
    for limbs in LIMBS.values():
        as_it_is = np.linalg.norm(film.errors[:, limbs], axis=-1).mean(axis=1)
        exchanged = np.linalg.norm(mirrored[:, limbs], axis=-1).mean(axis=1)
        swapped.append(used & (as_it_is > SLIP) & (exchanged < SWAPPED * as_it_is))
    return np.stack(swapped, axis=1)


def fit_mean(film: FilmErrors, errors: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(17,) and (17,) mean error of each joint along trunk and hips, left and right alike, slips left out."""
    up = film.truth[:, THORAX] - film.truth[:, PELVIS]
    across = film.truth[:, INDEX["left_hip"]] - film.truth[:, INDEX["right_hip"]]
    along_up, along_across = np.zeros(COUNT), np.zeros(COUNT)
    for joint in DRAWN:
        levers, targets = [], []
        for one, sign in (
            (joint, 1.0),
            (MIRRORED[joint], -1.0),
        ):  # what points left on the left points right on the right
            good = np.linalg.norm(errors[:, one], axis=-1) < SLIP
            levers.append(np.stack([up[good], sign * across[good]], axis=-1).reshape(-1, 2))
            targets.append(errors[good, one].reshape(-1))
        lever, target = np.concatenate(levers), np.concatenate(targets)
        normal = lever.T @ lever / len(lever) + 1e-4 * np.eye(2)
        along_up[joint], along_across[joint] = np.linalg.solve(normal, lever.T @ target / len(lever))
    return along_up, along_across


def _mean_error(film: FilmErrors, mean_up: FloatArray, mean_across: FloatArray) -> FloatArray:
    up = film.truth[:, THORAX] - film.truth[:, PELVIS]
    across = film.truth[:, INDEX["left_hip"]] - film.truth[:, INDEX["right_hip"]]
    return np.asarray(up[:, None] * mean_up[:, None] + across[:, None] * mean_across[:, None])


def _clip_medians(errors: FloatArray, offsets: NDArray[np.int64]) -> FloatArray:
    medians = np.zeros_like(errors)
    for clip in _clips(offsets):
        known = np.isfinite(errors[clip]).any(axis=0)
        medians[clip] = np.where(known, np.nanmedian(np.where(known, errors[clip], 0.0), axis=0), 0.0)
    return medians


def autocovariance(calm: FloatArray, offsets: NDArray[np.int64]) -> FloatArray:
    """(LAGS, 17) products of a joint's errors that many frames apart, mean over clips and both axes; about zero."""
    total, count = np.zeros((LAGS, COUNT)), np.zeros((LAGS, COUNT))
    for clip in _clips(offsets):
        track = calm[clip]
        for lag in range(min(LAGS, len(track))):
            product = track[lag:] * track[: len(track) - lag]
            total[lag] += np.nansum(product, axis=(0, 2))
            count[lag] += np.isfinite(product).sum(axis=(0, 2))
    return total / np.maximum(count, 1)


def knot_correlation(lag: FloatArray, knot_frames: float) -> FloatArray:
    """Correlation at a lag of noise that is linear between independent knots, averaged over where the knots lie."""
    u = np.abs(lag) / knot_frames
    near = 2 / 3 - u**2 + u**3 / 2
    far = np.maximum(2.0 - u, 0.0) ** 3 / 6
    return np.asarray(1.5 * np.where(u < 1, near, far))


def fit_parts(calm: FloatArray, film: FilmErrors) -> list[dict[str, Any]]:
    """Constant, drifts and white noise: how strong in each joint, by its autocovariance, and how joints go together."""
    lag = np.arange(LAGS, dtype=np.float64)
    shapes = [np.ones(LAGS), *(knot_correlation(lag, knot) for knot in KNOTS), (lag == 0).astype(np.float64)]
    seen = autocovariance(calm, film.offsets)
    seen = (seen + seen[:, list(MIRRORED)]) / 2
    weight = np.sqrt(1.0 / (1.0 + lag))  # near lags say most: jitter and the beginning of its decay
    variance = np.array(
        [nnls(np.stack(shapes, axis=1) * weight[:, None], seen[:, j] * weight)[0] for j in range(COUNT)]
    )
    # Clips are too short to tell a constant from what changes over two of them: the bodies say how much is their own.
    lasting = variance[:, 0] + variance[:, 1]
    own = _share_of_bodies(calm, film)
    variance[:, 0], variance[:, 1] = own * lasting, (1.0 - own) * lasting
    parts = []
    for number, knot in enumerate((0, *KNOTS, 1)):
        correlation = _correlation(_band(calm, film.offsets, knot), _SHRINK[knot])
        deviation = np.repeat(np.sqrt(variance[list(DRAWN), number]), 2)
        root = np.linalg.cholesky(correlation) * deviation[:, None]
        factor = np.zeros((2 * len(DRAWN), 2 * COUNT))
        factor[:, _columns()] = root.T
        parts.append({
            "knot_frames": knot,
            "heights": {NAMES[j]: round(float(np.sqrt(variance[j, number])), 5) for j in DRAWN},
            "factor": [_rounded(row) for row in factor],
        })  # fmt: skip
    return parts


def _second_difference(calm: FloatArray, offsets: NDArray[np.int64]) -> FloatArray:
    """(M, 17, 2) second difference of the errors over time."""
    return np.concatenate([calm[clip][2:] - 2 * calm[clip][1:-1] + calm[clip][:-2] for clip in _clips(offsets)])


def _bursts(calm: FloatArray, offsets: NDArray[np.int64]) -> float:
    """Logarithmic spread of the jitter's level over joints and time: how far its mean square is above its median."""
    step = _second_difference(calm, offsets)[:, DRAWN]
    usual = np.nanmedian(np.abs(step), axis=(0, 2)) / _NORMAL_MEDIAN
    excess = np.log(np.sqrt(np.nanmean(step**2, axis=(0, 2))) / usual)
    return float(np.sqrt(np.clip(np.mean(excess), 0.0, 2.0)))


def _mean(rows: FloatArray) -> FloatArray:
    """Mean over the first axis of what is known, NaN where nothing is."""
    count = np.isfinite(rows).sum(axis=0)
    return np.where(count > 0, np.nansum(rows, axis=0) / np.maximum(count, 1), np.nan)


def _columns() -> NDArray[np.intp]:
    return np.array([2 * joint + axis for joint in DRAWN for axis in range(2)])


def _share_of_bodies(calm: FloatArray, film: FilmErrors) -> float:
    """Share of the variance of clip means that clips of one body have in common, one number for all joints."""
    means = np.array([_mean(calm[clip]) for clip in _clips(film.offsets)]).reshape(len(film.body), -1)
    pairs: dict[bool, list[FloatArray]] = {True: [], False: []}
    for a in range(len(means)):
        for b in range(a):
            pairs[bool(film.body[a] == film.body[b])].append(means[a] * means[b])
    common = np.nanmean(np.array(pairs[True]))
    return float(np.clip(common / np.nanmean(means**2), 0.05, 0.95))


def _band(calm: FloatArray, offsets: NDArray[np.int64], knot: int) -> FloatArray:
    """Rows (M, 28) in which one part of the noise dominates: clip means, slow changes, or those of each frame."""
    rows = []
    for clip in _clips(offsets):
        track = calm[clip][:, DRAWN].reshape(clip.stop - clip.start, -1)
        if knot in (0, 60):
            rows.append(_mean(track)[None])
        elif knot == 1:
            rows.append(track[2:] - 2 * track[1:-1] + track[:-2])
        else:
            width = 5 if knot == 18 else 2
            kernel = np.ones(width) / width
            smooth = np.apply_along_axis(np.convolve, 0, track, kernel, "valid")
            rows.append(smooth[width:] - smooth[:-width] if knot == 5 else smooth - _mean(smooth))
    return np.concatenate(rows)


def _correlation(rows: FloatArray, shrink: float) -> FloatArray:
    """(28, 28) correlation of noise and its mirror image, drawn towards independence since the clips are few."""
    twin = np.array([2 * DRAWN.index(MIRRORED[joint]) + axis for joint in DRAWN for axis in range(2)])
    sign = np.tile([-1.0, 1.0], len(DRAWN))
    both = np.concatenate([rows, rows[:, twin] * sign])
    known = np.isfinite(both)
    limit = 4 * np.nanmedian(np.abs(both), axis=0)
    filled = np.where(known, np.clip(both, -limit, limit), 0.0)
    covariance = filled.T @ filled / np.maximum(known.T.astype(float) @ known.astype(float), 1.0)
    scale = np.sqrt(np.maximum(np.diag(covariance), 1e-12))
    correlation = (1.0 - shrink) * covariance / np.outer(scale, scale) + shrink * np.eye(len(scale))
    values, vectors = np.linalg.eigh(correlation)  # pairs were seen in different frames: it may be slightly indefinite
    fixed = (vectors * np.maximum(values, 0.02)) @ vectors.T
    root = np.sqrt(np.diag(fixed))
    return np.asarray(fixed / np.outer(root, root))


def _level(calm: FloatArray, offsets: NDArray[np.int64]) -> float:
    """Spread of the logarithm of the noise of clips, against that of the same joint in all clips."""
    usual = np.sqrt(np.nanmean(calm**2, axis=(0, 2)))
    levels = []
    for clip in _clips(offsets):
        ratio = np.sqrt(_mean(calm[clip].swapaxes(1, 2).reshape(-1, COUNT) ** 2)) / usual
        levels.append(np.log(np.sqrt(np.nanmean(ratio[list(DRAWN)] ** 2))))
    return float(np.std(levels))


def fit_slips(errors: FloatArray, slipped: BoolArray, film: FilmErrors) -> dict[str, Any]:
    """How often each joint is far off, for how long and how far; left and right alike."""
    known = np.isfinite(errors[..., 0])
    shares, lengths, sizes = np.zeros(COUNT), np.ones(COUNT), np.zeros(COUNT)
    for joint in DRAWN:
        twins = {joint, MIRRORED[joint]}
        far = np.concatenate([errors[slipped[:, one], one] for one in twins])
        runs = [_episodes(slipped[:, one], known[:, one], film.offsets) for one in twins]
        shares[joint] = np.mean([run["share"] for run in runs])
        lengths[joint] = np.mean([run["frames"] for run in runs])
        sizes[joint] = np.sqrt(np.mean(np.minimum(np.abs(far), 0.25) ** 2)) if len(far) else 0.0
    return {"share": _rounded(shares), "frames": _rounded(lengths), "heights": _rounded(sizes)}


def _episodes(wrong: BoolArray, known: BoolArray, offsets: NDArray[np.int64]) -> dict[str, float]:
    """Share of the known frames that are wrong, and mean length of a stretch of them."""
    starts = sum(int(((~wrong[clip][:-1]) & wrong[clip][1:]).sum()) + int(wrong[clip][0]) for clip in _clips(offsets))
    total = int((wrong & known).sum())
    return {"share": round(total / max(int(known.sum()), 1), 5), "frames": round(max(total / max(starts, 1), 1.0), 2)}


def statistics(film: FilmErrors, errors: FloatArray, slipped: BoolArray, used: BoolArray) -> dict[str, Any]:
    """What was measured, by joint: for people to read, and for tests of what is drawn."""
    away = np.linalg.norm(errors, axis=-1)
    hidden = film.gap_m > FLESH_M
    table: dict[str, Any] = {}
    for joint in DRAWN:
        own, seen = away[:, joint], used & ~hidden[:, joint]
        covered = used & hidden[:, joint]
        table[NAMES[joint]] = {
            "median": _number(np.nanmedian(own)), "p90": _number(np.nanpercentile(own, 90)),
            "median_seen": _number(_median(own[seen])), "median_hidden": _number(_median(own[covered])),
            "hidden": _number(covered.sum() / used.sum()),
            "slips_seen": _number(slipped[seen, joint].mean()) if seen.any() else 0.0,
            "slips_hidden": _number(slipped[covered, joint].mean()) if covered.any() else 0.0,
            "confidence_seen": _number(film.confidence[seen, joint].mean()) if seen.any() else 0.0,
            "confidence_hidden": _number(film.confidence[covered, joint].mean()) if covered.any() else 0.0,
        }  # fmt: skip
    step = _second_difference(errors, film.offsets)
    return {
        "not_found": _number(1.0 - used.mean()),
        "jitter": _number(np.nanmedian(np.linalg.norm(step, axis=-1))),
        "joints": table,
    }


def _median(values: FloatArray) -> float:
    return float(np.nanmedian(values)) if np.isfinite(values).any() else 0.0


def _number(value: float) -> float:
    return round(float(value), 4)


def _rounded(values: FloatArray) -> list[float]:
    return [round(float(value), 5) for value in values]


def write(path: Path, values: dict[str, Any]) -> None:
    """The file, one row of a matrix a line, so that changes can be read."""
    text = json.dumps(values, indent=1)
    lines: list[str] = []
    for line in text.splitlines():
        item = line.strip()
        if lines and (item.rstrip(",").lstrip("-").replace(".", "").replace("e-", "").isdigit() or item in ("]", "],")):
            lines[-1] += item if lines[-1].endswith("[") else " " + item
        else:
            lines.append(line)
    write_text(path, "\n".join(lines) + "\n")


def compare(noise: FittedNoise, values: dict[str, Any]) -> None:
    """Print what was measured beside what is drawn."""
    rng = np.random.default_rng(1)
    still = np.zeros((4000, 27, COUNT, 2), np.float32)
    drawn = noise.apply(still, np.ones(len(still), np.float32), rng)
    away = np.linalg.norm(drawn, axis=-1)
    print(f"{values['frames']} frames, {values['clips']} clips, {values['bodies']} bodies; in % of a person's height")
    print("                  measured: median, 90 %   drawn: median, 90 %   slips %  frames  hidden %")
    for joint in DRAWN:
        row, slips = values["statistics"]["joints"][NAMES[joint]], values["slips"]
        print(
            f"{NAMES[joint]:16} {100 * row['median']:9.2f} {100 * row['p90']:9.2f}"
            f" {100 * np.median(away[..., joint]):14.2f} {100 * np.percentile(away[..., joint], 90):9.2f}"
            f" {100 * slips['share'][joint]:10.1f} {slips['frames'][joint]:7.1f} {100 * row['hidden']:9.0f}"
        )
    step = drawn[:, 2:] - 2 * drawn[:, 1:-1] + drawn[:, :-2]
    jitter = np.median(np.linalg.norm(step, axis=-1)[..., list(DRAWN)])
    print(f"second difference: measured {100 * values['statistics']['jitter']:.3f}, drawn {100 * jitter:.3f}")
    print(f"level {values['level']}, exchanged {values['swaps']}")


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", type=Path, help="folder that samples/make_clips.py wrote")
    parser.add_argument("--layout", default="blazepose-33", help="layout of the detector's points")
    parser.add_argument("--keypoints", type=Path, help="what another detector found in the clips, .npz")
    parser.add_argument("--out", type=Path, help="file to write; default: inference/train/detectors/LAYOUT.json")
    parser.add_argument("--write", action="store_true", help="write the file")
    args = parser.parse_args(arguments)
    try:
        values = fit(read_errors(args.clips, args.layout, args.keypoints), args.layout)
    except InferenceError as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return 1
    compare(FittedNoise.from_values(values), values)
    if args.write:
        path = args.out or FOLDER / f"{args.layout}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, values)
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
