"""What the sidebar shows."""

from __future__ import annotations
