"""What takes a device down or wipes it: lines that a job which may change devices needs a further word for. Pure."""

from paceline.model.platform import Platform

_SHORTEST = 2
"""Letters from which on a word counts as the short form of another; a device may ask for more."""
_ELSEWHERE = ("do", "run", "sudo", "admin")
"""What a line begins with that is run from another mode, or as someone else."""


def disrupts(line: str, platform: Platform) -> str | None:
    """The disruptive command that `line` is or may be short for, written out; None for any other line.

    Rather one too many: a word that could stand for a disruptive one counts as that.
    """
    words = line.lower().split()
    while words:
        # A program may be called by its path.
        called = [words[0].rsplit("/", 1)[-1], *words[1:]]
        for phrase in platform.disrupts:
            full = phrase.split()
            if len(called) >= len(full) and all(map(_may_be, called, full)):
                return phrase
        # On SR OS `admin` is the command itself, so the whole line is looked at first.
        words = words[1:] if words[0] in _ELSEWHERE else []
    return None


def _may_be(word: str, full: str) -> bool:
    return full.startswith(word) and len(word) >= min(_SHORTEST, len(full))
