"""Inside Blender: numbered pictures stand for a film, in the request and behind the camera."""

from __future__ import annotations

import sys
from pathlib import Path

import bpy
import numpy as np
import pose_from_video
from headless_rig import build
from pose_from_video.addon.compat import active_fcurves
from pose_from_video.addon.errors import AddonError
from pose_from_video.addon.look.background import show_film
from pose_from_video.addon.look.take import Take
from pose_from_video.addon.making import plan_for
from pose_from_video.addon.queue.length import film_length
from pose_from_video.addon.results import request_key

FIRST, COUNT, FPS = 1001, 20, 12.5


def check_background(folder: Path) -> None:
    for rate in (FPS, 24.0, 6.0):
        camera = bpy.data.cameras.new("Film")
        take = Take("a", folder / "a.npz", folder, 3, 11.0, rate, False, False)
        times = np.arange(COUNT - 3) / FPS
        show_film(camera, take, times, 1.0)
        background = camera.background_images[0]
        assert background.image.source == "SEQUENCE"
        for frame in range(11, int(take.frames(times[-1:])[0])):
            number = FIRST + 3 + int(take.second(frame) * FPS + 1e-3)
            user = background.image_user
            curves = active_fcurves(camera)
            offset = curves[0].evaluate(frame) if curves else user.frame_offset
            assert frame - user.frame_start + 1 + offset == number, (rate, frame, offset, number)
        bpy.data.images.remove(background.image)
        bpy.data.cameras.remove(camera)


def check_request(folder: Path) -> None:
    scene, obj = bpy.context.scene, build(name="Figure")
    scene.render.fps, scene.render.fps_base = 25, 1.0
    settings = scene.pose_from_video
    first = min(folder.glob("*.png"))
    for video in (folder, first):
        settings.video, settings.pictures_fps = str(video), 0.0
        assert film_length(video) == COUNT
        plan = plan_for(scene, settings, obj)
        assert plan.request()["fps"] == 25.0
        settings.pictures_fps = FPS
        assert plan_for(scene, settings, obj).request()["fps"] == FPS
    before = request_key(plan.request())
    last = max(folder.glob("*.png"))
    last.write_bytes(first.read_bytes() + b" ")
    assert request_key(plan.request()) != before
    (folder / f"walk_{FIRST + 5}.png").unlink()
    try:
        plan_for(scene, settings, obj)
    except AddonError as error:
        assert f"'walk_{FIRST + 4}.png' and 'walk_{FIRST + 6}.png'" in str(error), error
    else:
        raise AssertionError("a gap was not seen")


def main() -> None:
    pose_from_video.register()
    folder = Path(sys.argv[sys.argv.index("--") + 1])
    check_background(folder)
    check_request(folder)
    print("passed all")


main()
