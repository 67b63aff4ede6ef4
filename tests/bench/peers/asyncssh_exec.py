"""Exec work by asyncssh as its fastest user would write it: what Paceline is measured against."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import asyncssh


async def work(task: dict[str, Any]) -> int:
    """Run every command on every device, `at_once` at a time; the number of answers."""
    # Options, known_hosts and the key once: each costs milliseconds per connection otherwise.
    options = asyncssh.SSHClientConnectionOptions(
        username=task["username"],
        client_keys=[asyncssh.read_private_key(task["key_file"])],
        known_hosts=asyncssh.read_known_hosts([task["known_hosts"]]),
        agent_path=None,
        config=None,
        preferred_auth="publickey",
        encryption_algs=["aes128-gcm@openssh.com"],
        compression_algs=None,
        x509_trusted_certs=None,
    )
    places = asyncio.Semaphore(task["at_once"])

    async def device(address: str) -> int:
        async with places, asyncssh.connect(address, task["port"], options=options) as connection:
            answers = [await connection.run(command, encoding=None) for command in task["commands"]]
        return sum(1 for answer in answers if answer.exit_status == 0 and answer.stdout)

    return sum(await asyncio.gather(*(device(address) for address in task["addresses"])))


if __name__ == "__main__":
    print(asyncio.run(work(json.loads(Path(sys.argv[1]).read_text()))))
