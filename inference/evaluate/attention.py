"""What a trained network attends to in a few windows of the test clips, as numbers that the report draws."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ..lift.normalise import window_inputs
from ..models.attention_map import AttentionMap, attention_map
from .conditions import TRUE, track_rays
from .views import View

KINDS: Final = ("walk", "run", "dance", "acrobatics")
"""Kinds of action whose first clip gives a window each."""


def attention_figures(
    network: nn.Module, views: Sequence[View], actions: Sequence[str], seed: int
) -> dict[str, Any] | None:
    """Attention around the middle measured frame of a few clips, or None for a network that has none.

    Returns:
        `windows`: for each `label`, `frames`, `target` and `rows`, pairs of a name and its weights, evenly spread over
        the frames: the frames' similarity to the target (eq. 2), each block's temporal attention, their product.
        `branches`: share of each branch by block, mean over windows and channels (eq. 4).
    """
    if network.config.slides:
        return None
    chosen = [actions.index(kind) for kind in KINDS if kind in actions] or [0]
    rays = [_window(network.config, views[n], track_rays(views[n], TRUE, seed, n)) for n in chosen]
    inputs = window_inputs(np.stack(rays), network.config.target)[0]
    try:
        seen = attention_map(network, torch.from_numpy(inputs))
    except ValueError:  # no ATCN
        return None
    windows = [
        {"label": actions[n], "frames": network.config.frames, "target": seen.target, "rows": _rows(seen, k)}
        for k, n in enumerate(chosen)
    ]
    return {"windows": windows, "branches": seen.branch_shares().mean(axis=0).round(4).tolist()}


def _window(config: Any, view: View, rays: NDArray[np.float32]) -> NDArray[np.float32]:
    middle = view.targets[len(view.targets) // 2]
    steps = np.arange(config.frames) - config.target
    return np.asarray(rays[np.clip(middle + steps, 0, len(rays) - 1)], np.float32)


def _rows(seen: AttentionMap, window: int) -> list[tuple[str, list[float]]]:
    rows = [("likeness", np.maximum(seen.similarity[window], 0.0))]
    rows += [(f"block {number}", scores[window]) for number, scores in enumerate(seen.temporal, start=1)]
    if seen.temporal:
        rows.append(("product", seen.frame_weights()[window]))
    return [(name, values.round(3).tolist()) for name, values in rows]
