"""The logins of one job: under which accounts its devices count, which of them are held, and since when."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from paceline.engine.login_gate import Account, LoginGate, Verdict
from paceline.model.job import Credential, JobSpec, Target
from paceline.model.secret import MissingSecretError, Secret, Secrets
from paceline.model.tally import Question

GONE = "credential_gone"


def account_of(credential: Credential, secrets: Secrets) -> Account:
    """Whose failures the logins of a credential are: its user with the password's value, wherever that comes from."""
    reference = credential.password if credential.uses_password else credential.enable
    if not reference:
        return Account(credential.username, None)
    try:
        return Account(credential.username, secrets.get(reference))
    except MissingSecretError:
        return Account(credential.username, Secret(f"no value for {reference}"))


@dataclass(frozen=True, slots=True)
class Hold:
    """Logins of this job that wait for an answer."""

    gate: str
    credentials: tuple[str, ...]
    domain: str
    message: str
    verdict: Verdict | None
    """None: the proof of these credentials is gone, which only this job knows of."""


class JobLogins:
    """What the engine's gate means for one job."""

    def __init__(self, spec: JobSpec, gate: LoginGate, secrets: Secrets) -> None:
        self._spec, self._gate, self._secrets = spec, gate, secrets
        self.open: dict[str, tuple[Question, Hold]] = {}
        """What is asked, by the question's id."""
        self.given_up: list[Question] = []
        self._gone: dict[tuple[str, str], str] = {}
        self._groups: dict[tuple[str, str], list[str]] = {}
        for target in spec.targets:
            for key in spec.logins_of(target):
                self._groups.setdefault(key, []).append(target.device.name)
        self._seen = -1

    @property
    def limit(self) -> int:
        """Rejections that the job allows."""
        return self._spec.gates.rejected_logins

    def accounts(self) -> set[Account]:
        """Every account of the job."""
        return {self.account(name) for name in self._spec.credentials}

    def account(self, credential: str) -> Account:
        """The account of a credential, with the password as it is known now."""
        return account_of(self._spec.credentials[credential], self._secrets)

    def lose(self, credential: str, why: str) -> None:
        """The proof of a credential is gone: an agent, a key file, a value."""
        self._gone.setdefault(self._proof(credential), why)
        self.look_again()

    def look_again(self) -> None:
        """Holds may have changed by what the job itself did."""
        self._seen = -1

    def has_changed(self) -> bool:
        """Whether holds may have changed since this was last asked."""
        seen, self._seen = self._seen, self._gate.changes
        return seen != self._seen

    def held_now(self, is_open: Iterable[str]) -> list[Hold]:
        """Every hold on a device of `is_open`, and those that are asked about as far as they stand."""
        wanted = set(is_open)
        asked = {(hold.gate, hold.credentials, hold.domain) for _, hold in self.open.values()}
        found: dict[tuple[str, tuple[str, ...], str], Hold] = {}
        for (credential, domain), names in self._groups.items():
            hold = self._hold_on(credential, domain)
            if hold is None:
                continue
            key = (hold.gate, hold.credentials, hold.domain)
            if key in asked or not wanted.isdisjoint(names):
                found.setdefault(key, hold)
        return list(found.values())

    def _hold_on(self, credential: str, domain: str) -> Hold | None:
        proof = self._proof(credential)
        if proof in self._gone:
            names = tuple(name for name in self._spec.credentials if self._proof(name) == proof)
            username = self._spec.credentials[credential].username
            message = f"logins of {username} are held: {self._gone[proof]}"
            return Hold(GONE, names, "", message, None)
        verdict = self._gate.verdict(self.account(credential), domain, self.limit)
        return None if verdict is None else self._as_hold(verdict)

    def _as_hold(self, verdict: Verdict) -> Hold:
        names = tuple(
            name for name in self._spec.credentials if verdict.account is None or self.account(name) == verdict.account
        )
        return Hold(verdict.gate, names, verdict.domain, verdict.message, verdict)

    def _proof(self, credential: str) -> tuple[str, str]:
        found = self._spec.credentials[credential]
        return (found.password, found.key_file)

    # -- answers ---------------------------------------------------------------------------------------

    def lift(self, question: str) -> None:
        """The operator lets these logins go on."""
        _, hold = self.open.pop(question)
        if hold.verdict is not None:
            self._gate.reset(hold.verdict)
        else:
            self._gone.pop(self._proof(hold.credentials[0]), None)
        self.look_again()

    def give_up(self, question: str) -> Question:
        """The operator gives these devices up."""
        asked, _ = self.open.pop(question)
        self.given_up.append(asked)
        self.look_again()
        return asked

    def question_on(self, target: Target) -> Question | None:
        """What a device's login waits for."""
        return next((asked for asked, _ in self.open.values() if asked.covers(target, self._spec)), None)

    def why_given_up(self, target: Target) -> str:
        """Why a device is not tried any more; empty: it is."""
        return next((question.message for question in self.given_up if question.covers(target, self._spec)), "")

    def covered(self, question: Question, names: Iterable[str]) -> Iterator[str]:
        """Those of `names` that a question covers."""
        return (name for name in names if question.covers(self._spec.targets_by_name[name], self._spec))

    # -- a job that is taken up again --------------------------------------------------------------------

    def recall(self, question: Question) -> None:
        """A question of before stands. What it was about is counted already, or as if it were."""
        if question.gate == GONE:
            self._gone[self._proof(question.credentials[0])] = question.message.partition(" are held: ")[2]
            hold = Hold(GONE, question.credentials, "", question.message, None)
        else:
            verdict = self._verdict_of(question)
            self._gate.recall_hold(verdict, self.limit)
            hold = self._as_hold(verdict)
        self.open[question.id] = (question, hold)

    def recall_answer(self, question: Question) -> None:
        """A question of before was answered with going on."""
        if question.gate != GONE:
            self._gate.reset(self._verdict_of(question))

    def _verdict_of(self, question: Question) -> Verdict:
        account = None if question.gate == "auth_timeouts" else self.account(question.credentials[0])
        return Verdict(question.gate, account, question.domain, question.message)
