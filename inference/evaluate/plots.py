"""The report's pictures; needs matplotlib, which the runtime's environment has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot as plt

_DPI = 110


def lines(path: Path, series: Mapping[str, Sequence[tuple[float, float]]], x_label: str, y_label: str) -> Path:
    """One line of (x, y) points for each name of `series`, as a PNG."""
    figure, axes = plt.subplots(figsize=(6.4, 3.6))
    for name, points in series.items():
        x, y = zip(*sorted(points), strict=True)
        axes.plot(x, y, marker="o", label=name)
    axes.set_xticks(sorted({x for points in series.values() for x, _ in points}))
    axes.set(xlabel=x_label, ylabel=y_label)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, fontsize="small")
    return _save(figure, path)


def trade(
    path: Path, series: Mapping[str, Sequence[tuple[float, float]]], x_label: str, y_label: str, best: str
) -> Path:
    """One line of (x, y) points for each name of `series`, in the given order, `best` drawn boldly; as a PNG."""
    figure, axes = plt.subplots(figsize=(6.4, 4.6))
    colours = plt.get_cmap("tab10")
    for number, (name, points) in enumerate(series.items()):
        x, y = zip(*points, strict=True)
        bold = name == best
        colour = "black" if bold else colours(number % 10)
        axes.plot(x, y, marker="o", ms=4, lw=2.2 if bold else 1.1, color=colour, label=name, zorder=3 if bold else 2)
    axes.set(xlabel=x_label, ylabel=y_label)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, fontsize="x-small")
    return _save(figure, path)


def bars(path: Path, groups: Mapping[str, Mapping[str, float]], x_label: str) -> Path:
    """Horizontal bars, one for each name and group; all groups have the same names. As a PNG."""
    names = list(next(iter(groups.values())))
    figure, axes = plt.subplots(figsize=(6.4, 0.32 * len(names) + 1.0))
    height = 0.8 / len(groups)
    for number, (group, values) in enumerate(groups.items()):
        places = np.arange(len(names)) + (number - (len(groups) - 1) / 2) * height
        axes.barh(places, [values[name] for name in names], height, label=group)
    axes.set_yticks(np.arange(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlabel(x_label)
    axes.grid(axis="x", alpha=0.3)
    axes.legend(frameon=False, fontsize="small")
    return _save(figure, path)


def attention(path: Path, windows: Sequence[Mapping[str, Any]]) -> Path:
    """How much a network weighs the frames of a few windows, as a PNG.

    Args:
        windows: for each `label`, `frames`, `target` and `rows`: pairs of a name and weights 0..1, any number of them
            that divides `frames`, spread evenly over these.
    """
    figure, grid = plt.subplots(
        len(windows), 1, figsize=(6.4, 1.5 * len(windows) + 0.6), sharex=True, squeeze=False, layout="constrained"
    )
    image: Any = None
    for axes, window in zip(grid[:, 0], windows, strict=True):
        names, weights = zip(*window["rows"], strict=True)
        frames = int(window["frames"])
        rows = np.stack([np.repeat(row, frames // len(row)) for row in weights])
        image = axes.imshow(rows, aspect="auto", vmin=0.0, vmax=1.0, cmap="viridis", interpolation="nearest")
        axes.axvline(int(window["target"]), color="white", linewidth=0.8)
        axes.set_yticks(range(len(names)), names, fontsize="x-small")
        axes.set_title(window["label"], fontsize="small", loc="left")
    grid[-1, 0].set_xlabel("frame of the window (white: the target)")
    figure.colorbar(image, ax=grid[:, 0].tolist(), label="weight")
    return _save(figure, path)


def _save(figure: Any, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".tmp")
    if figure.get_layout_engine() is None:
        figure.tight_layout()
    figure.savefig(aside, format="png", dpi=_DPI, metadata={"Software": None})
    plt.close(figure)
    aside.replace(path)
    return path
