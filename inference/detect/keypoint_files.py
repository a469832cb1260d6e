"""Keypoints that another program made: OpenPose JSON folders, COCO JSON, .npz."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from ..camera.edges import no_edges
from ..camera.path import CameraPath
from ..errors import KeypointsError
from ..hand_track import HandTrack
from ..keypoint_track import KeypointTrack
from ..layouts import load_layout
from ..lift.normalise import default_focal_px
from ..npz import read_arrays

if TYPE_CHECKING:  # so that results can be read without OpenCV
    from ..video import VideoInfo

Warn = Callable[[str, str], None]
People = list[NDArray[np.float64]]
"""Everybody in one frame: arrays (K, 3) of x, y, confidence."""

_LAYOUT_OF_COUNT: Final = {16: "mpii-16", 17: "coco-17", 25: "openpose-25", 26: "halpe-26", 33: "blazepose-33"}
_FALLBACK_FPS: Final = 30.0
_COMMON_SIZES: Final = ((640, 480), (1280, 720), (1920, 1080), (3840, 2160), (7680, 4320))
_ARRAYS: Final = {
    "px": ("keypoints_px",),
    "confidence": ("confidence_2d", "keypoint_confidence", "confidence"),
    "layout": ("layout", "keypoint_layout"),
    "fps": ("fps",),
    "size": ("image_size", "image_size_px"),
}
"""What an .npz must have, each under the name of the input format, then under that of the result files."""
_CAMERA_ARRAYS: Final = ("camera_path", "camera_focal_px", "cuts")
_HAND_ARRAYS: Final = ("hand_joints_m", "hand_confidence")
_FURTHER_ARRAYS: Final = (
    *("frame_times_s", "detector_world_m", "first_frame", "edges_px"),
    *(*_CAMERA_ARRAYS, *_HAND_ARRAYS),
)
_ROTATION_OFF: Final = 1e-3
"""How far the axes of a camera may be from unit length and right angles."""
_MOST_UNSEEN: Final = 100_000
"""Frame numbers without a file or an annotation; with more, the numbers are no frames of one film."""
_HINT: Final = "Give an OpenPose folder (one *_keypoints.json a frame, BODY_25), a COCO keypoint JSON, or an .npz."


def read_keypoints(path: Path, info: VideoInfo | None, warn: Warn) -> KeypointTrack:
    """Reads a keypoint file or folder.

    Args:
        path: an OpenPose folder, a COCO JSON, or an .npz with `keypoints_px` (T, K, 2), `confidence` (T, K), `layout`,
            `fps`, `image_size` (2,) and, if wanted, `frame_times_s` (T,). Result files of this program fit too.
        info: the video that they were made from; its size and rate count where the file has none.
        warn: called with (code, text) for what had to be assumed.

    Raises:
        KeypointsError: the file is missing, not of these kinds, or inconsistent; names it and the frame.
    """
    if path.is_dir():
        frames, size = _read_openpose(path), None
    elif not path.is_file():
        raise KeypointsError("keypoints-missing", f"There is no keypoint file {path}.", "Check the path.")
    elif path.suffix == ".npz":
        return _read_npz(path)
    else:
        frames, size = _read_coco(path)
    points = _follow_one(frames, path)
    layout = _LAYOUT_OF_COUNT[points.shape[1]]
    found = points[..., 2] > 0.0
    fps = _FALLBACK_FPS if info is None else info.fps
    if info is None:
        warn("fps-assumed", f"{path.name} says no frame rate: {fps:g} frames a second are assumed.")
    if size is None:
        size = _assumed_size(points[found][:, :2], path, warn) if info is None else info.size_px
    return _track(
        path,
        layout=layout,
        px=np.where(found[..., None], points[..., :2], np.nan).astype(np.float32),
        confidence=np.clip(points[..., 2], 0.0, 1.0).astype(np.float32),
        world=np.full((*found.shape, 3), np.nan, np.float32),
        times_s=np.arange(len(points)) / fps,
        fps=fps,
        image_size_px=size,
    )


def _track(path: Path, **fields: Any) -> KeypointTrack:
    """A track, whose faults are said of its file."""
    try:
        return KeypointTrack(**fields)
    except KeypointsError as error:
        raise KeypointsError(error.code, f"{path.name}: {error.message}", error.hint) from None


def _read_npz(path: Path) -> KeypointTrack:
    try:
        stored = read_arrays(path, (), (*itertools.chain(*_ARRAYS.values()), *_FURTHER_ARRAYS))
        missing = [names[-1] for names in _ARRAYS.values() if not set(names) & set(stored)]
        if missing:
            raise ValueError(f"it lacks the array {missing[0]}")
        values = {key: next(stored[name] for name in names if name in stored) for key, names in _ARRAYS.items()}
        px, confidence, world = (
            np.asarray(array, np.float32)
            for array in (values["px"], values["confidence"], stored.get("detector_world_m", np.nan))
        )
        times = np.asarray(stored["frame_times_s"], np.float64) if "frame_times_s" in stored else None
        fps, size = float(values["fps"]), tuple(int(side) for side in np.asarray(values["size"], np.float64))
        first_frame = int(stored.get("first_frame", 0))
    except (TypeError, ValueError, OverflowError) as error:
        raise KeypointsError("bad-keypoints", f"{path.name} cannot be read as .npz: {error}.", _HINT) from error
    layout = load_layout(str(values["layout"]))
    frames = len(px) if px.ndim else 0
    expected = (frames, len(layout.points), 2)
    if px.shape != expected or confidence.shape != expected[:2] or not frames or len(size) != 2:
        raise KeypointsError(
            "bad-keypoints",
            f"{path.name} holds keypoints {px.shape}, confidence {confidence.shape} and an image size {size}, "
            f"but the layout {layout.name} needs {expected}, {expected[:2]} and a width and height.",
        )
    found = np.isfinite(px).all(axis=-1) & (confidence > 0.0)
    if times is None:
        times = np.arange(frames) / (fps or np.nan)
    return _track(
        path,
        layout=layout.name,
        px=np.where(found[..., None], px, np.float32(np.nan)),
        confidence=np.where(found, confidence, np.float32(0.0)).clip(0.0, 1.0),
        world=world if world.shape == (*found.shape, 3) else np.full((*found.shape, 3), np.nan, np.float32),
        times_s=times - (times[0] if times.ndim and len(times) else 0.0),
        fps=fps,
        image_size_px=size,
        first_frame=first_frame,
        camera=_camera_of(path, stored, frames, size),
        hands=_hands_of(path, stored),
        edges=np.asarray(stored.get("edges_px", no_edges()), np.float32),
    )


def _hands_of(path: Path, stored: Mapping[str, NDArray[Any]]) -> HandTrack | None:
    """The fingers of a result that has them."""
    if not set(_HAND_ARRAYS) <= set(stored):
        return None
    joints_m, confidence = (stored[name].astype(np.float32) for name in _HAND_ARRAYS)
    try:
        return HandTrack(joints_m, confidence)
    except KeypointsError as error:
        raise KeypointsError(error.code, f"{path.name}: {error.message}", error.hint) from None


def _camera_of(
    path: Path, stored: Mapping[str, NDArray[Any]], frames: int, size_px: Sequence[int]
) -> CameraPath | None:
    """How the camera of a result turned; where it stands follows from the poses, so that it is not taken over."""
    shapes = tuple(stored[name].shape for name in _CAMERA_ARRAYS if name in stored)
    if shapes[:2] != ((frames, 4, 4), (frames,)) or len(shapes) != len(_CAMERA_ARRAYS) or not frames:
        return None
    rotations = stored["camera_path"][:, :3, :3].astype(np.float64)
    zooms = stored["camera_focal_px"] / default_focal_px(np.asarray(size_px, np.float64))
    cuts = tuple(stored["cuts"].ravel().tolist())
    turned = np.abs(np.swapaxes(rotations, 1, 2) @ rotations - np.eye(3)).max() < _ROTATION_OFF
    rising = all(isinstance(b, int) and a < b for a, b in itertools.pairwise((0, *cuts, frames)))
    if not (turned and rising and np.isfinite(zooms).all() and (zooms > 0.0).all()):
        message = f"{path.name}: the camera's path, focal lengths or cuts make no sense."
        raise KeypointsError("bad-keypoints", message, "Run the video again.")
    shot = np.searchsorted(cuts, np.arange(len(rotations)), side="right")
    first = rotations[np.array([0, *cuts])[shot]]
    found = CameraPath(np.swapaxes(first, 1, 2) @ rotations, zooms, np.ones(len(zooms), np.bool_), cuts)
    return found.steadied()


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise KeypointsError("bad-keypoints", f"{path.name} cannot be read as JSON: {error}.", _HINT) from error


def _read_openpose(folder: Path) -> list[People]:
    """Frames in the order of their numbers; a number that is missing is a frame without people."""
    files = {}
    for path in folder.glob("*.json"):
        digits = re.search(r"(\d+)(?:_keypoints)?$", path.stem)
        if digits:
            files[int(digits.group(1))] = path
    if not files:
        raise KeypointsError("bad-keypoints", f"The folder {folder} holds no numbered .json of OpenPose.", _HINT)
    by_frame: dict[int, People] = {}
    for number, path in files.items():
        values = _read_json(path)
        people = values.get("people") if isinstance(values, dict) else None
        if not isinstance(people, list) or not all(isinstance(person, dict) for person in people):
            raise KeypointsError("bad-keypoints", f"{path.name} has no list of people.", _HINT)
        by_frame[number] = [_person(person.get("pose_keypoints_2d"), path.name) for person in people]
    return _in_order(by_frame, by_frame, folder)


def _read_coco(path: Path) -> tuple[list[People], tuple[int, int] | None]:
    values = _read_json(path)
    annotations = values.get("annotations") if isinstance(values, dict) else values
    if not isinstance(annotations, list) or not annotations:
        raise KeypointsError("bad-keypoints", f"{path.name} has no list of annotations.", _HINT)
    by_image: dict[int, People] = {}
    for annotation in annotations:
        if not isinstance(annotation, dict) or "image_id" not in annotation or "keypoints" not in annotation:
            raise KeypointsError("bad-keypoints", f"{path.name}: an annotation lacks image_id or keypoints.", _HINT)
        number = _image_number(annotation["image_id"], path)
        by_image.setdefault(number, []).append(_person(annotation["keypoints"], f"{path.name}, image {number}"))
    images = values.get("images", []) if isinstance(values, dict) else []
    if not isinstance(images, list) or not all(isinstance(image, dict) and "id" in image for image in images):
        raise KeypointsError("bad-keypoints", f"{path.name}: an image lacks its id.", _HINT)
    numbers = [*by_image, *(_image_number(image["id"], path) for image in images)]
    return _in_order(by_image, numbers, path), _image_size(images)


def _in_order(by_number: Mapping[int, People], numbers: Collection[int], path: Path) -> list[People]:
    """Everybody of each frame from the first number to the last; nobody where there is no entry."""
    first, last = min(numbers), max(numbers)
    if last - first > len(numbers) + _MOST_UNSEEN:
        raise KeypointsError(
            "bad-keypoints",
            f"{path.name} holds {len(numbers)} frames with numbers from {first} to {last}, which is no film.",
            "Number the frames one after the other.",
        )
    return [by_number.get(number, []) for number in range(first, last + 1)]


def _image_size(images: Sequence[Mapping[str, Any]]) -> tuple[int, int] | None:
    width, height = (images[0].get(side) for side in ("width", "height")) if images else (None, None)
    if isinstance(width, int) and isinstance(height, int):
        return width, height
    return None


def _image_number(value: object, path: Path) -> int:
    digits = re.findall(r"\d+", str(value))
    if not digits:
        raise KeypointsError("bad-keypoints", f"{path.name}: the image_id {value!r} has no number.", _HINT)
    return int(digits[-1])


def _person(values: object, where: str) -> NDArray[np.float64]:
    try:
        numbers = np.asarray(values if isinstance(values, list) else [], np.float64)
    except (TypeError, ValueError):
        raise KeypointsError("bad-keypoints", f"{where}: a person's points are not all numbers.", _HINT) from None
    if numbers.ndim != 1 or len(numbers) % 3 or len(numbers) // 3 not in _LAYOUT_OF_COUNT:
        counts = ", ".join(f"{count} ({name})" for count, name in _LAYOUT_OF_COUNT.items())
        raise KeypointsError(
            "bad-keypoints", f"{where}: a person has {numbers.size} numbers, expected three a point of {counts}.", _HINT
        )
    points = numbers.reshape(-1, 3)
    points[~np.isfinite(points).all(axis=1)] = 0.0
    if points[:, 2].max() > 1.0:
        # COCO's truth says 0 unlabelled, 1 hidden, 2 seen instead of a probability.
        points = points * [1.0, 1.0, 0.5]
    return points


def _follow_one(frames: list[People], path: Path) -> NDArray[np.float64]:
    """Keeps one person: the largest sure one to begin with, then whoever is nearest to the last frame's.

    Returns:
        (T, K, 3) x, y, confidence; all 0 where nobody was there.
    """
    counts = {len(person) for people in frames for person in people}
    if len(counts) != 1:
        what = "no person" if not counts else f"people with {sorted(counts)} points"
        code = "bad-keypoints" if counts else "no-person"
        raise KeypointsError(code, f"{path.name} holds {what}.", _HINT)
    points = np.zeros((len(frames), counts.pop(), 3))
    last: NDArray[np.float64] | None = None
    for number, people in enumerate(frames):
        seen = [person for person in people if np.any(person[:, 2] > 0.0)]
        if not seen:
            continue
        nearness = [_prominence(p) if last is None else -_distance(p, last) for p in seen]
        last = points[number] = seen[int(np.argmax(nearness))]
    return points


def _prominence(person: NDArray[np.float64]) -> float:
    seen = person[person[:, 2] > 0.0]
    return float(np.prod(np.ptp(seen[:, :2], axis=0)) * seen[:, 2].mean())


def _distance(person: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    both = (person[:, 2] > 0.0) & (other[:, 2] > 0.0)
    if not both.any():
        return float("inf")
    return float(np.linalg.norm(person[both, :2] - other[both, :2], axis=-1).mean())


def _assumed_size(seen: NDArray[np.float64], path: Path, warn: Warn) -> tuple[int, int]:
    width, height = (float(value) for value in seen.max(axis=0)) if len(seen) else (1.0, 1.0)
    upright = height > width
    for long, short in _COMMON_SIZES:
        size = (short, long) if upright else (long, short)
        if width <= size[0] and height <= size[1]:
            break
    warn("size-assumed", f"{path.name} says no image size: {size[0]}x{size[1]} pixels are assumed.")
    return size
