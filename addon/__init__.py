"""Everything that touches Blender: reading the rig, running the job, writing keys, the panel.

Importing this package imports nothing of Blender, so that its plain-Python parts can be tested without one.
"""

from __future__ import annotations


def register() -> None:
    """Register operators, panels, settings and preferences."""
    from . import registry

    registry.register()


def unregister() -> None:
    """Undo `register`; a job that still runs is stopped first."""
    from . import registry

    registry.unregister()
