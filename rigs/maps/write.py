"""Writing a rig map as a file of the user's own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import MapError
from ..roles import Role
from .rig_map import RigMap
from .template import SCHEMA_VERSION


def write_map(path: str | Path, rig_map: RigMap) -> None:
    """Write a map, with its corrections, so that `load_maps` of the folder finds it and `detect` takes it for this rig.

    Args:
        path: the .json file; replaced only when whole. Its folder is made if need be.
        rig_map: with the pelvis at least; roles may still be missing.

    Raises:
        MapError: the map has no pelvis, by which it would be found, or the file cannot be written; names it.
    """
    if Role.PELVIS not in rig_map.roles:
        raise MapError(f"Map '{rig_map.name}' has no bone for the pelvis yet; assign that one first.")
    file = Path(path)
    aside = file.with_name(f"{file.name}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text(json.dumps(plain_map(rig_map), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        aside.replace(file)
    except OSError as error:
        raise MapError(f"Rig map '{file}' cannot be written ({error}).") from error


def plain_map(rig_map: RigMap) -> dict[str, Any]:
    """A map as map files hold it; `parse_map` reads it again."""
    data: dict[str, Any] = {
        "schema": SCHEMA_VERSION,
        "name": rig_map.name,
        "roles": {role.value: [[bone] for bone in bones] for role, bones in rig_map.roles.items()},
        "twist": {role.value: [[bone] for bone in bones] for role, bones in rig_map.twists.items()},
        "parents": dict(rig_map.parents),
        "switches": _nested(rig_map.switches),
        "corrections": {
            bone: {"turn": correction.turn, "made_on": correction.made_on}
            for bone, correction in rig_map.corrections.items()
        },
        "notice": rig_map.notice,
    }
    if rig_map.ik is not None:
        data["ik"] = {
            "follow": {control: role.value for control, role in rig_map.ik.follow.items()},
            "poles": {control: role.value for control, role in rig_map.ik.poles.items()},
            "switches": _nested(rig_map.ik.switches),
            "notice": rig_map.ik.notice,
        }
    return {key: value for key, value in data.items() if value}


def _nested(switches: Mapping[tuple[str, str], float]) -> dict[str, dict[str, float]]:
    nested: dict[str, dict[str, float]] = {}
    for (bone, key), value in switches.items():
        nested.setdefault(bone, {})[key] = value
    return nested
