"""What an attempt comes to: every rule of the verdict, in its order."""

import pytest

from paceline.engine.verdict import AttemptEnd, may_retry, settle
from paceline.model.failure import RULES, FailureKind
from paceline.model.states import CommandState as C
from paceline.model.states import DeviceState as D

TABLE = [
    (AttemptEnd((), 2, FailureKind.CANCELLED, is_skipped=True, is_cancelled=True), True, D.SKIPPED),
    (AttemptEnd((C.LOST,), 2, FailureKind.LOST), False, D.UNKNOWN),
    (AttemptEnd((C.SUCCEEDED, C.TIMED_OUT), 2, FailureKind.COMMAND_TIMEOUT), False, D.UNKNOWN),
    (AttemptEnd((C.CANCELLED,), 2, FailureKind.CANCELLED, is_cancelled=True), False, D.UNKNOWN),
    (AttemptEnd((C.SUCCEEDED,), 2, FailureKind.CANCELLED, is_cancelled=True), False, D.CANCELLED),
    (AttemptEnd((C.CANCELLED,), 2, FailureKind.CANCELLED, is_cancelled=True), True, D.CANCELLED),
    (AttemptEnd((), 2, FailureKind.CONNECT_TIMEOUT), True, D.UNREACHABLE),
    (AttemptEnd((), 2, FailureKind.AUTH_REJECTED), True, D.FAILED),
    (AttemptEnd((), 2, FailureKind.HOST_KEY_CHANGED), False, D.FAILED),
    (AttemptEnd((C.SUCCEEDED, C.SUCCEEDED), 2), True, D.SUCCEEDED),
    (AttemptEnd((C.SUCCEEDED, C.SUCCEEDED), 2, FailureKind.WRONG_DEVICE), True, D.SUCCEEDED),
    (AttemptEnd((C.REJECTED, C.REJECTED), 2, FailureKind.COMMAND_REJECTED), True, D.FAILED),
    (AttemptEnd((C.SUCCEEDED, C.REJECTED), 2, FailureKind.COMMAND_REJECTED), True, D.PARTIAL),
    (AttemptEnd((C.SUCCEEDED, C.REJECTED), 2, FailureKind.COMMAND_REJECTED), False, D.PARTIAL),
    (AttemptEnd((C.SUCCEEDED, C.LOST), 3, FailureKind.LOST), True, D.PARTIAL),
    (AttemptEnd((C.LOST,), 3, FailureKind.LOST), True, D.FAILED),
]


@pytest.mark.parametrize(("end", "is_read_only", "expected"), TABLE)
def test_the_first_rule_that_matches_decides(end: AttemptEnd, is_read_only: bool, expected: D) -> None:
    assert settle(end, is_read_only=is_read_only) is expected


def test_every_kind_has_a_rule_with_a_hint() -> None:
    assert set(RULES) == set(FailureKind)
    assert all(row.hint for row in RULES.values())


@pytest.mark.parametrize("kind", [k for k in FailureKind if RULES[k].counts_as_rejection])
def test_a_rejected_login_is_never_tried_again(kind: FailureKind) -> None:
    end = AttemptEnd((), 1, kind)
    assert not may_retry(end, settle(end, is_read_only=True), 1, 10, is_read_only=True)


@pytest.mark.parametrize(
    ("kind", "attempt", "attempts", "expected"),
    [
        (FailureKind.CONNECT_TIMEOUT, 1, 2, True),
        (FailureKind.CONNECT_TIMEOUT, 2, 2, False),
        (FailureKind.CONNECT_TIMEOUT, 2, 5, False),
        (FailureKind.CLOSED_EARLY, 2, 5, True),
        (FailureKind.CLOSED_EARLY, 3, 5, False),
        (FailureKind.CLOSED_EARLY, 1, 1, False),
        (FailureKind.DNS, 1, 5, False),
    ],
)
def test_neither_the_preset_nor_the_table_is_exceeded(
    kind: FailureKind, attempt: int, attempts: int, *, expected: bool
) -> None:
    end = AttemptEnd((), 1, kind)
    assert may_retry(end, settle(end, is_read_only=True), attempt, attempts, is_read_only=True) is expected


def test_a_lost_session_is_tried_again_only_in_read_only_jobs() -> None:
    end = AttemptEnd((C.SUCCEEDED, C.LOST), 2, FailureKind.LOST)
    assert may_retry(end, settle(end, is_read_only=True), 1, 2, is_read_only=True)
    assert not may_retry(end, settle(end, is_read_only=False), 1, 2, is_read_only=False)
