"""The operator's word for a job that may change devices: the number of its devices, typed."""

from paceline.launch.freeze import few
from paceline.model.errors import PacelineError
from paceline.model.job import JobSpec
from paceline.model.states import DeviceState
from paceline.model.status import JobStatus
from paceline.plan.effect import JudgedLine, judged_lines


class UnconfirmedError(PacelineError):
    """The number that was typed is not the job's; a sentence with both."""


def confirm(spec: JobSpec, typed: int | None) -> JobSpec:
    """The job with the number that the operator gave. Raises UnconfirmedError when it is not the number of devices."""
    count = len(spec.targets)
    if typed is not None and typed != count:
        expected = f"{many_devices(typed)} {'was' if typed == 1 else 'were'} expected"
        raise UnconfirmedError(f"{expected}, and the job has {count}: nothing was started")
    return spec.model_copy(update={"confirmed_devices": typed})


def read_count(text: str) -> int | None:
    """What was typed as a number; None when it is none."""
    return int(text) if text.strip().isascii() and text.strip().isdigit() else None


def changing_sentences(spec: JobSpec) -> list[str]:
    """What a job that may change devices will do to them, in words; the disruptive lines each with its effect."""
    if spec.read_only:
        return []
    lines, devices = judged_lines(spec), many_devices(len(spec.targets))
    if not lines:
        return [f"this job may change {devices}, though each of its lines only reads"]
    named = few([f"`{line.line}`" for line in lines])
    does = "of its lines does" if len(lines) == 1 else "of its lines do"
    return [
        f"this job may change {devices}: {len(lines)} {does} not only read ({named})",
        *(disruptive_sentence(line) for line in lines if line.verdict.effect == "disrupts"),
    ]


def disruptive_sentence(line: JudgedLine) -> str:
    """`rel in 5` is disruptive on 12 devices: `reload` restarts the device."""
    return f"`{line.line}` is disruptive on {many_devices(line.devices)}: {line.verdict.why}"


def left_to_run(status: JobStatus) -> int:
    """How many devices of a job that may change them run when it is taken up after a crash.

    Those that were logged in at that moment are unknown, and are not among them.
    """
    return sum(not d.state.is_final and d.state is not DeviceState.RUNNING for d in status.devices.values())


def many_devices(count: int) -> str:
    """`1 device`, `12 devices`."""
    return f"{count} device" if count == 1 else f"{count} devices"
