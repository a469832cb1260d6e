"""What the picture's background tells of the camera: how it turns, how it zooms, where the film is cut."""
