"""What takes a device down or wipes it, or leads away from it: lines that need a further word, or are refused. Pure."""

import re

from paceline.model.platform import Platform

_SHORTEST = 2
"""Letters from which on a word counts as the short form of another; a device may ask for more."""
_ELSEWHERE = ("do", "run", "sudo", "admin")
"""What a line begins with that is run from another mode, or as someone else."""
_SEPARATORS = re.compile(r"[;&|`()<>]|\$\(")
"""Signs between which a line may hold a command of its own."""
_DOES = (
    (
        (
            "zeroize",
            "factory-reset",
            "reset-factory",
            "factory-default",
            "factoryreset",
            "zerotouch",
            "factory-configuration",
            "reset-configuration",
            "factoryreset-shutdown",
            "factoryreset2",
        ),
        "wipes the device",
    ),
    (("init",), "wipes the device or changes its runlevel"),
    (("mkfs", "format", "dd", "fdisk", "erase-disk", "formatlogdisk"), "wipes a file system"),
    (("erase",), "wipes stored configuration or files"),
    (("delete", "rm", "storage", "remove"), "deletes files"),
    (("bash", "start", "start-shell", "tools", "swm"), "opens a shell, where a line may do anything"),
    (("install", "software", "update-now"), "installs or removes software, and may restart the device"),
    (
        ("replace", "load", "import", "restore", "rollback", "configure"),
        "replaces the configuration, or a large part of it",
    ),
    (("force-switchover", "switchover", "failover", "suspend", "reset-uptime"), "switches over to the other unit"),
    (("halt", "power-off", "poweroff", "shutdown", "down", "power"), "shuts it down"),
    (("disable",), "takes a protocol down"),
    (
        ("hw-module", "chassis", "platform", "boot", "card", "mda", "fabric-module", "line-module"),
        "may restart hardware",
    ),
    (("process", "restart", "kill", "crashinfo"), "restarts or ends what runs"),
    (("reoptimize",), "moves tunnels, and traffic with them"),
    (("reload", "reboot", "reset"), "restarts the device"),
    (("system",), "may restart, halt or wipe the device"),
)
"""Words of a disruptive phrase, and what it does; the first row that has one of the words decides."""


def pieces(line: str) -> list[str]:
    """The parts of a line that may be commands of their own: itself, what is chained to it, what stands in quotes."""
    return [part for each in _SEPARATORS.split(line) if (part := each.strip())]


def disrupts(line: str, platform: Platform) -> str | None:
    """The disruptive command that `line` is, holds or may be short for, written out; None for any other line.

    Rather one too many: a word that could stand for a disruptive one counts as that.
    """
    for piece in pieces(line):
        words = _words(piece)
        # On SR OS `admin` is the command itself, so the whole line is looked at first.
        if phrase := _begins(piece.lower().split(), platform.disrupts) or _begins(words, platform.disrupts):
            return phrase
        if platform.channel == "exec":
            # A shell runs what its own commands are told to run: `xargs rm`, `sudo -u root reboot`, `sh -c "reboot"`.
            words = [word.rsplit("/", 1)[-1] for word in words]
            for phrase in platform.disrupts:
                full = phrase.split()
                if any(words[at : at + len(full)] == full for at in range(len(words))):
                    return phrase
    return None


def what_it_does(phrase: str) -> str:
    """What a disruptive command does to a device, as a part of a sentence: `restarts the device`."""
    words = phrase.split()
    return next(
        (does for keys, does in _DOES if any(word in keys for word in words)), "takes the device down or wipes it"
    )


def leads_away(line: str, platform: Platform) -> str | None:
    """Why lines after this one would be sent where nobody meant them; None when it stays where it is."""
    for piece in pieces(line):
        words = _words(piece)
        if piece and not words:
            return f"`{piece}` leads into another mode: write what is to be run there behind it"
        phrase = _begins(piece.lower().split(), platform.leads_away) or _begins(words, platform.leads_away)
        if phrase is None:
            continue
        shown = f"`{piece}`" if phrase == piece.lower() else f"`{piece}` is or may be short for `{phrase}`, which"
        if phrase.split()[0] in ("configure", "edit", "config", "system-view"):
            return f"{shown} leads into configuration mode: jobs that configure come with a later release"
        return f"{shown} leads away from the device's own prompt: the lines after it would be sent elsewhere"
    return None


def _words(piece: str) -> list[str]:
    """Lower-case words without what they are run as; programs by their names, without their paths."""
    words = [word.strip("\"'") for word in piece.lower().split()]
    while words and words[0] in _ELSEWHERE:
        words = words[1:]
    # A program may be called by its path.
    words[:1] = [word.rsplit("/", 1)[-1] for word in words[:1]]
    return words


def _begins(words: list[str], phrases: tuple[str, ...]) -> str | None:
    for phrase in phrases:
        full = phrase.split()
        if len(words) >= len(full) and all(map(_may_be, words, full)):
            return phrase
    return None


def _may_be(word: str, full: str) -> bool:
    return full.startswith(word) and len(word) >= min(_SHORTEST, len(full))
