"""The data side of training: pack, bodies, cameras, detector noise, batches. Numpy alone."""

from __future__ import annotations

from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.errors import InferenceError
from inference.joints import PARENTS
from inference.lift.normalise import TARGET_BONE_SUM_M
from inference.train.batches import Batch, make_batch
from inference.train.bodies import detector_bodies, mirror_half, mix_bodies, sample_windows, turn_limbs, vary_bones
from inference.train.cameras import project, sample_cameras, see
from inference.train.feeders import fed
from inference.train.noise import NoiseModel, add_noise
from inference.train.pack import MotionPack, mend_forearms, read_pack

QUANTUM_M = 0.0005
LENGTHS = (40, 7, 90)
STANDING = np.array(
    [[0, 0, 95], [-9, 0, 95], [-9, 0, 52], [-9, 0, 9], [9, 0, 95], [9, 0, 52], [9, 0, 9], [0, 4, 117], [0, 0, 145],
     [0, -10, 163], [0, 0, 175], [18, 0, 145], [22, 0, 116], [25, 0, 98], [-18, 0, 145], [-22, 0, 116], [-25, 0, 98]]
) / 100.0  # fmt: skip


def write_pack(path: Path, **changes: NDArray[np.generic]) -> NDArray[np.float64]:
    """Writes random clips in the form of the motion capture packs; returns their joints."""
    rng = np.random.default_rng(11)
    clips = []
    for length in LENGTHS:
        rest = STANDING + rng.normal(0.0, 0.03, (1, 17, 3))
        swing = 0.05 * np.sin(np.arange(length)[:, None, None] / 8.0 + rng.uniform(0, 6, (1, 17, 3)))
        clips.append(np.round((rest + swing) / QUANTUM_M).astype(np.int64) * QUANTUM_M)
    steps = []
    for clip in clips:
        relative = clip.copy()
        relative[:, 1:] -= clip[:, :1]
        counts = np.round(relative / QUANTUM_M).astype(np.int32).reshape(len(clip), 51)
        steps.append(np.diff(counts, axis=0, prepend=0))
    arrays = {
        "delta": np.concatenate(steps).T.astype(np.int16),
        "offsets": np.cumsum([0, *LENGTHS]),
        "names": np.array(["a_1", "a_2", "b_1"]),
        "fps": np.float32(30.0),
        "quantum_m": np.float64(QUANTUM_M),
    }
    np.savez(path, **(arrays | changes))
    return np.concatenate(clips)


@pytest.fixture
def pack(tmp_path: Path) -> MotionPack:
    write_pack(tmp_path / "pack.npz")
    return read_pack(tmp_path / "pack.npz")


def bone_lengths(joints: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.linalg.norm(joints[..., 1:, :] - joints[..., PARENTS[1:], :], axis=-1)


def test_the_pack_comes_back_as_it_was_written(tmp_path: Path) -> None:
    joints = write_pack(tmp_path / "pack.npz")
    pack = read_pack(tmp_path / "pack.npz")
    assert len(pack) == len(LENGTHS) and pack.fps == 30.0
    wrists = [13, 16]  # mended, see below
    np.testing.assert_allclose(np.delete(pack.joints, wrists, axis=1), np.delete(joints, wrists, axis=1), atol=1e-5)
    np.testing.assert_array_equal(pack.clip(1), pack.joints[40:47])


def test_bad_packs_are_named(tmp_path: Path) -> None:
    with pytest.raises(InferenceError, match=r"no motion capture gone.npz"):
        read_pack(tmp_path / "gone.npz")
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(InferenceError, match=r"text.npz cannot be read"):
        read_pack(tmp_path / "text.npz")
    write_pack(tmp_path / "short.npz", offsets=np.array([0, 5]))
    with pytest.raises(InferenceError, match="for 5 frames"):
        read_pack(tmp_path / "short.npz")
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    with pytest.raises(InferenceError, match=r"other\.npz cannot be read: it lacks the array delta"):
        read_pack(tmp_path / "other.npz")


def test_windows_stay_in_their_clip_and_hold_its_ends(pack: MotionPack) -> None:
    windows = sample_windows(pack, 400, 27, np.random.default_rng(1), target=13, vary_tempo=False)
    frames = {frame.tobytes(): index for index, frame in enumerate(pack.joints)}
    for window in windows:
        numbers = np.array([frames[frame.tobytes()] for frame in window])
        clip = np.searchsorted(pack.offsets, numbers, side="right")
        assert (clip == clip[13]).all()
        low, high = pack.offsets[clip[13] - 1], pack.offsets[clip[13]] - 1
        np.testing.assert_array_equal(numbers, np.clip(numbers[13] + np.arange(-13, 14), low, high))


def test_tempo_varies_but_leaves_the_target_frame_alone(pack: MotionPack) -> None:
    windows = sample_windows(pack, 50, 27, np.random.default_rng(2), target=13, vary_tempo=True)
    known = {frame.tobytes() for frame in pack.joints}
    assert all(window[13].tobytes() in known for window in windows)
    assert not all(window[14].tobytes() in known for window in windows)


def test_bones_vary_evenly_on_both_sides_and_keep_their_directions(pack: MotionPack) -> None:
    windows = sample_windows(pack, 20, 9, np.random.default_rng(3), target=4, vary_tempo=False)
    varied = vary_bones(windows, np.random.default_rng(4))
    ratio = bone_lengths(varied) / bone_lengths(windows)
    np.testing.assert_allclose(ratio, np.broadcast_to(ratio[:, :1], ratio.shape), rtol=1e-3)
    for right, left in ((1, 4), (2, 5), (3, 6), (14, 11), (15, 12), (16, 13)):
        np.testing.assert_allclose(ratio[:, 0, right - 1], ratio[:, 0, left - 1], rtol=1e-3)
    assert ratio.std() > 0.03
    before, after = (p[:, :, 2] - p[:, :, 1] for p in (windows, varied))
    np.testing.assert_allclose(np.linalg.norm(np.cross(before, after), axis=-1), 0.0, atol=1e-5)


def test_turned_limbs_keep_their_bones_their_bend_and_what_they_hang_on(pack: MotionPack) -> None:
    windows = sample_windows(pack, 60, 9, np.random.default_rng(3), target=4, vary_tempo=False)
    turned = turn_limbs(windows, np.random.default_rng(4))
    np.testing.assert_allclose(bone_lengths(turned), bone_lengths(windows), atol=1e-5)
    np.testing.assert_array_equal(turned[:, :, (0, 1, 4)], windows[:, :, (0, 1, 4)])
    reach = [np.linalg.norm(p[:, :, 3] - p[:, :, 1], axis=-1) for p in (windows, turned)]
    np.testing.assert_allclose(reach[0], reach[1], atol=1e-5)
    away = np.linalg.norm(turned[:, :, 3] - windows[:, :, 3], axis=-1)
    moved = away.max(axis=1) > 0.01
    assert 0.1 < moved.mean() < 0.5
    # One turn for all frames, fixed to a trunk that hardly moves here: where a limb goes, it stays.
    assert np.ptp(away[moved], axis=1).max() < 0.3 * away[moved].max()


def test_mixed_bodies_take_whole_parts_from_others_and_leave_the_legs_alone(pack: MotionPack) -> None:
    windows = sample_windows(pack, 60, 9, np.random.default_rng(3), target=4, vary_tempo=False)
    mixed = mix_bodies(windows, np.random.default_rng(4))
    np.testing.assert_array_equal(mixed[:, :, :7], windows[:, :, :7])
    lengths, known = bone_lengths(mixed)[:, 0], bone_lengths(windows)[:, 0]
    for elbow in (11, 14):
        assert np.abs(lengths[:, None, elbow] - known[None, :, elbow]).min(axis=1).max() < 1e-5
    assert 0.2 < (np.abs(lengths[:, 11] - known[:, 11]) > 1e-5).mean() < 0.8


def test_half_are_mirrored_and_mirroring_twice_is_nothing(pack: MotionPack) -> None:
    windows = sample_windows(pack, 8, 9, np.random.default_rng(5), target=4, vary_tempo=False)
    once = mirror_half(windows)
    np.testing.assert_array_equal(once[4:], windows[4:])
    assert not np.array_equal(once[:4], windows[:4])
    np.testing.assert_array_equal(mirror_half(once), windows)


def test_a_detectors_body_has_its_middles_where_they_belong(pack: MotionPack) -> None:
    windows = sample_windows(pack, 8, 9, np.random.default_rng(6), target=4, vary_tempo=False)
    windows[:, :, 0] = (windows[:, :, 1] + windows[:, :, 4]) / 2
    windows[:, :, 8] = (windows[:, :, 11] + windows[:, :, 14]) / 2
    moved = detector_bodies(windows, np.random.default_rng(7))
    np.testing.assert_allclose(moved[:, :, 0], (moved[:, :, 1] + moved[:, :, 4]) / 2, atol=1e-6)
    np.testing.assert_allclose(moved[:, :, 8], (moved[:, :, 11] + moved[:, :, 14]) / 2, atol=1e-6)
    untouched = [2, 3, 5, 6, 7, 9, 10, 12, 13, 15, 16]
    np.testing.assert_array_equal(moved[:, :, untouched], windows[:, :, untouched])


def test_cameras_are_rigid_upright_and_aim_at_the_person() -> None:
    cameras = sample_cameras(500, np.random.default_rng(8))
    rotation = cameras.rotation.astype(np.float64)
    np.testing.assert_allclose(rotation @ rotation.transpose(0, 2, 1), np.tile(np.eye(3), (500, 1, 1)), atol=1e-5)
    np.testing.assert_allclose(np.linalg.det(rotation), 1.0, atol=1e-5)
    up = rotation[:, :, 2]  # world Z in camera axes: up is -y there
    assert (up[:, 1] < -0.8).all()
    distance = np.linalg.norm(cameras.pelvis_m, axis=-1)
    assert distance.min() >= 2.0 and distance.max() <= 8.0
    inside = np.abs(cameras.pelvis_m[:, :2] / cameras.pelvis_m[:, 2:]) <= cameras.size
    assert inside.all()
    origin = np.random.default_rng(9).normal(size=(500, 3)).astype(np.float32)
    seen = see(cameras, np.repeat(origin[:, None, None], 17, axis=2), origin)
    np.testing.assert_allclose(seen[:, 0], np.repeat(cameras.pelvis_m[:, None], 17, axis=1), atol=1e-5)
    np.testing.assert_allclose(project(seen)[:, 0, 0] * seen[:, 0, 0, 2:], cameras.pelvis_m[:, :2], atol=1e-5)


def test_noise_grows_with_the_person_and_a_clean_model_only_derives_the_middles() -> None:
    rays = np.zeros((200, 27, 17, 2), np.float32)
    height, pixel = np.linspace(0.2, 1.0, 200, dtype=np.float32), np.ones(200, np.float32)
    noisy = add_noise(rays, height, pixel, NoiseModel(clean=0.0, pixel=0.0), np.random.default_rng(10))
    size = np.abs(noisy).mean(axis=(1, 2, 3))
    assert size[150:].mean() > 2 * size[:50].mean() > 0
    clean = add_noise(rays + 1, height, pixel, NoiseModel(clean=1.0), np.random.default_rng(10))
    np.testing.assert_array_equal(clean, rays + 1)


def test_part_of_the_noise_lasts() -> None:
    rays = np.zeros((300, 27, 17, 2), np.float32)
    ones = np.ones(300, np.float32)
    model = NoiseModel(clean=0.0, pixel=0.0, dropout=0.0, swap=0.0)
    noisy = add_noise(rays, ones, ones, model, np.random.default_rng(12))
    near = (noisy[:, 13] * noisy[:, 14]).mean() / (noisy[:, 13] ** 2).mean()
    far = (noisy[:, 0] * noisy[:, 26]).mean() / (noisy[:, 13] ** 2).mean()
    assert 0.95 > near > far > 0.1


def test_a_dropped_joint_moves_in_a_straight_line() -> None:
    rays = np.random.default_rng(13).normal(size=(64, 27, 17, 2)).astype(np.float32)
    ones = np.ones(64, np.float32)
    tiny = (1e-9, 1e-9)
    model = NoiseModel(white=tiny, drift=tiny, bias=tiny, pixel=0.0, clean=0.0, dropout=1.0, swap=0.0)
    lost = add_noise(rays, ones, ones, model, np.random.default_rng(14))
    changed = (np.abs(lost - rays).max(axis=-1) > 1e-3) & ~np.isin(np.arange(17), (0, 8))
    bend = np.abs(lost[:, 2:] - 2 * lost[:, 1:-1] + lost[:, :-2]).max(axis=-1)
    inner = changed[:, 2:] & changed[:, 1:-1] & changed[:, :-2]
    assert changed.any(axis=1).sum() > 30
    assert np.mean(bend[inner] < 1e-4) > 0.9  # two drop-outs of one joint may touch


@pytest.mark.parametrize("noise", [None, NoiseModel()])
def test_targets_match_what_is_seen(pack: MotionPack, noise: NoiseModel | None) -> None:
    batch = make_batch(pack, 256, 27, 13, np.random.default_rng(15), noise=noise)
    assert batch.inputs.shape == (256, 27, 34) and batch.targets.shape == (256, 17, 3)
    assert np.isfinite(batch.inputs).all()
    np.testing.assert_allclose(bone_lengths(batch.targets).sum(-1), TARGET_BONE_SUM_M, rtol=1e-4)
    np.testing.assert_allclose(batch.inputs[:, 13, :2], 0.0, atol=1e-5)
    joints = [j for j in range(1, 17) if j != 7]
    seen = batch.inputs[:, 13].reshape(256, 17, 2)[:, joints].ravel()
    true = batch.targets[:, joints, :2].ravel()
    assert np.corrcoef(seen, true)[0, 1] > 0.95


def test_batches_ahead_are_those_made_one_by_one_and_resume_where_asked(pack: MotionPack) -> None:
    def batches(start: int, count: int) -> list[Batch]:
        source = fed(partial(make_batch, pack, 16, 9, 4, noise=NoiseModel()), seed=3, start=start, feeders=2)
        return list(islice(source, count))

    whole, later = batches(0, 5), batches(3, 2)
    for ours, theirs in zip(whole[3:], later, strict=True):
        np.testing.assert_array_equal(ours.inputs, theirs.inputs)
        np.testing.assert_array_equal(ours.targets, theirs.targets)
    assert not np.array_equal(whole[0].inputs, whole[1].inputs)


def test_forearms_that_end_before_the_wrist_are_lengthened_and_others_left() -> None:
    joints = np.random.default_rng(21).standard_normal((20, 17, 3)).astype(np.float32)
    for elbow, wrist, length in ((12, 13, 0.6), (15, 16, 0.9)):
        upper = np.linalg.norm(joints[:, elbow] - joints[:, elbow - 1], axis=-1).mean()
        away = joints[:, wrist] - joints[:, elbow]
        joints[:, wrist] = joints[:, elbow] + length * upper * away / np.linalg.norm(away, axis=-1, keepdims=True)
    mended = joints.copy()
    mend_forearms(mended, np.array([0, 20]))
    np.testing.assert_array_equal(mended[:, [*range(13), 14, 15, 16]], joints[:, [*range(13), 14, 15, 16]])
    stretched = np.linalg.norm(mended[:, 13] - mended[:, 12], axis=-1) / np.linalg.norm(
        joints[:, 13] - joints[:, 12], axis=-1
    )
    np.testing.assert_allclose(stretched, 0.81 / 0.6, rtol=1e-5)
