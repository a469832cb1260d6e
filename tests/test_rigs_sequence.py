"""Pose sequences, result files and rest poses: what is read, and what is refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rigs_support import RigPlan, build_rig, performer

from rigs.errors import RestPoseError, SequenceError
from rigs.rest import RigRest
from rigs.sequence import PoseSequence, load_result
from rigs.skeleton import H36M_17, Skeleton

DETECTION = {
    "keypoint_layout": np.array("blazepose-33"),
    "detector_world_m": np.zeros((12, 33, 3), np.float32),
    "keypoint_confidence": np.ones((12, 33), np.float32),
}


def write_result(path: Path, **changes: object) -> Path:
    source = performer(0, frames=12)
    arrays: dict[str, object] = {
        "schema_version": np.int64(1),
        "joint_names": np.array(H36M_17.joint_names),
        "joints_world_m": source.joints.astype(np.float32),
        "confidence": np.ones((12, 17), np.float32),
        "fps": np.float64(30.0),
        "frame_times_s": np.arange(12) / 30.0,
        "keypoints_px": np.zeros((12, 33, 2), np.float32),
    }
    arrays.update(changes)
    np.savez(path, **{key: value for key, value in arrays.items() if value is not None})  # type: ignore[arg-type]
    return path


def test_a_result_file_is_read(tmp_path: Path) -> None:
    sequence = load_result(write_result(tmp_path / "result.npz"))
    assert np.allclose(sequence.joints, performer(0, frames=12).joints, atol=1e-6)
    assert sequence.fps == 30.0 and sequence.skeleton is H36M_17
    assert sequence.joints.dtype == np.float64


def test_what_was_said_of_the_feet_is_read(tmp_path: Path) -> None:
    said = np.full((12, 2), np.nan, np.float32)
    said[3:5, 1] = 1.0
    contacts = load_result(write_result(tmp_path / "result.npz", contact_said=said)).contacts
    assert set(contacts) == {"right"}, "nobody said anything of the left foot"
    assert np.array_equal(contacts["right"], said[:, 1], equal_nan=True)
    older = load_result(write_result(tmp_path / "older.npz"))
    assert not older.contacts and not older.stance and not older.soles
    likely = np.linspace(0.0, 1.0, said.size).reshape(said.shape)
    stance = load_result(write_result(tmp_path / "result.npz", contact=likely)).stance
    assert np.array_equal(np.stack([stance["left"], stance["right"]], axis=1), likely)
    ends = np.linspace(0.0, 1.0, 2 * likely.size).reshape(*likely.shape, 2)
    soles = load_result(write_result(tmp_path / "result.npz", sole_contact=ends)).soles
    assert np.array_equal(np.stack([soles["left"], soles["right"]], axis=1), ends)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"contact_said": np.zeros(12)}, "contact_said"),
        ({"contact_said": np.zeros((11, 2))}, "Contacts"),
        ({"sole_contact": np.zeros((12, 2))}, "sole_contact"),
        ({"sole_contact": np.zeros((11, 2, 2))}, "Heel and toe"),
        ({"schema_version": np.int64(2)}, "schema 2"),
        ({"confidence": None}, "lacks confidence"),
        ({"joint_names": np.array(H36M_17.joint_names[::-1])}, "17 expected"),
        ({"joints_world_m": np.full((12, 17, 3), np.nan)}, "'pelvis' of frame 0"),
        ({"joints_world_m": np.zeros((12, 16, 3))}, "shape"),
        ({"frame_times_s": np.zeros(12)}, "increasing"),
        ({"frame_times_s": np.full(12, np.nan)}, "increasing"),
        ({"frame_times_s": np.array(["now"] * 12)}, "frame_times_s"),
        ({"fps": np.array([30.0, 30.0])}, "fps"),
        ({"cuts": np.array([[3]])}, "cuts"),
        ({"cuts": np.array([np.nan])}, "cuts"),
        ({"world_from_camera": np.eye(3), **DETECTION}, "world_from_camera"),
        ({"joint_names": np.array([{"pickled": 1}], dtype=object)}, "not a readable result file"),
    ],
)
def test_bad_result_files_are_named(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    path = write_result(tmp_path / "bad.npz", **changes)
    with pytest.raises(SequenceError, match=rf"bad\.npz.*{message}"):
        load_result(path)


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(SequenceError, match=r"no result file.*none\.npz"):
        load_result(tmp_path / "none.npz")
    torn = tmp_path / "torn.npz"
    torn.write_bytes(write_result(tmp_path / "whole.npz").read_bytes()[:500])
    with pytest.raises(SequenceError, match=r"torn\.npz"):
        load_result(torn)


def test_damaged_files_are_named(tmp_path: Path) -> None:
    path, rng = tmp_path / "damaged.npz", np.random.default_rng(0)
    with np.load(write_result(tmp_path / "whole.npz")) as arrays:
        np.savez_compressed(path, **arrays)
    whole = path.read_bytes()
    refused = 0
    for _ in range(40):
        damaged = bytearray(whole)
        for place in rng.integers(0, len(whole), 20):
            damaged[place] ^= 0x55
        path.write_bytes(bytes(damaged))
        try:
            load_result(path)
        except SequenceError as error:
            refused += 1
            assert "damaged.npz" in str(error)
    assert refused > 20


def test_the_bad_joint_is_named() -> None:
    joints = performer(0, frames=6).joints.copy()
    joints[4, 13, 1] = np.inf
    with pytest.raises(SequenceError, match="'left_wrist' of frame 4"):
        PoseSequence.from_joints(joints, 30.0)
    with pytest.raises(SequenceError, match="frame rate"):
        PoseSequence.from_joints(joints[:4], 0.0)
    with pytest.raises(SequenceError, match="Confidence"):
        PoseSequence.from_joints(joints[:4], 30.0, confidence=np.full((4, 17), 2.0))


def test_sequences_cannot_be_changed_from_outside() -> None:
    joints = performer(0, frames=3).joints.copy()
    sequence = PoseSequence.from_joints(joints, 30.0)
    joints += 1.0
    assert not np.allclose(sequence.joints, joints)
    with pytest.raises(ValueError, match="read-only"):
        sequence.joints[0, 0, 0] = 5.0


def test_skeletons_are_trees() -> None:
    assert [H36M_17.joint_names[i].removeprefix("left") for i in H36M_17.left] == [
        H36M_17.joint_names[i].removeprefix("right") for i in H36M_17.right
    ]
    with pytest.raises(SequenceError, match="'b'"):
        Skeleton("loop", ("a", "b", "c"), (-1, 2, 1), (), ())
    with pytest.raises(SequenceError, match="-1"):
        Skeleton("no start", ("a", "b"), (0, 0), (), ())
    with pytest.raises(SequenceError, match="'elbow'"):
        H36M_17.index("elbow")


def changed(**fields: object) -> RigRest:
    rest, _ = build_rig(RigPlan(spine_bones=1))
    values = {name: getattr(rest, name) for name in ("bone_names", "parents", "rest_matrices", "lengths")}
    return RigRest(**(values | fields))  # type: ignore[arg-type]


def test_bad_rest_poses_name_the_bone() -> None:
    rest = changed()
    stretched = rest.rest_matrices.copy()
    stretched[3, :3, :3] *= 1.5
    with pytest.raises(RestPoseError, match=f"'{rest.bone_names[3]}'"):
        changed(rest_matrices=stretched)
    parents = list(rest.parents)
    parents[0] = 1
    with pytest.raises(RestPoseError, match="own ancestors"):
        changed(parents=parents)
    with pytest.raises(RestPoseError, match="lengths"):
        changed(lengths=rest.lengths[:-1])
    with pytest.raises(RestPoseError, match="no bone name twice"):
        changed(bone_names=(rest.bone_names[1], *rest.bone_names[1:]))
    with pytest.raises(RestPoseError, match="'connected'"):
        changed(connected=np.zeros(2, dtype=bool))


@pytest.mark.parametrize(
    ("diagonal", "message"), [((1, 2, 1, 1), "differs"), ((-1, 1, 1, 1), "mirrored"), ((0, 0, 0, 1), "zero")]
)
def test_object_scales_that_no_pose_survives(diagonal: tuple[float, ...], message: str) -> None:
    with pytest.raises(RestPoseError, match=message):
        changed(armature_to_world=np.diag(np.array(diagonal, float)))
