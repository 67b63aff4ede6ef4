"""Runs the operator's command when a job is held or has ended. It never holds up a job, whatever it does."""

import asyncio
import contextlib
import json
import logging
import os
import signal
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from typing import Any

from paceline.engine.contract import Engine, JobId
from paceline.engine.ports import StoreError
from paceline.model import event as ev
from paceline.model.errors import PacelineError
from paceline.model.notify import Notify, Occasion
from paceline.model.redaction import redact
from paceline.model.states import JobState
from paceline.model.status import JobStatus
from paceline.model.status_json import to_json
from paceline.model.text import printable

log = logging.getLogger(__name__)

LEAVE_S = 5.0
"""How long an engine that closes waits for commands that run."""
MOST_LOGGED = 2_000
"""Bytes of its output that the log keeps."""


class Notifier:
    """Follows jobs from their start on; one engine's. The settings are read, on a thread, when a job begins."""

    def __init__(self, engine: Engine, settings: Callable[[], Notify]) -> None:
        self._engine, self._settings = engine, settings
        self._tasks: set[asyncio.Task[None]] = set()

    def watch(self, job: JobId, after: int) -> None:
        """Tell what becomes of a job that begins or is taken up, from the event after `after` on."""
        self._begin(self._watch(job, after))

    async def close(self) -> None:
        """Wait a moment for what is being told."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=LEAVE_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch(self, job: JobId, after: int) -> None:
        try:
            notify = await asyncio.to_thread(self._settings)
        except PacelineError as error:
            log.error("nobody is told of job %s: %s", job, error)
            return
        if not notify.command:
            return
        status: JobStatus | None = None
        try:
            async with aclosing(self._engine.follow(job, after)) as events:
                async for event in events:
                    # The engine's own, not to be changed; after the end it is the last one.
                    status = await self._engine.status(job)
                    if (occasion := occasion_of(event)) and occasion in notify.on:
                        self._begin(_run(notify, summary(status, occasion, _why(event, status))))
        except StoreError as error:
            if status is not None and "interrupted" in notify.on:
                self._begin(_run(notify, summary(status, "interrupted", str(error))))


def occasion_of(event: object) -> Occasion | None:
    """What an event is worth telling as."""
    match event:
        case ev.JobHeld():
            return "held"
        case ev.JobInterrupted():
            return "interrupted"
        case ev.JobFinished():
            return "window_closed" if event.state is JobState.WINDOW_CLOSED else "finished"
    return None


def _why(event: object, status: JobStatus) -> str:
    return event.message if isinstance(event, ev.JobHeld | ev.JobInterrupted) else status.why


def summary(status: JobStatus, occasion: Occasion, why: str) -> bytes:
    """What the command reads: the status without its devices, as `paceline jobs show --devices none --json` has it."""
    shown = to_json(status, "none", is_interrupted=occasion == "interrupted")
    document = {"occasion": occasion, "message": printable(why), "job": shown}
    return redact(json.dumps(document)).encode() + b"\n"


async def _run(notify: Notify, data: bytes) -> None:
    """Run it once; what it prints and how it ends goes to the log."""
    program = notify.words[0]
    try:
        process = await asyncio.create_subprocess_exec(
            *notify.words,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    except (OSError, ValueError) as error:
        log.error("notify: %s cannot be run: %s", program, error)
        return
    try:
        async with asyncio.timeout(notify.timeout_s):
            said, _ = await process.communicate(data)
    except TimeoutError:
        log.error("notify: %s took longer than %g s and was ended", program, notify.timeout_s)
        return
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    text = printable(said[:MOST_LOGGED].decode("utf-8", "replace").strip())
    if process.returncode or text:
        log.warning("notify: %s ended with %s%s", program, process.returncode, f": {text}" if text else "")
