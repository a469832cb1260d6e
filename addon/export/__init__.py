"""Ways out of Blender: the character with one clip or with all of them, as other programs like it."""

from .writers import export_bvh, export_fbx, export_gltf, export_usd

__all__ = ["export_bvh", "export_fbx", "export_gltf", "export_usd"]
