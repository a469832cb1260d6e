"""The headless command line: what it makes, what it measures, and how it fails."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from blender_host import BOOTSTRAP, HOSTS, NEWEST, ROOT, command, each_host, environment, newest_host, run_in_blender
from headless_support import walking_joints, write_result

pytestmark = pytest.mark.bpy

CLI = ROOT / "tests" / "blender" / "headless_cli.py"
CHILD = ROOT / "tests" / "blender" / "headless_child.py"
FPS = 25.0
FRAMES = 20


def run_cli(host: str, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return run_in_blender(host, CLI, *words, env=variables, check=False)


def check_refused(done: subprocess.CompletedProcess[str], *words: str, code: int = 1) -> None:
    """One sentence that has the words in it, no traceback, the exit code."""
    assert done.returncode == code, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert all(word in lines[-1] for word in words), done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert lines[-1].endswith((".", "?", "!")) or "--help" in lines[-1]


@pytest.fixture(scope="session")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the figure as .blend, and one that lacks its shins."""
    if not HOSTS:
        pytest.skip("no bpy wheel under .venv and no POSE_BLENDER")
    folder = tmp_path_factory.mktemp("rig")
    code = """
import sys
from pathlib import Path
import headless_rig
from pose_from_video.addon.headless import scene
folder = Path(sys.argv[-1])
scene.empty_scene()
headless_rig.build()
headless_rig.save(folder / "figure.blend")
scene.empty_scene()
headless_rig.build(skip="Leg")
headless_rig.save(folder / "legless.blend")
"""
    run_in_blender(next(iter(HOSTS)), code, str(folder))  # the oldest: no Blender reads a newer one's files
    return folder


@pytest.fixture
def result(tmp_path: Path) -> Path:
    return write_result(tmp_path / "walk.npz", walking_joints(FRAMES, FPS), FPS)


MEASURE = """
import json, sys
from pathlib import Path
from pose_from_video.addon.headless.measure import measure
from pose_from_video.addon.headless.options import ClipSettings
print("REPORT" + json.dumps(measure(Path(sys.argv[-2]), Path(sys.argv[-1]), ClipSettings().smoothing)))
"""


def measured(host: str, path: Path, result: Path) -> dict[str, object]:
    done = run_in_blender(host, MEASURE, str(path), str(result))
    line = next(line for line in done.stdout.splitlines() if line.startswith("REPORT"))
    figures: dict[str, object] = json.loads(line.removeprefix("REPORT"))
    return figures


@each_host
def test_directions_come_through_to_the_exported_file(host: str, rig: Path, result: Path, tmp_path: Path) -> None:
    """Limbs point where the performer's do, within 2 degrees with IK off and 10 with it on, and bend forward."""
    for ik, limit in (("off", 2.0), ("on", 10.0)):
        out = tmp_path / f"out {ik}.fbx"
        done = run_cli(
            host, "retarget", f"--result={result}", f"--rig={rig / 'figure.blend'}", f"--out={out}", f"--ik={ik}"
        )
        assert done.returncode == 0, done.stderr
        assert len(done.stdout.splitlines()) == 1, done.stdout  # none of Blender's own chatter
        assert out.name in done.stdout and f"{FRAMES} frames" in done.stdout
        figures = measured(host, out, result)
        assert figures["frames"] == FRAMES
        assert figures["direction_deg"]["worst"]["p95"] < limit, figures  # type: ignore[index]
        assert len(figures["direction_deg"]) == 9  # type: ignore[arg-type]
        assert figures["backward_elbow_frames"] == figures["backward_knee_frames"] == 0
        assert -0.02 < figures["feet_lowest_m"] < 0.1  # type: ignore[operator]
        assert figures["largest_turn_deg"] < 30.0  # type: ignore[operator]


@newest_host
def test_measuring_finds_faults(host: str, rig: Path, result: Path, tmp_path: Path) -> None:
    """The measure itself: a film played backwards, a mirrored elbow and a sunken body must show."""
    out = tmp_path / "out.glb"
    done = run_cli(host, "retarget", f"--result={result}", f"--rig={rig / 'figure.blend'}", f"--out={out}", "--ik=off")
    assert done.returncode == 0, done.stderr
    other = write_result(tmp_path / "other.npz", walking_joints(FRAMES, FPS)[::-1].copy(), FPS)
    assert measured(host, out, result)["direction_deg"]["worst"]["p95"] < 2.0  # type: ignore[index]
    assert measured(host, out, other)["direction_deg"]["worst"]["p95"] > 10.0  # type: ignore[index]
    spoiled = run_in_blender(
        host,
        """
import json, math, sys
from pathlib import Path
import bpy
from mathutils import Quaternion
from pose_from_video.addon import rates
from pose_from_video.addon.headless import exporter, importer, measure, scene
source, target, result = (Path(word) for word in sys.argv[-3:])
scene.empty_scene()
rates.set_frame_rate(scene.current_scene(), 25.0)
character = importer.add_animated(source)
armature = character.armature
action = armature.animation_data.action
first, last = (round(frame) for frame in action.frame_range)
bone = armature.pose.bones["mixamorig:LeftForeArm"]
for frame in range(first, last + 1):
    scene.go_to(scene.current_scene(), frame)
    bone.rotation_quaternion = bone.rotation_quaternion.inverted()
    bone.keyframe_insert("rotation_quaternion", frame=frame)
armature.location.z = -0.3
exporter.export_character(character, action, target)
print("REPORT" + json.dumps(measure.measure(target, result, 0.5)))
""",
        str(out),
        str(tmp_path / "spoiled.glb"),
        str(result),
    )
    figures = json.loads(next(line for line in spoiled.stdout.splitlines() if line.startswith("REPORT"))[6:])
    assert figures["backward_elbow_frames"] > FRAMES // 2
    assert figures["direction_deg"]["forearm_left"]["median"] > 20.0
    assert figures["direction_deg"]["forearm_right"]["median"] < 2.0
    assert figures["feet_lowest_m"] < -0.2


NODES = """
import sys
import bpy
from pose_from_video.addon.headless import scene
scene.empty_scene()
bpy.ops.import_scene.fbx(filepath=sys.argv[-1])
(rig,) = (item for item in bpy.data.objects if item.type == "ARMATURE")
(take,) = bpy.data.actions
print("REPORT", rig.name, take.name, scene.current_scene().render.fps, sep=";")
"""


@newest_host
@pytest.mark.parametrize(
    ("target", "node", "take", "fps"), [("unreal", "Armature", "out", 25), ("mixamo", "", "mixamo.com", 30)]
)
def test_each_program_gets_what_it_wants(
    host: str, rig: Path, result: Path, tmp_path: Path, target: str, node: str, take: str, fps: int
) -> None:
    out = tmp_path / "out.fbx"
    words = [f"--result={result}", f"--rig={rig / 'figure.blend'}", f"--out={out}", f"--target={target}"]
    done = run_cli(host, "retarget", *words)
    assert done.returncode == 0, done.stderr
    read = run_in_blender(host, NODES, str(out)).stdout
    _, found, named, rate = next(line for line in read.splitlines() if line.startswith("REPORT")).split(";")
    assert found == (node or "Figure")
    assert take in named
    assert int(rate) == fps


@newest_host
def test_another_rate_keeps_the_length(host: str, rig: Path, result: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.fbx"
    done = run_cli(
        host, "retarget", f"--result={result}", f"--rig={rig / 'figure.blend'}", f"--out={out}", "--fps=50", "--ik=off"
    )
    assert f"{2 * (FRAMES - 1) + 1} frames" in done.stdout, done.stderr


@newest_host
@pytest.mark.skipif("POSE_DATA" not in os.environ, reason="POSE_DATA is not set: no downloaded rigs")
@pytest.mark.parametrize(
    "name",
    ["rigify_basic_human_generated.blend", "mpfb_mixamo.fbx", "kaykit_Rogue.glb", "mpfb_default_no_toes.glb"],
)
def test_downloaded_rigs_follow_the_performer(host: str, name: str, result: Path, tmp_path: Path) -> None:
    """Measured on the bones that carry the mesh: a control that is keyed moves nothing while its switch is off."""
    out = tmp_path / "out.fbx"
    rig = Path(os.environ["POSE_DATA"]) / "rigs" / name
    done = run_cli(host, "retarget", f"--result={result}", f"--rig={rig}", f"--out={out}", "--ik=off")
    assert done.returncode == 0, done.stderr
    figures = measured(host, out, result)
    assert figures["direction_deg"]["worst"]["p95"] < 2.0  # type: ignore[index]
    assert figures["backward_elbow_frames"] == figures["backward_knee_frames"] == 0


WEIGHTS = ROOT / "inference" / "weights" / "atcn-27.onnx"


@newest_host
@pytest.mark.skipif(not WEIGHTS.is_file(), reason=f"no weights at {WEIGHTS.relative_to(ROOT)}")
def test_keypoints_become_keys_through_the_real_inference(host: str, rig: Path, tmp_path: Path) -> None:
    """2D joints of the walking figure in, an animated FBX out; what the lifter made is what the limbs do."""
    walk = write_result(tmp_path / "walk.npz", walking_joints(60, FPS), FPS)
    with np.load(walk, allow_pickle=False) as arrays:
        keypoints = {"keypoints_px": arrays["joints_px"], "confidence": arrays["confidence"]}
        truth = arrays["joints_camera_m"]
    np.savez(tmp_path / "points.npz", **keypoints, layout="h36m-17", fps=FPS, image_size=np.array([320, 240]))
    out, kept = tmp_path / "out.fbx", tmp_path / "kept.npz"
    words = [f"--keypoints={tmp_path / 'points.npz'}", f"--rig={rig / 'figure.blend'}", f"--out={out}", "--ik=off"]
    done = run_cli(host, "retarget", *words, f"--result={kept}")
    assert done.returncode == 0, done.stderr
    assert "lift" in done.stderr
    figures = measured(host, out, kept)
    assert figures["frames"] == 60
    assert figures["direction_deg"]["worst"]["p95"] < 2.0  # type: ignore[index]
    with np.load(kept, allow_pickle=False) as arrays:
        lifted = arrays["joints_camera_m"]
    # The lifted figure walks as the true one does: its ankles swing in step.
    swing = [values[:, 3, 2] - values[:, 6, 2] for values in (truth, lifted)]
    assert np.corrcoef(swing[0], swing[1])[0, 1] > 0.8


@newest_host
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--rig={rig}/figure.blend", "--out={tmp}/out.fbx", "--preview={tmp}/film.avi"], [".mp4", "film.avi"]),
        (["--rig={rig}/figure.blend", "--out={tmp}/out.bvh", "--preview={tmp}/film.mp4"], ["out.bvh"]),
        (["--rig={rig}/figure.blend", "--out={tmp}/out.obj"], [".fbx", "out.obj"]),
        (["--rig={rig}/figure.blend", "--out={tmp}/walk.npz/out.fbx"], ["out.fbx"]),
        (["--rig={rig}/absent.blend", "--out={tmp}/out.fbx"], ["absent.blend"]),
        (["--rig={rig}/figure.blend", "--out={tmp}/out.fbx", "--armature=Nobody"], ["Nobody", "Figure"]),
        (["--rig={rig}/figure.blend", "--out={tmp}/out.fbx", "--video={tmp}/absent.mp4"], ["absent.mp4"]),
        (["--rig={rig}/figure.blend", "--out={tmp}/out.fbx", "--result={tmp}/absent.npz"], ["absent.npz"]),
    ],
)
def test_refusals(host: str, words: list[str], told: list[str], rig: Path, result: Path, tmp_path: Path) -> None:
    given = [word.format(rig=rig, tmp=tmp_path) for word in words]
    result_word = [] if any("--result" in word for word in given) else [f"--result={result}"]
    check_refused(run_cli(host, "retarget", *given, *result_word), *told)
    assert [path.name for path in tmp_path.iterdir()] == [result.name]


@newest_host
def test_unknown_rig_names_the_missing_bones(host: str, rig: Path, result: Path, tmp_path: Path) -> None:
    done = run_cli(
        host, "retarget", f"--result={result}", f"--rig={rig / 'legless.blend'}", f"--out={tmp_path / 'o.fbx'}"
    )
    check_refused(done, "shin")


@newest_host
def test_a_wrong_command_line_has_a_status_of_its_own(host: str) -> None:
    check_refused(run_cli(host, "retarget", "--ik=maybe"), "--ik", code=2)


@newest_host
def test_debug_shows_the_traceback(host: str, tmp_path: Path) -> None:
    done = run_cli(host, "retarget", "--debug", "--video=a", "--rig=absent.fbx", f"--out={tmp_path / 'o.fbx'}")
    assert done.returncode == 1 and "Traceback" in done.stderr


# ── With the inference process: a stand-in that speaks its protocol ──────────────────────────────────────────────────


@pytest.fixture
def stand_in(tmp_path: Path, result: Path) -> dict[str, str]:
    """Environment in which the stand-in is the runtime."""
    if os.name == "nt":
        pytest.skip("the stand-in is a shell script")
    program = tmp_path / "runtime"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -u "{CHILD}"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    log = tmp_path / "log.txt"
    log.touch()
    return {"POSE_RUNTIME_PYTHON": str(program), "POSE_TEST_RESULT": str(result), "POSE_TEST_LOG": str(log)}


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    folder = tmp_path / "shots"
    folder.mkdir()
    for name in ("a one.mp4", "b bad.mp4", "ç trois.mp4"):
        (folder / name).write_bytes(name.encode())
    return folder


@newest_host
def test_batch_goes_on_after_a_bad_film_and_does_nothing_twice(
    host: str, rig: Path, shots: Path, tmp_path: Path, stand_in: dict[str, str]
) -> None:
    out, log = tmp_path / "out", Path(stand_in["POSE_TEST_LOG"])
    words = ["batch", f"--videos={shots}/*.mp4", f"--rig={rig / 'figure.blend'}", f"--out={out}", "--format=glb"]
    done = run_cli(host, *words, **stand_in)
    assert done.returncode == 1, done.stderr
    assert "2 made, 0 kept, 1 failed" in done.stdout
    assert "b bad.mp4" in done.stdout and "No person was found" in done.stdout
    assert sorted(path.name for path in out.iterdir()) == ["a one.glb", "batch.json", "ç trois.glb"]
    assert log.read_text().splitlines() == ["started", "a one.mp4", "b bad.mp4", "ç trois.mp4"]

    (shots / "b bad.mp4").unlink()
    before = (out / "a one.glb").stat().st_mtime_ns
    done = run_cli(host, *words, **stand_in)
    assert done.returncode == 0 and "0 made, 2 kept, 0 failed" in done.stdout, done.stdout
    assert (out / "a one.glb").stat().st_mtime_ns == before

    (shots / "a one.mp4").write_bytes(b"another take")
    assert "1 made, 1 kept" in run_cli(host, *words, **stand_in).stdout
    assert "2 made, 0 kept" in run_cli(host, *words, "--ik=off", **stand_in).stdout


@newest_host
def test_batch_refuses_what_it_cannot_begin(
    host: str, rig: Path, shots: Path, tmp_path: Path, stand_in: dict[str, str]
) -> None:
    twin = tmp_path / "a one.mov"
    twin.touch()
    start = ["batch", f"--rig={rig / 'figure.blend'}", f"--out={tmp_path / 'out'}"]
    check_refused(run_cli(host, *start, "--videos", f"{shots}/*.avi", **stand_in), "*.avi")
    check_refused(run_cli(host, *start, "--videos", f"{shots}/a one.mp4", str(twin), **stand_in), "a one.mov")
    check_refused(
        run_cli(host, "batch", f"--rig={rig}/no.fbx", f"--out={tmp_path}/out", f"--videos={shots}/*", **stand_in),
        "no.fbx",
    )
    assert Path(stand_in["POSE_TEST_LOG"]).read_text() == ""


@newest_host
def test_a_kept_result_is_used_until_the_settings_change(
    host: str, rig: Path, shots: Path, tmp_path: Path, stand_in: dict[str, str]
) -> None:
    log, kept = Path(stand_in["POSE_TEST_LOG"]), tmp_path / "kept" / "pose.npz"
    words = ["retarget", f"--video={shots / 'a one.mp4'}", f"--rig={rig / 'figure.blend'}"]
    words += [f"--out={tmp_path / 'o.glb'}", f"--result={kept}"]
    for extra, starts in (([], 1), ([], 1), (["--ik=off", "--smoothing=0.1"], 1), (["--height=1.6"], 2)):
        done = run_cli(host, *words, *extra, **stand_in)
        assert done.returncode == 0, done.stderr
        assert log.read_text().count("started") == starts, extra
    assert sorted(path.name for path in kept.parent.iterdir()) == ["pose.json", "pose.npz"]


@pytest.fixture
def running(rig: Path, shots: Path, tmp_path: Path, stand_in: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A retarget of a film that takes twenty seconds, already detecting."""
    assert NEWEST is not None
    film = shots / "slow.mp4"
    film.write_bytes(b"slow")
    words = ["retarget", f"--video={film}", f"--rig={rig / 'figure.blend'}", f"--out={tmp_path / 'o.fbx'}"]
    with tempfile.TemporaryDirectory() as resources:
        process = subprocess.Popen(
            command(NEWEST, BOOTSTRAP, str(CLI), *words),
            cwd=ROOT,
            env=environment(Path(resources), stand_in),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        for line in process.stderr:
            if "detect" in line:
                break
        yield process
        process.kill()
        process.communicate()


@pytest.mark.skipif(os.name == "nt", reason="signals of another kind")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_cancels_within_two_seconds(
    running: subprocess.Popen[str], number: signal.Signals, tmp_path: Path
) -> None:
    started = time.monotonic()
    running.send_signal(number)
    _, errors = running.communicate(timeout=20)
    assert running.returncode == 130, errors
    assert time.monotonic() - started < 2.0
    assert errors.strip().splitlines()[-1].startswith("Cancelled")
    assert "Traceback" not in errors
    assert not list(tmp_path.glob("*.fbx")) and not list(tmp_path.glob(".*"))
