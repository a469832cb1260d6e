"""Which steps refine a clip: the defaults are what helped when measured; the rest is there to compare."""

from __future__ import annotations

from dataclasses import dataclass

from .reproject import DEFAULT_WEIGHTING, Weighting


@dataclass(frozen=True, slots=True)
class RefineSettings:
    """Plain values.

    Attributes:
        blend: whether the detector's own 3D, where it has some, corrects the lifted poses.
        own_build: 0..1, how far bone lengths follow the lifter and not the usual build.
        weighting: how joints that the detector's own 3D has not corrected are led to where they were seen; None = not.
        calm_path: whether the root's path is calmed across the line of sight and after feet have moved it.
        edges: whether straight edges of the background say which way is up.
        hold_feet: whether standing feet are held in place.
    """

    blend: bool = True
    own_build: float = 0.7
    weighting: Weighting | None = DEFAULT_WEIGHTING
    calm_path: bool = True
    edges: bool = True
    hold_feet: bool = True


DEFAULT = RefineSettings()
PREVIOUS = RefineSettings(False, 1.0, None, False, False, False)
"""How clips were placed before these steps existed."""
