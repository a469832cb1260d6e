"""From lifted poses to a clip in the world: gaps, smoothing, bone lengths, the root path, the floor."""
