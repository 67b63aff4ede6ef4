"""Every row of the failure table, met for real: what the device becomes, what is said, what follows."""

import logging
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.session import faults
from tests.session.meeting import Condition, Met, impatient, meet

from paceline.engine.verdict import may_retry, settle
from paceline.model.failure import FailureKind as K
from paceline.model.failure import rule
from paceline.model.states import CommandState, DeviceState
from paceline.store.memory import MemorySink

ELSEWHERE = {
    K.JUMP_FAILED: "test_jump.py",
    K.JUMP_TARGET: "test_jump.py",
    K.JUMP_FORBIDDEN: "test_jump.py",
    K.CODE_NEEDED: "test_codes.py",
}
"""Those that take more than one server, and where they are met."""

BUG = r".*a bug in Paceline.*\bRuntimeError\b.*log.*"
HERE = r"127\.0\.0\.1:\d+"
FAILED, UNREACHABLE, SUCCEEDED = DeviceState.FAILED, DeviceState.UNREACHABLE, DeviceState.SUCCEEDED


@dataclass(frozen=True)
class Row:
    """A condition and all that must follow."""

    kind: K
    condition: Condition
    device: DeviceState
    said: str
    """The whole message, as a regular expression."""
    hint: str
    """Words that the hint must have."""
    retries: int = 0
    is_rejection: bool = False
    command: CommandState | None = None
    """How the command ended; None: it was not sent."""
    output: bytes = b""


LOST, REJECTED, TIMED_OUT = CommandState.LOST, CommandState.REJECTED, CommandState.TIMED_OUT
ROWS = [
    Row(K.DNS, faults.unknown_name, UNREACHABLE, r"cannot resolve r1\.invalid", "resolver"),
    Row(K.REFUSED, faults.closed_port, UNREACHABLE, f"{HERE} refuses the connection: .*lines full.*", "VTY lines", 1),
    Row(K.NO_ROUTE, faults.unroutable, UNREACHABLE, r"no route to 127\.255\.255\.255:22", "routing", 1),
    Row(K.CONNECT_TIMEOUT, faults.full_backlog, UNREACHABLE, f"{HERE}: no TCP answer in 0.3 s: .*", "firewall", 1),
    Row(K.NO_BANNER, faults.silent, UNREACHABLE, f"{HERE}: .* no SSH greeting in 0.3 s: .*", "overloaded", 1),
    Row(K.NO_BANNER, faults.stuck_key_exchange, UNREACHABLE, f"{HERE}: .*key exchange .* 0.3 s.*", "overloaded", 1),
    Row(K.NOT_SSH, faults.busy_line, UNREACHABLE, f'{HERE} .*"All VTY lines are in use".*', "Something else", 1),
    Row(K.CLOSED_EARLY, faults.session_limit, UNREACHABLE, f"{HERE} closed before .*limit.*", "session limit", 2),
    Row(K.ALGORITHMS, faults.old_ciphers, FAILED,
        f"{HERE}: no common cipher \\(the device offers 3des-cbc\\); `legacy` = cbc .*", "`legacy`",
    ),
    Row(K.HOST_KEY_UNKNOWN, faults.new_host_key, FAILED, r".*SHA256:.*", "hostkeys accept"),
    Row(K.HOST_KEY_CHANGED, faults.other_host_key, FAILED, r".*SHA256:\S+.*SHA256:\S+.*", "replaced"),
    Row(K.HOST_KEY_REVOKED, faults.revoked_host_key, FAILED, r".*revoked.*", "do not use"),
    Row(K.CREDENTIAL_GONE, faults.lost_key_file, DeviceState.PENDING, r"key file .*gone: No such file.*", "Sign in"),
    Row(K.AUTH_REJECTED, faults.wrong_password, FAILED, f"{HERE} rejected netops: .*", "locked", is_rejection=True),
    Row(K.AUTH_TOO_MANY, faults.eight_agent_keys, FAILED, f"{HERE} .*too many.*", "key_file", is_rejection=True),
    Row(K.AUTH_TIMEOUT, faults.slow_aaa, UNREACHABLE, f"{HERE}: login of netops not finished in 0.3 s.*", "AAA"),
    Row(K.PASSWORD_EXPIRED, faults.old_password, FAILED, f"{HERE} demands a new .*", "new password", is_rejection=True),
    Row(K.PROTOCOL, faults.ssh_1, FAILED, f"{HERE} speaks no SSH 2.*", "broke"),
    Row(K.SHELL_REFUSED, faults.no_terminal, FAILED, r"r1 grants no session or terminal", "VTY lines", 1),
    Row(K.NO_PROMPT, faults.strange_prompt, FAILED, r'r1: no prompt in 0.3 s .*"Press RETURN.*"', "platform"),
    Row(K.CLOSED, faults.closed_at_the_prompt, FAILED, r"r1: the device closed .* after the login", "ended", 1),
    Row(K.ENABLE_REJECTED, faults.wrong_enable, FAILED, r"r1: enable: refused; .*", "secret", is_rejection=True),
    Row(K.WRONG_DEVICE, faults.another_name, SUCCEEDED, r"the inventory says r1, the device calls itself r9",
        "prompt_name", command=CommandState.SUCCEEDED, output=b"12:00\n",
    ),
    Row(K.WRONG_DEVICE, faults.another_name_and_changes, FAILED, r"the inventory says r1, .* r9", "prompt_name"),
    Row(K.COMMAND_REJECTED, faults.unknown_command, FAILED, r"% Invalid input .*", "words", command=REJECTED),
    Row(K.COMMAND_TIMEOUT, lambda _: faults.hanging(impatient(command_s=0.3)), FAILED,
        "no prompt after 0.3 s, 14 bytes", "timeout_s", command=TIMED_OUT, output=b"some of it\n^C\n",
    ),
    Row(K.COMMAND_TIMEOUT, lambda _: faults.hanging(impatient(command_idle_s=0.25)), FAILED,
        "nothing for 0.25 s, 14 bytes", "command_idle_s", command=TIMED_OUT, output=b"some of it\n^C\n",
    ),
    Row(K.COMMAND_TIMEOUT, lambda _: faults.hanging(timeout_s=0.35), FAILED,
        "no prompt after 0.35 s, 14 bytes", "timeout_s", command=TIMED_OUT, output=b"some of it\n^C\n",
    ),
    Row(K.COMMAND_TIMEOUT, lambda _: faults.hanging(timeout_s=0.3, read_only=False), DeviceState.UNKNOWN,
        "no prompt after 0.3 s, .*", "timeout_s", command=TIMED_OUT, output=b"some of it\n",
    ),
    Row(K.QUESTION, faults.asks, FAILED, r'the device asks "Proceed with reload\? \[confirm\]"; not answered',
        "does not ask", command=REJECTED, output=b"Proceed with reload? [confirm]",
    ),
    Row(K.OUTPUT_CAP, faults.large_output, SUCCEEDED,
        r"command 1 of 1: kept 0\.2 of 2\.\d MB in memory; all on disk", "whole", command=CommandState.SUCCEEDED,
    ),
    Row(K.LOST, faults.cut_off, FAILED, r"connection lost .* in command 1 of 1", "cut", 1,
        command=LOST, output=b"half of it",
    ),
    Row(K.LOST, faults.cut_off_while_changing, DeviceState.UNKNOWN, "connection lost .* in command 1 of 1", "cut",
        command=LOST, output=b"half of it",
    ),
    Row(K.CLOSED, faults.closed_session, FAILED, "the device closed .* in command 1 of 1", "idle", 1,
        command=LOST, output=b"bye\n",
    ),
    Row(K.KEEPALIVE, faults.frozen, FAILED, "the device stopped answering in .* 1 of 1", "in flight", 1, command=LOST),
    Row(K.PROTOCOL, faults.broken_ssh, FAILED, r".*code 5: MAC error.*", "broke", command=LOST),
    Row(K.CANCELLED, faults.cancelling, DeviceState.CANCELLED, "cancelled at command 1", "ready",
        command=CommandState.CANCELLED, output=b"some of it\n",
    ),
    Row(K.INTERNAL, faults.bug_at_the_login, FAILED, BUG, "bug"),
    Row(K.INTERNAL, faults.bug_in_a_command, FAILED, BUG, "bug", command=LOST),
    Row(K.INTERNAL, faults.bug_in_a_channel, FAILED, BUG, "bug", command=LOST),
]  # fmt: skip


def _name(row: Row) -> str:
    condition = row.condition
    return f"{row.kind.value}-{getattr(condition, '__name__', '').strip('<>')}"


@pytest.mark.parametrize("row", ROWS, ids=_name)
async def test_a_condition_has_its_kind_and_all_that_follows(
    row: Row, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with row.condition(tmp_path) as fault:
        met = await meet(tmp_path, fault)
        is_read_only = fault.read_only
    said = met.report.message if met.report else met.ended[-1].reason
    assert met.end.failure is row.kind, said
    assert FullMatch(row.said) == said
    assert "\n" not in said
    assert [fact.state for fact in met.ended] == ([] if row.command is None else [row.command])
    if row.output:
        assert _output(met) == row.output
    _expect_consequences(row, met, is_read_only=is_read_only)
    if row.kind is K.INTERNAL:
        assert any(record.exc_info for record in caplog.records if record.levelno >= logging.ERROR)


class FullMatch(str):
    """A pattern that equals what it matches, so that a failed comparison shows both."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and re.fullmatch(self, other) is not None

    __hash__ = str.__hash__


def _output(met: Met) -> bytes:
    (sink,) = met.ports.sinks
    assert isinstance(sink, MemorySink)
    return bytes(sink.data)


def _expect_consequences(row: Row, met: Met, *, is_read_only: bool) -> None:
    is_held = met.report is not None and met.report.is_held
    state = DeviceState.PENDING if is_held else settle(met.end, is_read_only=is_read_only)
    assert state is row.device
    allowed = [may_retry(met.end, state, attempt, 10, is_read_only=is_read_only) for attempt in range(1, 10)]
    assert sum(allowed) == row.retries
    assert rule(row.kind).counts_as_rejection == row.is_rejection
    assert row.hint in rule(row.kind).hint


async def test_the_large_output_is_whole_on_disk(tmp_path: Path) -> None:
    async with faults.large_output(tmp_path) as fault:
        met = await meet(tmp_path, fault)
    (ended,) = met.ended
    assert ended.truncated and ended.failure is K.OUTPUT_CAP
    (path,) = (tmp_path / "jobs").rglob("01-*.txt")
    assert path.read_bytes() == faults.LARGE.replace(b"\r\n", b"\n")
    assert ended.bytes == path.stat().st_size


def test_every_kind_is_met() -> None:
    assert {row.kind for row in ROWS} | set(ELSEWHERE) == set(K)
    for kind, module in ELSEWHERE.items():
        assert f"kind is FailureKind.{kind.name}" in Path(__file__).with_name(module).read_text(encoding="utf-8")
