"""How fast connections open and how many logins are in flight: limits of the engine, which a job may only lower."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from paceline.session.base import PermitKind

CONNECTS_PER_SECOND = 50.0
"""A handshake costs 2-3 ms of processor time; a burst of 100 stalls a loop for 0.6-1.7 s."""
BURST = 4
"""Connects at once, at least; more where the rate makes up for them within CLUMP_S."""
LOGINS_PER_DOMAIN = 20
CLUMP_S = 0.2
"""Those who wait for tokens are let go in clumps, this far apart at most."""


class TokenBucket:
    """At most `rate` tokens per second on average; a token is taken, never held.

    Those who wait are let go together: handshakes that go side by side find the processor's caches warm, which costs
    each of them a quarter less. At 50 a second these are 10 every 0.2 s; below 10 a second it is one by one.
    """

    def __init__(self, rate: float, burst: int = BURST) -> None:
        """`burst`: tokens at once after a quiet while."""
        clump = max(1, int(CLUMP_S * rate))
        self._interval_s = 1 / rate
        self._clump_s = clump * self._interval_s
        self._tolerance_s = (max(burst, clump) - 1) * self._interval_s
        self._next = float("-inf")

    async def take(self) -> None:
        """Wait for a token."""
        now = asyncio.get_running_loop().time()
        mine = max(self._next, now - self._tolerance_s)
        self._next = mine + self._interval_s
        if mine > now:
            # Rounded, because a sum of many intervals misses the clump's moment by a hair.
            await asyncio.sleep(math.ceil(round(mine / self._clump_s, 6)) * self._clump_s - now)


class LoginLimits:
    """Connect tokens and login places per AAA domain."""

    def __init__(
        self, connects_per_second: float = CONNECTS_PER_SECOND, logins: int = LOGINS_PER_DOMAIN, burst: int = BURST
    ) -> None:
        self._bucket = TokenBucket(connects_per_second, burst)
        self._places = logins
        self._domains: dict[str, asyncio.Semaphore] = {}

    @asynccontextmanager
    async def permit(self, kind: PermitKind, domain: str) -> AsyncIterator[None]:
        """Held while connecting or logging in to a device of `domain`."""
        if kind == "connect":
            await self._bucket.take()
            yield
            return
        places = self._domains.get(domain)
        if places is None:
            places = self._domains[domain] = asyncio.Semaphore(self._places)
        async with places:
            yield


class JobLimits:
    """The engine's limits, lowered by what one job asks for."""

    def __init__(self, engine: LoginLimits, connects_per_second: float, logins: int) -> None:
        self._engine = engine
        is_lower = connects_per_second < CONNECTS_PER_SECOND or logins < LOGINS_PER_DOMAIN
        self._own = LoginLimits(connects_per_second, logins) if is_lower else None

    @asynccontextmanager
    async def permit(self, kind: PermitKind, domain: str) -> AsyncIterator[None]:
        """Both limits at once; the job's own first, so that it never sits on the engine's places."""
        if self._own is None:
            async with self._engine.permit(kind, domain):
                yield
            return
        async with self._own.permit(kind, domain), self._engine.permit(kind, domain):
            yield
