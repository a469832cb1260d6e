"""What the program is judged by on films whose truth is known."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip3D
from ..joints import ANKLES, INDEX
from ..lift.lifter import Lifter
from ..refine.settings import PREVIOUS
from ..refine.stance import runs
from .film import COMMON, detector_joints
from .films import FilmCase, taken_for_still
from .lean import lean_deg
from .metrics import joint_errors_mm
from .smoothing_methods import OwnSmoothing, smoothed_by_default
from .world_clips import WorldClip
from .world_measures import bone_length_change, motion_figures, path_errors, with_true_path

Array = NDArray[np.float64]
Figures = dict[str, float]

LIFTER, BEFORE, REFINED, SMOOTHED = "lifter alone", "before", "refined", "refined, smoothed"
_COMMON: Final = [INDEX[name] for name in COMMON]
_SLIDE_FPS: Final = 30.0
"""A slide is told in millimetres a frame of a film of this rate."""
_SHORTEST_STAND_S: Final = 0.13
_MOSTLY: Final = 0.5
_TOLD_APART: Final = 0.25
"""Two people whose joints are nearer, in heights of the chosen one, are not asked who is who."""
_SWITCH_S: Final = 0.1
"""A switch of identity lasts at least as long."""


class MeasuredCase:
    """A case at all stages: joints (T, 17, 3) by stage, in the axes of the first frame's camera."""

    def __init__(self, case: FilmCase, own: OwnSmoothing) -> None:
        self.case = case
        self.clip: WorldClip = case.clip()
        began = time.perf_counter()
        self.placed: Clip3D = case.place()
        self.seconds = time.perf_counter() - began
        self.before: Clip3D = case.place(PREVIOUS)
        joints = self.placed.joints_camera_m
        self.joints: Mapping[str, Array] = {
            LIFTER: with_true_path(self.clip),
            BEFORE: self.before.joints_camera_m,
            REFINED: joints,
            SMOOTHED: smoothed_by_default(
                own, joints, case.track.times_s, case.joints_2d.confidence, self.placed.contact
            ),
        }
        self.own, self.known = detector_joints(case.track.layout, case.track.world)

    @property
    def fps(self) -> float:
        """Of the film."""
        return self.case.truth.fps

    def errors_mm(self, stage: str) -> Array:
        """(T, 17) distances after a similarity for each pose."""
        return joint_errors_mm(self.joints[stage], self.clip.truth_m, 2)

    def common_errors_mm(self, stage: str) -> Array:
        """(N, 13) the same for the joints and the frames that the detector's own 3D has."""
        return joint_errors_mm(self.joints[stage][self.known][:, _COMMON], self.clip.truth_m[self.known][:, _COMMON], 2)

    def detector_errors_mm(self) -> Array:
        """(N, 13) of the detector's own 3D."""
        return joint_errors_mm(self.own[self.known], self.clip.truth_m[self.known][:, _COMMON], 2)

    def root_error_pct(self, stage: str) -> float | None:
        """Mean error of the pelvis' path in shares of the way; None for who goes nowhere."""
        errors = path_errors(self.joints[stage], self.clip.truth_m, self.fps)
        return None if errors is None else 100.0 * errors[0]

    def slides_mm(self, stage: str, seen: bool) -> list[float]:
        """How far each foot that truly stands, heel and toe, moves in a frame of 1/30 s, on average over its stand.

        Args:
            stage: of these joints.
            seen: whether only feet count whose ankle the camera mostly sees.
        """
        steps = np.linalg.norm(np.diff(self.joints[stage], axis=0), axis=-1)
        standing = self.case.truth.contact[self.case.person].all(axis=-1)[: len(steps) + 1]
        visible = self.case.truth.visible[self.case.person]
        return [
            1000.0 * float(steps[first : end - 1, ankle].mean()) * self.fps / _SLIDE_FPS
            for foot, ankle in enumerate(ANKLES)
            for first, end in runs(standing[:, foot])
            if end - first >= _SHORTEST_STAND_S * self.fps and (not seen or visible[first:end, ankle].mean() > _MOSTLY)
        ]

    def followed(self) -> float:
        """Share of the frames with the person in sight in which they were found."""
        return float(self.case.joints_2d.detected[self._in_sight()].mean())

    def keeps_identity(self) -> bool:
        """Whether nobody else was ever taken for the person, where the two are told apart in the picture."""
        truth, px = self.case.truth, self.case.joints_2d.px
        true = truth.px[:, : len(px)]
        own = true[self.case.person]
        height = float(np.median(np.ptp(own[..., 1], axis=1)))
        off = np.linalg.norm(px - true, axis=-1).mean(axis=-1)  # (P, T)
        wrong = np.zeros(len(px), np.bool_)
        for other in range(len(true)):
            apart = np.linalg.norm(true[other] - own, axis=-1).mean(axis=-1) > _TOLD_APART * height
            wrong |= apart & (off[other] < off[self.case.person])
        wrong &= self.case.joints_2d.detected
        return not any(end - first >= _SWITCH_S * self.fps for first, end in runs(wrong))

    def _in_sight(self) -> NDArray[np.bool_]:
        visible = self.case.truth.visible[self.case.person, : len(self.case.track)]
        return np.asarray(visible.mean(axis=-1) > _MOSTLY)


def case_figures(one: MeasuredCase) -> dict[str, float | str]:
    """One person of a film: the figures of its row."""
    refined, alone = one.errors_mm(REFINED).mean(), one.errors_mm(LIFTER).mean()
    figures: dict[str, float | str] = {
        "film": one.case.name,
        "kind": one.case.truth.kind,
        "frames": float(len(one.clip.truth_m)),
        "fps": one.fps,
        "followed": one.followed(),
        "p_mpjpe_mm": float(refined),
        "p_mpjpe_over_lifter": float(refined / alone),
        "p_mpjpe_before_mm": float(one.errors_mm(BEFORE).mean()),
        "lean_deg": lean_deg(one.clip, one.placed),
    }
    if one.known.any():
        ratio = one.common_errors_mm(REFINED).mean() / one.detector_errors_mm().mean()
        figures["p_mpjpe_over_detector"] = float(ratio)
    if (root := one.root_error_pct(REFINED)) is not None:
        figures["root_error_pct"] = root
    if slides := one.slides_mm(REFINED, seen=True):
        figures["foot_slide_mm"] = float(np.mean(slides))
    if len(one.case.truth.px) > 1:
        figures["identity_ok"] = float(one.keeps_identity())
    return figures


def stage_figures(cases: Sequence[MeasuredCase], stage: str) -> Figures:
    """The promised figures of one stage, over all cases."""
    motion = motion_figures([one.clip for one in cases], [one.joints[stage] for one in cases])
    figures = {
        "p_mpjpe_mm": _pooled(cases, lambda one: one.errors_mm(stage)),
        "bone_length_change": max(bone_length_change(one.joints[stage]) for one in cases),
        "acceleration_error_m_s2": motion["acceleration_error_m_s2"],
        "lag_frames": motion["lag_frames"],
        "punch_peak_kept": motion["punch_peak_kept"],
    }
    for name, seen in (("foot_slide_mm", True), ("foot_slide_unseen_too_mm", False)):
        if slides := [slide for one in cases for slide in one.slides_mm(stage, seen)]:
            figures[name] = float(np.mean(slides))
    alone = _pooled(cases, lambda one: one.errors_mm(LIFTER))
    figures["p_mpjpe_over_lifter"] = figures["p_mpjpe_mm"] / alone
    own = _pooled(cases, MeasuredCase.detector_errors_mm)
    figures["p_mpjpe_over_detector"] = _pooled(cases, lambda one: one.common_errors_mm(stage)) / own
    if stage != LIFTER:  # it has no path of its own
        still = [one.root_error_pct(stage) for one in cases if not one.case.truth.moves]
        if travelled := [error for error in still if error is not None]:
            figures["root_error_pct"] = float(np.median(travelled))
            figures["root_error_mean_pct"] = float(np.mean(travelled))
    placed = {BEFORE: lambda one: one.before, REFINED: lambda one: one.placed}.get(stage)
    if placed is not None and (leaning := [one for one in cases if one.case.truth.tilted]):
        figures["lean_deg"] = float(np.mean([lean_deg(one.clip, placed(one)) for one in leaning]))
    hidden = occluded_over_clean(cases, stage)
    return figures if hidden is None else {**figures, "occluded_over_clean": hidden}


def occluded_over_clean(cases: Sequence[MeasuredCase], stage: str) -> float | None:
    """P-MPJPE in the frames in which half of the body is hidden, over that of the same frames without the board."""
    behind, clear = [], []
    for one in cases:
        for other in cases:
            if other.case.person == one.case.person and other.case.truth.is_twin_of(one.case.truth):
                behind.append(one.errors_mm(stage)[one.clip.hidden])
                clear.append(other.errors_mm(stage)[one.clip.hidden])
    return float(np.concatenate(behind).mean() / np.concatenate(clear).mean()) if behind else None


def moving_gain(cases: Sequence[MeasuredCase], lifter: Lifter) -> dict[str, tuple[float, float]]:
    """By moving camera: error of the path in shares of the way, and the same when the camera is taken for still."""
    gains = {}
    for one in cases:
        known = one.root_error_pct(REFINED)
        if one.case.truth.moves and known is not None:
            blind = taken_for_still(one.case, lifter).place().joints_camera_m
            errors = path_errors(blind, one.clip.truth_m, one.fps)
            assert errors is not None  # the way is the same
            gains[one.case.name] = (known, 100.0 * errors[0])
    return gains


def identity_ok_pct(cases: Sequence[MeasuredCase], failed: Sequence[str]) -> float:
    """Share of the films with several people in which each of them, chosen, was the same all the time.

    Args:
        cases: measured.
        failed: names of films in which somebody was not found at all.
    """
    several = dict.fromkeys(failed, False)
    for one in cases:
        if len(one.case.truth.px) > 1:
            film = one.case.truth.path.stem
            several[film] = several.get(film, True) and one.keeps_identity()
    return 100.0 * float(np.mean(list(several.values()))) if several else float("nan")


def _pooled(cases: Sequence[MeasuredCase], errors: Callable[[MeasuredCase], Array]) -> float:
    return float(np.concatenate([errors(one).reshape(-1) for one in cases]).mean())
