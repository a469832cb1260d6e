"""Video to 3D joints: decoding, 2D detection, lifting, the path of the root. Runs in a process of its own."""
