"""The rows of Cheng et al.'s Table 2, by whatever they are measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..refine.reproject import Rule, Weighting

WEIGHTINGS: Final = (
    Weighting(Rule.CONSTANT),
    Weighting(Rule.CONFIDENCE),
    Weighting(Rule.CALIBRATED),
    *(Weighting(Rule.HARD, limit) for limit in (0.6, 0.7, 0.8, 0.9)),
    *(Weighting(Rule.SOFT, sigma) for sigma in (0.3, 0.5, 1.0, 2.0, 3.0)),
    *(Weighting(Rule.ROBUST, sigma) for sigma in (1.0, 2.0, 4.0, 8.0)),
)
"""With limits of calibrated confidence, which begins at 0.5; and a weight that falls with the distance."""
_WITH_PARAMETER: Final = (Rule.HARD, Rule.SOFT, Rule.ROBUST)


def row_of(weighting: Weighting | None) -> dict[str, Any]:
    """`rule` and `parameter` of a row, "none" and 0 without a weighting."""
    if weighting is None:
        return {"rule": "none", "parameter": 0.0}
    return {"rule": str(weighting.rule), "parameter": weighting.parameter}


def row_head(row: Mapping[str, Any]) -> str:
    """The first two cells of a row in Markdown; no parameter where the rule has none."""
    return f"| {row['rule']} | {row['parameter']:g} |" if row["rule"] in _WITH_PARAMETER else f"| {row['rule']} |  |"
