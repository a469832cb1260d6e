"""Rig maps: which bones of a rig play which part of the body.

Each convention is one JSON file beside this one (see `template.py` for its format); users add their own in a folder.
"""

from __future__ import annotations

from ..roles import Role
from .find import MapMatch, find_map, rank_maps
from .rig_map import RigMap
from .template import MapTemplate, load_maps, read_map

__all__ = ["MapMatch", "MapTemplate", "RigMap", "Role", "find_map", "load_maps", "rank_maps", "read_map"]
