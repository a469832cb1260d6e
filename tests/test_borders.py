"""Who may import whom: the table of docs/design.md, read from the source itself."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
STANDARD = set(sys.stdlib_module_names)
BLENDER = {
    "bpy",
    "blf",
    "mathutils",
    "bpy_extras",
    "gpu",
    "gpu_extras",
    "addon_utils",
    "bl_pkg",
    "bl_operators",
    "bl_ui",
}
RUNTIME = {"numpy", "cv2", "mediapipe", "onnxruntime", "scipy", "safetensors", "tqdm", "flatbuffers"}
TRAINING = {"torch", "onnx", "onnxscript"}


def allowed_in(path: Path) -> set[str]:
    """Top-level packages that a file may import, by the room it stands in."""
    room, *rest = path.relative_to(ROOT).parts
    if room == "rigs":
        return STANDARD | {"numpy"}
    if room == "addon":
        return STANDARD | {"numpy"} | BLENDER
    if path.name in ("protocol.py", "picture_files.py"):
        return STANDARD
    if rest[0] in ("models", "train"):
        return STANDARD | RUNTIME | TRAINING
    if rest[0] == "evaluate":
        return STANDARD | RUNTIME | {"torch", "matplotlib"}
    return STANDARD | RUNTIME


def imports_of(source: str) -> set[tuple[int, str]]:
    """(level, module) of every import in the source, nested ones too; level 0 is absolute."""
    found: set[tuple[int, str]] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {(0, alias.name) for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add((node.level, node.module))
        elif isinstance(node, ast.ImportFrom):
            found |= {(node.level, alias.name) for alias in node.names}
    return found


def trespasses(path: Path, source: str) -> list[str]:
    """Imports of a file that its room forbids."""
    depth = len(path.relative_to(ROOT).parts) - 1
    problems = []
    for level, module in sorted(imports_of(source)):
        top = module.split(".")[0]
        if level == 0 and top not in allowed_in(path):
            problems.append(module)
        elif level > depth:  # reaches out of its room to the extension's root
            shared = module in ("inference.protocol", "inference.picture_files", "inference")
            if path.relative_to(ROOT).parts[0] != "addon" or not (top == "rigs" or shared):
                problems.append("." * level + module)
    return problems


FILES = sorted(path for room in ("rigs", "inference", "addon") for path in (ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_room_imports_only_what_it_may(path: Path) -> None:
    assert trespasses(path, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("rigs/maths.py", "import bpy"),
        ("rigs/maths.py", "from ..inference import protocol"),
        ("rigs/maths.py", "import scipy.spatial"),
        ("inference/video.py", "import torch"),
        ("inference/detect/video.py", "from ...rigs import skeleton"),
        ("inference/protocol.py", "import numpy"),
        ("addon/panel.py", "from ..inference.lift import lifter"),
        ("addon/headless/cli.py", "def f():\n    import cv2"),
    ],
)
def test_trespass_is_seen(place: str, line: str) -> None:
    assert trespasses(ROOT / place, line) != []


def test_joint_names_stand_twice_and_agree() -> None:
    """The border forbids one definition, so the two must be equal."""
    from inference import joints
    from rigs.skeleton import H36M_17

    assert tuple(joints.NAMES) == tuple(H36M_17.joint_names)
    assert tuple(joints.PARENTS) == tuple(H36M_17.parents)


def test_files_stay_readable() -> None:
    """One thing a file: none over 400 lines."""
    long = {str(path.relative_to(ROOT)): n for path in FILES if (n := len(path.read_text().splitlines())) > 400}
    assert long == {}


def test_root_holds_only_what_the_house_allows() -> None:
    fixed = {"addon", "inference", "rigs", "tests", "docs", "samples", "blender_manifest.toml", "build.py", "README.md"}
    fixed |= {"__init__.py", "pyproject.toml", "LICENSE", "out", "__pycache__"}
    assert {path.name for path in ROOT.iterdir() if not path.name.startswith(".")} <= fixed
