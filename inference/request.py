"""request.json: reads it and refuses what is wrong, by name."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .errors import RequestError
from .picture_files import are_pictures
from .protocol import DEFAULT_LIFTER, DEFAULT_QUALITY, QUALITIES, REQUEST_DEFAULTS, REQUEST_SCHEMA

DETECTORS: Final = ("blazepose", "onnx")
_HEIGHT_RANGE_M: Final = (0.3, 3.0)
_LENS_RANGE_MM: Final = (8.0, 400.0)
_FPS_RANGE: Final = (1.0, 1000.0)


@dataclass(frozen=True, slots=True)
class Request:
    """One job, checked.

    Attributes:
        video: the video file, or numbered pictures; None when only keypoints are given.
        output: the result .npz to write.
        keypoints: keypoints made elsewhere (OpenPose folder, COCO JSON, .npz), or None to detect.
        detector: which 2D detector; `onnx` are networks of the user's own.
        detector_models: folder of their .onnx files.
        quality: how closely the film is looked at, by name in `inference.quality`.
        lifter: which weights, by name under `inference/weights/`.
        frame_start, frame_end: half-open range of video frames; None = from the first, to the last.
        person_height_m: standing height of the performer in metres.
        lens_mm: focal length of the camera as for 35 mm film; None = a usual one.
        fps: rate of a film that is numbered pictures; None = 24.
        preview: whether to show what is seen while the detection runs.
        fingers: whether to look at the fingers too.
        edits: what the user set right, see `inference.edit.edits`; None = nothing.
        redo: half-open range of frames of `keypoints` that alone are detected again.
        region: x0, y0, x1, y1, pixels of the picture after rotation: nobody outside is looked at.
        person: frame of the film, x, y in pixels: whoever is there is followed through the film.
        people: frame of the film whose people are listed; there is no pose then, and `output` is a .json.
    """

    video: Path | None
    output: Path
    keypoints: Path | None = None
    detector: str = "blazepose"
    detector_models: Path | None = None
    quality: str = DEFAULT_QUALITY
    lifter: str = DEFAULT_LIFTER
    frame_start: int = 0
    frame_end: int | None = None
    person_height_m: float | None = None
    lens_mm: float | None = None
    fps: float | None = None
    preview: bool = False
    fingers: bool = False
    edits: Path | None = None
    redo: tuple[int, int] | None = None
    region: tuple[float, float, float, float] | None = None
    person: tuple[int, float, float] | None = None
    people: int | None = None

    def __post_init__(self) -> None:
        if self.video is None and self.keypoints is None:
            raise RequestError("The request names neither a video nor keypoints.", "Set `video` to a file.")
        if self.detector not in DETECTORS:
            raise RequestError(f"There is no detector {self.detector!r}.", f"Use one of: {', '.join(DETECTORS)}.")
        if (self.detector == "onnx") != (self.detector_models is not None):
            raise RequestError(
                "`detector_models` is the folder of the networks of the detector 'onnx'; one of the two is missing.",
                "Give both, or neither.",
            )
        if self.quality not in QUALITIES:
            raise RequestError(f"There is no quality {self.quality!r}.", f"Use one of: {', '.join(QUALITIES)}.")
        if self.frame_start < 0:
            raise RequestError(f"frame_start is {self.frame_start}, expected 0 or more.", "Frames count from 0.")
        if self.frame_end is not None and self.frame_end <= self.frame_start:
            raise RequestError(
                f"The frame range {self.frame_start}..{self.frame_end} is empty.", "frame_end lies behind frame_start."
            )
        low, high = _HEIGHT_RANGE_M
        if self.person_height_m is not None and not low <= self.person_height_m <= high:
            raise RequestError(f"person_height_m is {self.person_height_m}, expected {low}..{high} metres.")
        low, high = _LENS_RANGE_MM
        if self.lens_mm is not None and not low <= self.lens_mm <= high:
            raise RequestError(f"lens_mm is {self.lens_mm}, expected {low}..{high} millimetres, as for 35 mm film.")
        if self.fps is not None:
            self._check_fps(self.fps)
        what, ending = ("output", ".npz") if self.people is None else ("output of people", ".json")
        if self.output.suffix != ending:
            raise RequestError(f"The {what} {self.output.name!r} must end in {ending}.")
        self._check_looking()

    def _check_fps(self, fps: float) -> None:
        low, high = _FPS_RANGE
        if not low <= fps <= high:
            raise RequestError(f"fps is {fps}, expected {low}..{high}.")
        if self.video is None or not are_pictures(self.video):
            raise RequestError("fps is for numbered pictures; a film has times of its own.", "Leave fps out.")

    def _check_looking(self) -> None:
        """What says where in the film to look must fit together."""
        if self.redo is not None:
            self._check_redo(*self.redo)
        if self.keypoints is not None and self.redo is None and (self.region or self.person):
            key = "region" if self.region else "person"
            raise RequestError(
                f"With keypoints the film is not looked at, so {key} says nothing.",
                "Leave `keypoints` out, or name the frames to look at again with `redo`.",
            )
        if self.region and self.person:
            raise RequestError("The request names a region and a person.", "Give one of them.")
        if self.region is not None:
            x0, y0, x1, y1 = self.region
            if not (x0 < x1 and y0 < y1):
                raise RequestError(
                    f"The region {list(self.region)} is empty.", "Give x0, y0, x1, y1 with x0 < x1, y0 < y1."
                )
        if self.video is None and (self.region or self.person or self.people is not None):
            raise RequestError("The request says where to look, but names no video.", "Set `video` to the film.")
        for key, frame in (("person", self.person[0] if self.person else None), ("people", self.people)):
            if frame is not None and frame < 0:
                raise RequestError(f"{key} names the frame {frame}, expected 0 or more.", "Frames count from 0.")

    def _check_redo(self, start: int, end: int) -> None:
        if self.video is None or self.keypoints is None:
            raise RequestError(
                "redo needs the video and the keypoints of the earlier result.", "Set `video` and `keypoints`."
            )
        if not 0 <= start < end:
            raise RequestError(f"The range {start}..{end} of redo is empty.", "Give [first, behind the last], from 0.")
        if self.frame_start or self.frame_end is not None:
            raise RequestError(
                "redo keeps all frames of the earlier result, so it takes no frame_start or frame_end.",
                "Leave them out.",
            )

    @property
    def source(self) -> Path:
        """The file that messages name: the video where there is one, else the keypoints."""
        source = self.video or self.keypoints
        assert source is not None  # __post_init__ saw to it
        return source


def load_request(path: Path) -> Request:
    """Reads and checks a request file.

    Raises:
        RequestError: the file is missing, is not JSON, or a key is unknown, missing or out of range.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RequestError(f"The request {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise RequestError(f"The request {path} is not JSON: {error}.") from error
    if not isinstance(values, dict):
        raise RequestError(f"The request {path} must be a JSON object.")
    return parse_request(values)


def parse_request(values: Mapping[str, object]) -> Request:
    """Checks the keys and types of a request and fills in the defaults.

    Raises:
        RequestError: a key is unknown, missing, of the wrong type or out of range; the message names it.
    """
    unknown = sorted(set(values) - set(REQUEST_DEFAULTS))
    if unknown:
        raise RequestError(
            f"The request has the unknown key {unknown[0]!r}.", f"Known keys: {', '.join(REQUEST_DEFAULTS)}."
        )
    given = {**REQUEST_DEFAULTS, **values}
    if given["schema"] != REQUEST_SCHEMA:
        raise RequestError(f"The request has schema {given['schema']!r}, expected {REQUEST_SCHEMA}.")
    output = _path(given, "output")
    if output is None:
        raise RequestError("The request names no output.", "Set `output` to the .npz to write.")
    return Request(
        video=_path(given, "video"),
        output=output,
        keypoints=_path(given, "keypoints"),
        detector=_text(given, "detector"),
        detector_models=_path(given, "detector_models"),
        quality=_text(given, "quality"),
        lifter=_text(given, "lifter"),
        frame_start=_integer(given, "frame_start") or 0,
        frame_end=_integer(given, "frame_end"),
        person_height_m=_number(given, "person_height_m"),
        lens_mm=_number(given, "lens_mm"),
        fps=_number(given, "fps"),
        preview=_flag(given, "preview"),
        fingers=_flag(given, "fingers"),
        edits=_path(given, "edits"),
        redo=_range(given, "redo"),
        region=_region(given, "region"),
        person=_place(given, "person"),
        people=_integer(given, "people"),
    )


def _wrong_type(key: str, expected: str, value: object) -> RequestError:
    return RequestError(f"The request's {key} must be {expected}, got {value!r}.")


def _path(values: Mapping[str, object], key: str) -> Path | None:
    value = values[key]
    if value is None:
        return None
    if not isinstance(value, str) or not value or "\0" in value:
        raise _wrong_type(key, "a path or null", value)
    return Path(value)


def _text(values: Mapping[str, object], key: str) -> str:
    value = values[key]
    if not isinstance(value, str) or not value:
        raise _wrong_type(key, "a name", value)
    return value


def _flag(values: Mapping[str, object], key: str) -> bool:
    value = values[key]
    if not isinstance(value, bool):
        raise _wrong_type(key, "true or false", value)
    return value


def _integer(values: Mapping[str, object], key: str) -> int | None:
    value = values[key]
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise _wrong_type(key, "a whole number or null", value)


def _number(values: Mapping[str, object], key: str) -> float | None:
    value = values[key]
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _wrong_type(key, "a number or null", value)
    return float(value)


def _numbers(values: Mapping[str, object], key: str, count: int, expected: str) -> list[float] | None:
    value = values[key]
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != count:
        raise _wrong_type(key, expected, value)
    if any(isinstance(n, bool) or not isinstance(n, int | float) or not math.isfinite(n) for n in value):
        raise _wrong_type(key, expected, value)
    return value


def _range(values: Mapping[str, object], key: str) -> tuple[int, int] | None:
    expected = "[first frame, frame behind the last]"
    numbers = _numbers(values, key, 2, expected)
    if numbers is None:
        return None
    start, end = numbers
    if not (isinstance(start, int) and isinstance(end, int)):
        raise _wrong_type(key, expected, numbers)
    return start, end


def _region(values: Mapping[str, object], key: str) -> tuple[float, float, float, float] | None:
    numbers = _numbers(values, key, 4, "[x0, y0, x1, y1] in pixels")
    if numbers is None:
        return None
    x0, y0, x1, y1 = map(float, numbers)
    return x0, y0, x1, y1


def _place(values: Mapping[str, object], key: str) -> tuple[int, float, float] | None:
    expected = "[frame, x, y], the frame a whole number"
    numbers = _numbers(values, key, 3, expected)
    if numbers is None:
        return None
    frame, x, y = numbers
    if not isinstance(frame, int):
        raise _wrong_type(key, expected, numbers)
    return frame, float(x), float(y)
