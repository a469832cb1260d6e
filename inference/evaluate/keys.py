"""The flat figures that the project promises, each with a word on where it comes from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from .conditions import DETECTED, TRUE
from .ratios import Ratio, Run, facts, figure

SIZES: Final = (27, 81, 243)
MEASURES: Final = ("mpjpe_mm", "n_mpjpe_mm", "p_mpjpe_mm")
Flat = dict[str, float | str]


def flat_keys(shipped: Mapping[str, Mapping[str, Any]], ratios: Sequence[Ratio], runs: Sequence[Run]) -> Flat:
    """Every promised figure under its key; `<key>_from` says where it comes from, alone where there is no figure.

    Args:
        shipped: figures by name of the weights: those of `evaluate_lifter`, with `receptive_field`, `causal`, `slides`
            and, where the film was lifted, `film`.
        ratios, runs: what the suites have measured.
    """
    keys: Flat = {}
    for size in SIZES:
        source, conditions = _of_size(size, shipped, runs)
        for measure in MEASURES:
            value = None if conditions is None else conditions[TRUE][measure]
            _put(keys, f"{measure}_{size}", value, source)
    for ratio in ratios:
        _put(keys, ratio.key, ratio.value, ratio.source)
    best = best_name(shipped)
    if best is not None:
        occluded = shipped[best]["conditions"]
        _put(keys, "occluded_over_clean", occluded[TRUE]["occluded_over_clean"], f"{best}, true 2D")
        detected = occluded[DETECTED]["occluded_over_clean"]
        _put(keys, "occluded_over_clean_detected", detected, f"{best}, detections")
        film = shipped[best].get("film", {})
        reason = film.get("failed", "the film was not lifted")
        source = f"{best}, samples/film.mp4" if "p_mpjpe_over_detector" in film else reason
        _put(keys, "sample_p_mpjpe_over_detector", film.get("p_mpjpe_over_detector"), source)
    return keys


def flat_figures(shipped: Mapping[str, Mapping[str, Any]]) -> Flat:
    """`<weights>_<condition>_<measure>` for everything measured of the shipped weights as a whole."""
    flat: Flat = {}
    for name, figures in shipped.items():
        for condition, measured in figures["conditions"].items():
            flat |= {f"{name}_{condition}_{key}": value for key, value in measured.items() if _is_number(value)}
        flat[f"{name}_frames_per_second"] = figures["frames_per_second"]
        film = figures.get("film", {})
        flat |= {f"{name}_film_{key}": round(value, 4) for key, value in film.items() if _is_number(value)}
    return flat


def best_name(shipped: Mapping[str, Mapping[str, Any]]) -> str | None:
    """The weights with the least error on detections among those that may look ahead, or among all."""
    names = [name for name in shipped if not shipped[name]["causal"]] or list(shipped)
    return min(names, key=lambda name: shipped[name]["conditions"][DETECTED]["n_mpjpe_mm"], default=None)


def size_class(receptive_field: int) -> int:
    """The power of three nearest to a receptive field: 237 frames count as 243."""
    return int(3 ** round(math.log(receptive_field, 3)))


def _of_size(
    size: int, shipped: Mapping[str, Mapping[str, Any]], runs: Sequence[Run]
) -> tuple[str, Mapping[str, Any] | None]:
    """Figures by condition of the shipped network of a size, else of the suites' row, and where they are from."""
    fits = [n for n, f in shipped.items() if not f["causal"] and size_class(f["receptive_field"]) == size]
    if fits:
        name = min(fits, key=lambda name: shipped[name]["conditions"][TRUE]["n_mpjpe_mm"])
        return f"weights {name}", shipped[name]["conditions"]
    row = f"atcn-{size}"
    for run in runs:
        if row in run and figure(run[row], TRUE, "n_mpjpe_mm") is not None:
            return f"suites, {row}: {facts(run[row])}; no such weights are shipped", run[row]["conditions"]
    return f"not measured: no such weights are shipped, and the suites lack the row {row}", None


def _put(keys: Flat, key: str, value: float | None, source: str) -> None:
    if value is not None:
        keys[key] = round(value, 4)
    keys[f"{key}_from"] = source


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)
