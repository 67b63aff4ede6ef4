"""What an earlier job did on the devices that are to run again: where to go on, and what a device was sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from paceline.launch.freeze import few
from paceline.model.job import Command, JobSpec
from paceline.model.states import CommandState
from paceline.model.status import JobStatus
from paceline.model.tally import DeviceStatus

MOST_LINES = 12
"""Groups of devices that are listed; the rest is counted."""
_NOT_SENT = (CommandState.PENDING, CommandState.SKIPPED)


@dataclass(frozen=True, slots=True)
class Earlier:
    """By device: what the job that is continued came to."""

    done: Mapping[str, int] = field(default_factory=dict)
    """Commands that need not run again, because they and all before them succeeded."""
    sent: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What it was sent in its latest attempt, each with its outcome."""


NOTHING = Earlier()


def earlier(status: JobStatus, *, is_rest: bool = True) -> Earlier:
    """What the job came to; `is_rest`: devices of a job that only reads go on where they did not succeed."""
    spec = status.spec
    assert spec is not None
    devices = status.devices.values()
    if spec.read_only:
        return Earlier({device.name: done_before(device) for device in devices}) if is_rest else NOTHING
    return Earlier(sent={device.name: _sent(spec, device) for device in devices})


def _sent(spec: JobSpec, device: DeviceStatus) -> tuple[str, ...]:
    commands = spec.commands_of(spec.targets_by_name[device.name])
    return tuple(
        f"`{command.command}` {known.state.value.replace('_', ' ')}"
        for command, known in zip(commands, device.commands or (), strict=False)
        if known.state not in _NOT_SENT
    )


def done_before(device: DeviceStatus) -> int:
    """How many commands of its latest attempt succeeded before the first one that did not."""
    done = 0
    for command in device.commands or ():
        if command.state is not CommandState.SUCCEEDED:
            break
        done += 1
    return done


def shortened(spec: JobSpec, before: Earlier) -> JobSpec:
    """Without the commands that need not run again; a device that is done with all of them runs them all."""
    sets: dict[tuple[Command, ...], int] = {}
    targets = []
    for target in spec.targets:
        commands = spec.commands_of(target)
        left = commands[before.done.get(target.device.name, 0) :] or commands
        targets.append(target.model_copy(update={"commands": sets.setdefault(left, len(sets))}))
    return spec.model_copy(update={"command_sets": tuple(sets), "targets": tuple(targets)})


def sent_lines(before: Earlier, names: Iterable[str]) -> list[str]:
    """What devices were sent by the job that is continued, devices with the same course in one line."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name in names:
        if name in before.sent:
            groups.setdefault(before.sent[name], []).append(name)
    lines = [f"{few(found)}: {', '.join(sent) or 'nothing'}" for sent, found in groups.items()]
    more = len(lines) - MOST_LINES
    return lines[:MOST_LINES] + ([f"... and {more} more courses; see the job"] if more > 0 else [])
