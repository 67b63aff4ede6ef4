"""What of a job's events the audit log keeps."""

import pytest
from tests.engine.aaa import AaaSessions, Servers
from tests.engine.harness import make_devices, make_spec, run_job

from paceline.model.audit import AuditEntry, audited
from paceline.model.failure import FailureKind
from paceline.session.scripted import Script


def test_overrides_and_stops_name_who_and_why() -> None:
    spec = make_spec(make_devices(6, aaa=["b", "a", "a", "a", "a", "a"]), pace={"batch_size": 2})
    actions = [
        {"at": 50, "do": "answer", "answer": "go_on"},
        {"at": 50.5, "do": "retune", "batch_size": 1, "devices_per_hour": 60},
        {"at": 51, "do": "stop", "stop": "running"},
    ]
    outcome = run_job(spec, sessions=AaaSessions(Servers(revoked_at={"a": 0})), actions=actions)
    found = [entry for event in outcome.events for entry in audited(spec, event)]
    assert [(entry.what, entry.by, entry.result) for entry in found if entry.what in ("override", "stop")] == [
        ("override", "op", "rejected_logins-1: go_on"),
        ("override", "", "pace: 1 devices, 60 an hour"),
        ("stop", "op", "after running"),
    ]


@pytest.mark.parametrize(
    ("kind", "results"),
    [
        (FailureKind.AUTH_REJECTED, ["auth_rejected"]),
        (FailureKind.AUTH_TIMEOUT, ["auth_timeout"]),
        (FailureKind.ENABLE_REJECTED, ["enable_rejected"]),
        (FailureKind.NO_PROMPT, ["accepted"]),
        (FailureKind.CONNECT_TIMEOUT, []),
        (FailureKind.HOST_KEY_CHANGED, []),
    ],
)
def test_each_login_that_was_sent_stands_in_it_once(kind: FailureKind, results: list[str]) -> None:
    spec = make_spec(make_devices(1), retries={"attempts": 1, "sweep": False})
    outcome = run_job(spec, default=Script(failures={0: kind}))
    found = [entry for event in outcome.events for entry in audited(spec, event) if entry.what == "login"]
    assert [entry.result for entry in found] == results


def test_a_host_key_that_a_start_was_told_to_trust_stands_in_it_once() -> None:
    devices = [device.model_copy(update={"accept_new_key": device.name == "d1"}) for device in make_devices(2)]
    outcome = run_job(make_spec(devices), default=Script(new_key="SHA256:abc"))
    found = [entry for event in outcome.events for entry in audited(make_spec(devices), event)]
    assert [(entry.device, entry.by, entry.result) for entry in found if entry.what == "key_accepted"] == [
        ("d1", make_spec(devices).created_by, "ssh-ed25519 SHA256:abc")
    ]


def test_a_line_is_one_line_whatever_stands_in_it() -> None:
    spec = make_spec(make_devices(1))
    entry = next(audited(spec, run_job(spec).events[0]))
    odd = entry.model_copy(update={"why": "a\nb\u2028c"})
    assert "\n" not in odd.line()
    assert AuditEntry.model_validate_json(odd.line()) == odd
