"""The ways through jump hosts, one for all jobs of the engine: each opened once, shared, tried again, given up.

A way is a chain of jump hosts; each beginning of it is a way too, with a connection of its own. Devices behind one that
fails wait: the engine tries it again after a while, and only when it is given up are they unreachable.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from paceline.engine.login_gate import LoginHeldError
from paceline.model.failure import FailureKind, rule
from paceline.model.job import Credential
from paceline.session.base import Jump, SessionError

TRIES = rule(FailureKind.JUMP_FAILED).retries
"""Tries in all, before a jump host is given up."""
BACKOFF_S = (10.0, 30.0)
"""Before the second try, and the third."""
STEADY_S = 30.0
"""A connection that ends sooner counts as a failed try."""
IDLE_S = 300.0
"""A connection that nobody has needed for so long is closed."""
FORBIDDEN_TARGETS = 3
"""Devices that a jump host has refused to connect to, and never let through to one: it forwards to none."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One jump host: who it is, and as whom we log in. Equal hops are one connection, whichever job asks."""

    name: str
    host: str
    port: int
    credential: Credential


log = logging.getLogger(__name__)

Way = tuple[Hop, ...]
Opener = Callable[[Way, Jump | None], Awaitable[Jump]]
"""Opens the last hop of a way through the one before it, as one job does it.

Raises SessionError, LoginHeldError, JumpHeldError.
"""


class JumpHeldError(Exception):
    """The way to a device cannot be gone now; says why. The device was not asked."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why the devices behind a way wait, or are given up."""

    way: Way
    failure: FailureKind
    """What they end with when it is given up."""
    message: str
    tries: int
    due: float | None
    """When the next try is, in the loop's seconds; None: given up."""
    cause: FailureKind
    """What the last try came to."""
    job: str = ""
    """Which job tried."""
    may_sweep: bool = True
    """Whether what was given up may be tried once more in a sweep; never after a rejected login."""


@dataclass(eq=False, slots=True)
class _Road:
    """What is known of a way."""

    way: Way
    openers: dict[str, Opener] = field(default_factory=dict)
    """By the jobs that use it."""
    link: Jump | None = None
    opened_at: float = 0.0
    is_inside: bool = False
    """Whether `link` passes through the way before it, which must stay open as long."""
    opening: asyncio.Task[Jump] | None = None
    trouble: Trouble | None = None
    tries: int = 0
    users: int = 0
    has_passed: bool = False
    """Whether a device was reached through it."""
    forbidden: set[str] = field(default_factory=set)
    retry: asyncio.Task[None] | None = None
    watch: asyncio.Task[None] | None = None
    idle: asyncio.TimerHandle | None = None


class Jumps:
    """One for an engine. Serves one event loop."""

    def __init__(self) -> None:
        self.changes = 0
        """Raised whenever a trouble came or went."""
        self._roads: dict[Way, _Road] = {}
        self._listeners: list[Callable[[], None]] = []
        self._closing: set[asyncio.Task[None]] = set()

    # -- what jobs ask -------------------------------------------------------------------------------

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` whenever a trouble came or went; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def join(self, way: Way, job: str, opener: Opener) -> None:
        """A job begins to use a way. What was given up for other jobs is tried once more."""
        road = self._roads.setdefault(way, _Road(way))
        road.openers[job] = opener
        self.forgive(way)

    def leave(self, way: Way, job: str) -> None:
        """A job uses it no longer."""
        road = self._roads[way]
        del road.openers[job]
        if not road.openers:
            _cancel(road.retry)
            road.trouble, road.tries = None, 0
            self._rest(road)

    def trouble(self, way: Way) -> Trouble | None:
        """Why devices behind `way` wait, or are given up; None where nothing is known against it."""
        road = self._roads.get(way)
        return None if road is None else road.trouble

    def forgive(self, way: Way) -> None:
        """Let what was given up be tried once more."""
        road = self._roads[way]
        if road.trouble is not None and road.trouble.due is None:
            road.trouble, road.tries = None, 0
            road.forbidden.clear()
            self._tell()

    async def enter(self, way: Way, job: str) -> Jump:
        """The open connection, until `exit`; opened where it is not. Raises JumpHeldError, LoginHeldError."""
        road = self._roads[way]
        road.users += 1
        if road.idle is not None:
            road.idle.cancel()
            road.idle = None
        try:
            return await self._reach(road, job)
        except BaseException:
            self.exit(way)
            raise

    def exit(self, way: Way) -> None:
        """One who has entered needs it no longer."""
        road = self._roads[way]
        road.users -= 1
        self._rest(road)

    # -- what became known ---------------------------------------------------------------------------

    def note_passed(self, way: Way) -> None:
        """A device was reached through it."""
        road = self._roads[way]
        road.has_passed = True
        road.forbidden.clear()

    def note_forbidden(self, way: Way, device: str, message: str) -> None:
        """It refused to connect to a device: to this one alone, or to any."""
        road = self._roads[way]
        road.forbidden.add(device)
        if not road.has_passed and len(road.forbidden) >= FORBIDDEN_TARGETS and road.trouble is None:
            kind = FailureKind.JUMP_FORBIDDEN
            road.trouble = Trouble(way, kind, message, 1, None, kind, may_sweep=False)
            self._tell()

    def note_broken(self, way: Way, link: Jump) -> None:
        """A session found that nothing passes any more."""
        road = self._roads[way]
        if road.link is link:
            self._lost(road)

    async def close(self) -> None:
        """End every connection, the last hops first."""
        for way in sorted(self._roads, key=len, reverse=True):
            road = self._roads[way]
            tasks = [task for task in (road.retry, road.opening, road.watch) if task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if road.idle is not None:
                road.idle.cancel()
            self._drop(road)
        await asyncio.gather(*self._closing, return_exceptions=True)
        self._roads.clear()

    # -- opening and losing --------------------------------------------------------------------------

    async def _reach(self, road: _Road, job: str) -> Jump:
        for count in range(1, len(road.way) + 1):
            before = self._roads.get(road.way[:count])
            if before is not None and before.trouble is not None:
                raise JumpHeldError(before.trouble.message)
        if road.link is not None and not road.link.is_lost:
            return road.link
        # Shielded: one device that is cancelled must not take the way from the others.
        return await asyncio.shield(road.opening or self._begin(road, job))

    def _begin(self, road: _Road, job: str) -> "asyncio.Task[Jump]":
        road.opening = asyncio.create_task(self._open(road, job), name=f"jump {road.way[-1].name}")
        road.opening.add_done_callback(_ask_for_exception)
        return road.opening

    async def _open(self, road: _Road, job: str) -> Jump:
        self._drop(road)
        try:
            link = await self._opened(road, job)
        except SessionError as error:
            raise JumpHeldError(self._fail(road, error.kind, error.message, job)) from error
        except (LoginHeldError, JumpHeldError):
            # Not its own failure: the devices wait for what holds it.
            self._free(road)
            raise
        except Exception:
            log.exception("opening jump %s", road.way[-1].name)
            self._fail(road, FailureKind.INTERNAL, "a bug in Paceline; see paceline.log in the state folder", job)
            raise
        finally:
            road.opening = None
        road.link, road.opened_at = link, asyncio.get_running_loop().time()
        # What it forwards to may have been changed since.
        road.has_passed = False
        road.forbidden.clear()
        road.watch = asyncio.create_task(self._watch(road, link))
        self._free(road)
        self._rest(road)
        return link

    async def _opened(self, road: _Road, job: str) -> Jump:
        opener = road.openers[job]
        if len(road.way) == 1:
            return await opener(road.way, None)
        before = await self.enter(road.way[:-1], job)
        try:
            link = await opener(road.way, before)
        except BaseException:
            self.exit(road.way[:-1])
            raise
        road.is_inside = True
        return link

    async def _watch(self, road: _Road, link: Jump) -> None:
        await link.wait_lost()
        if road.link is link:
            self._lost(road)

    def _lost(self, road: _Road) -> None:
        """The connection ended by itself. Whoever needs it next opens it, unless it never lasts."""
        self._drop(road)
        if asyncio.get_running_loop().time() - road.opened_at >= STEADY_S:
            road.tries = 0
        elif road.openers:
            self._fail(road, FailureKind.CLOSED_EARLY, f"the connection ended within {STEADY_S:g} s")

    def _fail(self, road: _Road, kind: FailureKind, message: str, job: str = "") -> str:
        """One more try has failed; returns what to say of it."""
        road.tries += 1
        said = f"jump {road.way[-1].name}: {kind.value}: {message}"
        if not road.openers:
            return said
        # A rejected login, a wrong key: the same again would change nothing, or lock an account.
        is_hopeless = rule(kind).outcome != "unreachable" or kind is FailureKind.AUTH_TIMEOUT
        wait_s = None if is_hopeless or road.tries >= TRIES else BACKOFF_S[road.tries - 1]
        may_sweep = not rule(kind).counts_as_rejection
        due = None if wait_s is None else asyncio.get_running_loop().time() + wait_s
        road.trouble = Trouble(road.way, FailureKind.JUMP_FAILED, said, road.tries, due, kind, job, may_sweep)
        if wait_s is not None:
            road.retry = asyncio.create_task(self._try_again(road, wait_s))
        self._tell()
        return said

    async def _try_again(self, road: _Road, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        if road.openers and road.opening is None:
            self._begin(road, next(iter(road.openers)))

    def _free(self, road: _Road) -> None:
        if road.trouble is not None:
            road.trouble = None
            self._tell()

    def _rest(self, road: _Road) -> None:
        """Close it after a while, if nobody needs it until then."""
        if road.users == 0 and road.link is not None and road.idle is None:
            road.idle = asyncio.get_running_loop().call_later(IDLE_S, self._close_idle, road)

    def _close_idle(self, road: _Road) -> None:
        road.idle = None
        if road.users == 0:
            road.tries = 0
            self._drop(road)

    def _drop(self, road: _Road) -> None:
        """Have no connection any more; one that is there is closed, and then the way to it is free."""
        link, road.link = road.link, None
        if link is not None:
            closing = asyncio.create_task(link.close())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
        if road.is_inside:
            road.is_inside = False
            self.exit(road.way[:-1])

    def _tell(self) -> None:
        self.changes += 1
        for listener in list(self._listeners):
            listener()


def _cancel(task: "asyncio.Task[None] | None") -> None:
    if task is not None:
        task.cancel()


def _ask_for_exception(task: "asyncio.Task[Jump]") -> None:
    """So that asyncio does not complain of one that nobody waited for any more."""
    if not task.cancelled():
        task.exception()
