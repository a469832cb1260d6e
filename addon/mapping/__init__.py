"""Which bone of the character is what, by hand: a list of the body's parts, kept with the armature and in map files."""
