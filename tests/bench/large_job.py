"""A job of 10,000 devices and three commands, and the events of its life."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from paceline.model import event as ev
from paceline.model.device import Device
from paceline.model.job import Command, Credential, JobSpec, Pace, Target
from paceline.model.platform import Platform
from paceline.model.states import CommandState, DeviceState, JobState

DEVICES = 10_000
BEGIN = datetime(2026, 1, 5, 22, 0, tzinfo=UTC)
COMMANDS = ("show version", "show interface brief", "show running-config")
COUNTRIES = ("DE", "FR", "NL", "PL", "SE", "IT")


def large_spec(pace: Pace | None = None) -> JobSpec:
    """The frozen job."""
    devices = (
        Device(
            name=f"r{n:05d}",
            address=f"10.{n // 65536}.{n // 256 % 256}.{n % 256}",
            platform="frr",
            country=COUNTRIES[n * 7 // 5 % len(COUNTRIES)],
            site=f"site{n % 300}",
        )
        for n in range(DEVICES)
    )
    return JobSpec(
        id="20260105-2200-bench-0001",
        name="bench",
        created_at=BEGIN,
        pace=pace or Pace(batch_size=50),
        command_sets=(tuple(Command(command=text) for text in COMMANDS),),
        credentials={"default": Credential(username="netops")},
        platforms={"frr": Platform(name="frr", prompt=r"(?P<host>\S+)# $")},
        targets=tuple(Target(device=device, platform="frr") for device in devices),
    )


def life_of(spec: JobSpec) -> Iterator[ev.JobEvent]:
    """Every event of a job whose devices all succeed: ten per device, and a grant for each fifty."""
    seq = 0

    def stamp() -> dict[str, Any]:
        nonlocal seq
        seq += 1
        return {"seq": seq, "at": BEGIN + timedelta(milliseconds=seq), "job": spec.id}

    yield ev.JobCreated(**stamp(), spec=spec)
    yield ev.JobStarted(**stamp())
    for number, target in enumerate(spec.targets):
        name = target.device.name
        if number % 50 == 0:
            names = tuple(each.device.name for each in spec.targets[number : number + 50])
            yield ev.BatchStarted(**stamp(), number=number // 50 + 1, n=50, due=BEGIN, devices=names)
        about: dict[str, Any] = {"device": name, "country": target.device.country, "attempt": 1}
        yield ev.AttemptStarted(**stamp(), **about, batch=number // 50 + 1)
        yield ev.Connected(**stamp(), **about)
        yield ev.LoggedIn(**stamp(), **about, name_seen=name)
        for index, command in enumerate(COMMANDS, start=1):
            of: dict[str, Any] = {**about, "command": command, "index": index}
            yield ev.CommandSent(**stamp(), **of)
            result: dict[str, Any] = {
                "state": CommandState.SUCCEEDED,
                "seconds": 0.25,
                "bytes": 2_000,
                "sha256": "0" * 64,
            }
            yield ev.CommandEnded(**stamp(), **of, **result)
        yield ev.AttemptEnded(**stamp(), **about, state=DeviceState.SUCCEEDED)
    counts = {"succeeded": len(spec.targets)}
    yield ev.JobFinished(**stamp(), state=JobState.FINISHED, counts=counts)
