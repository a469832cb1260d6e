"""Which networks look at a film, as a request names them. No bpy here."""

from __future__ import annotations

from ..inference.protocol import CAUSAL_LIFTER, DEFAULT_LIFTER


def networks(detector_models: str | None, causal: bool) -> dict[str, str | None]:
    """The keys of request.json that name networks.

    Args:
        detector_models: folder of the user's own detector networks; None takes the usual detector.
        causal: each frame is lifted from those before it alone.
    """
    return {
        "detector": "onnx" if detector_models else "blazepose",
        "detector_models": detector_models,
        "lifter": CAUSAL_LIFTER if causal else DEFAULT_LIFTER,
    }
