"""The command line's words and their values."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn

from ...inference.protocol import DEFAULT_QUALITY, QUALITIES
from ...rigs.retarget import FOOT_MODES, RetargetSettings
from ...rigs.roles import SIDES
from ..errors import AddonError, KeyingError
from ..export.targets import TARGETS
from ..key_settings import KeySettings

BENCHES: Final = {
    "fingers": ("..bench.fingers.run", "bench_fingers"),
    "keying": ("..bench.keying", "bench_keying"),
    "retarget": ("..bench.retarget.run", "bench_retarget"),
    "updating": ("..bench.updating", "bench_updating"),
}
"""Name -> the module, from this one, and the function that measures, given the further words of the command."""
FORMATS: Final = (*dict.fromkeys(target.ending[1:] for target in TARGETS.values()), "blend")
"""What can be written, without its dot."""


_FILM_ONLY: Final = (
    "video", "keypoints", "result", "contact_sheet", "preview", "height", "lens", "person", "region", "edits", "causal",
)  # fmt: skip

_TARGET_HELP: Final = "the program that is to read the file (default: the usual one for its ending)"


class UsageError(AddonError):
    """The command line itself is wrong."""


@dataclass(frozen=True, slots=True)
class ClipSettings:
    """What shapes a clip besides its video and its rig.

    Attributes:
        armature: name of the armature to take from the rig's file; None = the only or biggest one.
        pose: how the pose is put on the character.
        maps: folder of rig maps of the user's own, calibrations among them; None = none.
        smoothing: of the joints, 0 raw .. 1 smoothest; None = 0.5 for films, 0 for motion files.
        quality: how closely a film is looked at.
        detector: folder of .onnx networks that find people and their points; None = the usual detector.
        causal: whether each frame is lifted from those before it alone.
        height_m: standing height of the performer in metres; None = 1.75.
        lens_mm: focal length of the film's camera as for 35 mm film; None = a usual one.
        frame_start: first frame of the video or motion file; None = the first.
        frame_end: its frame behind the last one; None = to the end.
        fps: rate of the keys, and of numbered pictures; None = the video's or motion file's, 24 for pictures.
        keys: full or reduced, in the active action or on an NLA track.
        target: the program that is to read the file, of `export.targets`; None = the usual one for its ending.
    """

    armature: str | None = None
    pose: RetargetSettings = field(default_factory=RetargetSettings)
    maps: Path | None = None
    smoothing: float | None = None
    quality: str = DEFAULT_QUALITY
    detector: Path | None = None
    causal: bool = False
    height_m: float | None = None
    lens_mm: float | None = None
    frame_start: int | None = None
    frame_end: int | None = None
    fps: float | None = None
    keys: KeySettings = field(default_factory=KeySettings)
    target: str | None = None

    def __post_init__(self) -> None:
        if self.smoothing is not None and not 0.0 <= self.smoothing <= 1.0:
            raise UsageError(f"--smoothing is {self.smoothing:g}: give a number from 0 (raw) to 1 (smoothest).")
        if self.height_m is not None and not 0.3 <= self.height_m <= 3.0:
            raise UsageError(f"--height is {self.height_m:g}: give the performer's height in metres, 0.3 to 3.")
        if self.lens_mm is not None and not 8.0 <= self.lens_mm <= 400.0:
            raise UsageError(f"--lens is {self.lens_mm:g}: give millimetres as for 35 mm film, 8 to 400.")
        if self.fps is not None and not 1.0 <= self.fps <= 1000.0:
            raise UsageError(f"--fps is {self.fps:g}: give a rate from 1 to 1000.")
        start = self.frame_start or 0
        if start < 0 or (self.frame_end is not None and self.frame_end <= start):
            raise UsageError(
                f"The frames --start {start} --end {self.frame_end} hold nothing: --end lies behind --start."
            )


class _Parser(argparse.ArgumentParser):
    """Errors become one sentence instead of a page of usage."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:]}; see '{self.prog} --help'.")


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parse the words behind `--`; `settings` holds the `ClipSettings` of the commands that make clips.

    Raises:
        UsageError: a word is unknown, missing or out of range.
    """
    options = _parser().parse_args(arguments)
    if options.command in ("retarget", "batch"):
        options.settings = ClipSettings(
            armature=options.armature,
            pose=_pose(options),
            maps=options.maps,
            smoothing=options.smoothing,
            quality=options.quality,
            detector=options.detector,
            causal=options.causal,
            height_m=options.height,
            lens_mm=options.lens,
            frame_start=getattr(options, "start", None),
            frame_end=getattr(options, "end", None),
            fps=options.fps,
            keys=_keys(options, _ending(options)),
            target=options.target,
        )
    if options.command == "retarget":
        _check_source(options)
    if options.command == "people" and options.frame < 0:
        raise UsageError(f"--frame is {options.frame}: frames are whole numbers from 0 on.")
    return options


def _pose(options: argparse.Namespace) -> RetargetSettings:
    return RetargetSettings(
        ik=options.ik == "on",
        root="in_place" if options.root == "in-place" else "travel",
        root_on=options.root_bone,
        left_foot=options.left_foot or options.feet,
        right_foot=options.right_foot or options.feet,
        heading=options.heading,
        controls=options.controls,
        fingers=options.fingers,
    )


def _ending(options: argparse.Namespace) -> str:
    """Of the files to be written; `format` of a batch is settled by it."""
    wanted = TARGETS[options.target].ending if options.target else None
    if options.command == "batch":
        options.format = wanted[1:] if wanted else options.format or "fbx"
        return f".{options.format}"
    ending: str = options.out.suffix.lower()
    if wanted and ending != wanted:
        raise UsageError(f"--target {options.target} is for {wanted} files, not {options.out.name}; change --out.")
    return ending


def _keys(options: argparse.Namespace, ending: str) -> KeySettings:
    if options.nla and ending != ".blend":
        raise UsageError(f"--nla is for Blender's own files, not {ending}; write a .blend, or leave --nla out.")
    if options.nla and options.command == "retarget" and (options.contact_sheet or options.preview):
        raise UsageError("--nla leaves no active action to take pictures of; leave --contact-sheet and --preview out.")
    try:
        return KeySettings(reduce_deg=options.reduce, nla=options.nla)
    except KeyingError as error:
        raise UsageError(f"--reduce: {error}") from error


def _check_source(options: argparse.Namespace) -> None:
    seen = [name for name in _FILM_ONLY if getattr(options, name)]
    if options.motion and seen:
        raise UsageError(
            f"--motion takes a motion file as it is; leave --{seen[0].replace('_', '-')} out, which is for films."
        )
    if options.person and (options.person[0] < 0 or options.person[0] % 1):
        raise UsageError(f"--person names frame {options.person[0]:g}: frames are whole numbers from 0 on.")
    if not (options.motion or options.video or options.keypoints or options.result):
        raise UsageError(
            "There is nothing to read: name a film with --video, a motion file with --motion, or keypoints with "
            "--keypoints."
        )


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="build.py", description="Pose from Video without a window.")
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_Parser)
    _add_retarget(commands.add_parser("retarget", help="one film or motion file onto one character"))
    _add_batch(commands.add_parser("batch", help="many films or motion files onto one character"))
    people = commands.add_parser("people", help="list the people of one frame, with a small picture of each")
    people.add_argument("--video", type=Path, required=True, help="the film")
    people.add_argument("--frame", type=int, default=0, help="(default 0)")
    people.add_argument("--out", type=Path, required=True, help="list to write (.json); the pictures come beside it")
    people.add_argument("--debug", action="store_true", help="show tracebacks")
    demo = commands.add_parser("demo", help="six characters move as the sample film's person does")
    demo.add_argument("--samples", type=Path, help="folder with film and avatars (default: the project's samples)")
    demo.add_argument("--out", type=Path, default=Path("out/demo"), help="(default out/demo)")
    demo.add_argument("--debug", action="store_true", help="show tracebacks")
    bench = commands.add_parser("bench", help="measure this program")
    bench.add_argument("name", choices=BENCHES)
    bench.add_argument("words", nargs=argparse.REMAINDER, help="the benchmark's own options")
    return parser


def _add_retarget(command: argparse.ArgumentParser) -> None:
    command.add_argument("--video", type=Path, help="the film")
    command.add_argument("--motion", type=Path, help="instead of a film: .bvh .fbx .glb .blend with a moving skeleton")
    command.add_argument("--rig", type=Path, required=True, help="the character: .blend .fbx .glb .vrm")
    command.add_argument(
        "--out", type=Path, required=True, help=f"file to write: {' '.join(f'.{each}' for each in FORMATS)}"
    )
    command.add_argument("--target", choices=TARGETS, help=_TARGET_HELP)
    command.add_argument("--keypoints", type=Path, help="2D keypoints made elsewhere: OpenPose, COCO or .npz")
    command.add_argument("--start", type=int, help="first frame of the film or motion (default 0)")
    command.add_argument("--end", type=int, help="frame behind the last one (default: to the end)")
    whom = command.add_mutually_exclusive_group()
    whom.add_argument(
        "--person",
        type=float,
        nargs=3,
        metavar=("FRAME", "X", "Y"),
        help="follow whoever is at this place in this frame of the film, in pixels (`people` lists them)",
    )
    whom.add_argument(
        "--region", type=float, nargs=4, metavar=("X0", "Y0", "X1", "Y1"), help="look inside this box only, in pixels"
    )
    command.add_argument("--edits", type=Path, help="what you set right (.json, docs/design.md)")
    command.add_argument("--result", type=Path, help="keep the 3D pose here (.npz); used again when it still fits")
    command.add_argument("--contact-sheet", type=Path, help="picture of film, skeleton and avatar (.png)")
    command.add_argument("--preview", type=Path, help="film beside the moving avatar (.mp4)")
    _add_clip_options(command)


def _add_batch(command: argparse.ArgumentParser) -> None:
    sources = command.add_mutually_exclusive_group(required=True)
    sources.add_argument("--videos", nargs="+", help="films or patterns: 'shots/*.mp4'")
    sources.add_argument("--motion", nargs="+", help="motion files or patterns: 'library/*.bvh'")
    command.add_argument("--rig", type=Path, required=True, help="the character: .blend .fbx .glb .vrm")
    command.add_argument("--out", type=Path, required=True, help="folder to write into")
    written = command.add_mutually_exclusive_group()
    written.add_argument("--format", choices=FORMATS, help="(default fbx)")
    written.add_argument("--target", choices=TARGETS, help=_TARGET_HELP)
    _add_clip_options(command)


def _add_clip_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--armature", help="which armature of the rig's file")
    command.add_argument("--ik", choices=("on", "off"), default="on", help="reach wrists and ankles (default on)")
    command.add_argument("--root", choices=("travel", "in-place"), default="travel", help="(default travel)")
    command.add_argument(
        "--root-bone", choices=("hips", "root"), default="hips", help="carries the path (default hips)"
    )
    command.add_argument("--heading", choices=("world", "character"), default="world", help="(default world)")
    command.add_argument("--feet", choices=FOOT_MODES, default="auto", help="hold standing feet (default auto)")
    for side in SIDES:
        command.add_argument(f"--{side}-foot", choices=FOOT_MODES, help="this foot otherwise")
    command.add_argument("--controls", choices=("fk", "ik"), default="fk", help="of a control rig (default fk)")
    command.add_argument("--fingers", action="store_true", help="turn the fingers too, as far as hands are seen")
    command.add_argument("--maps", type=Path, help="folder of your own rig maps and calibrations")
    command.add_argument("--smoothing", type=float, help="0 raw .. 1 smoothest (default: films 0.5, motion files 0)")
    command.add_argument(
        "--quality", choices=QUALITIES, default=DEFAULT_QUALITY, help="how closely films are looked at"
    )
    command.add_argument(
        "--detector", type=Path, help="folder of .onnx networks of your own: YOLOX and RTMPose or RTMW"
    )
    command.add_argument("--causal", action="store_true", help="lift each frame from those before it alone")
    command.add_argument("--height", type=float, help="the performer's height in metres (default 1.75)")
    command.add_argument(
        "--lens", type=float, metavar="MM", help="focal length of the film's camera, as for 35 mm film"
    )
    command.add_argument("--fps", type=float, help="rate of the keys, and of numbered pictures (default: the source's)")
    command.add_argument(
        "--reduce", type=float, metavar="DEG", help="fewer keys: no bone off by more degrees than this"
    )
    command.add_argument("--nla", action="store_true", help="keys on an NLA track of their own (.blend)")
    command.add_argument("--debug", action="store_true", help="show tracebacks")
