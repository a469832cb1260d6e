"""What each program wants of a file, as data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

_FILE: Final = Path(__file__).with_name("targets.json")


@dataclass(frozen=True, slots=True)
class Target:
    """A program, or a family of them.

    Attributes:
        label, tip: shown to the user.
        ending: of the file, with its dot.
        fbx: options of Blender's FBX exporter that are not the same for all targets.
        node: name of the armature's node in the file; empty keeps the object's.
        node_over_roots: the same where several deforming bones have no parent, and the node must hold them together.
        take: name of a single take; empty takes the action's.
        fps: rate of the file; 0 takes the scene's.
        one_clip: a file holds one clip only.
        no_mesh: a file holds no mesh.
    """

    label: str
    tip: str
    ending: str
    fbx: Mapping[str, Any] = field(default_factory=dict)
    node: str = ""
    node_over_roots: str = ""
    take: str = ""
    fps: float = 0.0
    one_clip: bool = False
    no_mesh: bool = False


def _read() -> Mapping[str, Target]:
    return MappingProxyType({name: Target(**values) for name, values in json.loads(_FILE.read_text("utf-8")).items()})


TARGETS: Final[Mapping[str, Target]] = _read()
DEFAULT: Final = "blender"


def usual_target(ending: str) -> str:
    """The target for whose files an ending stands where nobody says more."""
    fitting = [name for name, target in TARGETS.items() if target.ending == ending.lower()]
    return DEFAULT if DEFAULT in fitting else fitting[0]
