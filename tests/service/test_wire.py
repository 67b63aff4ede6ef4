"""What goes over the socket comes out as it went in."""

import dataclasses

import pytest
from tests.engine.harness import make_devices, make_spec, run_job

from paceline.engine.contract import UnknownJobError
from paceline.engine.ports import StoreError
from paceline.model.control import (
    Answer,
    Control,
    ControlError,
    Pause,
    PauseCountry,
    Resume,
    ResumeCountry,
    Retune,
    Skip,
    Stop,
)
from paceline.model.errors import PacelineError
from paceline.model.failure import FailureKind
from paceline.model.secret import Secret, Secrets
from paceline.model.status import JobStatus
from paceline.model.status_wire import _Fields, decode_status, encode_status
from paceline.service import wire
from paceline.session.scripted import Script

CONTROLS: list[Control] = [
    Pause(by="a", why="b"),
    Resume(),
    PauseCountry(country="DE", by="a", why="b"),
    ResumeCountry(country="DE"),
    Retune(per_country=2, per_site=0),
    Stop(stop="now"),
    Stop(stop="batch", why="late"),
    Retune(batch_size=0, devices_per_hour=None),
    Retune(devices_per_hour=60.0),
    Skip(device="d/1"),
    Answer(question="canary-1", answer="stop"),
]


def test_a_status_names_every_slot() -> None:
    assert sorted(field.name for field in dataclasses.fields(_Fields)) == sorted(JobStatus.__slots__)


def test_a_status_is_the_same_at_every_event_of_a_job_with_trouble_and_folds_on_from_there() -> None:
    spec = make_spec(make_devices(5, country=("DE", "DE", "FR", "FR", "BR")), pace={"batch_size": 2})
    broken = Script(failures=dict.fromkeys(range(9), FailureKind.CONNECT_TIMEOUT))
    events = run_job(spec, {"d2": broken}, Script(command_s=3)).events
    original, copy = JobStatus(), JobStatus()
    for event in events:
        original.apply(event)
        copy.apply(event)
        copy = decode_status(encode_status(copy))
        for name in JobStatus.__slots__:
            assert getattr(copy, name) == getattr(original, name), name
    assert copy.state.is_final


@pytest.mark.parametrize("control", CONTROLS, ids=repr)
def test_a_control_is_meant_as_it_was(control: Control) -> None:
    body = wire.ControlBody.model_validate_json(wire.control_body(control).model_dump_json())
    assert body.meant() == control


@pytest.mark.parametrize(
    "error", [UnknownJobError("x"), ControlError("it has ended"), StoreError("disk full"), ValueError("runs already")]
)
def test_an_error_is_raised_as_it_was(error: Exception) -> None:
    problem, _ = wire.problem_of(error)
    again = wire.error_of(wire.Problem.model_validate_json(problem.model_dump_json(exclude_none=True)))
    assert (type(again), str(again)) == (type(error), str(error))


def test_other_errors_of_ours_keep_their_sentence_and_bugs_keep_theirs_to_themselves() -> None:
    assert str(wire.error_of(wire.problem_of(PacelineError("no such preset"))[0])) == "no such preset"
    assert "opensesame" not in wire.problem_of(KeyError("opensesame"))[0].error


def test_secrets_are_handed_over_and_do_not_print() -> None:
    body = wire.secrets_body(Secrets({"ask:default": Secret("opensesame")}, "/run/agent"))
    assert "opensesame" not in f"{body} {body!r}"
    taken = wire.SecretsBody.model_validate_json(body.model_dump_json()).taken()
    assert (taken.get("ask:default").reveal(), taken.agent_path) == ("opensesame", "/run/agent")
