"""Making the runtime: a Python of its own with the pinned packages, and trying whether it works. No bpy here."""
