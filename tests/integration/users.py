"""Users to log in as, made for as long as a block lasts."""

import contextlib
import itertools
import os
import subprocess
from collections.abc import Iterator

_NUMBERS = itertools.count()


@contextlib.contextmanager
def login_user(group: str = "") -> Iterator[str]:
    """A fresh user without a home and with a plain shell, so that no start-up file of this machine has a say.

    Needs root; with `group` as its own. Two runs at once never share one.
    """
    name = f"paceline{os.getpid()}x{next(_NUMBERS)}"
    # "*" is no password at all; useradd's own "!" would read as a locked account to sshd.
    command = ["useradd", "--no-create-home", "-p", "*", "-d", "/", "-s", "/bin/sh"]
    command += ["--no-user-group", "-g", group] if group else ["--user-group"]
    subprocess.run([*command, name], check=True, capture_output=True, stdin=subprocess.DEVNULL)
    try:
        yield name
    finally:
        subprocess.run(["userdel", name], check=False, capture_output=True, stdin=subprocess.DEVNULL)
