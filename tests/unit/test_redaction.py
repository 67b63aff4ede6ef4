"""The redactor: every living secret is masked, in every form that a text may hold it, and nothing else is."""

import gc
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paceline.model.errors import PacelineError
from paceline.model.event import AttemptEnded, CommandEnded
from paceline.model.failure import FailureKind
from paceline.model.redaction import MASK, SHORTEST, Redactor, redact
from paceline.model.secret import Secret, is_reference, is_source
from paceline.model.states import CommandState, DeviceState
from paceline.model.time import now
from paceline.session.base import SessionError


class Owner:
    """Whose life a value shares."""


AWKWARD = ["Pässwörd", "a'b\"c", "back\\slash", "tab\there", "100%&x=1", "snow\u2603man", "😀key", " lead", "q'uote"]


@pytest.mark.parametrize("value", ["hunter2", *AWKWARD])
def test_every_form_of_a_value_is_masked(value: str) -> None:
    secret = Secret(value)
    forms = [
        value, repr(value), repr(value + "'\""), repr(value.encode()), json.dumps(value), quote(value, safe=""),
        json.dumps(value, ensure_ascii=False), json.dumps({"a": repr(value)}), repr([json.dumps(value)]),
        repr(RuntimeError(value)), f"{secret.reveal()!r} and {secret.reveal()}",
    ]  # fmt: skip
    for form in forms:
        masked = redact(f"before {form} after")
        assert masked.startswith("before ")
        assert masked.endswith(" after")
        assert MASK in masked
        assert value not in masked
        assert json.dumps(value)[1:-1] not in masked
        assert repr(value)[1:-1] not in masked


@given(st.text(min_size=SHORTEST), st.text(), st.text())
def test_whatever_stands_around_it_a_value_never_comes_out(value: str, before: str, after: str) -> None:
    redactor, owner = Redactor(), Owner()
    redactor.watch(owner, value)
    masked = redactor.redact(before + value + after)
    # The mask itself may be part of an odd value.
    assert value not in masked.replace(MASK, "\0") or value in before + "\0" + after
    assert redactor.redact("") == ""


@given(st.lists(st.text(alphabet="abc", min_size=SHORTEST, max_size=6), max_size=8), st.text(alphabet="abcd"))
def test_it_masks_what_the_plain_way_would_find(values: list[str], text: str) -> None:
    redactor, owners = Redactor(), [Owner() for _ in values]
    for owner, value in zip(owners, values, strict=True):
        redactor.watch(owner, value)
    masked = redactor.redact(text)
    assert (masked != text) == any(value in text for value in values)
    assert not any(value in masked for value in values)


def test_a_long_secret_is_not_cut_by_a_shorter_one() -> None:
    secrets = [Secret("letmein"), Secret("letmein-again")]
    assert redact("letmein-again letmein") == f"{MASK} {MASK}"
    assert len(secrets) == 2


def test_a_value_is_forgotten_with_its_last_secret_and_not_before() -> None:
    one, two = Secret("twice-held"), Secret("twice-held")
    assert redact("twice-held") == MASK
    del one
    gc.collect()
    assert redact("twice-held") == MASK
    assert two.reveal() == "twice-held"
    del two
    gc.collect()
    assert redact("twice-held") == "twice-held"


def test_very_short_values_are_left_alone() -> None:
    secret = Secret("ab")
    assert redact("about abbeys") == "about abbeys"
    assert str(secret) == MASK


def test_ten_thousand_secrets_are_all_found() -> None:
    secrets = [Secret(f"pass-{number:05d}-word") for number in range(10_000)]
    text = " ".join(secret.reveal() for secret in secrets[::100])
    assert redact(text) == " ".join([MASK] * 100)


def test_errors_and_events_cannot_hold_one() -> None:
    secret = Secret("hunter2-of-the-test")
    said = f"the device says {secret.reveal()!r}"
    assert str(PacelineError(said)) == f"the device says '{MASK}'"
    error = SessionError(FailureKind.AUTH_REJECTED, said)
    assert error.message == str(error) == f"the device says '{MASK}'"
    where = {"seq": 1, "at": now(), "job": "j", "device": "r1", "country": "DE", "attempt": 1}
    ended = AttemptEnded.model_validate({**where, "state": DeviceState.FAILED, "message": said})
    command = CommandEnded.model_validate(
        {**where, "command": "show version", "index": 1, "state": CommandState.REJECTED, "seconds": 1, "bytes": 1,
         "reason": said}
    )  # fmt: skip
    assert secret.reveal() not in ended.model_dump_json() + command.model_dump_json()
    assert MASK in ended.message
    assert MASK in command.reason


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("env:HOME", True), ("env:1x", False), ("env:", False),
        ("keyring:ops", True), ("keyring:core sw", True), ("keyring:", False), ("keyring: ops", False),
        ("command:pass show net/ops", True), ("command:", False), ("command:  ", False),
        ("command:pass 'open", False), ("command:a\nb", False), ("hunter2", False), ("ask", False), ("", False),
    ],
)  # fmt: skip
def test_sources_of_secrets_are_told_from_what_only_looks_like_one(text: str, is_one: bool) -> None:
    assert is_source(text) is is_one
    assert is_reference(text) is (is_one or text == "ask")
