"""The states of a job, a device and a command."""

from enum import StrEnum


class JobState(StrEnum):
    """Where a job stands."""

    SCHEDULED = "scheduled"
    WAITING = "waiting"
    """Its devices are locked by another job."""
    RUNNING = "running"
    PAUSED = "paused"
    HELD = "held"
    STOPPING = "stopping"
    FINISHED = "finished"
    STOPPED = "stopped"
    WINDOW_CLOSED = "window_closed"

    @property
    def is_final(self) -> bool:
        """Whether nothing can follow."""
        return self in _FINAL_JOB


INTERRUPTED = "interrupted"
"""What every face calls a job that has not ended and whose engine died; no event says so, a dead one tells nothing."""


class DeviceState(StrEnum):
    """Where a device stands in a job."""

    PENDING = "pending"
    CONNECTING = "connecting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    UNREACHABLE = "unreachable"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"

    @property
    def is_final(self) -> bool:
        """Whether the device has ended; an unreachable one may still be swept."""
        return self in _FINAL_DEVICE


class CommandState(StrEnum):
    """Where a command stands in an attempt."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    REJECTED = "rejected"
    TIMED_OUT = "timed_out"
    LOST = "lost"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether the command has ended."""
        return self is not CommandState.PENDING and self is not CommandState.RUNNING


_FINAL_JOB = frozenset({JobState.FINISHED, JobState.STOPPED, JobState.WINDOW_CLOSED})
FINAL_DEVICE_STATES: tuple[DeviceState, ...] = (
    DeviceState.SUCCEEDED,
    DeviceState.PARTIAL,
    DeviceState.FAILED,
    DeviceState.UNREACHABLE,
    DeviceState.SKIPPED,
    DeviceState.CANCELLED,
    DeviceState.UNKNOWN,
)
_FINAL_DEVICE = frozenset(FINAL_DEVICE_STATES)
