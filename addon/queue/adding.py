"""Put jobs into the list: the panel's own, or many films at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import bpy

from ..making import plan_for
from ..session import SESSION
from ..settings import settings_of
from .length import film_length
from .rows import add_row, jobs_of
from .run import run_soon


def add_chosen(scene: bpy.types.Scene, armature: bpy.types.Object | None) -> str:
    """Add what is chosen in the panel; while a job runs, it gets its turn by itself.

    Returns:
        What to say.

    Raises:
        AddonError, RigError: it could not be made; nothing was added.
    """
    settings = settings_of(scene)
    plan = plan_for(scene, settings, armature)
    assert armature is not None  # a plan has one
    add_row(scene, settings, armature).frames = film_length(plan.source)
    if SESSION.busy:
        run_soon()
    waiting = sum(row.state == "waiting" for row in jobs_of(scene).rows)
    return f"Added '{Path(settings.video).name}' on '{armature.name}': {waiting} waiting"


def add_films(scene: bpy.types.Scene, films: Sequence[Path], armatures: Sequence[bpy.types.Object]) -> str:
    """Add each film with a character: the first with the first and so on, beginning again where these run out.

    Args:
        scene: owns the list; its choices are taken but for the range of frames, which is of the panel's own film.
        films: absolute paths of films or motion files.
        armatures: at least one.

    Returns:
        What to say.

    Raises:
        AddonError, RigError: one of them could not be made; nothing was added.
    """
    jobs = jobs_of(scene)
    before = len(jobs.rows)
    try:
        for number, film in enumerate(films):
            row = add_row(scene, settings_of(scene), armatures[number % len(armatures)])
            row.choices.video, row.choices.video_start, row.choices.video_end = str(film), 0, 0
            plan_for(scene, row.choices, row.choices.armature)
            row.frames = film_length(film)
    except BaseException:
        while len(jobs.rows) > before:
            jobs.rows.remove(len(jobs.rows) - 1)
        jobs.active = before - 1
        raise
    return f"Added {len(films)} jobs on {min(len(films), len(armatures))} characters"
