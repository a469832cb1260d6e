"""What went wrong with a command of the set-up, from what it printed: a code, and a sentence that says what to do."""

from __future__ import annotations

import re

from ..errors import SetupError

DISK_FULL = "No space left on device"
_KNOWN = (
    (
        "disk-full",
        rf"{DISK_FULL}|Errno 28\b|WinError 112|not enough space|Disk quota exceeded",
        "the disk is full; make room or choose another Runtime Folder, and try again",
    ),
    (
        "wheel-hash",
        r"DO NOT MATCH THE HASHES",
        "what came is not the pinned package, its SHA-256 is another one; try again, and if that repeats, do not trust "
        "the package index or the folder that it came from",
    ),
    (
        "python-without-venv",
        r"ensurepip is not available|No module named '?(?:venv|ensurepip)",
        "this Python cannot make environments; on Debian and Ubuntu install python3-venv, or name another Base Python",
    ),
    (
        "offline",
        r"NewConnectionError|ConnectTimeout|Temporary failure in name resolution|getaddrinfo failed|ProxyError|"
        r"Network is unreachable|NameResolutionError|Connection (?:refused|reset|aborted|broken)|timed out|SSLError",
        "the package index does not answer; check the connection, proxy and firewall, and try again: what was fetched "
        "is kept",
    ),
    (
        "wheels-missing",
        r"No matching distribution found for (?P<what>\S+)",
        "there is no {what} for this Python and system; name another Base Python, or another folder of wheels",
    ),
    (
        "no-permission",
        r"Permission denied|Errno 13\b|WinError 5\b|Access is denied|Read-only file system",
        "the folder may not be written to; choose another Runtime Folder",
    ),
)
"""Code, what it shows by, what to say; the first that fits counts."""


def setup_error(doing: str, output: str, code: str = "setup-failed") -> SetupError:
    """The error for a failed command.

    Args:
        doing: what was being done.
        output: what the command printed.
        code: where it shows nothing that is known.
    """
    for known, pattern, sentence in _KNOWN:
        if found := re.search(pattern, output, flags=re.IGNORECASE):
            return SetupError(f"{doing} failed: {sentence.format(**found.groupdict())}.", code=known)
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"error|\w*error:", line, flags=re.IGNORECASE)] or lines
    return SetupError(f"{doing} failed: {errors[-1] if errors else 'it ended without a word'}", code=code)


def os_error(doing: str, error: OSError) -> SetupError:
    """The error for what the system refused."""
    return setup_error(doing, f"OSError: {error}")
