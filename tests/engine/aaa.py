"""Simulated AAA servers: each checks the logins of one domain, counts what it rejects, and may be silent or change."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from paceline.model.failure import FailureKind
from paceline.session.base import SessionError, SessionPorts, SessionRequest
from paceline.session.scripted import Script, ScriptedSession, ScriptedSessions


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds of one login: until the server looks at the password, and until its answer is here."""

    there_s: float = 0.5
    back_s: float = 0.5


@dataclass
class Servers:
    """What the servers of all domains know."""

    revoked_at: Mapping[str, float] = field(default_factory=dict)
    """From when on a domain takes the password no more; 0: never did."""
    silent: frozenset[str] = frozenset()
    rejections: Counter[str] = field(default_factory=Counter)
    """By domain, as the servers count."""
    by_device: Counter[str] = field(default_factory=Counter)
    in_flight: Counter[str] = field(default_factory=Counter)
    most_in_flight: Counter[str] = field(default_factory=Counter)


class AaaSessions(ScriptedSessions):
    """Scripted devices whose logins are checked by the servers."""

    def __init__(
        self,
        servers: Servers,
        scripts: Mapping[str, Script] | None = None,
        default: Script | None = None,
        latencies: Mapping[str, Latency] | None = None,
    ) -> None:
        super().__init__(scripts, default)
        self.servers, self._latencies = servers, latencies or {}

    async def open(self, request: SessionRequest, ports: SessionPorts) -> ScriptedSession:
        """Connect, and have the login checked. Raises SessionError."""
        name, domain = request.device.name, request.device.aaa_domain
        script = self._scripts.get(name, self._default)
        self.note(name, "connect")
        await asyncio.sleep(script.connect_s)
        if (failure := script.failures.get(0)) is not None:
            raise SessionError(failure, f"scripted: {failure.value}")
        async with ports.permit("connect"):
            await ports.connected()
        async with ports.permit("login"):
            self.note(name, "login")
            await self._check(name, domain, request.timeouts.login_s)
        return ScriptedSession(self, script, name)

    async def _check(self, name: str, domain: str, patience_s: float) -> None:
        servers, latency = self.servers, self._latencies.get(name, Latency())
        servers.in_flight[domain] += 1
        servers.most_in_flight[domain] = max(servers.most_in_flight[domain], servers.in_flight[domain])
        try:
            if domain in servers.silent:
                await asyncio.sleep(patience_s)
                raise SessionError(FailureKind.AUTH_TIMEOUT, f"login not finished in {patience_s:g} s")
            await asyncio.sleep(latency.there_s)
            is_good = asyncio.get_running_loop().time() < servers.revoked_at.get(domain, float("inf"))
            if not is_good:
                servers.rejections[domain] += 1
                servers.by_device[name] += 1
            await asyncio.sleep(latency.back_s)
            if not is_good:
                raise SessionError(FailureKind.AUTH_REJECTED, "wrong password or locked account")
        finally:
            servers.in_flight[domain] -= 1
