"""Map files: the bone names of a convention, as data.

A map file is a JSON object:

    schema      1
    name        shown to the user, unique
    sides       {"left": [...], "right": [...]}: what {side} may stand for in a bone name
    roles       role -> list of slots; each slot is a list of names for one bone, the first that the rig has is taken.
                Roles with sides are written without them ("upper_arm") and stand for both sides.
    twist       role -> slots, as in `roles`: bones that share the twist of that segment but hang beside the chain; each
                may be missing
    optional    bone names whose absence does not count against the match
    marker      bone names of which the rig must have at least one for the map to fit
    parents     bone -> the bone that it really follows, by a constraint of the rig's own
    switches    bone -> {custom property: value} that must be set for the bones to obey their keys
    ik          the rig's inverse-kinematics controls, where it has such: an object with `follow` (control -> the role
                that it moves with), `poles` (pole target -> the upper segment whose bend it aims), and `switches` and
                `notice` as here, for the limbs to obey these controls
    corrections bone -> {"turn": [w, x, y, z], "made_on": [w, x, y, z]}, as `write_map` writes them: the pose that
                counts as the rest, on rigs that rest as the one did on which they were made
    refuse      why a rig of this kind cannot take a pose, and what to do; such a map only explains
    notice      what the user should know when this map fits

Names are compared without regard to case, and with '.', '_', '-', ':', '|' and spaces as one and the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import MapError
from ..roles import SIDES, Role
from .correction import Correction
from .ik_controls import IkControls

Slot = tuple[str, ...]

FOLDER = Path(__file__).parent
SCHEMA_VERSION = 1
_KEYS = {
    "schema",
    "name",
    "sides",
    "roles",
    "twist",
    "optional",
    "marker",
    "parents",
    "switches",
    "ik",
    "corrections",
    "refuse",
    "notice",
}
_IK_KEYS = {"follow", "poles", "switches", "notice"}


@dataclass(frozen=True, slots=True)
class MapTemplate:
    """The bone names of one convention; see the module for what the fields mean. `own`: it is of the user's folder."""

    name: str
    roles: Mapping[Role, tuple[Slot, ...]]
    optional: frozenset[str] = frozenset()
    marker: tuple[str, ...] = ()
    parents: Mapping[str, str] = field(default_factory=dict)
    switches: Mapping[tuple[str, str], float] = field(default_factory=dict)
    refuse: str = ""
    notice: str = ""
    twists: Mapping[Role, tuple[Slot, ...]] = field(default_factory=dict)
    ik: IkControls | None = None
    corrections: Mapping[str, Correction] = field(default_factory=dict)
    own: bool = False


def normalized(bone_name: str) -> str:
    """A bone name as names are compared: lower case, one kind of separator."""
    return re.sub(r"[.\-:| ]", "_", bone_name).lower()


def load_maps(extra_folder: str | Path | None = None) -> tuple[MapTemplate, ...]:
    """All map files of this package and of a folder of the user's own.

    Args:
        extra_folder: a folder with more .json map files, or None. A map there replaces the one of the same name here.

    Returns:
        Templates, the user's own first.

    Raises:
        MapError: a file is no map; names the file and what is wrong in it.
    """
    own: tuple[MapTemplate, ...] = ()
    if extra_folder is not None:
        folder = Path(extra_folder)
        if not folder.is_dir():
            raise MapError(f"The folder of rig maps '{folder}' is not there; choose another or leave it empty.")
        own = tuple(replace(template, own=True) for template in _read_folder(folder))
    taken = {template.name for template in own}
    return own + tuple(template for template in _read_folder(FOLDER) if template.name not in taken)


def _read_folder(folder: Path) -> tuple[MapTemplate, ...]:
    templates = tuple(read_map(path) for path in sorted(folder.glob("*.json")))
    names = [template.name for template in templates]
    for name in names:
        if names.count(name) > 1:
            raise MapError(f"Two rig maps in '{folder}' are called '{name}'; rename one.")
    return templates


def read_map(path: str | Path) -> MapTemplate:
    """Read one map file.

    Raises:
        MapError: the file cannot be read or is no map; names the file and what is wrong in it.
    """
    file = Path(path)
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MapError(f"Rig map '{file}' cannot be read ({error}).") from error
    try:
        return parse_map(data)
    except MapError as error:
        raise MapError(f"Rig map '{file}' {error}") from None


def parse_map(data: Any) -> MapTemplate:
    """What a map file holds.

    Raises:
        MapError: it is no map; says what is wrong, to be put behind the file's name.
    """
    if not isinstance(data, dict) or not isinstance(data.get("roles"), dict) or not isinstance(data.get("name"), str):
        raise MapError("must be an object with a 'name' and 'roles'.")
    unknown = set(data) - _KEYS
    if unknown:
        raise MapError(f"has the unknown key '{min(unknown)}'; known are {', '.join(sorted(_KEYS))}.")
    if data.get("schema") != SCHEMA_VERSION:
        raise MapError(f"has the schema {data.get('schema')!r}; this version reads {SCHEMA_VERSION}.")
    sides = _sides(data.get("sides", {}))
    optional = [name for name in data.get("optional", []) for name in _slot([name], sides["left"] + sides["right"])]
    return MapTemplate(
        data["name"],
        _slots(data["roles"], sides),
        frozenset(normalized(name) for name in optional),
        tuple(data.get("marker", ())),
        _both_sides(data.get("parents", {}), sides),
        _switches(data, sides),
        str(data.get("refuse", "")),
        str(data.get("notice", "")),
        _slots(data.get("twist", {}), sides),
        _ik(data["ik"], sides) if "ik" in data else None,
        _corrections(data.get("corrections", {})),
    )


def _corrections(entries: Any) -> dict[str, Correction]:
    if not isinstance(entries, dict):
        raise MapError("must give 'corrections' an object of bones.")
    found = {}
    for bone, entry in entries.items():
        try:
            found[bone] = Correction(tuple(entry["turn"]), tuple(entry["made_on"]))
        except (KeyError, TypeError, ValueError):
            raise MapError(f"must give the correction of '{bone}' a 'turn' and a 'made_on' of four numbers.") from None
    return found


def _ik(data: Any, sides: dict[str, list[str]]) -> IkControls:
    if not isinstance(data, dict) or set(data) - _IK_KEYS:
        raise MapError(f"must give 'ik' an object with no other keys than {', '.join(sorted(_IK_KEYS))}.")
    follow, poles = (_roles_on_sides(data.get(key, {}), sides) for key in ("follow", "poles"))
    return IkControls(follow, poles, _switches(data, sides), str(data.get("notice", "")))


def _roles_on_sides(entries: dict[str, str], sides: dict[str, list[str]]) -> dict[str, Role]:
    """Control -> role, written out for each side."""
    filled: dict[str, Role] = {}
    for name, key in entries.items():
        for role, side in _roles_of(key):
            for word in sides.get(side, [""]):
                filled[name.replace("{side}", word)] = role
    return filled


def _switches(data: dict[str, Any], sides: dict[str, list[str]]) -> dict[tuple[str, str], float]:
    return {
        (bone, key): float(value)
        for bone, switches in _both_sides(data.get("switches", {}), sides).items()
        for key, value in switches.items()
    }


def _slots(entries: dict[str, Any], sides: dict[str, list[str]]) -> dict[Role, tuple[Slot, ...]]:
    """The slots of each role, written out for each side."""
    filled: dict[Role, tuple[Slot, ...]] = {}
    for key, slots in entries.items():
        if not (isinstance(slots, list) and slots and all(isinstance(slot, list) and slot for slot in slots)):
            raise MapError(f"must give the role '{key}' a list of lists of bone names.")
        for role, side in _roles_of(key):
            filled[role] = tuple(_slot(slot, sides.get(side, [""])) for slot in slots)
    return filled


def _sides(data: Any) -> dict[str, list[str]]:
    sides = {side: [str(word) for word in data.get(side, [])] for side in SIDES}
    return {side: spoken or [side] for side, spoken in sides.items()}


def _both_sides(entries: dict[str, Any], sides: dict[str, list[str]]) -> dict[str, Any]:
    """Entries with {side} in the key, and in a text value, written out for each side."""
    filled = {}
    for name, value in entries.items():
        for word in sides["left"] + sides["right"] if "{side}" in name else [""]:
            filled[name.replace("{side}", word)] = value.replace("{side}", word) if isinstance(value, str) else value
    return filled


def _roles_of(key: str) -> list[tuple[Role, str]]:
    known = {role.value for role in Role}
    if key in known:
        return [(Role(key), "")]
    if all(f"{key}_{side}" in known for side in SIDES):
        return [(Role(f"{key}_{side}"), side) for side in SIDES]
    spoken = sorted({role.removesuffix("_left").removesuffix("_right") for role in known})
    raise MapError(f"has the unknown role '{key}'; known are {', '.join(spoken)}.")


def _slot(names: list[Any], spoken: list[str]) -> Slot:
    filled = (str(name).replace("{side}", side) for name in names for side in spoken)
    return tuple(dict.fromkeys(filled))
