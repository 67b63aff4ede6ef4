"""One device, once: open a session, run the commands, report. Knows nothing of batches, pace or other devices."""

import asyncio
import logging
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from paceline.engine.facts import (
    AttemptReport,
    AttemptRequest,
    HasEnded,
    HasTrustedKey,
    WasConnected,
    WasLoggedIn,
    WillSend,
)
from paceline.engine.identity import is_expected_name
from paceline.engine.jumps import JumpHeldError
from paceline.engine.login_gate import LoginHeldError
from paceline.engine.ports import AttemptPorts, OutputSummary, Sink, StaleAttemptError, StoreError
from paceline.model.failure import FailureKind
from paceline.model.secret import MissingSecretError, Secret
from paceline.model.states import CommandState
from paceline.session.base import (
    CommandResult,
    Jump,
    LoginQuestion,
    PermitKind,
    Session,
    SessionError,
    SessionFactory,
    SessionRequest,
)

log = logging.getLogger(__name__)

INTERNAL_MESSAGE = "a bug in Paceline stopped this device: {error}; see paceline.log in the state folder"


class _SessionPorts:
    """The part of an attempt's ports that its session sees."""

    def __init__(self, ports: AttemptPorts) -> None:
        self._ports = ports

    def permit(self, kind: PermitKind) -> AbstractAsyncContextManager[None]:
        return self._ports.permit(kind)

    async def jump(self) -> Jump:
        return await self._ports.jump()

    def secret(self, reference: str) -> Secret:
        return self._ports.secret(reference)

    @property
    def agent_path(self) -> str:
        return self._ports.agent_path

    async def ask(self, question: LoginQuestion) -> tuple[Secret, ...] | None:
        return await self._ports.ask(question)

    def transcript(self, data: bytes) -> None:
        self._ports.transcript(data)

    async def connected(self, legacy: tuple[str, ...] = ()) -> None:
        await self._ports.emit(WasConnected(legacy))

    async def key_accepted(self, algorithm: str, fingerprint: str) -> None:
        await self._ports.emit(HasTrustedKey(algorithm, fingerprint))

    def warn(self, text: str) -> None:
        self._ports.warn(text)


async def run_attempt(request: AttemptRequest, ports: AttemptPorts, sessions: SessionFactory) -> AttemptReport:
    """Run one attempt to its end and report it.

    Raises only StoreError (what happened can not be kept), StaleAttemptError and CancelledError; on the latter the
    command in flight has been told as cancelled and the session is closed.
    """
    states: list[CommandState] = []
    try:
        session = await sessions.open(_session_request(request), _SessionPorts(ports))
    except SessionError as error:
        is_held = error.kind in (FailureKind.CREDENTIAL_GONE, FailureKind.JUMP_FAILED)
        return AttemptReport(error.kind, error.message, is_held=is_held)
    except (LoginHeldError, JumpHeldError) as error:
        return AttemptReport(None, str(error), is_held=True)
    except MissingSecretError as error:
        return AttemptReport(FailureKind.CREDENTIAL_GONE, f"{error}: sign in again", is_held=True)
    except (StoreError, StaleAttemptError):
        raise
    except Exception as error:
        log.exception("opening a session to %s", request.device.name)
        return AttemptReport(FailureKind.INTERNAL, INTERNAL_MESSAGE.format(error=type(error).__name__))
    try:
        return await _run_commands(request, ports, session, states)
    except (StoreError, StaleAttemptError):
        raise
    except Exception as error:
        log.exception("running commands on %s", request.device.name)
        return AttemptReport(FailureKind.INTERNAL, INTERNAL_MESSAGE.format(error=type(error).__name__), tuple(states))
    finally:
        await session.close()


def _session_request(request: AttemptRequest) -> SessionRequest:
    return SessionRequest(request.device, request.platform, request.credential, request.timeouts, request.read_only)


async def _run_commands(
    request: AttemptRequest, ports: AttemptPorts, session: Session, states: list[CommandState]
) -> AttemptReport:
    await ports.emit(WasLoggedIn(session.name_seen, session.platform_guess))
    failure: FailureKind | None = None
    message = also = ""
    if not is_expected_name(request.device, session.name_seen, request.platform.prompt_host_max):
        failure = FailureKind.WRONG_DEVICE
        message = f"the inventory says {request.device.name}, the device calls itself {session.name_seen}"
        also = f"; {message}"
        if not request.read_only:
            return AttemptReport(failure, message)
    total = len(request.commands)
    for index in range(1, total + 1):
        result = await _run_command(request, ports, session, index)
        states.append(result.state)
        if result.failure is not None and result.state is not CommandState.SUCCEEDED:
            failure, message = result.failure, _told(result, index, total) + also
        elif result.failure is not None and failure is None:
            # A mark on a command that succeeded.
            failure, message = result.failure, _told(result, index, total)
        if not result.is_in_step or (
            result.state is not CommandState.SUCCEEDED
            and (not request.read_only or request.on_command_failure == "stop_device")
        ):
            break
    return AttemptReport(failure, message, tuple(states))


def _told(result: CommandResult, index: int, total: int) -> str:
    if result.failure in (FailureKind.LOST, FailureKind.CLOSED, FailureKind.KEEPALIVE):
        return f"{result.reason} in command {index} of {total}" if result.reason else f"lost in {index} of {total}"
    if result.failure is FailureKind.OUTPUT_CAP:
        return f"command {index} of {total}: {result.reason}"
    return result.reason


async def _run_command(request: AttemptRequest, ports: AttemptPorts, session: Session, index: int) -> CommandResult:
    command = request.commands[index - 1]
    await ports.emit(WillSend(index))
    clock = asyncio.get_running_loop().time
    sink = ports.output(index)
    begun = clock()
    try:
        result = await session.run(command, sink)
    except asyncio.CancelledError:
        result = CommandResult(
            CommandState.CANCELLED, FailureKind.CANCELLED, f"cancelled at command {index}", is_in_step=False
        )
        await _tell_end(ports, sink, index, result, clock() - begun)
        raise
    except Exception as error:
        result = CommandResult(
            CommandState.LOST, FailureKind.INTERNAL, INTERNAL_MESSAGE.format(error=type(error).__name__), False
        )
        await _tell_end(ports, sink, index, result, clock() - begun)
        raise
    return await _tell_end(ports, sink, index, result, clock() - begun)


async def _tell_end(
    ports: AttemptPorts, sink: Sink, index: int, result: CommandResult, seconds: float
) -> CommandResult:
    summary: OutputSummary = await sink.close()
    if summary.truncated and result.failure is None:
        kept, whole = (f"{round(size / 1_000_000, 1):g}" for size in (summary.memory_bytes, summary.bytes))
        reason = f"kept {kept} of {whole} MB in memory; all on disk"
        result = replace(result, failure=FailureKind.OUTPUT_CAP, reason=reason)
    await ports.emit(
        HasEnded(
            index,
            result.state,
            round(seconds, 3),
            summary.bytes,
            summary.sha256,
            summary.truncated,
            result.failure,
            result.reason,
        )
    )
    return result
