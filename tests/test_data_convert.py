"""Datasets in the community's files become files of poses: small ones of the same form, and bad ones that are named."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import savemat
from scipy.spatial.transform import Rotation

from inference.data import convert
from inference.data.mpi_inf_3dhp import JOINTS
from inference.data.pose_file import PoseClip, read_poses, write_poses
from inference.data.restricted_pickle import load_npz, load_pickle
from inference.errors import InferenceError
from inference.joints import INDEX, NAMES

FRAMES = 12
LENS = np.array([[1145.0, 0.0, 512.0], [0.0, 1143.0, 515.0], [0.0, 0.0, 1.0]])


def run(*arguments: object) -> int:
    return convert.main([str(argument) for argument in arguments])


def camera_file(path: Path, subjects: list[str], count: int = 2) -> dict[str, list[tuple[np.ndarray, np.ndarray]]]:
    """Random cameras three to five metres away; returns rotation and translation (m) by subject."""
    rng = np.random.default_rng(1)
    made: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
    for subject in subjects:
        turns = Rotation.random(count, rng=rng).as_matrix()
        made[subject] = [(turn, np.array([0.1, 0.2, rng.uniform(3, 5)])) for turn in turns]
    values = {
        "intrinsics": {f"cam{n}": {"calibration_matrix": LENS.tolist()} for n in range(count)},
        "extrinsics": {
            subject: {
                f"cam{n}": {"R": turn.tolist(), "t": (1000 * place)[:, None].tolist()}
                for n, (turn, place) in enumerate(own)
            }
            for subject, own in made.items()
        },
    }
    path.write_text(json.dumps(values))
    return made


def project(joints: np.ndarray) -> np.ndarray:
    return joints[..., :2] / joints[..., 2:] * np.diag(LENS)[:2] + LENS[:2, 2]


def test_human36m_comes_out_as_each_camera_saw_it(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    cameras = camera_file(tmp_path / "cameras.json", ["S9", "S11"])
    world = {name: {"Walking 1": rng.normal(scale=0.5, size=(FRAMES, 32, 3)).astype("f4")} for name in ("S9", "S11")}
    kept = [0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27]
    seen = {n: [world[n]["Walking 1"][:, kept] @ turn.T + place for turn, place in cameras[n]] for n in world}
    flat = {n: {"Walking 1": [project(view)[: FRAMES - 1] for view in views]} for n, views in seen.items()}
    np.savez_compressed(tmp_path / "data_3d_h36m.npz", positions_3d=np.array(world, dtype=object))
    metadata = {"layout_name": "h36m", "num_joints": 17, "keypoints_symmetry": [[4, 5], [1, 2]]}
    np.savez_compressed(tmp_path / "data_2d.npz", positions_2d=np.array(flat, dtype=object), metadata=metadata)
    out = tmp_path / "h36m_test.npz"
    options = ["--keypoints", tmp_path / "data_2d.npz", "--cameras", tmp_path / "cameras.json", "--subjects", "S9"]
    assert run("h36m", tmp_path / "data_3d_h36m.npz", *options, "--out", out, "--trust") == 0
    clips = read_poses(out)
    assert [clip.name for clip in clips] == ["S9/Walking 1/cam0", "S9/Walking 1/cam1"]
    for clip, view in zip(clips, seen["S9"], strict=True):
        np.testing.assert_allclose(clip.joints_m, view[: FRAMES - 1], atol=1e-4)
        assert clip.keypoints_px is not None and clip.fps == 50.0 and clip.focal_px == (1145.0, 1143.0)
        known = [index for name, index in INDEX.items() if name not in ("pelvis", "thorax", "spine")]
        np.testing.assert_allclose(clip.keypoints_px[:, known], project(clip.joints_m)[:, known], atol=0.05)


def test_humaneva_lacks_what_its_fifteen_joints_lack(tmp_path: Path) -> None:
    camera_file(tmp_path / "cameras.json", ["S1"], 3)
    poses = np.random.default_rng(3).normal(size=(FRAMES, 15, 3))
    np.savez_compressed(
        tmp_path / "data_3d_humaneva15.npz", positions_3d=np.array({"Train/S1": {"Jog 1": poses}}, dtype=object)
    )
    out = tmp_path / "out.npz"
    options = ["--cameras", tmp_path / "cameras.json", "--out", out, "--trust"]
    assert run("humaneva", tmp_path / "data_3d_humaneva15.npz", *options) == 0
    clips = read_poses(out)
    assert len(clips) == 3 and clips[0].keypoints_px is None
    unknown = {NAMES[j] for j in range(17) if np.isnan(clips[0].joints_m[:, j]).all()}
    assert unknown == {"spine", "nose"}
    arm = np.linalg.norm(poses[:, 3] - poses[:, 2], axis=-1)
    own = clips[2].joints_m
    there = np.linalg.norm(own[:, INDEX["left_elbow"]] - own[:, INDEX["left_shoulder"]], axis=-1)
    np.testing.assert_allclose(there, arm, rtol=1e-4)


def test_mpi_inf_3dhp_gives_millimetres_rates_and_its_lens(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    folder = tmp_path / "S1" / "Seq2"
    folder.mkdir(parents=True)
    deep = [rng.normal((0, 0, 3500), 400, size=(FRAMES, 28, 3)) for _ in range(2)]
    flat = [project(view) for view in deep]
    cells3, cells2 = (np.empty((2, 1), dtype=object) for _ in range(2))
    for camera in range(2):
        cells3[camera, 0], cells2[camera, 0] = deep[camera].reshape(FRAMES, -1), flat[camera].reshape(FRAMES, -1)
    savemat(folder / "annot.mat", {"annot2": cells2, "annot3": cells3})
    assert run("3dhp", tmp_path, "--out", tmp_path / "out.npz") == 0
    clips = read_poses(tmp_path / "out.npz")
    assert [clip.name for clip in clips] == ["S1/Seq2/camera0", "S1/Seq2/camera1"] and clips[0].fps == 50.0
    for name, index in INDEX.items():
        np.testing.assert_allclose(clips[1].joints_m[:, index], deep[1][:, JOINTS[name]] / 1000, atol=1e-5)
    np.testing.assert_allclose(clips[0].focal_px, (1145.0, 1143.0), rtol=1e-4)
    np.testing.assert_allclose(clips[0].centre_px, (512.0, 515.0), rtol=1e-3)


def sequence_3dpw() -> dict[str, Any]:
    rng = np.random.default_rng(5)
    poses = np.tile(np.eye(4), (FRAMES, 1, 1))
    poses[:, :3, :3] = Rotation.random(FRAMES, rng=rng).as_matrix()
    poses[:, :3, 3] = [0.0, 0.0, 4.0]
    points = rng.uniform(0, 1000, (2, FRAMES, 3, 18))
    points[:, :, 2] = 0.8
    points[0, 3, 2, 4] = 0.0  # right wrist of the first person, not found in frame 3
    return {
        "sequence": "downtown_walk", "jointPositions": [rng.normal(size=(FRAMES, 72)) for _ in range(2)],
        "cam_poses": poses, "cam_intrinsics": LENS, "poses2d": list(points),
        "campose_valid": [np.arange(FRAMES) != 7, np.ones(FRAMES, bool)], "genders": ["m", "f"],
    }  # fmt: skip


@pytest.mark.parametrize("protocol", [2, 4])
def test_3dpw_gives_every_person_in_the_cameras_axes(tmp_path: Path, protocol: int) -> None:
    stored = sequence_3dpw()
    (tmp_path / "walk.pkl").write_bytes(pickle.dumps(stored, protocol=protocol))
    assert run("3dpw", tmp_path, "--out", tmp_path / "out.npz", "--trust") == 0
    first, second = read_poses(tmp_path / "out.npz")
    assert first.name == "person0/downtown_walk/phone"
    world = stored["jointPositions"][1].reshape(FRAMES, 24, 3)
    seen = np.stack(
        [pose[:3, :3] @ row + pose[:3, 3] for pose, row in zip(stored["cam_poses"], world[:, 20], strict=True)]
    )
    np.testing.assert_allclose(second.joints_m[:, INDEX["left_wrist"]], seen, atol=1e-4)
    assert np.isnan(first.joints_m[7]).all() and np.isnan(second.joints_m[:, INDEX["head"]]).all()
    assert first.keypoints_px is not None and first.confidence is not None
    np.testing.assert_allclose(first.keypoints_px[5, INDEX["right_wrist"]], stored["poses2d"][0][5, :2, 4], rtol=1e-5)
    assert first.confidence[3, INDEX["right_wrist"]] == 0 and first.confidence[4, INDEX["right_wrist"]] > 0.7


class Harm:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("harm-was-done",)


def test_a_pickle_that_would_act_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.pkl").write_bytes(pickle.dumps({"sequence": Harm()}))
    with pytest.raises(InferenceError, match=r"bad.pkl cannot be read: it asks for \w+.mkdir"):
        load_pickle(tmp_path / "bad.pkl")
    np.savez(tmp_path / "bad.npz", positions_3d=np.array({"S1": Harm()}, dtype=object))
    with pytest.raises(InferenceError, match=r"it asks for \w+.mkdir"):
        load_npz(tmp_path / "bad.npz")
    assert not (tmp_path / "harm-was-done").exists()


def test_plain_data_comes_back(tmp_path: Path) -> None:
    plain = {"a": [1, 2.5, "text", None, True], "b": {"c": np.arange(6.0).reshape(2, 3)}, "d": np.float32(3), "e": b"x"}
    for protocol in (0, 2, 5):
        (tmp_path / "a.pkl").write_bytes(pickle.dumps(plain, protocol=protocol))
        back = load_pickle(tmp_path / "a.pkl")
        assert back["a"] == plain["a"] and back["d"] == 3 and back["e"] == b"x"
        np.testing.assert_array_equal(back["b"]["c"], plain["b"]["c"])


def test_pickles_are_read_only_when_told_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "walk.pkl").write_bytes(pickle.dumps(sequence_3dpw()))
    assert run("3dpw", tmp_path, "--out", tmp_path / "out.npz") == 1
    assert "--trust" in capsys.readouterr().err and not (tmp_path / "out.npz").exists()


def test_bad_input_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = ("--out", tmp_path / "out.npz", "--trust")
    camera_file(tmp_path / "cameras.json", ["S1"])
    poses = {"S1": {"Walk": np.zeros((4, 20, 3))}, "S5": {"Walk": np.zeros((4, 32, 3))}}
    np.savez(tmp_path / "3d.npz", positions_3d=np.array(poses, dtype=object))
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    (tmp_path / "S1" / "Seq1").mkdir(parents=True)
    savemat(tmp_path / "S1" / "Seq1" / "annot.mat", {"annot3": np.zeros(3)})
    (tmp_path / "walk.pkl").write_bytes(pickle.dumps({"sequence": "x", "jointPositions": [np.zeros((2, 72))]}))
    (tmp_path / "flat.json").write_text("{}")
    cameras = ("--cameras", tmp_path / "cameras.json")
    for words, told in (
        (("h36m", tmp_path / "gone.npz", *cameras), "gone.npz cannot be read"),
        (("h36m", tmp_path / "other.npz", *cameras), "no positions_3d"),
        (("h36m", tmp_path / "3d.npz"), "Give --cameras"),
        (("h36m", tmp_path / "3d.npz", "--cameras", tmp_path / "flat.json"), "flat.json does not describe cameras"),
        (("h36m", tmp_path / "3d.npz", *cameras, "--subjects", "S1"), "S1/Walk of 3d.npz has shape (4, 20, 3)"),
        (("h36m", tmp_path / "3d.npz", *cameras, "--subjects", "S5"), "no cameras for S5"),
        (("h36m", tmp_path / "3d.npz", *cameras, "--subjects", "S7"), "no subject S7"),
        (("3dhp", tmp_path), "S1/Seq1/annot.mat has no annot2"),
        (("3dhp", tmp_path / "S1"), "There is no S*/Seq*/annot.mat"),
        (("3dpw", tmp_path), "walk.pkl is no sequence of 3DPW"),
    ):
        assert run(*words, *out) == 1
        assert told in capsys.readouterr().err
    assert not (tmp_path / "out.npz").exists()


def test_a_file_of_poses_comes_back_as_it_was_written(tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    joints = rng.normal(size=(5, 17, 3)).astype(np.float32)
    points, sure = rng.normal(size=(5, 17, 2)).astype(np.float32), rng.random((5, 17)).astype(np.float32)
    made = [
        PoseClip("S1", "Walk", "0", 50.0, joints, points, sure, (1.0, 2.0), (3.0, 4.0), (5.0, 6.0)),
        PoseClip("S2", "Sit", "1", 25.0, joints[:3]),
    ]
    write_poses(tmp_path / "a.npz", made, "mine", "test")
    first, second = read_poses(tmp_path / "a.npz")
    np.testing.assert_array_equal(first.joints_m, joints)
    np.testing.assert_array_equal(first.keypoints_px, points)
    np.testing.assert_array_equal(first.confidence, sure)
    assert (first.fps, first.focal_px, first.image_size_px) == (50.0, (1.0, 2.0), (5.0, 6.0))
    assert second.keypoints_px is None and second.name == "S2/Sit/1" and len(second.joints_m) == 3
    with pytest.raises(InferenceError, match="no file of poses"):
        np.savez(tmp_path / "b.npz", x=np.zeros(2))
        read_poses(tmp_path / "b.npz")
