"""Requests: what is wrong is refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inference.errors import RequestError
from inference.protocol import REQUEST_DEFAULTS
from inference.request import load_request, parse_request

GOOD = {"schema": 1, "video": "/clips/größe 大.mp4", "output": "/out/a.npz"}


def test_defaults_are_filled_in() -> None:
    request = parse_request(GOOD)
    assert request.video == Path("/clips/größe 大.mp4")
    assert request.output == Path("/out/a.npz")
    for key in ("detector", "lifter", "person_height_m", "lens_mm", "keypoints", "frame_end"):
        assert getattr(request, key) == REQUEST_DEFAULTS[key]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("schema", 2),
        ("schema", None),
        ("video", ""),
        ("video", 3),
        ("video", None),
        ("video", "a\0b"),
        ("output", None),
        ("output", "/out/a.txt"),
        ("keypoints", ["x"]),
        ("detector", "crystal-ball"),
        ("lifter", 27),
        ("frame_start", -1),
        ("frame_start", 1.5),
        ("frame_end", 0),
        ("frame_end", True),
        ("person_height_m", 175),
        ("person_height_m", float("nan")),
        ("person_height_m", "much"),
        ("lens_mm", 4),
        ("lens_mm", 500),
        ("lens_mm", "wide"),
        ("preview", 1),
        ("smoothing", 0.5),
        ("edits", 3),
        ("redo", [0, 5]),
        ("redo", [5]),
        ("redo", [1.5, 3]),
        ("region", [0, 0, 5]),
        ("region", [5, 0, 5, 9]),
        ("region", [0, 0, "a", 9]),
        ("person", [1, 2]),
        ("person", [-1, 2.0, 2.0]),
        ("person", [1.5, 2.0, 2.0]),
        ("people", -1),
        ("people", "all"),
        ("colour", "red"),
    ],
)
def test_what_is_wrong_is_named(key: str, value: object) -> None:
    with pytest.raises(RequestError) as caught:
        parse_request({**GOOD, key: value})
    assert key in caught.value.message.lower().replace("frame range", "frame_end")
    assert caught.value.code == "bad-request"


@pytest.mark.parametrize("text", ["", "{", "[1]", "null"])
def test_a_file_that_is_not_an_object_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "request.json"
    path.write_text(text)
    with pytest.raises(RequestError, match=r"request\.json"):
        load_request(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"nowhere\.json"):
        load_request(tmp_path / "nowhere.json")


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "request.json"
    path.write_text(json.dumps({**GOOD, "frame_start": 3, "frame_end": 9}), encoding="utf-8")
    request = load_request(path)
    assert (request.frame_start, request.frame_end) == (3, 9)
