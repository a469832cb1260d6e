"""2D detection: where the body's points are in one image. One file a detector, one protocol."""
