"""Lifting: 17 joints in 2D become 17 joints in 3D."""
