"""Run the headless command line with the words behind `--`, as build.py does inside Blender."""

from __future__ import annotations

import sys

from pose_from_video.addon.headless import cli

sys.exit(cli.main(sys.argv[sys.argv.index("--") + 1 :]))
