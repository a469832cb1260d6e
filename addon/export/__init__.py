"""Ways out of Blender: the character with one clip or with all of them, as other programs like it."""
