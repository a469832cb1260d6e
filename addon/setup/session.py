"""Setting up the runtime and trying it, as the panel and the preferences show it. No bpy here."""

from __future__ import annotations

from pathlib import Path

from ..errors import SetupError
from .check import RuntimeCheck
from .runtime_setup import RuntimeSetup, SetupPlan

PATIENCE_S = 0.7
"""How long a set-up that is stopped may take to let go."""


class SetupSession:
    """Makes one runtime at a time, and tries it.

    Attributes:
        setup: the runtime being set up, None while it is not.
        check: the last try of the runtime, running or done; None before the first.
        problem: why the last set-up or try failed, empty if it did not.
        log: the log where it tells more than `problem`, else None.
    """

    def __init__(self) -> None:
        self.setup: RuntimeSetup | None = None
        self.check: RuntimeCheck | None = None
        self.problem = ""
        self.log: Path | None = None

    @property
    def checking(self) -> bool:
        """The runtime is being tried."""
        return self.check is not None and not self.check.done

    @property
    def busy(self) -> bool:
        """The runtime is being set up or tried."""
        return self.setup is not None or self.checking

    def start_setup(self, plan: SetupPlan) -> None:
        """Set up the runtime; a child that still uses the old one has to be closed before."""
        self.problem, self.log = "", None
        self.setup = RuntimeSetup(plan)

    def start_check(self, python: Path, folder: Path) -> None:
        """Try a runtime.

        Args:
            python: its interpreter.
            folder: for the log.

        Raises:
            SetupError: it cannot be started.
        """
        self.problem, self.log = "", None
        self.check = RuntimeCheck(python, folder / "check.log")

    def poll(self, folder: Path, wait_s: float = 0.0) -> bool:
        """Take in how far setting up and trying are; True once nothing runs any more. A set-up ends with a try.

        Args:
            folder: for the log of the try.
            wait_s: wait this long for news.

        Raises:
            SetupError: the set-up failed, or was cancelled; or the runtime made does not work.
        """
        if self.setup is not None:
            setup = self.setup
            try:
                python = setup.poll(wait_s)
                if python is None and not setup.done:
                    return False
                self.setup = None
                if python is not None:
                    self.start_check(python, folder)
            except SetupError as error:
                self.setup, self.problem = None, str(error)
                self.log = setup.log if setup.log.is_file() and error.code != "cancelled" else None
                raise
        if self.check is None or not self.checking:
            return True
        if not self.check.poll(wait_s):
            return False
        if self.check.error is not None:
            self.problem, self.log = str(self.check.error), self.check.log
            raise self.check.error
        return True

    def problem_with(self, python: Path | None) -> str:
        """What is known to be wrong with a runtime, or why there is none; empty where nothing is."""
        tried = self.check is not None and self.check.error is not None and self.check.python == python
        return self.problem if python is None or tried else ""

    def cancel(self) -> None:
        """Stop setting up the runtime, and trying it."""
        if self.setup is not None:
            self.setup.cancel()
        if self.check is not None and self.checking:
            self.check.cancel()

    def close(self) -> None:
        """The same; returns when it is gone."""
        self.cancel()
        if self.setup is not None:
            self.setup.wait(PATIENCE_S)
            self.setup = None


SETUP = SetupSession()
"""The set-up of this Blender; `unregister` closes it."""
