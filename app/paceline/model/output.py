"""What a device printed, in pieces."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OutputChunk:
    """A piece of live output. Pieces may be missing: the output file is the truth."""

    device: str
    attempt: int
    index: int
    """The command's number, from 1."""
    text: str


@dataclass(frozen=True, slots=True)
class OutputPage:
    """A window on one stored output: `data` are its bytes from `offset`, `size` the bytes of the whole."""

    data: bytes
    offset: int
    size: int
    is_complete: bool
    """False while the command still writes."""
