"""The one exception tree of this package. Every message is a sentence that says what to do."""

from __future__ import annotations


class RigError(Exception):
    """Anything that this package refuses."""


class SequenceError(RigError):
    """A pose sequence or result file is not usable; the message names the file, frame or joint."""


class RestPoseError(RigError):
    """A rest pose is not usable; the message names the bone."""


class MapError(RigError):
    """A rig map is not usable or does not fit the rig; the message names the map, role or bone."""


class SettingsError(RigError):
    """A retargeting setting is out of range; the message names it and the values allowed."""
