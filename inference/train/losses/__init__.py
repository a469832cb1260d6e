"""What training minimises, one term a file. Poses are (..., 17, 3) metres in ray-camera axes, root-relative."""
