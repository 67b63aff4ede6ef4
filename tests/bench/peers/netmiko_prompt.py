"""Prompt work by netmiko in threads, without a needless delay: paging off, then the commands."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from netmiko import ConnectHandler


def work(path: Path) -> int:
    """Run every command on every device, `at_once` at a time; the number of answers."""
    task = json.loads(path.read_text())

    def device(address: str) -> int:
        # `generic` prepares nothing but the prompt; host keys are not checked, which is netmiko's default.
        with ConnectHandler(
            device_type="generic",
            host=address,
            port=task["port"],
            username=task["username"],
            use_keys=True,
            key_file=task["key_file"],
            allow_agent=False,
            fast_cli=True,
            conn_timeout=30,
            banner_timeout=30,
            auth_timeout=30,
        ) as connection:
            connection.send_command("terminal length 0", read_timeout=30)
            return sum(1 for command in task["commands"] if connection.send_command(command, read_timeout=30))

    with ThreadPoolExecutor(task["at_once"]) as pool:
        return sum(pool.map(device, task["addresses"]))


if __name__ == "__main__":
    print(work(Path(sys.argv[1])))
