"""The extension as users get it: built by Blender's own builder, opened, validated, installed, enabled, used."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest
from blender_host import HOSTS, ROOT, command, each_host, environment

SCRIPT = Path(__file__).parent / "blender" / "addon_installed.py"
LIMIT_MB = 60


def _extension(host: str, *args: str) -> str:
    """Run Blender's extension command; its text output."""
    if host == "blender":
        arguments = [str(HOSTS[host]), "--command", "extension", *args]
    else:
        (tool,) = (HOSTS[host].parents[1] / "lib").glob("python*/site-packages/bpy/*/scripts/addons_core/bl_pkg/cli")
        arguments = [str(HOSTS[host]), str(tool / "blender_ext.py"), *args]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module", params=list(HOSTS)[-1:] or [None])
def package(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built zip."""
    if request.param is None:
        pytest.skip("no bpy wheel under .venv and no POSE_BLENDER")
    path = tmp_path_factory.mktemp("package") / "pose_from_video.zip"
    _extension(request.param, "build", "--source-dir", str(ROOT), "--output-filepath", str(path))
    return path


@pytest.fixture(scope="module")
def names(package: Path) -> set[str]:
    """Files in the zip."""
    with zipfile.ZipFile(package) as archive:
        assert archive.testzip() is None
        return {name for name in archive.namelist() if not name.endswith("/")}


def _needed() -> set[str]:
    """Everything that the add-on and its child run on, as it lies in the checkout."""
    kept = {"__init__.py", "blender_manifest.toml", "LICENSE"}
    kept |= {f"inference/environments/{name}.lock" for name in ("runtime", "models")}
    for room in ("addon", "rigs", "inference"):
        for path in (ROOT / room).rglob("*"):
            relative = path.relative_to(ROOT)
            for_developers = relative.parts[:2] in (
                ("inference", "train"),
                ("inference", "evaluate"),
                ("addon", "bench"),
                ("inference", "bench"),
                ("inference", "data"),
                ("inference", "models"),
            ) or relative.parts[:3] == ("inference", "environments", "make.py")
            if path.suffix in (".py", ".json", ".onnx") and not for_developers:
                kept.add(relative.as_posix())
    return kept


def test_everything_needed_is_in(names: set[str]) -> None:
    assert _needed() - names == set()


def test_nothing_else_is_in(names: set[str]) -> None:
    tops = {name.split("/")[0] for name in names}
    assert tops <= {"__init__.py", "blender_manifest.toml", "LICENSE", "README.md", "addon", "rigs", "inference"}
    rooms = ("/bench/", "/inference/data/", "/train/", "/evaluate/")
    forbidden = (*rooms, "__pycache__", ".pyc", ".zip", ".tmp", "/.", "blender-")
    assert [name for name in names if any(part in f"/{name}" for part in forbidden)] == []


def test_it_is_small(package: Path) -> None:
    assert package.stat().st_size < LIMIT_MB * 1e6


@pytest.mark.bpy
@each_host
def test_blender_validates_it(host: str, package: Path) -> None:
    assert "Success" in _extension(host, "validate", str(package))


@pytest.mark.bpy
@each_host
def test_it_installs_enables_and_leaves_again(host: str, package: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        command(host, SCRIPT, str(package)),
        cwd=tmp_path,
        env=environment(tmp_path / "user"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "installed and used" in done.stdout
