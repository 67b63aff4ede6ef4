"""Exec work by parallel-ssh, on its C core."""

import json
import sys
from pathlib import Path

from pssh.clients import ParallelSSHClient


def work(path: Path) -> int:
    """Run every command on every device, `at_once` at a time; the number of answers."""
    task = json.loads(path.read_text())
    client = ParallelSSHClient(
        task["addresses"],
        user=task["username"],
        port=task["port"],
        pkey=task["key_file"],
        pool_size=task["at_once"],
        allow_agent=False,
        identity_auth=False,
    )
    answers = 0
    for command in task["commands"]:
        for output in client.run_command(command):
            answers += bool(list(output.stdout)) and output.exit_code == 0
    return answers


if __name__ == "__main__":
    print(work(Path(sys.argv[1])))
