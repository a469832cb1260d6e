"""The samples: avatars that the maps know, a film whose truth is true, and the mesh cutting that made their clothes."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from rigs.maps import find_map
from rigs.roles import Role, sided
from rigs.skeleton import H36M_17
from samples.mesh_cut import TriMesh, cut, near, normals, rim

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
AVATARS = {
    "woman_mixamo": "Mixamo",
    "big_man_game_engine": "MakeHuman game engine",
    "child_makehuman": "MakeHuman default",
    "old_man_cmu": "CMU motion capture",
    "athlete_vrm": "VRM (VRoid names)",
}
COMPONENTS = {5121: np.uint8, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
WIDTHS = {"SCALAR": 1, "VEC3": 3, "VEC4": 4, "MAT4": 16}
RIGHT_PARTS = ["right_hip", "right_knee", "right_ankle", "right_shoulder", "right_elbow", "right_wrist"]


class Glb:
    """As much of a .glb as the tests ask for: its nodes and its first mesh's data, in glTF axes (Y up, facing +Z)."""

    def __init__(self, path: Path) -> None:
        data = path.read_bytes()
        magic, version, _ = struct.unpack("<4sII", data[:12])
        assert (magic, version) == (b"glTF", 2)
        (length,) = struct.unpack("<I", data[12:16])
        self.document: dict[str, Any] = json.loads(data[20 : 20 + length])
        self.binary = data[28 + length :]

    def accessor(self, index: int) -> np.ndarray:
        accessor = self.document["accessors"][index]
        view = self.document["bufferViews"][accessor["bufferView"]]
        kind, width = np.dtype(COMPONENTS[accessor["componentType"]]), WIDTHS[accessor["type"]]
        start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
        flat = np.frombuffer(self.binary, kind, accessor["count"] * width, start)
        return flat.reshape(accessor["count"], width)

    def attribute(self, name: str) -> np.ndarray:
        """One attribute over all primitives of the mesh."""
        primitives = self.document["meshes"][0]["primitives"]
        return np.concatenate([self.accessor(p["attributes"][name]) for p in primitives])

    def triangles(self) -> int:
        indices = [p["indices"] for p in self.document["meshes"][0]["primitives"]]
        return sum(self.document["accessors"][index]["count"] for index in indices) // 3

    def joints(self) -> dict[str, np.ndarray]:
        """Head of every bone at rest: where its inverse bind matrix comes from."""
        skin = self.document["skins"][0]
        inverse = self.accessor(skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1)
        heads = np.linalg.inv(inverse.astype(np.float64))[:, :3, 3]
        names = [self.document["nodes"][node]["name"] for node in skin["joints"]]
        return dict(zip(names, heads, strict=True))


@pytest.mark.parametrize(("name", "convention"), AVATARS.items())
def test_avatar_is_known_and_its_bones_lie_in_its_body(name: str, convention: str) -> None:
    glb = Glb(SAMPLES / "avatars" / f"{name}.glb")
    heads = glb.joints()
    rig_map = find_map(heads)
    assert (rig_map.name, rig_map.missing()) == (convention, ())
    places = glb.attribute("POSITION")
    low, high = places.min(axis=0), places.max(axis=0)
    assert low[1] == pytest.approx(0.0, abs=1e-4), "the soles stand on the floor"
    for side, sign in (("left", 1), ("right", -1)):
        for limb in ("upper_arm", "forearm", "hand", "thigh", "shin", "foot"):
            head = heads[rig_map.roles[sided(limb, side)][0]]
            assert sign * head[0] > 0, f"{side} {limb} is on its own side"
            assert np.all(head > low) and np.all(head < high)
        shin, foot = (heads[rig_map.roles[sided(limb, side)][0]] for limb in ("shin", "foot"))
        at_ankle = places[np.linalg.norm(places - foot, axis=1) < 0.12]
        assert len(at_ankle) > 20 and foot[1] < shin[1]
    assert heads[rig_map.roles[Role.HEAD][0]][1] > 0.8 * high[1]


@pytest.mark.parametrize("name", AVATARS)
def test_avatar_weights_are_whole_and_name_its_bones(name: str) -> None:
    glb = Glb(SAMPLES / "avatars" / f"{name}.glb")
    weights, bones = glb.attribute("WEIGHTS_0"), glb.attribute("JOINTS_0")
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-5)
    assert bones[weights > 0].max() < len(glb.joints())
    assert 4000 <= glb.triangles() <= 8000


def test_avatars_stay_small() -> None:
    sizes = [path.stat().st_size for path in (SAMPLES / "avatars").iterdir()]
    assert len(sizes) == 6 and max(sizes) < 1_000_000


@pytest.fixture(scope="module")
def truth() -> dict[str, np.ndarray]:
    with np.load(SAMPLES / "film_truth.npz", allow_pickle=False) as stored:
        return {key: stored[key] for key in stored.files}


def project(truth: dict[str, np.ndarray]) -> np.ndarray:
    joints = truth["joints_camera_m"].astype(np.float64)
    return truth["focal_px"] * joints[..., :2] / joints[..., 2:] + truth["image_size_px"] / 2


def test_truth_describes_the_film(truth: dict[str, np.ndarray]) -> None:
    film = cv2.VideoCapture(str(SAMPLES / "film.mp4"))
    size = [int(film.get(key)) for key in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)]
    assert size == truth["image_size_px"].tolist()
    assert film.get(cv2.CAP_PROP_FPS) == pytest.approx(float(truth["fps"]))
    count = 0
    while film.grab():
        count += 1
    assert count == len(truth["joints_world_m"]) == len(truth["frame_times_s"])
    assert tuple(truth["joint_names"]) == H36M_17.joint_names
    assert (SAMPLES / "film.mp4").stat().st_size < 3_000_000


def test_truth_agrees_with_itself(truth: dict[str, np.ndarray]) -> None:
    place = truth["world_from_camera"]
    world = truth["joints_camera_m"] @ place[:3, :3].T + place[:3, 3]
    np.testing.assert_allclose(world, truth["joints_world_m"], atol=1e-5)
    pixels = project(truth)
    assert np.all(pixels > 0) and np.all(pixels < truth["image_size_px"])
    joints = truth["joints_world_m"]
    assert joints[..., 2].min() > 0 and np.linalg.norm(joints[0, 0, :2]) < 0.05
    for chain in (RIGHT_PARTS, [name.replace("right", "left") for name in RIGHT_PARTS]):
        for upper, lower in ((0, 1), (1, 2), (3, 4), (4, 5)):
            a, b = (H36M_17.index(chain[k]) for k in (upper, lower))
            lengths = np.linalg.norm(joints[:, a] - joints[:, b], axis=1)
            assert np.ptp(lengths) < 1e-3, f"{chain[upper]} to {chain[lower]} keeps its length"


def test_a_detector_sees_the_person_where_the_truth_says(truth: dict[str, np.ndarray]) -> None:
    bundle = SAMPLES.parent / ".venv" / "runtime" / "models" / "pose_landmarker_full.task"
    if not bundle.is_file():
        pytest.skip("the detector's model bundle is not set up: run `python -m inference setup`")
    from mediapipe import Image, ImageFormat
    from mediapipe.tasks.python import BaseOptions, vision

    blazepose = [24, 26, 28, 12, 14, 16, 23, 25, 27, 11, 13, 15]
    ours = [H36M_17.index(n) for n in (*RIGHT_PARTS, *(n.replace("right", "left") for n in RIGHT_PARTS))]
    options = vision.PoseLandmarkerOptions(base_options=BaseOptions(model_asset_path=str(bundle)))
    film, pixels, errors = cv2.VideoCapture(str(SAMPLES / "film.mp4")), project(truth), []
    with vision.PoseLandmarker.create_from_options(options) as landmarker:
        for frame in range(len(pixels)):
            picture = film.read()[1]
            if frame % 30 == 0:
                rgb = np.ascontiguousarray(picture[..., ::-1])
                found = landmarker.detect(Image(image_format=ImageFormat.SRGB, data=rgb)).pose_landmarks
                assert found, f"nobody found in frame {frame}"
                seen = np.array([(found[0][k].x, found[0][k].y) for k in blazepose]) * truth["image_size_px"]
                errors.append(np.linalg.norm(seen - pixels[frame, ours], axis=1))
    assert np.mean(errors) < 8.0  # pixels, on a person of about 260


def ball(rings: int = 12, sectors: int = 20) -> TriMesh:
    """A closed ball of radius 1 with one attribute column more: a field to cut by."""
    polar = np.linspace(0.05, np.pi - 0.05, rings)[:, None]
    around = np.arange(sectors)[None] * 2 * np.pi / sectors
    grid = np.stack([np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around), np.cos(polar) + 0 * around], -1)
    first, j = np.arange(rings - 1)[:, None] * sectors, np.arange(sectors)
    k = (j + 1) % sectors
    lower = np.stack([first + j, first + sectors + j, first + sectors + k], -1).reshape(-1, 3)
    upper = np.stack([first + j, first + sectors + k, first + k], -1).reshape(-1, 3)
    positions = grid.reshape(-1, 3)
    field = positions @ np.array([0.3, -0.7, 0.6]) - 0.21
    return TriMesh(np.column_stack([positions, field]), np.concatenate([lower, upper]))


def area(mesh: TriMesh) -> float:
    corner = mesh.positions[mesh.triangles]
    return float(np.linalg.norm(np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1).sum() / 2)


def test_cut_leaves_no_triangle_on_both_sides_and_loses_nothing() -> None:
    mesh = ball()
    split = cut(mesh, 3)
    value = split.attributes[split.triangles, 3]
    assert not np.any((value.max(axis=1) > 1e-12) & (value.min(axis=1) < -1e-12))
    assert len(split.triangles) > len(mesh.triangles)
    assert area(split) == pytest.approx(area(mesh), rel=1e-12)
    # A linear field of the place stays one: attributes are interpolated together.
    np.testing.assert_allclose(split.positions @ [0.3, -0.7, 0.6] - 0.21, split.attributes[:, 3], atol=1e-12)
    assert np.all(np.sum(normals(split) * split.positions, axis=1)[~rim(split)] > 0.5), "triangles keep their front"


def test_cutting_twice_changes_nothing() -> None:
    once = cut(ball(), 3)
    assert len(cut(once, 3).triangles) == len(once.triangles)


def test_rim_of_a_half_is_the_cut_line() -> None:
    split = cut(ball(), 3)
    half = split.keep(split.at_centres(3) > 0)
    on_cut = rim(half) & (half.positions[:, 2] < 0.99)
    np.testing.assert_allclose(half.attributes[on_cut, 3], 0.0, atol=1e-12)
    assert near(half, rim(half)).sum() > rim(half).sum()
