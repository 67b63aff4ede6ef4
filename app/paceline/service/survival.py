"""What on this host would end the service, or keep it from its work: said before a night is lost to it."""

import getpass
import re
import resource
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FEW_FILES = 256
"""A session takes one open file, a service some forty: below this, jobs of a few hundred devices would fail."""
_KILLS = re.compile(r"^\s*KillUserProcesses\s*=\s*(\w+)", re.MULTILINE | re.IGNORECASE)
_ON = frozenset({"yes", "true", "on", "1"})


@dataclass(frozen=True, slots=True)
class Places:
    """Where a host says how it treats what users leave running."""

    etc: Path = Path("/etc/systemd")
    linger: Path = Path("/var/lib/systemd/linger")
    mounts: Path = Path("/proc/self/mounts")


def threats(state: Path, places: Places | None = None, user: str = "") -> list[str]:
    """A sentence for each. Empty where none is known of; what cannot be read threatens nothing."""
    return list(_threats(state, places or Places(), user or getpass.getuser()))


def _threats(state: Path, places: Places, user: str) -> Iterator[str]:
    if _kills(places.etc) and not (places.linger / user).exists():
        yield (
            "this host ends what you leave running when you log out (KillUserProcesses=yes): "
            "`loginctl enable-linger` keeps the service"
        )
    kind = _file_system(state, places.mounts)
    if kind.startswith(("nfs", "cifs", "smb")):
        yield f"the state folder {state} is on {kind}: locks and commits depend on the file server; prefer a local disk"
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < FEW_FILES:
        yield f"this session may have {soft} files open, and every device takes one: raise it with `ulimit -n {hard}`"


def _kills(etc: Path) -> bool:
    """Whether logind ends the processes of users; of several settings the last one counts."""
    found = ""
    for file in (etc / "logind.conf", *sorted((etc / "logind.conf.d").glob("*.conf"))):
        for match in _KILLS.finditer(_read(file)):
            found = match[1].lower()
    return found in _ON


def _file_system(folder: Path, mounts: Path) -> str:
    """The kind of file system that a folder is on: that of the deepest mount above it."""
    depth, kind = -1, ""
    for line in _read(mounts).splitlines():
        _, point, found, *_ = (*line.split(" "), "", "", "")
        path = Path(point.replace("\\040", " "))
        if folder.is_relative_to(path) and len(path.parts) > depth:
            depth, kind = len(path.parts), found
    return kind


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
