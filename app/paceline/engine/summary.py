"""One line per device: what `summary.csv` says at the end of a job."""

from paceline.model.status import JobStatus


def summary_rows(status: JobStatus) -> list[dict[str, str]]:
    """A row per device in the job's frozen order; every value is text, empty where there is none."""
    spec = status.spec
    assert spec is not None
    rows: list[dict[str, str]] = []
    for target in spec.targets:
        device = status.devices[target.device.name]
        succeeded = sum(command.state == "succeeded" for command in device.commands or ())
        rows.append(
            {
                "device": device.name,
                "address": target.device.address,
                "port": str(target.device.port),
                "platform": target.platform,
                "country": device.country,
                "site": target.device.site,
                "state": device.state.value,
                "attempts": str(device.attempt),
                "commands": str(status.commands_of(device.name)),
                "succeeded": str(succeeded),
                "failure": device.failure.value if device.failure else "",
                "message": device.message,
                "name_seen": device.name_seen,
                "started_at": device.started_at.isoformat() if device.started_at else "",
                "finished_at": device.finished_at.isoformat() if device.finished_at else "",
            }
        )
    return rows
