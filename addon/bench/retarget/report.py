"""The benchmark's table, as Markdown. No bpy here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ...files import write_text

COLUMNS = {
    "limb_error_deg_median": ("limbs, IK off: median °", "{:.2f}"),
    "limb_error_deg_p99": ("99 % °", "{:.2f}"),
    "limb_error_ik_deg_median": ("IK on: median °", "{:.2f}"),
    "limb_error_ik_deg_p99": ("99 % °", "{:.2f}"),
    "reach_error_m_median": ("reach: median cm", "{:.2f}"),
    "largest_jump_over_source_deg": ("jump over source °", "{:.1f}"),
    "foot_slide_mm_median": ("slide mm/frame", "{:.2f}"),
    "foot_slide_gain": ("gain", "{:.1f}"),
    "penetration_mm_max": ("under floor mm", "{:.1f}"),
    "penetration_gain": ("gain", "{:.1f}"),
    "joint_backwards_deg_max": ("backwards °", "{:.1f}"),
    "key_reduction_pct": ("fewer keys at 0.5°, %", "{:.0f}"),
    "blender_mm_max": ("Blender − numpy mm", "{:.3f}"),
}
_HUNDREDFOLD = {"reach_error_m_median"}


def write_report(
    path: Path,
    rigs: Mapping[str, Mapping[str, float]],
    whole: Mapping[str, float],
    worst: Mapping[str, Mapping[str, tuple[float, str]]],
    motions: Sequence[str],
) -> None:
    """Write a table with a row for each rig, and where each rig's worst values are.

    Args:
        path: the file; replaced only when whole.
        rigs: the figures of each rig.
        whole: those of all together.
        worst: for each rig and figure the worst value and where it is.
        motions: names.
    """
    head = ["rig", *(title for title, _ in COLUMNS.values())]
    lines = [f"{len(rigs)} rigs, {len(motions)} motions: {', '.join(motions)}.", ""]
    lines += ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += [_row(name, row) for name, row in {**rigs, "**all**": whole}.items()]
    lines += ["", "| rig | figure | worst | where |", "|---|---|---|---|"]
    lines += [
        f"| {rig} | {key} | {value:.3f} | {at} |" for rig, rows in worst.items() for key, (value, at) in rows.items()
    ]
    write_text(path, "\n".join(lines) + "\n")


def _row(name: str, row: Mapping[str, float]) -> str:
    cells = [
        pattern.format(row[key] * (100.0 if key in _HUNDREDFOLD else 1.0)) for key, (_, pattern) in COLUMNS.items()
    ]
    return f"| {name} | " + " | ".join(cells) + " |"
