"""The protocol is a closed set: what goes out comes back, and nothing else passes."""

from __future__ import annotations

import io
import json

import pytest

from inference import protocol
from inference.channel import Channel
from inference.protocol import Message, ProtocolError

EXAMPLES = {
    "hello": {"protocol": 1, "pid": 7, "python": "3.11.7"},
    "status": {"text": 'Größe 大きさ "quoted" \n next'},
    "progress": {"stage": "detect", "current": 3, "total": 0, "fps": 12.5},
    "warning": {"code": "video-truncated", "text": "short"},
    "preview": {"path": "/jobs/ü/result.preview.npz", "frame": 12},
    "check": {"name": "device", "text": "the processor"},
    "result": {"path": "/a b/ü.npz", "frames": 10, "fps": 29.97},
    "cancelled": {},
    "error": {"code": "no-person", "message": "No person.", "hint": ""},
}


def test_there_is_an_example_of_every_message() -> None:
    assert set(EXAMPLES) == set(protocol.MESSAGES)


@pytest.mark.parametrize("kind", EXAMPLES)
def test_encode_and_parse_are_inverse(kind: str) -> None:
    message = Message(kind, EXAMPLES[kind])
    line = protocol.encode(message)
    assert "\n" not in line
    assert line.isascii()
    assert protocol.parse(line) == message


@pytest.mark.parametrize("kind", EXAMPLES)
def test_each_field_is_needed_and_no_other_is_taken(kind: str) -> None:
    with pytest.raises(ProtocolError, match="surplus"):
        Message(kind, {**EXAMPLES[kind], "surplus": 1})
    for field in EXAMPLES[kind]:
        less = {name: value for name, value in EXAMPLES[kind].items() if name != field}
        with pytest.raises(ProtocolError, match=field):
            protocol.parse(json.dumps({"type": kind, **less}))


@pytest.mark.parametrize(
    "line",
    ["", "Traceback (most recent call last):", "[]", "{}", '{"type": 3}', '{"type": "greeting"}', '"hello"', "null"],
)
def test_other_lines_are_refused(line: str) -> None:
    with pytest.raises(ProtocolError):
        protocol.parse(line)


@pytest.mark.parametrize(
    ("field", "value"),
    [("stage", "nap"), ("stage", 1), ("current", 1.5), ("current", True), ("fps", "12"), ("total", None)],
)
def test_wrong_values_are_refused(field: str, value: object) -> None:
    with pytest.raises(ProtocolError, match=field):
        Message("progress", {**EXAMPLES["progress"], field: value})  # type: ignore[dict-item]


def test_a_channel_sends_one_terminal_message_a_job() -> None:
    stream = io.StringIO()
    channel = Channel(stream)
    assert channel.send("status", text="on my way")
    assert channel.send("cancelled")
    assert not channel.send("result", path="late.npz", frames=1, fps=1.0)
    assert not channel.send("status", text="too late")
    channel.begin()
    assert channel.send("result", path="next.npz", frames=1, fps=1.0)
    kinds = [protocol.parse(line).type for line in stream.getvalue().splitlines()]
    assert kinds == ["status", "cancelled", "result"]


def test_progress_is_throttled_but_its_end_is_told() -> None:
    stream = io.StringIO()
    channel = Channel(stream)
    for frame in range(1, 1001):
        channel.progress("lift", frame, 1000, 100.0)
    told = [protocol.parse(line).number("current") for line in stream.getvalue().splitlines()]
    assert len(told) < 20
    assert told[-1] == 1000
