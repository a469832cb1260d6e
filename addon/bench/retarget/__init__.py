"""`build.py bench retarget`: every rig at hand over many motions, measured and looked at."""
