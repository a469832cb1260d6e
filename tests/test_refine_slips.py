"""A joint that the detector puts beside the body is not believed, one that moves as ever is."""

from __future__ import annotations

import numpy as np
import pytest
from test_refine_hidden import FRAMES, TIMES, TRUE

from inference.joints import INDEX
from inference.refine.slips import slips

SEEN = np.ones((FRAMES, 17), np.bool_)
WRIST, HIP, PELVIS = INDEX["left_wrist"], INDEX["left_hip"], INDEX["pelvis"]
BODY = TRUE.copy()
BODY[:, PELVIS] = 0.5 * (BODY[:, HIP] + BODY[:, INDEX["right_hip"]])
BODY[:, INDEX["thorax"]] = 0.5 * (BODY[:, INDEX["left_shoulder"]] + BODY[:, INDEX["right_shoulder"]])


def slipped(joint: int, frames: slice) -> np.ndarray:
    """The body with a joint carried off, as far as the body is wide."""
    wrong = BODY.copy()
    wrong[frames, joint] += [250.0, -100.0]
    return wrong


def test_a_body_that_moves_as_one_is_believed() -> None:
    assert slips(BODY, SEEN, TIMES).mean() < 0.01


@pytest.mark.parametrize("scale", [1.0, 0.2])
def test_a_joint_carried_off_is_found_at_any_size(scale: float) -> None:
    found = slips(scale * slipped(WRIST, slice(70, 85)), SEEN, TIMES)
    assert found[70:85, WRIST].all()
    assert not np.delete(found, WRIST, axis=1).any()
    assert found.sum() < 2 * 15


def test_what_is_made_of_a_slipped_joint_is_not_believed_either() -> None:
    found = slips(slipped(HIP, slice(70, 85)), SEEN, TIMES)
    assert found[70:85, HIP].mean() > 0.5
    assert np.array_equal(found[:, HIP], found[:, PELVIS])


def test_what_goes_on_is_believed_and_what_is_unseen_no_slip() -> None:
    assert not slips(slipped(WRIST, slice(60, 110)), SEEN, TIMES)[60:110, WRIST].any()
    unseen = SEEN.copy()
    unseen[70:85, WRIST] = False
    px = np.where(unseen[..., None], slipped(WRIST, slice(70, 85)), np.nan)
    assert not slips(px, unseen, TIMES)[~unseen].any()


def test_short_clips_are_believed() -> None:
    assert not slips(slipped(WRIST, slice(10, 15))[:25], SEEN[:25], TIMES[:25]).any()
    assert not slips(BODY[:1], SEEN[:1], TIMES[:1]).any()
