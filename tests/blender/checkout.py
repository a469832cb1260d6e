"""Make the checkout importable as one package, the way an installed extension is."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "pose_from_video"
AVATARS = ROOT / "samples" / "avatars"
AVATAR = AVATARS / "woman_mixamo.glb"
FILM = ROOT / "samples" / "film.mp4"


def load_package() -> None:
    """Make `import pose_from_video` work; the add-on's relative imports need one root package."""
    if PACKAGE in sys.modules:
        return
    spec = importlib.util.spec_from_file_location(PACKAGE, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    if spec is None or spec.loader is None:
        raise ImportError(f"{ROOT} holds no package")
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)
