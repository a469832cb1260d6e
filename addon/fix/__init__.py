"""Fix what the inference could not know: points, sides, contacts, stretches, the person, and how it is smoothed."""

from __future__ import annotations
