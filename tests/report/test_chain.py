"""The account of a chain: a row per device of the first frozen list, and a total that adds up."""

import csv
import io
from collections.abc import Sequence

from tests.engine.harness import JOB, make_devices, make_spec, run_job

from paceline.model.event import CommandEnded
from paceline.model.failure import FailureKind
from paceline.model.job import LeftOut
from paceline.model.states import CommandState
from paceline.report.chain import Chain, Hashes, as_csv, as_markdown, members
from paceline.session.base import CommandResult
from paceline.session.scripted import Script
from paceline.store.kinds import JobSummary

SECOND, THIRD = "20260105-2300-test-0002", "20260106-0100-test-0003"
REFUSED = CommandResult(CommandState.REJECTED, FailureKind.COMMAND_REJECTED, "% Invalid input | here")
GONE = Script(failures={0: FailureKind.CONNECT_TIMEOUT})
COMMANDS = ("show version", "show clock")
NO_RETRIES = {"attempts": 1, "sweep": False}


def chain_of() -> tuple[Chain, Hashes]:
    devices = make_devices(4)
    left_out = (LeftOut(name="fleet.csv, line 9", reason="no address"), LeftOut(name="d9", reason="ticked off"))
    first = run_job(
        make_spec(devices, commands=COMMANDS, retries=NO_RETRIES, left_out=left_out),
        scripts={"d2": GONE, "d3": Script(results={"show clock": REFUSED}), "d4": GONE},
    )
    hashes = hashes_of(first.events)
    chain = Chain(first.status, hashes)
    second = run_job(
        make_spec([devices[1], devices[3]], commands=COMMANDS, retries=NO_RETRIES, job=SECOND, continues=JOB),
        scripts={"d4": GONE},
    )
    chain.add(second.status, hashes_of(second.events))
    # Only what did not succeed before: the last command.
    third = run_job(
        make_spec([devices[2]], commands=COMMANDS[1:], retries=NO_RETRIES, job=THIRD, continues=JOB),
        scripts={"d3": Script(output=b"12:00\n")},
    )
    chain.add(third.status, hashes_of(third.events))
    return chain, hashes


def hashes_of(events: Sequence[object]) -> Hashes:
    return {(e.device, e.index): e.sha256 for e in events if isinstance(e, CommandEnded) and e.sha256}


def test_every_device_has_the_state_of_the_job_that_tried_it_last() -> None:
    chain, hashes = chain_of()
    rows = list(csv.reader(io.StringIO("".join(as_csv(chain)))))
    header, *devices, total = rows
    found = {row[0]: dict(zip(header, row, strict=True)) for row in devices}
    assert [(row["state"], row["attempts"], row["settled_by"]) for row in found.values()] == [
        ("succeeded", "1", JOB),
        ("succeeded", "2", SECOND),
        ("succeeded", "2", THIRD),
        ("unreachable", "2", SECOND),
        ("left_out", "0", ""),
        ("left_out", "0", ""),
    ]
    assert found["fleet.csv, line 9"]["reason"] == "no address"
    # The first output is the first job's, the second one that of the job that went on from there.
    version, clock = found["d3"]["sha256"].split("; ")
    assert version == f"show version={hashes['d3', 1]}"
    assert clock.startswith("show clock=")
    assert hashes["d3", 2] not in clock
    assert total == [f"{JOB}, 3 jobs, 4 devices: 3 succeeded, 1 unreachable, 2 left out before; 0 unaccounted"]


def test_the_markdown_keeps_its_columns_whatever_a_device_says() -> None:
    spec = make_spec(make_devices(1), commands=COMMANDS[1:], retries=NO_RETRIES)
    outcome = run_job(spec, scripts={"d1": Script(results={"show clock": REFUSED})})
    lines = "".join(as_markdown(Chain(outcome.status, {}))).splitlines()
    (row,) = [line for line in lines if line.startswith("| d1 ")]
    assert "Invalid input \\| here" in row
    assert row.replace("\\|", "").count("|") == lines[2].count("|")


def test_a_device_that_is_still_open_is_not_accounted_for() -> None:
    spec = make_spec(make_devices(3), pace={"batch_size": 1})
    outcome = run_job(spec)
    status = type(outcome.status)()
    for event in outcome.events[: len(outcome.events) // 2]:
        status.apply(event)
    chain = Chain(status, {})
    assert chain.unaccounted > 0
    assert chain.total().endswith(f"; {chain.unaccounted} unaccounted")
    assert "has not ended" in "".join(as_csv(chain))


def test_a_chain_is_found_from_any_of_its_jobs() -> None:
    jobs = [
        JobSummary("c", "c", "2026-01-03", "finished", {}, continues="b"),
        JobSummary("b", "b", "2026-01-02", "finished", {}, continues="a"),
        JobSummary("d", "d", "2026-01-04", "finished", {}, continues="a"),
        JobSummary("a", "a", "2026-01-01", "finished", {}, continues="pruned"),
        JobSummary("x", "x", "2026-01-02", "finished", {}),
    ]
    assert [members(job, jobs) for job in "abcd"] == [["a", "b", "c", "d"]] * 4
    assert members("x", jobs) == ["x"]
