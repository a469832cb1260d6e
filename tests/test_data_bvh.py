"""BVH folders become packs: conventions of names, units, axes and rates; the traps of known libraries; bad files."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from inference.data import bvh_joints, pack_bvh
from inference.data.bvh import read_bvh
from inference.data.bvh_joints import read_joints
from inference.errors import InferenceError
from inference.joints import INDEX, NAMES
from inference.train.pack import read_pack

# A person of 1.75 m in a T-pose, Y up, facing +Z, metres: name, parent, offset. Names are those of MotionBuilder.
BODY: list[tuple[str, str, tuple[float, float, float]]] = [
    ("Hips", "", (0, 0.95, 0)), ("Spine", "Hips", (0, 0.1, 0)), ("Spine1", "Spine", (0, 0.16, 0)),
    ("Spine2", "Spine1", (0, 0.16, 0)), ("Neck", "Spine2", (0, 0.1, 0)), ("Head", "Neck", (0, 0.1, 0.01)),
    *[(f"{side}{name}", f"{side}{parent}" if parent not in ("Hips", "Spine2") else parent, (sign * x, y, z))
      for side, sign in (("Left", 1), ("Right", -1))
      for name, parent, x, y, z in (
          ("UpLeg", "Hips", 0.09, 0, 0), ("Leg", "UpLeg", 0, -0.43, 0), ("Foot", "Leg", 0, -0.43, 0),
          ("ToeBase", "Foot", 0, -0.09, 0.14), ("Shoulder", "Spine2", 0.03, 0.06, 0), ("Arm", "Shoulder", 0.15, 0, 0),
          ("ForeArm", "Arm", 0.29, 0, 0), ("Hand", "ForeArm", 0.25, 0, 0))],
]  # fmt: skip
BANDAI = {
    "UpLeg": "UpperLeg", "Leg": "LowerLeg", "Foot": "Foot", "ToeBase": "Toes", "Shoulder": "Shoulder",
    "Arm": "UpperArm", "ForeArm": "LowerArm", "Hand": "Hand",
}  # fmt: skip


def bandai(name: str) -> str:
    for side in ("Left", "Right"):
        if name.startswith(side):
            return f"{BANDAI[name.removeprefix(side)]}_{side[0]}"
    return {"Spine1": "Chest", "Spine2": "Upper"}.get(name, name)


def write_bvh(
    path: Path, angles: dict[str, Sequence[Sequence[float]]], frames: int = 40, *, unit: float = 100.0,
    fps: float = 30.0, rename=lambda name: name, body=BODY, order: str = "ZXY", path_m=lambda frame: (0.0, 0.95, 0.0),
) -> None:  # fmt: skip
    """Writes the body; `angles` are Euler angles in degrees, in `order`, (T, 3) by joint."""
    children = {name: [row for row in body if row[1] == name] for name, *_ in body}
    lines, visited = ["HIERARCHY"], []

    def visit(name: str, offset: Sequence[float], depth: int) -> None:
        visited.append(name)
        pad = "\t" * depth
        turns = " ".join(f"{axis}rotation" for axis in order)
        lines.extend([f"{pad}{'JOINT' if depth else 'ROOT'} {rename(name)}", pad + "{"])
        lines.append(f"{pad}\tOFFSET " + " ".join(f"{unit * value:.6f}" for value in offset))
        moves = "" if depth else "Xposition Yposition Zposition "
        lines.append(f"{pad}\tCHANNELS {3 if depth else 6} {moves}{turns}")
        for child, _, own in children[name]:
            visit(child, own, depth + 1)
        if not children[name]:
            lines.extend([f"{pad}\tEnd Site", f"{pad}\t{{", f"{pad}\t\tOFFSET 0 0 0", f"{pad}\t}}"])
        lines.append(pad + "}")

    visit(body[0][0], body[0][2], 0)
    lines += ["MOTION", f"Frames: {frames}", f"Frame Time: {1 / fps:.6f}"]
    for frame in range(frames):
        row = [unit * value for value in path_m(frame)]
        for name in visited:
            row.extend(angles.get(name, [(0, 0, 0)] * frames)[frame])
        lines.append(" ".join(f"{value:.6f}" for value in row))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def at(joints: np.ndarray, name: str, frame: int = 0) -> np.ndarray:
    return joints[frame, INDEX[name]] - joints[frame, 0]


def test_a_t_pose_comes_out_in_the_projects_axes(tmp_path: Path) -> None:
    write_bvh(tmp_path / "a.bvh", {})
    joints = read_joints(tmp_path / "a.bvh")
    assert joints.shape == (40, 17, 3) and joints.dtype == np.float32
    # Facing +Z of a Y-up file is facing -Y here, so the person's left is +X.
    np.testing.assert_allclose(at(joints, "left_hip"), [0.09, 0, 0], atol=1e-3)
    np.testing.assert_allclose(at(joints, "right_wrist"), [-0.72, 0, 0.48], atol=1e-3)
    np.testing.assert_allclose(at(joints, "thorax"), [0, 0, 0.48], atol=1e-3)
    np.testing.assert_allclose(at(joints, "spine"), [0, 0, 0.22], atol=0.01)
    assert at(joints, "nose")[1] < -0.05 and abs(at(joints, "nose")[0]) < 1e-3
    top = joints[0, INDEX["head"], 2]
    assert top == pytest.approx(1.75, abs=0.05) and 0.05 < top - joints[0, INDEX["nose"], 2] < 0.2
    np.testing.assert_allclose(joints[:, 0, :2], 0.0, atol=1e-5)


def test_rotations_follow_the_files_order_of_axes(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    for order in ("ZXY", "XYZ", "YXZ"):
        angles = {name: rng.uniform(-40, 40, (20, 3)) for name, *_ in BODY}
        write_bvh(tmp_path / "a.bvh", angles, 20, order=order)
        bvh = read_bvh(tmp_path / "a.bvh")
        positions, _ = bvh.poses()
        turn = {name: [Rotation.from_euler(order, row, degrees=True) for row in angles[name]] for name in angles}
        chain = ["Hips", "Spine", "Spine1", "Spine2", "LeftShoulder", "LeftArm", "LeftForeArm", "LeftHand"]
        offset = {name: np.array(own) for name, _, own in BODY}
        for frame in range(20):
            place, whole = np.array([0, 0.95, 0]), Rotation.identity()
            for name, child in pairwise(chain):
                whole = whole * turn[name][frame]
                place = place + whole.apply(offset[child])
            np.testing.assert_allclose(positions[frame, bvh.names.index("LeftHand")] / 100, place, atol=1e-5)


def test_the_nose_turns_with_the_head(tmp_path: Path) -> None:
    turns = [(0.0, 0.0, 60.0 * np.sin(2 * np.pi * frame / 40)) for frame in range(40)]
    write_bvh(tmp_path / "a.bvh", {"Head": turns})
    joints = read_joints(tmp_path / "a.bvh")
    nose = joints[:, INDEX["nose"]] - joints[:, INDEX["head"]]
    looks = np.degrees(np.arctan2(nose[:, 0], -nose[:, 1]))
    np.testing.assert_allclose(looks, [turn[2] for turn in turns], atol=1.0)


@pytest.mark.parametrize("unit", [1.0, 100.0, 1 / 0.0254, 0.45 / 0.0254, 1000.0])
def test_units_are_told_by_the_persons_size(tmp_path: Path, unit: float) -> None:
    write_bvh(tmp_path / "a.bvh", {}, unit=unit)
    np.testing.assert_allclose(at(read_joints(tmp_path / "a.bvh"), "right_knee"), [-0.09, 0, -0.43], atol=2e-3)


@pytest.mark.parametrize("rename", [bandai, lambda name: f"mixamorig:{name}", str.upper])
def test_names_of_other_conventions_are_known(tmp_path: Path, rename) -> None:
    write_bvh(tmp_path / "own.bvh", {})
    write_bvh(tmp_path / "other.bvh", {}, rename=rename)
    np.testing.assert_allclose(
        read_joints(tmp_path / "other.bvh"), read_joints(tmp_path / "own.bvh"), atol=0.03
    )  # only the spine's point may differ


def test_rates_are_resampled_and_sixty_hertz_subjects_corrected(tmp_path: Path) -> None:
    def walk(frame: int) -> tuple[float, float, float]:
        return (0.0, 0.95, 0.01 * frame)

    for name, seconds in (("01_01", 1.0), ("74_01", 2.0)):
        write_bvh(tmp_path / f"{name}.bvh", {}, 121, fps=120.0, path_m=walk)
        joints = read_joints(tmp_path / f"{name}.bvh")
        assert len(joints) == pytest.approx(30 * seconds + 1, abs=1)
        np.testing.assert_allclose(np.diff(joints[:, 0, 1]), -1.2 / seconds / 30, atol=1e-4)


def test_what_motionbuilder_friendly_files_lack_is_put_back(tmp_path: Path) -> None:
    flat = {"LeftShoulder": (0, 0, 0), "RightShoulder": (0, 0, 0), "Neck": (0, 0, 0)}
    body = [(name, parent, flat.get(name, offset)) for name, parent, offset in BODY]
    write_bvh(tmp_path / "a.bvh", {}, body=body)
    joints = read_joints(tmp_path / "a.bvh")
    np.testing.assert_allclose(at(joints, "thorax"), [0, 0, 0.42 + 0.16], atol=2e-3)
    forearm = joints[0, INDEX["left_wrist"]] - joints[0, INDEX["left_elbow"]]
    np.testing.assert_allclose(forearm, [0.25 * 4 / 3, 0, 0], atol=2e-3)
    assert len(joints) == 39


def test_z_up_files_stay_as_they_are(tmp_path: Path) -> None:
    body = [(name, parent, (x, -z, y)) for name, parent, (x, y, z) in BODY]
    write_bvh(tmp_path / "a.bvh", {}, body=body, path_m=lambda frame: (0.0, 0.0, 0.95))
    write_bvh(tmp_path / "b.bvh", {})
    np.testing.assert_allclose(read_joints(tmp_path / "a.bvh"), read_joints(tmp_path / "b.bvh"), atol=1e-3)


def test_a_folder_becomes_a_pack_and_bad_files_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "library" / "dance"
    folder.mkdir(parents=True)
    write_bvh(folder / "05_01.bvh", {})
    write_bvh(folder / "walk1_subject3.bvh", {}, path_m=lambda frame: (0.03 * frame, 0.95, 0.0))
    write_bvh(folder / "strange.bvh", {}, rename=lambda name: f"bone_{name}")
    write_bvh(folder / "giant.bvh", {}, unit=7000.0)
    write_bvh(folder / "glimpse.bvh", {}, 6)
    (folder / "text.bvh").write_text("hello")
    whole = (folder / "05_01.bvh").read_text()
    (folder / "cut.bvh").write_text(whole[: int(len(whole) * 0.8)])
    out = tmp_path / "mine_train.npz"
    assert pack_bvh.main([str(tmp_path / "library"), "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert "2 clips" in said.out and "5 files left out" in said.out
    for name, word in {
        "strange": "names its joints in no way", "giant": "units tall", "glimpse": "less than half a second",
        "text": "no BVH file", "cut": "promises 40 frames",
    }.items():  # fmt: skip
        assert any(f"{name}.bvh" in line and word in line for line in said.err.splitlines()), said.err
    pack = read_pack(out)
    assert list(pack.names) == ["dance/05_01", "dance/walk1_subject3"] and pack.fps == bvh_joints.FPS
    np.testing.assert_allclose(pack.clip(1), read_joints(folder / "walk1_subject3.bvh"), atol=0.001)
    with np.load(out, allow_pickle=False) as stored:
        assert list(stored["subjects"]) == ["05", "subject3"]


def test_an_empty_folder_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert pack_bvh.main([str(tmp_path), "--out", str(tmp_path / "x.npz")]) == 1
    assert "There is no BVH file" in capsys.readouterr().err
    assert not (tmp_path / "x.npz").exists()


def test_every_convention_names_every_joint(tmp_path: Path) -> None:
    singles = set(bvh_joints._SINGLE)
    for convention in bvh_joints._TABLE["conventions"]:
        assert singles | {"spine", "name"} == set(convention), convention["name"]
    assert singles <= {*NAMES, "neck"}


def test_joints_of_an_unknown_convention_raise_with_a_hint(tmp_path: Path) -> None:
    write_bvh(tmp_path / "a.bvh", {}, rename=lambda name: name.replace("Hand", "Paw"))
    with pytest.raises(InferenceError, match="LeftHand") as caught:
        read_joints(tmp_path / "a.bvh")
    assert "joint_names.json" in caught.value.hint
