"""`paceline hostkeys`: see host keys without a login, record the new ones, list and remove recorded ones."""

import asyncio
import getpass
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any, TypeVar

import click

from paceline.cli.options import RATE, jump_option
from paceline.cli.questions import terminal_asker
from paceline.config.paths import Paths, expand, find_paths
from paceline.config.platforms import load_platforms
from paceline.config.settings import load_settings
from paceline.launch.credentials import resolve_credentials
from paceline.launch.freeze import few
from paceline.launch.host_keys import HostKeyError, own_entries, own_known_hosts, record_new, scan
from paceline.launch.jumps import Ways, reach
from paceline.launch.prepare import read_inventory, read_selection
from paceline.model.host_key import KeyState, SeenKey
from paceline.model.selection import Selection
from paceline.model.settings import Settings
from paceline.model.text import printable

F = TypeVar("F", bound=Callable[..., Any])

_REFUSED = (KeyState.CHANGED, KeyState.REVOKED)
EXIT_REFUSED, EXIT_UNANSWERED = 1, 4
"""A key that is never accepted; devices that showed none."""


def device_options(command: F) -> F:
    """Adds the options that choose devices, and how fast they are looked at."""
    decorators = (
        click.option("-i", "--inventory", type=click.Path(), default="", help="The inventory; wins over the settings."),
        click.option("--where", required=True, metavar="EXPR", help="Which devices; '*' for all of the inventory."),
        jump_option,
        click.option(
            "--connects-per-second", default="50", show_default=True, help="Key exchanges per second at most.", **RATE
        ),
    )
    for decorator in reversed(decorators):
        command = decorator(command)
    return command


@click.group(
    epilog="""\b
Examples:
  paceline hostkeys scan -i fleet.csv --where role=pe
  paceline hostkeys accept -i fleet.csv --where role=pe --yes
  paceline hostkeys list
"""
)
def hostkeys() -> None:
    """The devices' host keys: scan, accept, list, remove.

    Paceline records keys in a file of its own, in its state folder, and only reads yours.
    """


@hostkeys.command("scan", epilog="\b\nExample:\n  paceline hostkeys scan -i fleet.csv --where '*' --json\n")
@device_options
@click.option("--json", "is_json", is_flag=True, help="One JSON document per device.")
def scan_keys(inventory: str, where: str, jump: str, connects_per_second: float, *, is_json: bool) -> int:
    """What host key each device shows, and whether it is new, the same, changed or revoked. Records nothing.

    Key exchanges alone: nobody logs in, but to jump hosts on the way. Exit codes: 0 every device showed a new or the
    recorded key, 1 a key is changed or revoked, 4 some devices showed none.
    """
    paths = find_paths()
    settings = load_settings(paths)
    ways = _devices(inventory, where, jump, settings, paths)

    def show(key: SeenKey) -> None:
        click.echo(json.dumps(_row(key)) if is_json else _line(key))

    seen = asyncio.run(_scan(ways, settings, paths, connects_per_second, show))
    if not is_json:
        click.echo(_counts(seen))
        if new := sum(key.state is KeyState.NEW for key in seen):
            click.echo(f"compare the new ones with the devices' own; `paceline hostkeys accept` records all {new}")
    return _exit_code(seen)


@hostkeys.command("accept", epilog="\b\nExample:\n  paceline hostkeys accept -i fleet.csv --where deu-r6 --yes\n")
@device_options
@click.option("--yes", is_flag=True, help="Record without asking; needed where there is no terminal to ask on.")
def accept(inventory: str, where: str, jump: str, connects_per_second: float, *, yes: bool) -> int:
    """Scan devices and record the keys of those that have none recorded, after one question with their count.

    Changed and revoked keys are never accepted: they are shown with the remedy. Exit codes as for scan.
    """
    paths = find_paths()
    settings = load_settings(paths)
    ways = _devices(inventory, where, jump, settings, paths)
    if not yes and not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask on: add --yes to record the new keys without asking")

    def show(key: SeenKey) -> None:
        if key.state is not KeyState.SAME:
            click.echo(_line(key))

    seen = asyncio.run(_scan(ways, settings, paths, connects_per_second, show))
    click.echo(_counts(seen))
    new = [key for key in seen if key.state is KeyState.NEW]
    if not new:
        click.echo("there is no new key to record")
        return _exit_code(seen)
    what = "the key of 1 device" if len(new) == 1 else f"the keys of {len(new)} devices"
    if not yes and not click.confirm(f"Record {what}?", default=False, err=True):
        click.echo("paceline: nothing recorded", err=True)
        return 2
    record_new(new, paths, getpass.getuser())
    click.echo(f"recorded {what} in {own_known_hosts(paths).path}")
    return _exit_code(seen)


@hostkeys.command("list", epilog="\b\nExample:\n  paceline hostkeys list --json\n")
@click.option("--json", "is_json", is_flag=True, help="One JSON document per key.")
def list_keys(*, is_json: bool) -> None:
    """The keys that Paceline has recorded in its own file."""
    paths = find_paths()
    entries = own_entries(paths)
    if not entries and not is_json:
        click.echo(f"no keys recorded in {own_known_hosts(paths).path}; `paceline hostkeys accept --help`")
    for entry in entries:
        key = entry.key
        if is_json:
            row = {"names": entry.names, "algorithm": key.algorithm, "fingerprint": key.fingerprint}
            click.echo(json.dumps(row | {"marker": key.marker}))
        else:
            marker = f"@{key.marker}  " if key.marker else ""
            click.echo(printable(f"{marker}{','.join(entry.names)}  {key.algorithm}  {key.fingerprint}"))


@hostkeys.command("remove", epilog="\b\nExample:\n  paceline hostkeys remove deu-r6 --yes\n")
@click.argument("device")
@click.option("--yes", is_flag=True, help="Remove without asking; needed where there is no terminal to ask on.")
def remove(device: str, *, yes: bool) -> int:
    """Forget the keys of DEVICE: the name or address that its line in Paceline's own file begins with.

    Your own known_hosts files are not touched, and neither are @revoked keys.
    """
    paths = find_paths()
    found = [entry for entry in own_entries(paths) if entry.is_of(device) and not entry.key.marker]
    if not found:
        raise HostKeyError(
            f"{own_known_hosts(paths).path} has no key of {device!r}; `paceline hostkeys list` shows what it has. "
            "Keys in your own known_hosts are removed with `ssh-keygen -R`"
        )
    for entry in found:
        click.echo(printable(f"{','.join(entry.names)}  {entry.key.algorithm}  {entry.key.fingerprint}"))
    what = "this key" if len(found) == 1 else f"these {len(found)} keys"
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("there is no terminal to ask on: add --yes to remove without asking")
        if not click.confirm(f"Remove {what}?", default=False, err=True):
            click.echo("paceline: nothing removed", err=True)
            return 2
    removed = own_known_hosts(paths).remove(lambda entry: entry in found)
    click.echo(f"removed {len(removed)} of {len(found)}" if len(removed) != len(found) else f"removed {what}")
    return 0


def _devices(inventory: str, where: str, jump: str, settings: Settings, paths: Paths) -> Ways:
    """The devices that are meant, and the ways to them; problems of the inventory go to standard error."""
    if inventory:
        path = Path(inventory).expanduser()
    elif settings.inventory:
        path = expand(settings.inventory, paths.config)
    else:
        raise HostKeyError(f"no inventory: name one with -i FILE, or as `inventory` in {paths.settings}")
    found = read_inventory(path, load_platforms(paths))
    if not where.strip():
        raise HostKeyError("no devices are selected: say which with --where EXPR (--where '*' for all)")
    selection = read_selection(where, path.parent, paths)
    matching = [device for device in found.devices if selection.matches(device)]

    def parse_rule(text: str) -> Selection:
        return read_selection(text, path.parent, paths)

    left_out = [problem for problem in found.problems if problem.severity == "error"]
    if left_out:
        click.echo(f"paceline: {len(left_out)} problems in {path}, `paceline check` lists them", err=True)
    if not matching:
        raise HostKeyError(f"the selection {where!r} matches none of the {len(found.devices)} devices of {path}")
    return reach(matching, settings, parse_rule, jump)


async def _scan(
    ways: Ways, settings: Settings, paths: Paths, rate: float, show: Callable[[SeenKey], None]
) -> list[SeenKey]:
    if not 0 < rate <= 1_000:
        raise click.UsageError(f"--connects-per-second: expected more than 0 and at most 1000, got {rate:g}")
    seen: list[SeenKey] = []
    secrets = resolve_credentials(ways.credentials, {}, terminal_asker())
    async with aclosing(scan(ways, secrets, settings, paths, connects_per_second=rate)) as keys:
        async for key in keys:
            seen.append(key)
            show(key)
    return seen


def _line(key: SeenKey) -> str:
    if key.state in (KeyState.NEW, KeyState.SAME):
        said = f"{key.algorithm} {key.fingerprint}" if key.fingerprint else key.message
    else:
        said = f"{key.failure.value if key.failure else ''}: {key.message}"
    return printable(f"{key.state.value:<8} {key.device}  {said}")


def _row(key: SeenKey) -> dict[str, Any]:
    return key.model_dump(mode="json", exclude={"base64"})


def _counts(seen: Sequence[SeenKey]) -> str:
    counts = Counter(key.state for key in seen)
    words = [f"{counts[state]} {state.value}" for state in KeyState if counts[state] and state is not KeyState.NONE]
    if silent := [key.device for key in seen if key.state is KeyState.NONE]:
        words.append(f"{len(silent)} without an answer ({few(silent)})")
    if refused := [key.device for key in seen if key.state in _REFUSED]:
        words.append(f"never accepted together with others: {few(refused)}")
    return f"{len(seen)} {'device' if len(seen) == 1 else 'devices'}: {', '.join(words)}"


def _exit_code(seen: Sequence[SeenKey]) -> int:
    states = {key.state for key in seen}
    if states.intersection(_REFUSED):
        return EXIT_REFUSED
    return EXIT_UNANSWERED if KeyState.NONE in states else 0
