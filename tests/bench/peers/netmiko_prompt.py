"""Prompt work by netmiko in threads, without a needless delay: paging off, then the commands."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from netmiko.base_connection import BaseConnection


def prepare(session: Any) -> None:
    """As netmiko's own drivers begin: wait for the prompt (not for a pause in the banner), learn it, paging off."""
    session._test_channel_read(pattern=r"#\s*$")
    session.set_base_prompt(pri_prompt_terminator="#", alt_prompt_terminator="#")
    session.disable_paging(command="terminal length 0")


# Made by a call: where netmiko is not installed, a type checker knows no class to derive from.
Router = type("Router", (BaseConnection,), {"session_preparation": prepare})


def work(path: Path) -> int:
    """Run every command on every device, `at_once` at a time; the number of answers."""
    task = json.loads(path.read_text())

    def device(address: str) -> int:
        # Host keys are not checked, which is netmiko's default.
        with Router(
            host=address,
            port=task["port"],
            username=task["username"],
            device_type="generic",
            use_keys=True,
            key_file=task["key_file"],
            allow_agent=False,
            fast_cli=True,
            conn_timeout=30,
            banner_timeout=30,
            auth_timeout=30,
        ) as connection:
            return sum(1 for command in task["commands"] if connection.send_command(command, read_timeout=30))

    with ThreadPoolExecutor(task["at_once"]) as pool:
        return sum(pool.map(device, task["addresses"]))


if __name__ == "__main__":
    print(work(Path(sys.argv[1])))
