"""Asks the operator on the terminal, where there is one."""

import getpass
import sys
from collections.abc import Callable


def terminal_asker() -> Callable[[str], str] | None:
    """Asks on the terminal without echo; None when there is none."""
    if not sys.stdin.isatty():
        return None
    return lambda label: getpass.getpass(f"{label[0].upper()}{label[1:]}: ")
