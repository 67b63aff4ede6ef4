"""Prompt work by nornir and netmiko, as their users write it: netmiko's own driver, one task per command."""

import json
import logging
import sys
from pathlib import Path
from typing import Any

from nornir.core import Nornir
from nornir.core.inventory import ConnectionOptions, Defaults, Groups, Host, Hosts, Inventory
from nornir.core.plugins.connections import ConnectionPluginRegister
from nornir.plugins.runners import ThreadedRunner
from nornir_netmiko.tasks import netmiko_send_command


def work(path: Path) -> int:
    """Run every command on every device, `at_once` at a time; the number of answers."""
    logging.disable(logging.CRITICAL)
    task = json.loads(path.read_text())
    ConnectionPluginRegister.auto_register()
    # Host keys are not checked, which is netmiko's default. vtysh speaks as IOS does.
    options = ConnectionOptions(
        extras={"use_keys": True, "key_file": task["key_file"], "allow_agent": False, "conn_timeout": 30,
                "banner_timeout": 30, "auth_timeout": 30}
    )  # fmt: skip
    hosts = Hosts(
        {
            address: Host(
                name=address, hostname=address, port=task["port"], username=task["username"], platform="cisco_ios",
                connection_options={"netmiko": options},
            )
            for address in task["addresses"]
        }
    )  # fmt: skip
    inventory = Inventory(hosts=hosts, groups=Groups(), defaults=Defaults())
    nornir = Nornir(inventory=inventory, runner=ThreadedRunner(num_workers=task["at_once"]))

    def all_commands(of: Any) -> int:
        return sum(
            1 for command in task["commands"]
            if of.run(netmiko_send_command, command_string=command, read_timeout=30).result
        )  # fmt: skip

    results = nornir.run(all_commands)
    answers: int = sum(result[0].result for result in results.values() if not result.failed)
    nornir.close_connections()
    return answers


if __name__ == "__main__":
    print(work(Path(sys.argv[1])))
