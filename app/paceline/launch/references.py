"""Where secrets come from: the environment, the keyring, a command. Each gives its value or a sentence without it."""

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import time

from paceline.model.errors import PacelineError
from paceline.model.secret import Secret, words_of

KEYRING_SERVICE = "paceline"
"""The service under which the keyring is asked for a name: `keyring set paceline NAME` puts one there."""

COMMAND_TIMEOUT_S = 30.0
_LONGEST = 4_096
"""Bytes of a line that are read as a password; a longer one is none."""
_LOOK_S = 0.05
"""How often a silent program is looked at, in case that it has ended and something else holds its output open."""


class CredentialError(PacelineError):
    """A login that cannot work, or a secret that cannot be had; a sentence."""


def from_environment(name: str, label: str) -> Secret:
    """The variable `name`. Raises CredentialError when it is not set or empty."""
    value = os.environ.get(name)
    if not value:
        raise CredentialError(f"the {label} comes from the environment, and {name} is not set there")
    return Secret(value)


def from_keyring(name: str, label: str) -> Secret:
    """What the operator's keyring has under `name`. Raises CredentialError. May wait for the keyring to be unlocked."""
    # Heavy, and of no use to those who have no keyring.
    import keyring
    from keyring.errors import KeyringLocked, NoKeyringError

    how = f"`keyring set {KEYRING_SERVICE} {name}` puts one there"
    try:
        value = keyring.get_password(KEYRING_SERVICE, name)
    except NoKeyringError:
        raise CredentialError(
            f"the {label} comes from the keyring, and this machine has none that works here (a session without a "
            "desktop rarely has): use agent, ask, env:NAME or command:PROGRAM"
        ) from None
    except KeyringLocked:
        raise CredentialError(f"the {label} comes from the keyring, which is locked: unlock it first") from None
    except Exception as error:  # noqa: BLE001 - backends raise what they like, and their words may hold what they hold
        raise CredentialError(
            f"the {label} comes from the keyring, which failed ({type(error).__name__}): try `keyring get`"
        ) from None
    if not value:
        raise CredentialError(f"the {label} comes from the keyring, which has no {name!r}: {how}")
    return Secret(value)


def from_command(command: str, label: str, timeout_s: float = COMMAND_TIMEOUT_S) -> Secret:
    """The first line that a program prints. Raises CredentialError. No shell runs it, and nobody sees its errors."""
    words = words_of(command)
    program = words[0] if words else ""
    if not program or shutil.which(program) is None:
        raise CredentialError(f"the {label} comes from a command, and there is no program {program!r} to run")
    try:
        line, code = _first_line(words, timeout_s)
    except TimeoutError:
        raise CredentialError(
            f"the {label} comes from {program}, which took longer than {timeout_s:g} s: does it ask something?"
        ) from None
    except OSError as error:
        raise CredentialError(f"the {label} comes from {program}, which cannot be run: {error.strerror}") from None
    if code != 0:
        ended = f"ended with exit code {code}" if code > 0 else f"was ended by signal {-code}"
        raise CredentialError(f"the {label} comes from {program}, which {ended}: run it by hand to see why")
    try:
        value = line.rstrip(b"\r").decode("utf-8")
    except UnicodeDecodeError:
        raise CredentialError(f"the {label} comes from {program}, whose first line is not UTF-8 text") from None
    if not value or len(line) > _LONGEST:
        what = "empty" if not value else f"longer than {_LONGEST} bytes"
        raise CredentialError(f"the {label} comes from {program}, whose first line is {what}")
    return Secret(value)


def _first_line(words: list[str], timeout_s: float) -> tuple[bytes, int]:
    """The program's first line and its exit code. Raises TimeoutError, OSError; it and its children have ended then.

    What goes on running in a session of its own (an agent that the program started) is not waited for.
    """
    reading, writing = os.pipe()
    try:
        # What it complains of may hold what it knows: nobody sees it.
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=writing, stderr=subprocess.DEVNULL, start_new_session=True
        )
    except BaseException:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    try:
        deadline = time.monotonic() + timeout_s
        line = _read_line(reading, process, deadline)
        return line, process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
    finally:
        if process.poll() is None:
            _kill(process)
        os.close(reading)


def _read_line(reading: int, process: subprocess.Popen[bytes], deadline: float) -> bytes:
    """Reads to the end of what comes, and keeps the beginning. Raises TimeoutError."""
    data = b""
    with selectors.DefaultSelector() as selector:
        selector.register(reading, selectors.EVENT_READ)
        while (left_s := deadline - time.monotonic()) > 0:
            if selector.select(min(left_s, _LOOK_S)):
                chunk = os.read(reading, 65_536)
                if not chunk:
                    return data.partition(b"\n")[0]
                data += chunk if len(data) <= _LONGEST else b""
            elif process.poll() is not None:
                return data.partition(b"\n")[0]
    raise TimeoutError


def _kill(process: subprocess.Popen[bytes]) -> None:
    """The program and what it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
