"""One job: who runs when. Grants devices at the job's pace, runs their attempts, minds the gates."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from paceline.engine.conduct import Conduct, Surroundings, end_tasks
from paceline.engine.control import obey
from paceline.engine.facts import AttemptReport
from paceline.engine.holding import leave_unreachable, mind_jumps, mind_logins
from paceline.engine.job_logins import GONE
from paceline.engine.locks import DeviceLocks
from paceline.engine.login_gate import Account
from paceline.engine.ports import StoreError
from paceline.engine.recovery import recover
from paceline.engine.run_state import RunState
from paceline.engine.summary import summary_rows
from paceline.engine.verdict import AttemptEnd, may_retry, settle
from paceline.engine.window import mind_windows, wait_until_open
from paceline.model import event as ev
from paceline.model.control import Control, ControlError
from paceline.model.failure import FailureKind
from paceline.model.job import Credential, Target
from paceline.model.secret import Secrets
from paceline.model.states import DeviceState, JobState
from paceline.model.status import JobStatus
from paceline.model.tally import Forecast, Question
from paceline.model.time import Now, after

CLOSE_PATIENCE_S = 2.5
"""A session closes within 2 s or is aborted; half a second for the rest."""
FORECAST_EVERY_S = 30.0
STOPPED_FIRST, WINDOW_FIRST = "the job stopped first", "the window closed first"
"""Of a device that was left out; why the job stopped, the job says once."""

Forecaster = Callable[[JobStatus, datetime], Forecast | None]


class Executor:
    """Runs one job to its end. Everything it decides becomes an event before anyone sees it."""

    def __init__(
        self, shared: Surroundings, locks: DeviceLocks, now: Now, forecaster: Forecaster | None = None
    ) -> None:
        self._run = RunState(shared, locks, now)
        self._shared, self._now, self._forecaster = shared, now, forecaster
        self._last_forecast = float("-inf")
        self._store_failure: StoreError | None = None
        self._accounts: set[Account] = set()

    async def run(self) -> None:
        """Run the job to `job_finished`. Raises StoreError when what happens can not be kept any more."""
        run = self._run
        self._join()
        stop_listening = run.locks.on_release(run.wake.set)
        stop_minding = self._shared.gate.on_change(run.wake.set)
        run.jumps.join()
        run.jumps.on_opened = run.wake.set
        stop_watching = run.jumps.on_change(run.wake.set)
        # Without it a job whose one device is silent would find out after that device's timeout.
        self._shared.publisher.on_failure = run.wake.set
        try:
            if run.status.state is JobState.SCHEDULED and run.spec.window.not_before is not None:
                self._foresee()
                await wait_until_open(run)
            if run.stop is None or run.status.started_at is not None:
                run.emit(ev.JobStarted)
                self._foresee()
            await self._drive()
            await self._finish()
        finally:
            stop_listening()
            stop_minding()
            stop_watching()
            await end_tasks(set(run.running.values()), CLOSE_PATIENCE_S)
            for name in run.granted:
                run.give_back(name)
            run.jumps.leave()
            for account in self._accounts:
                self._shared.gate.leave(account)

    async def recover(self) -> None:
        """Take up a job whose engine died; call it before `run`."""
        self._join()
        await recover(self._run)

    def note_secrets(self) -> None:
        """Other secrets were handed over: what was held for the old ones may go on."""
        self._run.logins.look_again()
        self._run.wake.set()

    def lost_credentials(self, question: str) -> list[Credential]:
        """The credentials that a question is about because their proof was gone; none for any other question."""
        logins = self._run.logins
        if question not in logins.open or logins.open[question][1].gate != GONE:
            return []
        return [self._run.spec.credentials[name] for name in logins.open[question][1].credentials]

    def tell(self, question: str, secrets: Secrets) -> None:
        """The operator's answer to a login's question. Raises ControlError when it waits no longer."""
        self._shared.questions.supply(question, secrets)

    def _join(self) -> None:
        if not self._accounts:
            self._accounts = self._run.logins.accounts()
            for account in self._accounts:
                self._shared.gate.join(account)

    def control(self, control: Control) -> int:
        """Obey the operator; returns the number of the event that says so. Raises ControlError."""
        if self._run.status.state.is_final:
            raise ControlError(f"job {self._run.spec.id} has ended; there is nothing left to control")
        seq = obey(self._run, control, asyncio.get_running_loop().time())
        self._run.wake.set()
        return seq

    # -- the loop -----------------------------------------------------------------------------------

    async def _drive(self) -> None:
        run, loop = self._run, asyncio.get_running_loop()
        while True:
            run.wake.clear()
            if (failure := self._store_failure or self._shared.publisher.failure) is not None:
                raise failure
            look_s = None
            if run.stop is None:
                # Before anything begins: a device whose login is held need not connect first.
                look_s = mind_windows(run)
                mind_logins(run)
                mind_jumps(run)
            self._begin_granted()
            if self._is_over():
                return
            wait_s = self._step(loop.time())
            if look_s is not None:
                wait_s = look_s if wait_s is None else min(wait_s, look_s)
            if wait_s == 0:
                continue
            try:
                async with asyncio.timeout(wait_s):
                    await run.wake.wait()
            except TimeoutError:
                continue

    def _is_over(self) -> bool:
        run = self._run
        return run.is_idle and (run.stop is not None or (not run.ledger and not run.can_sweep))

    def _step(self, now: float) -> float | None:
        """Grant what may be granted; returns the seconds until the next look, None to wait for a change."""
        run = self._run
        if run.stop is not None:
            return None
        if run.question is not None:
            return None
        is_more = bool(run.ledger) or run.can_sweep
        alarm = run.gates.check(is_idle=run.is_idle, is_more=is_more)
        if alarm is not None and (is_more or run.granted):
            self._hold(alarm.gate, alarm.message)
            return None
        size = self._room()
        if run.is_paused or not size or (not run.ledger and not self._sweep(now)):
            return None
        ready = run.pacer.ready_at(now)
        if ready > now:
            return ready - now
        names = run.ledger.form(now, size, run.reserve)
        if names:
            self._grant(now, names)
            return 0
        return self._wait_for_devices(now)

    def _room(self) -> int:
        """How many devices the next grant may have."""
        run = self._run
        active = len(run.running) + len(run.granted)
        size = run.pace.batch_size or len(run.spec.targets)
        is_rolling = run.pace.mode == "rolling"
        room = min(1, max(0, size - active)) if is_rolling else (0 if active else size)
        left = run.gates.canary_left()
        return room if left is None else min(room, left)

    def _grant(self, now: float, names: list[str]) -> None:
        run = self._run
        # Before the batch is told of, so that a face has it at hand then.
        if now - self._last_forecast >= FORECAST_EVERY_S:
            self._foresee()
        late_s = now - run.pacer.due if run.pacer.due is not None else 0.0
        run.pacer.grant(now, len(names))
        run.gates.note_grant(len(names))
        run.batch += 1
        if run.is_waiting:
            run.is_waiting = False
            run.emit(ev.JobWaiting)
        run.emit(
            ev.BatchStarted,
            number=run.batch,
            n=len(names),
            devices=tuple(names),
            due=after(self._now(), -late_s),
            next_due=run.next_due(),
            sweep=run.is_sweeping,
        )
        run.granted.extend(names)
        self._begin_granted()

    def _wait_for_devices(self, now: float) -> float | None:
        """Nothing that is open may start: a back-off, or a lock of another job."""
        run = self._run
        retry = run.ledger.next_retry()
        if retry is not None and retry > now:
            return retry - now
        if run.is_idle and not run.is_waiting:
            holders = {run.locks.holder(run.target(name).device.lock_key) for name in run.ledger.eligible()}
            if waits_for := ", ".join(sorted(holder for holder in holders if holder)):
                run.is_waiting = True
                run.emit(ev.JobWaiting, waits_for=waits_for)
        return None

    def _sweep(self, now: float) -> bool:
        """At the end of the job, put back what is unreachable, each after its back-off; False without any."""
        run = self._run
        if not run.is_idle or not run.can_sweep:
            return False
        run.has_swept = run.is_sweeping = True
        run.jumps.forgive(run.target(name).device for name in run.unreachable)
        back = list(run.unreachable)
        for name, ended in run.unreachable.items():
            run.gates.revoke_end(DeviceState.UNREACHABLE)
            run.ledger.put_back(name, max(now, ended + run.spec.retries.backoff_s))
        run.ledger.hold([name for name in run.unreachable if run.is_held(run.target(name))])
        run.unreachable = {}
        run.ledger.hold(name for name in back if run.target(name).window in run.closed)
        return True

    def _hold(self, gate: str, message: str) -> None:
        run = self._run
        run.holds += 1
        run.question = Question(f"{gate}-{run.holds}", gate, message, self._now())
        run.emit(ev.JobHeld, question=run.question.id, gate=gate, message=message)

    # -- devices ------------------------------------------------------------------------------------

    def _begin_granted(self) -> None:
        """Start the granted devices that the caps admit, unless the job as a whole is paused or held."""
        run = self._run
        if not run.granted or run.is_paused or run.question is not None:
            return
        left: list[str] = []
        for name in run.granted:
            if run.caps.begin(run.target(name).device):
                run.starting.add(name)
                run.running[name] = asyncio.create_task(self._attempt(name), name=f"attempt {name}")
            else:
                left.append(name)
        run.granted = left

    async def _attempt(self, name: str) -> None:
        run, target = self._run, self._run.target(name)
        run.starting.discard(name)
        try:
            if (why := run.cancelled.pop(name, None)) is not None:
                run.skipped.discard(name)
                run.leave_out(name, why)
                return
            run.cancellable.add(name)
            attempt = run.attempts[name] = run.attempts.get(name, 0) + 1
            conduct = Conduct(self._shared, target, attempt, run.batch)
            try:
                await conduct.run()
            except asyncio.CancelledError:
                if name not in run.cancelled:
                    # The engine closes, and nobody gave the device up: it stays open for whoever takes the job up.
                    return
            run.cancellable.discard(name)
            await self._settle(target, attempt, conduct)
        except StoreError as error:
            self._store_failure = self._store_failure or error
        finally:
            run.cancellable.discard(name)
            del run.running[name]
            run.caps.end(target.device)
            run.give_back(name)
            run.wake.set()

    async def _settle(self, target: Target, attempt: int, conduct: Conduct) -> None:
        """The verdict on an attempt, durably; then what follows for pace and gates."""
        run, name, retries = self._run, target.device.name, self._run.spec.retries
        if conduct.report is not None and conduct.report.is_held:
            await self._leave_batch(target, attempt, conduct.report)
            return
        why = run.cancelled.pop(name, None)
        is_skipped = name in run.skipped and not conduct.has_logged_in
        run.skipped.discard(name)
        end = conduct.end(is_cancelled=why is not None, is_skipped=is_skipped)
        state = settle(end, is_read_only=run.spec.read_only)
        tried = attempt - run.held_attempts[name]
        allowed = tried if run.is_sweeping else retries.attempts
        is_again = run.stop is None and may_retry(end, state, tried, allowed, is_read_only=run.spec.read_only)
        message = conduct.message(why)
        seq = run.emit(
            ev.AttemptEnded,
            device=name,
            country=target.device.country,
            attempt=attempt,
            state=state,
            failure=end.failure,
            message=message,
            retry_at=after(self._now(), retries.backoff_s) if is_again else None,
        )
        await self._shared.publisher.durable(seq)
        run.gates.note_attempt(target.device, state)
        self._after(target, end, state, is_again)

    async def _leave_batch(self, target: Target, attempt: int, report: AttemptReport) -> None:
        """A device whose login or jump host holds it, and that was sent none, is pending again."""
        run, name = self._run, target.device.name
        run.cancelled.pop(name, None)
        was_skipped = name in run.skipped
        run.skipped.discard(name)
        seq = run.emit(
            ev.AttemptEnded,
            device=name,
            country=target.device.country,
            attempt=attempt,
            state=DeviceState.PENDING,
            failure=report.failure,
            message=report.message,
            retry_at=self._now(),
        )
        await self._shared.publisher.durable(seq)
        run.held_attempts[name] += 1
        run.gates.revoke_grant()
        if report.failure is FailureKind.CREDENTIAL_GONE:
            run.logins.lose(target.credential, report.message)
        if was_skipped:
            run.leave_out(name, "skipped")
        else:
            self._put_back(target, asyncio.get_running_loop().time())

    def _put_back(self, target: Target, due: float) -> None:
        """Open again from `due` on, unless the job stops or its logins were given up."""
        run, name = self._run, target.device.name
        if why := self._why_left() if run.stop is not None else run.logins.why_given_up(target):
            run.leave_out(name, why)
            return
        trouble = run.jumps.trouble_before(target.device)
        if trouble is not None and trouble.due is None:
            leave_unreachable(run, name, trouble)
            return
        run.ledger.put_back(name, due)
        run.logins.look_again()
        if run.is_held(target):
            run.ledger.hold([name])

    def _after(self, target: Target, end: AttemptEnd, state: DeviceState, is_again: bool) -> None:
        """Open again after its back-off, or ended for good."""
        run, name = self._run, target.device.name
        now = asyncio.get_running_loop().time()
        if is_again:
            self._put_back(target, now + run.spec.retries.backoff_s)
        else:
            run.gates.note_end(state)
            if state is DeviceState.UNREACHABLE and not end.is_cancelled and not run.logins.why_given_up(target):
                run.unreachable[name] = now

    def _why_left(self) -> str:
        return WINDOW_FIRST if self._run.window_closed else STOPPED_FIRST

    # -- the end ------------------------------------------------------------------------------------

    async def _finish(self) -> None:
        run = self._run
        for name in run.ledger.names():
            run.leave_out(name, self._why_left())
        await self._shared.publisher.settled()
        await self._shared.outputs.finish(run.spec, summary_rows(run.status))
        why = run.stop_why or next((question.message for question in run.logins.given_up), "")
        state = JobState.STOPPED if run.stop is not None or run.logins.given_up else JobState.FINISHED
        if run.window_closed:
            state = JobState.WINDOW_CLOSED
        counts = run.status.final_counts()
        seq = run.emit(ev.JobFinished, urgent=True, state=state, counts=counts, why=why)
        self._shared.live.end(run.spec.id)
        await self._shared.publisher.durable(seq)

    def _foresee(self) -> None:
        run = self._run
        if self._forecaster is None:
            return
        self._last_forecast = asyncio.get_running_loop().time()
        forecast = self._forecaster(run.status, self._now())
        if forecast is not None:
            run.emit(
                ev.ForecastMade,
                likely=forecast.likely,
                nine_in_ten=forecast.nine_in_ten,
                held_by=forecast.held_by,
                basis=forecast.basis,
            )
