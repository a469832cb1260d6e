"""The inference child process, seen from Blender. Nothing here imports bpy.

One job has two drivers: `InferenceClient.run` blocks until the result is there (background mode), while a modal
operator calls `InferenceClient.start` and then `Job.poll` from a timer.
"""

from __future__ import annotations

from .client import InferenceClient
from .job import UNFORESEEN, Job
from .limits import Limits

__all__ = ["UNFORESEEN", "InferenceClient", "Job", "Limits"]
