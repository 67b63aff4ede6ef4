"""A job's results for other programs: one JSON document, or CSV with a row per command."""

import json
from collections.abc import Iterator
from pathlib import Path

from paceline.model.masking import mask_text
from paceline.model.status import JobStatus
from paceline.model.status_json import to_json
from paceline.report.table import csv_line
from paceline.store.names import device_folder, output_file

CSV_COLUMNS = (
    "job", "device", "address", "platform", "country", "site", "device_state", "failure", "message", "attempt",
    "index", "command", "state", "seconds", "bytes", "output",
)  # fmt: skip


def as_json(
    status: JobStatus, jobs_folder: Path, *, is_interrupted: bool = False, shows_secrets: bool = False
) -> Iterator[str]:
    """The status with every output in place, in pieces: one device at a time, however large the job.

    Secrets of configurations are masked unless `shows_secrets`.
    """
    head = to_json(status, "none", is_interrupted=is_interrupted)
    head.pop("devices")
    yield json.dumps(head, indent=1)[:-2] + ',\n "devices": {'
    devices = to_json(status)["devices"]
    for position, (name, device) in enumerate(devices.items()):
        for command in device["commands"]:
            command["output"] = _output(status, jobs_folder, name, command["index"], shows_secrets=shows_secrets)
        yield ("," if position else "") + f"\n  {json.dumps(name)}: {json.dumps(device)}"
    yield "\n }\n}\n"


def as_csv(status: JobStatus, jobs_folder: Path, *, shows_secrets: bool = False) -> Iterator[str]:
    """A header, then a row per device and command; outputs are cells with line ends in them. Masked as in `as_json`."""
    spec = status.spec
    assert spec is not None
    yield csv_line(CSV_COLUMNS)
    for name, device in to_json(status)["devices"].items():
        target = spec.targets_by_name[name]
        for command in device["commands"]:
            yield csv_line(
                (
                    status.id,
                    name,
                    target.device.address,
                    target.platform,
                    device["country"],
                    target.device.site,
                    device["state"],
                    device["failure"] or "",
                    device["message"],
                    device["attempt"],
                    command["index"],
                    command["text"],
                    command["state"],
                    "" if command["seconds"] is None else command["seconds"],
                    "" if command["bytes"] is None else command["bytes"],
                    _output(status, jobs_folder, name, command["index"], shows_secrets=shows_secrets) or "",
                )
            )


def _output(status: JobStatus, jobs_folder: Path, device: str, index: int, *, shows_secrets: bool) -> str | None:
    """The stored text of a command in the device's latest attempt; None when there is none."""
    spec = status.spec
    assert spec is not None
    text = spec.commands_of(spec.targets_by_name[device])[index - 1].command
    name = output_file(index, text, status.devices[device].attempt)
    try:
        data = (jobs_folder / status.id / device_folder(device) / name).read_bytes()
    except FileNotFoundError:
        return None
    text = data.decode("utf-8", "replace")
    return text if shows_secrets else mask_text(text)
