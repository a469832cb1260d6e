"""Bring keys up to date with what they are to be made from: at once where that is known, else through the child."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import bpy

from ..errors import EXPECTED, FixError, JobCancelled
from ..identity import by_uid
from ..look.camera import aim, film_camera
from ..look.known import filmed_of, remember_placement
from ..look.placement import find_placement
from ..look.take import needed_take
from ..look.views import redraw
from ..mapping.found import found_rig
from ..operators.reporting import first_sentence
from ..operators.window import TICK_S, redraw_sidebars
from ..preferences import jobs_folder, results_folder, runtime_python
from ..session import SESSION
from ..settings import settings_of
from .lift import Lifts
from .notes import change, is_out_of_date, needed_action, noted_action, take_choices, wanted
from .recipe import Recipe
from .rekey import rekey
from .store import keep

SOON_S = 0.05
"""From a change to its keys; changes in between come at once."""
BRIEF_S = 2.0
"""A lift that takes longer is shown as other jobs are."""


@dataclass(frozen=True, slots=True)
class Lifting:
    """A job for a take that runs in the child.

    Attributes:
        uid: `session_uid` of the armature.
        action: `session_uid` of the action.
        recipe: what the keys will have been made from.
        text: what is being done, for people.
        renews: its result is a new base: frames were detected again.
    """

    uid: int
    action: int
    recipe: Recipe
    text: str
    renews: bool


class Updates:
    """The takes that are out of date, and the one that is being lifted.

    Attributes:
        lifting: the job that runs, None while there is none.
        problem: why the last update failed, empty if it did not.
        cost_s: how long the last keying took.
    """

    def __init__(self) -> None:
        self.lifting: Lifting | None = None
        self.problem = ""
        self.cost_s = 0.0
        self._due: list[int] = []

    @property
    def waits(self) -> bool:
        """Keys are out of date, and the child has had other work."""
        return bool(self._due) and self.lifting is None

    @property
    def brief(self) -> bool:
        """A take is being lifted, which will soon be over: panels stay as they are, under the mouse of who corrects."""
        progress = SESSION.progress
        if self.lifting is None or self.lifting.renews or progress is None:
            return False
        return time.monotonic() - progress.started < BRIEF_S

    def ask(self, obj: bpy.types.Object) -> None:
        """The keys of what plays on an armature may be out of date; without a window, wait until they are not.

        Raises:
            AddonError, RigError: without a window: it could not be done.
        """
        self.problem = ""
        if obj.session_uid not in self._due:
            self._due.append(obj.session_uid)
        self._go()

    def start(self, obj: bpy.types.Object, lifting: Lifting, request: dict[str, Any]) -> None:
        """Run a job for a take; without a window, wait for it.

        Raises:
            AddonError, RigError: another job runs, there is no runtime, or, without a window, the job failed.
        """
        if SESSION.busy:
            raise FixError("A job is running; wait for it, or cancel it.")
        self.problem = ""
        results_folder().mkdir(parents=True, exist_ok=True)
        SESSION.start(runtime_python(), jobs_folder(), request, about=obj.session_uid)
        self.lifting = lifting
        self._due.append(obj.session_uid)
        self._go()

    def renew(self, scene: bpy.types.Scene, obj: bpy.types.Object) -> None:
        """Key what plays on an armature with the scene's choices, whether it is out of date or not; errors as `ask`."""
        action, _ = needed_action(obj)
        take_choices(action, settings_of(scene))
        if is_out_of_date(action):
            self.ask(obj)
            return
        recipe, self.problem = wanted(action), ""
        self._rekey(obj, recipe, Lifts(results_folder()).path(recipe))

    def stop(self) -> None:
        """Forget everything: another file is opened, or the add-on goes."""
        self.lifting, self._due, self.problem = None, [], ""
        if bpy.app.timers.is_registered(_tick):
            bpy.app.timers.unregister(_tick)

    def _go(self) -> None:
        if not bpy.app.background:
            if not bpy.app.timers.is_registered(_tick):
                bpy.app.timers.register(_tick, first_interval=SOON_S)
            return
        while self._due:
            self._step(TICK_S)

    def tick(self) -> float | None:
        """Go on a little; seconds until the next time, None where nothing is left to do."""
        try:
            if self._due:
                self._step(0.0)
        except EXPECTED as error:
            self.lifting, self._due = None, []
            self.problem = "" if isinstance(error, JobCancelled) else first_sentence(error)
        except BaseException:
            self.lifting, self._due = None, []
            raise
        redraw_sidebars(bpy.context)
        if not self._due:
            return None
        return TICK_S if SESSION.busy else max(SOON_S, self.cost_s)

    def _step(self, wait_s: float) -> None:
        """Go on with the first take that is due."""
        obj = by_uid(bpy.data.objects, self._due[0])
        if self.lifting is not None:
            path = SESSION.poll(wait_s)
            if path is None:
                return
            lifting, self.lifting = self.lifting, None
            self._lifted(lifting, path)
        action = noted_action(obj)
        if obj is None or action is None or not is_out_of_date(action):
            self._due.pop(0)
            return
        recipe = wanted(action)
        path = Lifts(results_folder()).path(recipe)
        if path.is_file():
            self._rekey(obj, recipe, path)
        elif not SESSION.busy:
            self._lift(obj, action, recipe)

    def _lift(self, obj: bpy.types.Object, action: bpy.types.Action, recipe: Recipe) -> None:
        """Let the child lift the take again."""
        if not recipe.base.is_file():
            raise FixError(f"The result '{recipe.base}' is gone; process the video again.")
        request = Lifts(results_folder()).request(recipe)
        SESSION.start(runtime_python(), jobs_folder(), request, about=obj.session_uid)
        self.lifting = Lifting(obj.session_uid, action.session_uid, recipe, "Lifting again", renews=False)

    def _lifted(self, lifting: Lifting, path: Path) -> None:
        """Key what the child has made."""
        obj = by_uid(bpy.data.objects, lifting.uid)
        action = noted_action(obj)
        if obj is None or action is None or action.session_uid != lifting.action:
            return  # another take plays by now; what was lifted is found again when this one does
        if not lifting.renews:
            self._rekey(obj, lifting.recipe, path)
            return
        base = keep(path, results_folder())
        change(action, lambda now: replace(now, base=base))
        if not (recipe := wanted(action)).edits:  # else they are lifted on it next
            self._rekey(obj, recipe, base)
        if not bpy.app.background:
            bpy.ops.ed.undo_push(message=lifting.text)

    def _rekey(self, obj: bpy.types.Object, recipe: Recipe, path: Path) -> None:
        began, before = time.perf_counter(), needed_take(obj)
        rekey(obj, recipe, path)
        if needed_take(obj) != before:
            _realign(obj)
        self.cost_s = time.perf_counter() - began
        redraw(bpy.context)


UPDATES = Updates()
"""Those of this Blender."""


def _tick() -> float | None:
    return UPDATES.tick()


def _realign(obj: bpy.types.Object) -> None:
    """Let the film camera and the overlay stand where the performer now does."""
    context, take = bpy.context, needed_take(obj)
    camera = film_camera(context.scene, obj)
    if camera is None:
        return
    filmed = filmed_of(take.result)
    placement = find_placement(context, obj, found_rig(obj).rig_map, take, filmed)
    remember_placement(take, placement)
    aim(camera, take, filmed, placement)
