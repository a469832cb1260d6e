"""What the buttons do: parse the context, call a use case, turn its errors into a report."""

from __future__ import annotations
