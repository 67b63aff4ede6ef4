"""What became of every device of a job's first frozen list, through the jobs that continued it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from paceline.model.states import DeviceState
from paceline.model.status import JobStatus
from paceline.model.tally import DeviceStatus
from paceline.report.table import csv_line, markdown_line
from paceline.store.kinds import JobSummary

COLUMNS = (
    "device", "address", "name_seen", "platform", "country", "state", "attempts", "settled_by",
    "started_at", "finished_at", "reason", "sha256",
)  # fmt: skip
LEFT_OUT = "left_out"
"""The state of a row of the inventory, or of a ticked device, that the first job did not take in."""

Hashes = Mapping[tuple[str, int], str]
"""SHA-256 of the latest output of a device's command, by the device's name and the command's number (from 1)."""


def members(job: str, jobs: Sequence[JobSummary]) -> list[str]:
    """Ids of the jobs that hang together with `job`: the one that began, and all that continue it, oldest first.

    A job that continues one that is kept no more begins the chain.
    """
    known = {summary.id: summary for summary in jobs}
    first = job
    while known[first].continues in known:
        first = known[first].continues
    chain = {first}
    ordered = sorted(jobs, key=lambda summary: (summary.created_at, summary.id))
    for summary in ordered:
        if summary.continues in chain:
            chain.add(summary.id)
    return [summary.id for summary in ordered if summary.id in chain]


@dataclass(slots=True)
class Row:
    """One device of the first list, as the chain left it."""

    device: str
    address: str
    platform: str
    country: str
    commands: tuple[str, ...]
    state: DeviceState = DeviceState.PENDING
    attempts: int = 0
    name_seen: str = ""
    settled_by: str = ""
    """The job that its state is from."""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    reason: str = ""
    hashes: dict[int, str] = field(default_factory=dict)
    """By the command's number in the first job."""


class Chain:
    """Folds the jobs of a chain, oldest first, into a row per device of the first one."""

    def __init__(self, first: JobStatus, hashes: Hashes) -> None:
        spec = first.spec
        assert spec is not None
        self.id = first.id
        self.jobs = 0
        self.left_out = spec.left_out
        self.rows = {
            target.device.name: Row(
                target.device.name,
                target.device.address,
                target.platform,
                target.device.country,
                tuple(command.command for command in spec.commands_of(target)),
            )
            for target in spec.targets
        }
        self.add(first, hashes)

    def add(self, status: JobStatus, hashes: Hashes) -> None:
        """The next job. What it did not try stays as an earlier one left it."""
        spec = status.spec
        assert spec is not None
        self.jobs += 1
        for target in spec.targets:
            device, row = status.devices[target.device.name], self.rows.get(target.device.name)
            if row is None:
                continue
            # A retry goes on from the command that did not succeed: its list is the end of the first one's.
            offset = max(0, len(row.commands) - len(spec.commands_of(target)))
            row.attempts += device.attempt
            row.name_seen = device.name_seen or row.name_seen
            row.started_at = row.started_at or device.started_at
            if device.attempt or not row.settled_by or not device.state.is_final:
                _settle(row, status, device, is_rest=offset > 0)
            for index in range(1, len(spec.commands_of(target)) + 1):
                if found := hashes.get((device.name, index)):
                    row.hashes[offset + index] = found

    @property
    def unaccounted(self) -> int:
        """Devices that no job of the chain has settled."""
        return sum(not row.state.is_final for row in self.rows.values())

    def total(self) -> str:
        """The sentence that adds up."""
        counts: dict[DeviceState, int] = {}
        for row in self.rows.values():
            counts[row.state] = counts.get(row.state, 0) + 1
        states = [f"{counts[state]} {state.value}" for state in DeviceState if state.is_final and state in counts]
        jobs = "1 job" if self.jobs == 1 else f"{self.jobs} jobs"
        devices = "1 device" if len(self.rows) == 1 else f"{len(self.rows)} devices"
        return (
            f"{self.id}, {jobs}, {devices}: {', '.join([*states, f'{len(self.left_out)} left out before'])}; "
            f"{self.unaccounted} unaccounted"
        )


def _settle(row: Row, status: JobStatus, device: DeviceStatus, *, is_rest: bool) -> None:
    """`is_rest`: the job had the end of the commands alone, those before it had succeeded."""
    row.state, row.settled_by, row.finished_at = device.state, status.id, device.finished_at
    if is_rest and device.state is DeviceState.FAILED and device.commands:
        row.state = DeviceState.PARTIAL
    if device.state.is_final:
        row.reason = device.message
    else:
        row.reason = f"still {device.state.value}: job {status.id} has not ended"


def as_csv(chain: Chain) -> Iterator[str]:
    """A header, a row per device, one per row left out, and the total."""
    yield csv_line(COLUMNS)
    for cells in _cells(chain):
        yield csv_line(cells)
    yield csv_line((chain.total(),))


def as_markdown(chain: Chain) -> Iterator[str]:
    """The same as a table of Markdown, with the total below."""
    yield f"# {chain.id}\n\n"
    yield markdown_line(COLUMNS)
    yield markdown_line(("---",) * len(COLUMNS))
    for cells in _cells(chain):
        yield markdown_line(cells)
    yield f"\n{chain.total()}\n"


def _cells(chain: Chain) -> Iterator[tuple[str, ...]]:
    for row in chain.rows.values():
        yield (
            row.device,
            row.address,
            row.name_seen,
            row.platform,
            row.country,
            row.state.value,
            str(row.attempts),
            row.settled_by,
            _moment(row.started_at),
            _moment(row.finished_at),
            row.reason,
            "; ".join(f"{row.commands[index - 1]}={value}" for index, value in sorted(row.hashes.items())),
        )
    for left_out in chain.left_out:
        yield (left_out.name, "", "", "", "", LEFT_OUT, "0", "", "", "", left_out.reason, "")


def _moment(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""
