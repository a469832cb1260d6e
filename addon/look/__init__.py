"""Look at the result: over the film, in the viewport, on the timeline, side by side."""

from __future__ import annotations
