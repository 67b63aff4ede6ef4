"""The crash log: what a bug leaves for its report, for the operator alone, without secrets."""

import os
import platform
import re
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from paceline import __version__
from paceline.model.redaction import MASK, SHORTEST, redact
from paceline.model.secret import Secret, Secrets
from paceline.model.time import now

NAME = "crash.log"
_SECRETIVE = re.compile(r"passw|passphrase|secret|token|credential", re.IGNORECASE)
_INPUT = re.compile(r"input_value=.*?(?=, input_type=)", re.DOTALL)
"""What pydantic quotes of a value that it refuses."""


def keep_crash(state: Path, error: BaseException) -> Path:
    """Append the error to the log of a state folder, 0600; returns its path. Raises OSError."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = state / NAME
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as file:
        file.write(f"--- {now():%Y-%m-%d %H:%M:%S} UTC, paceline {__version__}, Python {platform.python_version()}\n")
        file.write(crash_text(error))
    return log


def tell_crash(state: Path, error: BaseException) -> str:
    """Keep it, and the one sentence that says so."""
    said = f"paceline: this is a bug in Paceline ({type(error).__name__})"
    try:
        return f"{said}; please report it with the details in {keep_crash(state, error)}"
    except OSError as trouble:
        return f"{said}; its details could not be kept: {trouble}"


def crash_text(error: BaseException) -> str:
    """Where it happened, without local variables, and without the secrets that are among them."""
    text = redact(_INPUT.sub("input_value=…", "".join(traceback.format_exception(error))))
    for value in sorted(set(_secrets_near(error)), key=len, reverse=True):
        text = text.replace(value, MASK)
    return text


def _secrets_near(error: BaseException | None) -> Iterator[str]:
    """Values of secrets among the local variables of the frames, and of texts that are named like one."""
    while error is not None:
        for local in _locals(error.__traceback__):
            for name, value in local.items():
                yield from (text for text in _secrets_in(name, value) if len(text) >= SHORTEST)
        error = error.__cause__ or error.__context__


def _locals(trace: TracebackType | None) -> Iterator[dict[str, object]]:
    while trace is not None:
        yield trace.tb_frame.f_locals
        trace = trace.tb_next


def _secrets_in(name: str, value: object) -> Iterator[str]:
    if isinstance(value, Secret):
        yield value.reveal()
    elif isinstance(value, Secrets):
        yield from (secret.reveal() for secret in value.values())
    elif isinstance(value, str) and _SECRETIVE.search(name):
        yield value
