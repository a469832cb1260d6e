"""The command line's words and the progress it shows; none of it needs Blender."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from blender.checkout import load_package

load_package()

from pose_from_video.addon.headless.estimate import Source, request_of  # noqa: E402
from pose_from_video.addon.headless.options import ClipSettings, UsageError, parse  # noqa: E402
from pose_from_video.addon.headless.progress import Progress, clock  # noqa: E402
from pose_from_video.addon.key_settings import KeySettings  # noqa: E402
from pose_from_video.inference.protocol import Message  # noqa: E402
from pose_from_video.rigs.retarget import RetargetSettings  # noqa: E402

START = ["retarget", "--video=a.mp4", "--rig=b.glb", "--out=c.fbx"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([*START, "--smoothing=2"], "--smoothing"),
        ([*START, "--smoothing=nan"], "--smoothing"),
        ([*START, "--height=17"], "--height"),
        ([*START, "--height=tall"], "--height"),
        ([*START, "--lens=4"], "--lens"),
        ([*START, "--fps=0"], "--fps"),
        ([*START, "--start=9", "--end=9"], "--end"),
        ([*START, "--start=-1"], "--start"),
        ([*START, "--ik=maybe"], "--ik"),
        ([*START, "--root=away"], "--root"),
        ([*START, "--controls=strings"], "--controls"),
        ([*START, "--speed=9"], "--speed"),
        (["retarget", "--rig=b", "--out=c.fbx"], "--video"),
        (["retarget", "--video=a", "--out=c.fbx"], "--rig"),
        ([*START, "--motion=a.bvh"], "--motion"),
        (["retarget", "--motion=a.bvh", "--rig=b", "--out=c.fbx", "--preview=d.mp4"], "--preview"),
        ([*START, "--target=gltf"], "--target"),
        ([*START, "--target=abacus"], "--target"),
        (["retarget", "--video=a.mp4", "--rig=b.glb", "--out=c.blend", "--target=unreal"], "--target"),
        (["batch", "--videos", "a", "--rig=b", "--out=c", "--format=fbx", "--target=unreal"], "--target"),
        (["batch", "--videos", "a", "--rig=b", "--out=c", "--target=unreal", "--nla"], "--nla"),
        (["batch", "--rig=b", "--out=c"], "--videos"),
        (["batch", "--videos", "a", "--motion", "b", "--rig=b", "--out=c"], "--videos"),
        (["batch", "--videos", "a", "--rig=b", "--out=c", "--format=obj"], "--format"),
        ([*START, "--reduce=0"], "--reduce"),
        ([*START, "--reduce=nan"], "--reduce"),
        ([*START, "--nla"], "--nla"),
        (["retarget", "--video=a", "--rig=b", "--out=c.blend", "--nla", "--preview=d.mp4"], "--preview"),
        (["batch", "--videos", "a", "--rig=b", "--out=c", "--nla"], "--nla"),
        ([*START, "--person", "1.5", "3", "4"], "--person"),
        ([*START, "--person", "1", "3"], "--person"),
        ([*START, "--region", "0", "0", "9", "nine"], "--region"),
        ([*START, "--region", "0", "0", "9", "9", "--person", "1", "3", "4"], "--person"),
        (["retarget", "--motion=a.bvh", "--rig=b", "--out=c.fbx", "--edits=d.json"], "--edits"),
        (["people", "--video=a", "--out=b.json", "--frame=-1"], "--frame"),
        (["fly"], "fly"),
        ([], "command"),
    ],
)
def test_wrong_words_are_refused_in_one_sentence(words: list[str], told: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse(words)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_words_become_settings() -> None:
    settings = parse([*START, "--ik=off", "--root=in-place", "--smoothing=0.2", "--end=90", "--fps=24"]).settings
    in_place = RetargetSettings(ik=False, root="in_place")
    assert settings == ClipSettings(pose=in_place, smoothing=0.2, frame_end=90, fps=24.0)
    pose = parse([*START, "--feet=floor", "--right-foot=off", "--root-bone=root", "--heading=character"]).settings.pose
    assert (pose.left_foot, pose.right_foot, pose.root_on, pose.heading) == ("floor", "off", "root", "character")
    assert parse(START).settings == ClipSettings()
    film = Source(Path("a.mp4"))
    assert [request_of(film, parse([*START, *words]).settings)["fingers"] for words in ([], ["--fingers"])] == [
        False,
        True,
    ]
    keys = parse(["retarget", "--video=a.mp4", "--rig=b.glb", "--out=c.blend", "--reduce=0.5", "--nla"]).settings.keys
    assert keys == KeySettings(reduce_deg=0.5, nla=True)
    assert parse([*START, "--target=unity"]).settings.target == "unity"
    batch = ["batch", "--videos", "a", "--rig=b", "--out=c"]
    formats = [parse([*batch, *words]).format for words in ([], ["--format=bvh"], ["--target=gltf"])]
    assert formats == ["fbx", "bvh", "glb"]
    assert parse(["demo"]).out == Path("out/demo")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def detecting(current: int, total: int = 100) -> Message:
    return Message("progress", {"stage": "detect", "current": current, "total": total, "fps": 20.0})


def test_a_terminal_gets_one_line_that_rewrites_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    screen = Terminal()
    progress = Progress(screen)
    for frame in range(50):
        now[0] += 0.0625
        progress.message(detecting(frame))
    shown = screen.getvalue()
    assert "\n" not in shown
    assert shown.count("\r") == 25  # every second one: at most ten a second
    assert shown.endswith("detect  48/100  20.0 frames/s  0:03 left")
    progress.note("Warning: half of it is dark.")
    progress.close()
    assert screen.getvalue().endswith("Warning: half of it is dark.\n")


def test_a_log_gets_a_line_every_few_seconds_and_the_end_of_each_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    log = io.StringIO()
    progress = Progress(log, prefix="[1/2] a.mp4  ")
    for frame in range(101):
        now[0] += 0.25
        progress.message(detecting(frame))
    progress.update("export")
    lines = log.getvalue().splitlines()
    assert [line.split()[-5] for line in lines[:5]] == ["0/100", "20/100", "40/100", "60/100", "80/100"]
    assert len(lines) == 7
    assert lines[0] == "[1/2] a.mp4  detect  0/100  20.0 frames/s  0:05 left"
    assert lines[-2] == "[1/2] a.mp4  detect  100/100  20.0 frames/s"
    assert lines[-1] == "[1/2] a.mp4  export"
    assert "\r" not in log.getvalue()


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0:00"), (59.6, "1:00"), (754, "12:34"), (3723, "1:02:03")])
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text
