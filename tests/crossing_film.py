"""Makes a film in which two people walk past each other, the one in front hiding the other, and says where they are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from child_process import ROOT

from inference import joints
from inference.video import Image

SIZE = (960, 480)
_FILM = ROOT / "samples" / "film.mp4"
_FIRST = 95


@dataclass(frozen=True)
class Crossing:
    """A film of T frames and where the 17 joints of both people are: (T, 17, 2) pixels each."""

    path: Path
    behind: np.ndarray
    in_front: np.ndarray


def write_crossing(path: Path, frames: int = 90) -> Crossing:
    """The sample film's person, and the same mirrored in other trousers, cut out and led past each other."""
    with np.load(ROOT / "samples" / "film_truth.npz") as truth:
        camera = truth["joints_camera_m"][_FIRST : _FIRST + frames]
        px = truth["focal_px"] * camera[..., :2] / camera[..., 2:] + truth["image_size_px"] / 2
    capture = cv2.VideoCapture(str(_FILM))
    pictures = [np.asarray(capture.read()[1], np.uint8) for _ in range(_FIRST + frames)][_FIRST:]
    capture.release()
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 30.0, SIZE)
    mirrored = [joints.NAMES.index(_other_side(name)) for name in joints.NAMES]
    behind, in_front = [], []
    for number, (picture, at) in enumerate(zip(pictures, px, strict=True)):
        way = 180.0 * (number / frames - 0.5)
        image = np.repeat(picture[:, 600:640].mean(axis=1, keepdims=True), SIZE[0], axis=1)
        mask = _body(at)
        shift = round(SIZE[0] / 2 + way - at[0, 0])
        image = _paste(image, picture, mask, shift)
        behind.append(at + np.array([shift, 0]))
        turned = at * [-1, 1] + [picture.shape[1], 0]
        shift = round(SIZE[0] / 2 - way - turned[0, 0])
        image = _paste(image, _other_trousers(picture, round(at[0, 1]))[:, ::-1], mask[:, ::-1], shift)
        in_front.append(turned[mirrored] + [shift, 0])
        writer.write(image.astype(np.uint8))
    writer.release()
    return Crossing(path, np.array(behind), np.array(in_front))


def _other_side(name: str) -> str:
    for side, other in (("left_", "right_"), ("right_", "left_")):
        if name.startswith(side):
            return other + name.removeprefix(side)
    return name


def _body(at: np.ndarray) -> Image:
    """(H, W) 255 where the person is, generously."""
    mask = np.zeros((480, 640), np.uint8)
    trunk = float(np.linalg.norm(at[8] - at[0]))
    for joint, parent in enumerate(joints.PARENTS[1:], 1):
        width = round(trunk * (0.55 if joint in (7, 8, 9) else 0.3))
        cv2.line(mask, at[parent].astype(int).tolist(), at[joint].astype(int).tolist(), 255, width)
    for joints_of, reach in (((9, 10), 0.32), ((3,), 0.28), ((6,), 0.28), ((13,), 0.2), ((16,), 0.2)):
        cv2.circle(mask, at[list(joints_of)].mean(axis=0).astype(int).tolist(), round(trunk * reach), 255, -1)
    return mask


def _other_trousers(picture: Image, hip_px: int) -> Image:
    hsv = cv2.cvtColor(picture[hip_px:], cv2.COLOR_BGR2HSV)
    hsv[..., 0] = (hsv[..., 0].astype(int) + 60) % 180
    return np.concatenate([picture[:hip_px], np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR), np.uint8)])


def _paste(image: np.ndarray, picture: Image, mask: Image, shift_px: int) -> np.ndarray:
    move = np.array([[1.0, 0.0, shift_px], [0.0, 1.0, 0.0]])
    moved = cv2.warpAffine(np.ascontiguousarray(picture), move, SIZE).astype(float)
    share = cv2.GaussianBlur(cv2.warpAffine(np.ascontiguousarray(mask), move, SIZE), (0, 0), 1.5)[..., None] / 255.0
    return np.asarray(image * (1.0 - share) + moved * share)
