"""Copies of a status, and the quick way to read events: the same as the long way, whatever happened in the job."""

from dataclasses import asdict, is_dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.harness import Outcome, make_devices, make_spec, run_job
from tests.engine.test_properties import jobs

from paceline.model.event import JobInterrupted, decode, encode
from paceline.model.event_lines import decode_lines
from paceline.model.status import JobStatus


def parts(status: JobStatus) -> dict[str, Any]:
    """All that a status holds, as plain values of its own."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(each) for key, each in value.items()}
        return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value

    return {name: plain(getattr(status, name)) for name in JobStatus.__slots__}


@settings(max_examples=40, deadline=None)
@given(jobs(), st.data())
def test_a_copy_is_equal_and_each_goes_its_own_way(outcome: Outcome, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(outcome.events)))
    original = JobStatus()
    for event in outcome.events[:at]:
        original.apply(event)
    before = parts(original)
    copy = original.copy()
    assert parts(copy) == before
    for event in outcome.events[at:]:
        copy.apply(event)
    assert parts(original) == before, "the copy went on, and the original with it"
    after = parts(copy)
    for event in outcome.events[at:]:
        original.apply(event)
    assert parts(copy) == after
    assert parts(original) == after


@settings(max_examples=40, deadline=None)
@given(jobs(), st.data())
def test_an_interruption_reaches_only_the_status_it_is_told(outcome: Outcome, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(outcome.events) - 1))
    original = JobStatus()
    for event in outcome.events[:at]:
        original.apply(event)
    before, copy = parts(original), original.copy()
    copy.apply(JobInterrupted(seq=at + 1, at=outcome.events[at].at, job=copy.id, message="it died"))
    assert parts(original) == before


@settings(max_examples=40, deadline=None)
@given(jobs())
def test_lines_are_read_as_the_same_events(outcome: Outcome) -> None:
    lines = [(event.type, encode(event)) for event in outcome.events]
    quick = decode_lines(lines)
    assert quick == [decode(line) for _, line in lines]
    assert [type(event) for event in quick] == [type(event) for event in outcome.events]
    assert [event.model_dump() for event in quick] == [event.model_dump() for event in outcome.events]
    assert [(kind, encode(event)) for (kind, _), event in zip(lines, outcome.events, strict=True)] == lines
    for event in quick:
        assert event.model_copy(update={"seq": 7}).seq == 7
        assert event.model_fields_set
    status = JobStatus()
    for event in quick:
        status.apply(event)
    assert parts(status) == parts(outcome.status)


def test_lines_of_another_version_are_read_as_well() -> None:
    events = run_job(make_spec(make_devices(1))).events
    ended = next(event for event in events if event.type == "command_ended")
    full = encode(ended)
    older = full.replace('"truncated":false,', "")
    newer = full[:-1] + ',"humidity":3}'
    odd = '{"seq":9,"at":"2026-01-05T22:00:00Z","job":"x","type":"moon_rose"}'
    read = decode_lines([("command_ended", older), ("moon_rose", odd), ("command_ended", newer)])
    assert (read[0], read[2]) == (ended, ended)
    assert older != full
    assert read[1].type == "moon_rose"
    assert read[1] == decode(odd)


@pytest.mark.parametrize(
    "line",
    [
        "not json",
        '{"seq":1},{"seq":2}',
        '{"seq":1,"at":"yesterday","job":"x","device":"d","country":"DE","attempt":1,"type":"connected"}',
        '{"seq":1,"at":null,"job":"x","device":"d","country":"DE","attempt":1,"type":"connected"}',
        '["connected"]',
        "7",
    ],
)
def test_a_line_that_is_no_event_is_refused_either_way(line: str) -> None:
    for lines in ([("connected", line)], [("connected", line)] * 2):
        with pytest.raises(ValueError, match="Connected"):
            decode_lines(lines)
