"""The gate on rejected logins: which login may leave now, so that a bad password never locks an account.

It belongs to the engine and counts per account and AAA domain over all of its jobs. The first login of an account goes
alone, then the first of each domain. After that, rejections since the last success + logins in flight never exceed
what the job allows. An account that was rejected so often without any success is held, or, where it has succeeded
elsewhere, only in the domain that rejects it. A domain whose logins time out one after the other is held for everyone.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from paceline.model.failure import FailureKind, rule
from paceline.model.secret import Secret

SILENT_LOGINS = 3
"""Logins of one domain in a row that were not finished in time: its AAA server is silent."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who logs in, with which password: the same under two names is one account to whoever counts its failures."""

    username: str
    password: Secret | None
    """None: keys alone, whose rejections lock nothing."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Logins that may not leave before someone has answered."""

    gate: str
    account: Account | None
    """None: every account."""
    domain: str
    """Empty: every domain."""
    message: str = field(compare=False)


class LoginHeldError(Exception):
    """The login was not sent, and is not until its hold is answered; says which."""


@dataclass(slots=True)
class _Record:
    """What is known of an account, or of an account in a domain."""

    is_proven: bool = False
    in_flight: int = 0
    rejections: list[int] = field(default_factory=list)
    """When each came, by the gate's own count of what happened."""
    last: str = ""

    def clear(self) -> None:
        """Count anew, and let the next login go alone."""
        self.is_proven = False
        self.rejections.clear()


@dataclass(eq=False, slots=True)
class _Waiter:
    account: Account
    domain: str
    limit: int
    came: int
    ticket: "asyncio.Future[Ticket]"


class Ticket:
    """One login that may leave. Say once how it came out."""

    def __init__(self, gate: "LoginGate", account: Account, domain: str, begun: int) -> None:
        self._gate, self.account, self.domain, self.begun = gate, account, domain, begun
        self._is_open = True

    def succeed(self) -> None:
        """The device let it in. Only the first word counts."""
        self._end(None, "")

    def fail(self, kind: FailureKind, said: str) -> None:
        """It did not come in; `said` is the device and its message."""
        self._end(kind, said)

    def _end(self, kind: FailureKind | None, said: str) -> None:
        if self._is_open:
            self._is_open = False
            self._gate.ended(self, kind, said)


class LoginGate:
    """One for an engine. Serves one event loop."""

    def __init__(self) -> None:
        self.changes = 0
        """Raised whenever a verdict may have changed."""
        self._moment = 0
        self._users: Counter[Account] = Counter()
        self._accounts: dict[Account, _Record] = {}
        self._domains: dict[tuple[Account, str], _Record] = {}
        self._silent: Counter[str] = Counter()
        self._last_silence: dict[str, str] = {}
        self._waiters: dict[Account, dict[str, deque[_Waiter]]] = {}
        """By domain, in the order they came."""
        self._came = 0
        self._listeners: list[Callable[[], None]] = []

    # -- what jobs ask -------------------------------------------------------------------------------

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` whenever a verdict may have changed; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def join(self, account: Account) -> None:
        """A job begins to use an account. Where no other job does, what proved it may be outdated: it goes alone."""
        self._users[account] += 1
        if self._users[account] == 1:
            for record in self._records(account):
                record.is_proven = False

    def leave(self, account: Account) -> None:
        """A job uses it no longer."""
        self._users[account] -= 1

    def verdict(self, account: Account, domain: str, limit: int) -> Verdict | None:
        """What holds the logins of `account` in `domain`, when `limit` rejections are allowed; None: nothing."""
        if self._silent[domain] >= SILENT_LOGINS:
            return Verdict(
                "auth_timeouts",
                None,
                domain,
                f"logins in {domain} are held: {self._silent[domain]} in a row were not finished in time, the last one "
                f"by {self._last_silence[domain]}; its AAA server may be down",
            )
        if account.password is None:
            return None
        whole, here = self._account(account), self._domain(account, domain)
        if not whole.is_proven and len(whole.rejections) >= limit:
            return Verdict("rejected_logins", account, "", self._rejected(account, whole, "", "any success"))
        if len(here.rejections) >= limit:
            return Verdict(
                "rejected_logins", account, domain, self._rejected(account, here, f" in {domain}", "a success since")
            )
        return None

    def _rejected(self, account: Account, record: _Record, where: str, success: str) -> str:
        number = len(record.rejections)
        said = f"the last one by {record.last}" if record.last else "before this engine began"
        return (
            f"logins of {account.username}{where} are held: {number} rejected without {success}, {said}; "
            "going on may lock the account"
        )

    async def enter(self, account: Account, domain: str, limit: int) -> Ticket:
        """Wait for this login's turn. Raises LoginHeldError when it will not come before someone has answered."""
        if account.password is None:
            if (held := self.verdict(account, domain, limit)) is not None:
                raise LoginHeldError(held.message)
            return Ticket(self, account, domain, self._moment)
        self._came += 1
        ticket: asyncio.Future[Ticket] = asyncio.get_running_loop().create_future()
        queues = self._waiters.setdefault(account, {})
        queues.setdefault(domain, deque()).append(_Waiter(account, domain, limit, self._came, ticket))
        self._admit(account)
        try:
            return await ticket
        except asyncio.CancelledError:
            if not ticket.cancelled() and ticket.exception() is None:
                # It came in the same moment, and goes back unused.
                ticket.result().fail(FailureKind.REFUSED, "")
            raise

    def reset(self, verdict: Verdict) -> None:
        """Someone answered that these logins go on: they count anew, and the next one goes alone."""
        if verdict.account is None:
            del self._silent[verdict.domain]
        else:
            records = self._records(verdict.account) if not verdict.domain else ()
            for record in records or (self._domain(verdict.account, verdict.domain),):
                record.clear()
        self._tell()

    # -- what a job that is taken up again knows of before ---------------------------------------------

    def recall(self, account: Account, domain: str, kind: FailureKind | None, said: str) -> None:
        """A login of before this engine began, in its order; `kind` is None for a success."""
        self._count(Ticket(self, account, domain, self._moment), kind, said)

    def recall_hold(self, verdict: Verdict, limit: int) -> None:
        """A hold of before that nobody has answered stands, whatever else is remembered."""
        if verdict.account is None:
            self._silent[verdict.domain] = max(self._silent[verdict.domain], SILENT_LOGINS)
            self._last_silence.setdefault(verdict.domain, "a device before")
            return
        whole = self._account(verdict.account)
        record = self._domain(verdict.account, verdict.domain) if verdict.domain else whole
        whole.is_proven = bool(verdict.domain)
        record.rejections.extend([self._moment] * (limit - len(record.rejections)))

    # -- how logins come out ---------------------------------------------------------------------------

    def ended(self, ticket: Ticket, kind: FailureKind | None, said: str) -> None:
        """A login came out; `kind` is None for a success."""
        if ticket.account.password is not None:
            self._account(ticket.account).in_flight -= 1
            self._domain(ticket.account, ticket.domain).in_flight -= 1
        if self._count(ticket, kind, said):
            self._tell()
        elif ticket.account.password is not None:
            self._admit(ticket.account)

    def _count(self, ticket: Ticket, kind: FailureKind | None, said: str) -> bool:
        """Whether a verdict may have changed."""
        domain, had_silence = ticket.domain, self._silent[ticket.domain]
        whole, here = self._account(ticket.account), self._domain(ticket.account, domain)
        self._moment += 1
        if kind is None:
            self._silent[domain] = 0
            had_rejections = len(whole.rejections) + len(here.rejections)
            for record in (whole, here):
                record.is_proven = True
                # One that left before a rejection was known may have been let in before the password died.
                record.rejections[:] = [moment for moment in record.rejections if moment > ticket.begun]
            return had_silence > 0 or len(whole.rejections) + len(here.rejections) < had_rejections
        if rule(kind).counts_as_rejection:
            self._silent[domain] = 0
            # What succeeded somewhere is no wrong password: from then on each domain counts for itself.
            for record in (here,) if whole.is_proven else (whole, here):
                record.rejections.append(self._moment)
                record.last = said
            return True
        if kind is FailureKind.AUTH_TIMEOUT:
            self._silent[domain] += 1
            self._last_silence[domain] = said
        if kind in (FailureKind.AUTH_TIMEOUT, FailureKind.CANCELLED):
            # Nobody knows what the server made of it: the next one goes alone.
            here.is_proven = False
        return kind is FailureKind.AUTH_TIMEOUT

    # -- whose turn it is ------------------------------------------------------------------------------

    def _admit(self, account: Account) -> None:
        """Let go who may, those first whose domain has rejected nobody; send away who is held."""
        queues = self._waiters.get(account, {})
        for domain in sorted(
            queues, key=lambda name: (len(self._domain(account, name).rejections), queues[name][0].came)
        ):
            queue = queues[domain]
            while queue and self._is_through(queue[0]):
                queue.popleft()
            if not queue:
                del queues[domain]
        if not queues:
            self._waiters.pop(account, None)

    def _is_through(self, waiter: _Waiter) -> bool:
        """Whether it waits no longer."""
        if waiter.ticket.done():
            return True
        if (held := self.verdict(waiter.account, waiter.domain, waiter.limit)) is not None:
            waiter.ticket.set_exception(LoginHeldError(held.message))
            return True
        if not self._is_free(waiter):
            return False
        self._account(waiter.account).in_flight += 1
        self._domain(waiter.account, waiter.domain).in_flight += 1
        waiter.ticket.set_result(Ticket(self, waiter.account, waiter.domain, self._moment))
        return True

    def _is_free(self, waiter: _Waiter) -> bool:
        whole, here = self._account(waiter.account), self._domain(waiter.account, waiter.domain)
        if whole.in_flight and not whole.is_proven:
            return False
        if here.in_flight and not here.is_proven:
            return False
        return len(here.rejections) + here.in_flight < waiter.limit

    def _tell(self) -> None:
        self.changes += 1
        for account in list(self._waiters):
            self._admit(account)
        for listener in list(self._listeners):
            listener()

    def _records(self, account: Account) -> list[_Record]:
        own = [record for (owner, _), record in self._domains.items() if owner == account]
        return [self._account(account), *own]

    def _account(self, account: Account) -> _Record:
        return self._accounts.setdefault(account, _Record())

    def _domain(self, account: Account, domain: str) -> _Record:
        return self._domains.setdefault((account, domain), _Record())
