"""New host keys at a launch: how many devices have none recorded, and the operator's word to trust them once."""

import sys
from collections.abc import Callable, Sequence

import click

from paceline.config.paths import Paths
from paceline.launch.freeze import few
from paceline.launch.host_keys import accept_new, without_host_key
from paceline.launch.prepare import Launch
from paceline.model.job import JobSpec


def keyless_devices(launch: Launch, paths: Paths) -> list[str]:
    """The job's devices whose host key is recorded nowhere, in its order. Blocks; for outside a running loop."""
    devices = [target.device for target in launch.spec.targets]
    accepts = launch.settings.host_keys.policy == "accept-new"
    found = without_host_key(devices, launch.settings, paths, **({"most_hashes": 0} if accepts else {}))
    return [device.name for device in devices if device.name in found]


def keyless_warning(launch: Launch, keyless: Sequence[str]) -> str:
    """The sentence about them; empty when there are none."""
    if not keyless:
        return ""
    count = f"{len(keyless)} {'device has' if len(keyless) == 1 else 'devices have'} no recorded host key"
    if launch.settings.host_keys.policy == "accept-new":
        return f"{count}; the start asks whether to trust the first one that each shows ({few([*keyless])})"
    return f"{count} and will be refused: see `paceline hostkeys scan` ({few([*keyless])})"


def with_consent(launch: Launch, keyless: list[str], count: int | None, confirm: Callable[[str], bool]) -> JobSpec:
    """The job, with the operator's word for new host keys where it was given.

    `count` is what `--accept-new-keys` says, None without it. Raises click.UsageError where the number is not theirs.
    """
    is_asked_for = count is not None or launch.settings.host_keys.policy == "accept-new"
    if not keyless or not is_asked_for:
        return launch.spec
    these = f"{len(keyless)} {'device' if len(keyless) == 1 else 'devices'} without a recorded host key"
    if count is None:
        if not sys.stdin.isatty():
            raise click.UsageError(
                f"the settings accept new host keys, and there are {these} ({few(keyless)}): "
                f"say so with --accept-new-keys {len(keyless)}, there is no terminal to ask on"
            )
        if not confirm(f"Trust the first host key that each of {these} shows ({few(keyless)})?"):
            return launch.spec
    elif count != len(keyless):
        raise click.UsageError(
            f"--accept-new-keys {count}: there are {these} ({few(keyless)}); look at them with "
            f"`paceline hostkeys scan`, then say {len(keyless)}"
        )
    return accept_new(launch.spec, keyless)
