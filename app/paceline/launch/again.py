"""A frozen job once more: its commands and devices as they were, logins as the settings have them now."""

import getpass
from collections.abc import Sequence

from paceline.config.paths import Paths
from paceline.launch.credentials import choose_credentials
from paceline.launch.freeze import LaunchError
from paceline.launch.host_keys import accept_new
from paceline.launch.jumps import choose_jumps
from paceline.launch.legacy import with_legacy
from paceline.launch.prepare import new_job_id, read_selection
from paceline.launch.ssh_hosts import SshHosts
from paceline.launch.windows import read_window
from paceline.model.device import Device
from paceline.model.job import Command, JobSpec
from paceline.model.preset import PlatformCommands, Preset
from paceline.model.selection import Selection
from paceline.model.settings import Settings
from paceline.model.time import now, seeded


def again(spec: JobSpec, devices: Sequence[Device], values: Preset, settings: Settings, paths: Paths) -> JobSpec:
    """A job that continues `spec` on `devices` of it, at the pace of `values`.

    Commands stay as they were filled and checked. Raises LaunchError, CredentialError.
    """
    if not devices:
        raise LaunchError("no device is ticked: space ticks one, a all that are shown")

    def parse_rule(text: str) -> Selection:
        return read_selection(text, paths.config, paths)

    chosen = choose_credentials(devices, settings, parse_rule, SshHosts.read(settings))
    wanted = {device.name for device in devices}
    # Who was trusted at first sight is recorded by now, or is asked about again.
    spec = accept_new(spec, ())
    kept = [target for target in spec.targets if target.device.name in wanted]
    # What failed for want of old algorithms may be allowed them by now.
    # The ways are those of the job; how their jump hosts are reached is as the settings have it now.
    ways = choose_jumps(with_legacy((t.device for t in kept), settings, parse_rule), settings, None)
    allowed = {device.name: device for device in ways.devices}
    used = sorted({target.commands for target in kept})
    places = {old: new for new, old in enumerate(used)}
    created = now()
    return spec.model_copy(
        update={
            "id": new_job_id(spec.name, created),
            "created_at": created,
            "created_by": getpass.getuser(),
            "continues": spec.id,
            "left_out": (),
            "confirmed_devices": None,
            "pace": values.pace,
            "window": read_window(values, created),
            "seed": seeded().getrandbits(32),
            "command_sets": tuple(spec.command_sets[index] for index in used),
            "credentials": chosen.credentials | ways.credentials,
            "jumps": ways.hosts,
            "platforms": {name: spec.platforms[name] for name in dict.fromkeys(target.platform for target in kept)},
            "targets": tuple(
                target.model_copy(
                    update={
                        "device": allowed[target.device.name],
                        "commands": places[target.commands], "credential": chosen.by_device[target.device.name],
                    }
                )
                for target in kept
            ),
        }
    )  # fmt: skip


def commands_per_platform(spec: JobSpec) -> dict[str, tuple[Command, ...]]:
    """The commands by platform; of a platform whose devices got different ones, those of its first device."""
    first: dict[str, tuple[Command, ...]] = {}
    for target in spec.targets:
        first.setdefault(target.platform, spec.commands_of(target))
    return first


def is_uniform(spec: JobSpec) -> bool:
    """Whether all devices of a platform got the same commands."""
    pairs = {(target.platform, target.commands) for target in spec.targets}
    return len(pairs) == len({platform for platform, _ in pairs})


def preset_of(spec: JobSpec) -> Preset:
    """The values of a frozen job as a preset; braces of its commands are written as plain ones."""
    tables = {
        name: PlatformCommands(
            commands=tuple(
                command.model_copy(update={"command": command.command.replace("{", "{{").replace("}", "}}")})
                for command in commands
            )
        )
        for name, commands in commands_per_platform(spec).items()
    }
    return Preset(
        name=spec.name,
        description=f"As job {spec.id} ran.",
        read_only=spec.read_only,
        on_command_failure=spec.on_command_failure,
        after_crash=spec.after_crash,
        platform=tables,
        pace=spec.pace,
        gates=spec.gates,
        timeouts=spec.timeouts,
        retries=spec.retries,
        # Its `at` and `not_after` were of that night.
        windows={target.device.country: target.window.partition(" ")[0] for target in spec.targets if target.window},
    )
