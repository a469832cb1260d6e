"""How well it is told when feet stand."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

_LIMITS: Final = 200
"""Limits that are tried for the best F1, evenly spread over the ranks of what is said."""


def contact_scores(said: NDArray[np.floating[Any]], true: NDArray[np.bool_]) -> dict[str, float]:
    """`auc`, the area under the ROC curve, and `f1` at the best limit.

    Args:
        said: (N,) anything that grows with how likely a foot stands.
        true: (N,) whether it does; some must and some must not.
    """
    standing = int(true.sum())
    others = len(true) - standing
    ranks = rankdata(said)
    area = (ranks[true].sum() - 0.5 * standing * (standing + 1)) / (standing * others)
    limits = np.quantile(said, np.linspace(0.0, 1.0, _LIMITS, endpoint=False))
    chosen = said >= limits[:, None]
    right = (chosen & true).sum(axis=1)
    return {"auc": float(area), "f1": float((2.0 * right / (chosen.sum(axis=1) + standing)).max())}
