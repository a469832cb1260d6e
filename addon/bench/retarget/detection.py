"""How many rigs are taken for what they are, under every disguise. No bpy here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import chain
from pathlib import Path

from ....rigs.maps.specimens import conventions, count_right, follows
from ....rigs.rest import RigRest

_CONVENTIONS = Path(__file__).with_name("conventions.json")
"""Name of a rig's file -> the convention that its names follow."""


def autodetect(rests: Mapping[str, RigRest]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Let every rig, and a body under the names of each convention, be recognised.

    Args:
        rests: the rigs by the names of their files; those of unknown files are left out.

    Returns:
        `autodetect_right` and `autodetect_total`, and a sentence for each that is not right.
    """
    known = json.loads(_CONVENTIONS.read_text(encoding="utf-8"))
    rigs = (follows(rest, known[name], name) for name, rest in rests.items() if name in known)
    right, total, faults = count_right(chain(rigs, conventions()))
    return {"autodetect_right": right, "autodetect_total": total}, faults
