"""Which way is up: what straight edges of the background say, most of which are upright or level where people build."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.special import expit, logsumexp

from .arrays import FloatArray
from .upright import Up
from .vectors import unit

_FARTHEST: Final = np.radians(20.0)
"""From what the body says."""
_NEAR: Final = np.radians(25.0)
"""Edges that slant further from what the body says tell nothing, and count for nothing."""
_COARSE, _FINE = np.radians(1.0), np.radians(0.2)
_UPRIGHT: Final = (0.01, 0.03, 0.1, 0.3)
"""Shares of the edges that are upright, where any are; one as likely as the other."""
_SLANT: Final = np.radians(0.7)
"""Spread of upright edges about up ..."""
_END_PX: Final = 1.5
"""... to which comes that of their ends, in pixels of a picture `_SIDE_PX` wide."""
_SIDE_PX: Final = 640.0
_FULL: Final = 0.06
"""An edge this long, in longer sides of the picture, counts wholly. None counts more: among edges in any direction the
likelihood that they are upright is then 1 on average, so that they do not add up to a belief."""


def edge_planes(rays: FloatArray) -> FloatArray:
    """(N, 3) unit normals of the planes through the camera in which edges lie, for rays (N, 2, 3) to their ends.

    The direction of an edge in space lies in its plane, so that up does where the edge is upright.
    """
    return unit(np.cross(rays[:, 0], rays[:, 1]))


def upright_by_edges(guess: Up, planes: FloatArray, lengths: FloatArray, pictures: int) -> Up:
    """A first guess of up, and the direction near it in whose plane most edges lie, by how sure it is that some stand.

    The guess is normally distributed; an edge either lies anyhow, or is one of a share that is upright. All directions
    within 20 degrees are tried, and how likely the edges are with upright ones among them, over all directions, beside
    how likely they are without says how sure it is that some are.

    Args:
        guess: of up, with what is known of its error.
        planes: (N, 3) of `edge_planes`, axes of the first frame's camera.
        lengths: (N,) in longer sides of the picture.
        pictures: in how many of these the edges were seen; each shows them again.
    """
    near = np.abs(planes @ guess.direction) < np.sin(_NEAR)
    if not near.any():
        return guess
    planes, lengths = planes[near], lengths[near]
    spread = np.hypot(_SLANT, np.arctan(_END_PX / (_SIDE_PX * lengths)))
    weight = np.minimum(lengths / _FULL, 1.0) / pictures
    coarse = _around(guess.direction, _FARTHEST, _COARSE)
    before, told = _log_prior(coarse, guess), _log_ratio(coarse, planes, spread, weight)
    stands = logsumexp(before + told) - logsumexp(before)
    fine = _around(coarse[int((before + told).argmax())], 2.0 * _COARSE, _FINE)
    likely = _log_prior(fine, guess) + _log_ratio(fine, planes, spread, weight)
    share = np.exp(likely - likely.max())[:, None]
    up = unit((share * fine).sum(axis=0))
    away = (fine - up) @ _across(up)
    scatter = (share * away).T @ away / share.sum() + _FINE**2 / 12.0 * np.eye(3)
    sure = float(expit(stands))
    up = unit(sure * up + (1.0 - sure) * guess.direction)
    information = sure * np.linalg.inv(scatter) + (1.0 - sure) * guess.information
    return Up(up, _across(up) @ information @ _across(up))


def _around(up: FloatArray, radius: float, step: float) -> FloatArray:
    """(M, 3) unit vectors, `step` apart, within `radius` of up."""
    side = unit(np.cross(up, np.eye(3)[np.argmin(np.abs(up))]))
    steps = np.arange(-np.floor(radius / step), np.floor(radius / step) + 1) * step
    x, y = (each.ravel() for each in np.meshgrid(steps, steps))
    near = np.hypot(x, y) <= radius
    return unit(up + np.tan(x[near])[:, None] * side + np.tan(y[near])[:, None] * np.cross(up, side))


def _log_prior(tried: FloatArray, guess: Up) -> FloatArray:
    """(M,) of directions (M, 3) by the guess alone, up to a constant."""
    away = tried - guess.direction
    return np.asarray(-0.5 * np.einsum("mi,ij,mj->m", away, guess.information, away))


def _log_ratio(tried: FloatArray, planes: FloatArray, spread: FloatArray, weight: FloatArray) -> FloatArray:
    """(M,) how much likelier the edges are if directions (M, 3) are up than if none of them is upright."""
    slants = np.arcsin(np.clip(tried @ planes.T, -1.0, 1.0))
    upright = np.sqrt(2.0 / np.pi) / spread * np.exp(-0.5 * (slants / spread) ** 2)
    anyhow = 1.0 / _NEAR  # all slants as frequent
    by_share = [np.log(1.0 - share + share * upright / anyhow) @ weight for share in _UPRIGHT]
    return np.asarray(logsumexp(by_share, axis=0) - np.log(len(by_share)))


def _across(up: FloatArray) -> FloatArray:
    """(3, 3) what takes the part along up from vectors."""
    return np.asarray(np.eye(3) - np.outer(up, up))
