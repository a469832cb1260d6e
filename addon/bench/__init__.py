"""Benchmarks that run inside Blender: `build.py bench NAME`."""
