"""Rig maps: which bones of a rig play which part of the body.

Each convention is one JSON file beside this one (see `template.py` for its format); users add their own in a folder.
`detect` looks at names and, where they say nothing, at the rig's shape; `find_map` at names alone.
"""

from __future__ import annotations

from ..roles import Role
from .assign import assigned, begun, filled, laid_on
from .correction import Correction
from .detect import Detection, detect
from .find import MapMatch, find_map, rank_maps
from .ik_controls import IkControls
from .mirror import mirrored_bone, other_side
from .review import Trouble, review
from .rig_map import RigMap
from .structure import SURE
from .template import MapTemplate, load_maps, parse_map, read_map
from .write import plain_map, write_map

__all__ = [
    "SURE",
    "Correction",
    "Detection",
    "IkControls",
    "MapMatch",
    "MapTemplate",
    "RigMap",
    "Role",
    "Trouble",
    "assigned",
    "begun",
    "detect",
    "filled",
    "find_map",
    "laid_on",
    "load_maps",
    "mirrored_bone",
    "other_side",
    "parse_map",
    "plain_map",
    "rank_maps",
    "read_map",
    "review",
    "write_map",
]
