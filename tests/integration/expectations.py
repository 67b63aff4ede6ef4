"""What every run that succeeded must have said, whatever the devices were."""

import hashlib
from collections import Counter

from tests.integration.workspace import Run, Workspace


def expect_success(run: Run, devices: int, commands: int) -> None:
    """All devices succeeded at the first attempt, and the events say so without a gap."""
    assert run.exit_code == 0, run.stderr[-2000:] or run.events[-1]
    assert [event["seq"] for event in run.events] == list(range(1, len(run.events) + 1))
    assert len({event["job"] for event in run.events}) == 1
    assert run.events[0]["type"] == "job_created"
    assert run.events[-1]["type"] == "job_finished"
    finished = run.events[-1]
    assert finished["state"] == "finished"
    assert {state: count for state, count in finished["counts"].items() if count} == {"succeeded": devices}
    kinds = Counter(event["type"] for event in run.events)
    for kind in ("attempt_started", "connected", "logged_in", "attempt_ended"):
        assert kinds[kind] == devices, kind
    for kind in ("command_sent", "command_ended"):
        assert kinds[kind] == devices * commands, kind
    assert {event["state"] for event in run.of("command_ended")} == {"succeeded"}
    assert sum(event["n"] for event in run.of("batch_started")) == devices


def expect_outputs_as_told(run: Run, workspace: Workspace) -> None:
    """Each output file has the bytes and the checksum that its event tells."""
    ended = run.of("command_ended")
    devices = {event["device"] for event in ended}
    outputs = {device: workspace.outputs(device) for device in devices}
    for event in ended:
        output = outputs[event["device"]][event["index"] - 1]
        assert len(output) == event["bytes"], (event["device"], event["command"])
        assert hashlib.sha256(output).hexdigest() == event["sha256"], (event["device"], event["command"])
