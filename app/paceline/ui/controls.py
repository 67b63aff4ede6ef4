"""What the operator may tell the shown job: each asks in a dialog first, and says why when it cannot be done."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast

from paceline.launch.earlier import Earlier, done_before, earlier
from paceline.model.asked import answers_to
from paceline.model.control import Answer as GateAnswer
from paceline.model.control import Control, Skip
from paceline.model.event import LoginAsked
from paceline.model.failure import FailureKind
from paceline.model.job import JobSpec
from paceline.model.states import DeviceState, JobState
from paceline.ui.dialogs.choice import Answer, ChoiceDialog
from paceline.ui.dialogs.code import CodeDialog
from paceline.ui.dialogs.gate import gate_dialog
from paceline.ui.dialogs.pace import PaceDialog
from paceline.ui.dialogs.pause import pause_dialog, resume_dialog
from paceline.ui.dialogs.reason import ReasonAction, reason_dialog
from paceline.ui.dialogs.skip import skip_dialog
from paceline.ui.dialogs.stop import stop_dialog
from paceline.ui.dialogs.waiting import WaitingAct, WaitingDialog
from paceline.ui.formats import many
from paceline.ui.live import LiveJob
from paceline.ui.outlook import JobOutlook
from paceline.ui.reasons import TROUBLE

if TYPE_CHECKING:
    from paceline.ui.app import PacelineApp


Show = Callable[[FailureKind], None]
_GOES_ON = "What is in trouble, from where it failed"


class Neighbours(Protocol):
    """The other screens, as Monitor calls them."""

    def open_device(self, job: LiveJob, device: str, order: Sequence[str] = ()) -> None:
        """Show one device; `order` are the names that next and previous go through."""
        ...

    def run_again(self, spec: JobSpec, devices: Sequence[str], before: Earlier | None = None) -> None:
        """Configure a job like this one on these devices, which goes on where `before` says."""
        ...


class JobControls:
    """The dialogs of one job."""

    def __init__(self, app: "PacelineApp", job: LiveJob, outlook: JobOutlook) -> None:
        self._app, self._job, self._outlook = app, job, outlook

    @property
    def refusal(self) -> str:
        """Why the job cannot be controlled from here; empty when it can."""
        status = self._job.status
        if status.state.is_final:
            return f"{status.name} has ended: there is nothing left to control."
        if self._job.is_lost:
            return (
                f"What ran {status.name} is gone, and what you see does not change any more: "
                "re-attach first, which this screen has a key for."
            )
        if not self._job.is_live:
            return (
                f"{status.name} does not run here: this is how it was kept. "
                "Control it where it was started, or run its open devices again."
            )
        return ""

    def pause(self, countries: Sequence[str] = ()) -> None:
        """No new devices, in the job or in one of these countries."""
        self._ask(pause_dialog(self._job.status, self._by, countries))

    def resume(self) -> None:
        """Go on."""
        self._ask(resume_dialog(self._job.status, self._by))

    def stop(self) -> None:
        """Three ways to stop."""
        self._ask(stop_dialog(self._job.status, self._by))

    def retune(self) -> None:
        """Another batch size or rate."""
        if not self._is_refused():
            dialog = PaceDialog(self._job.status, self._outlook.times, self._app.surroundings.now, self._by)
            self._app.push_screen(dialog, self._control)

    def answer(self, *, by_itself: bool = False) -> None:
        """What a login asks, else the gate's question; `by_itself`: the operator did not ask for it."""
        if self._job.status.asked:
            self._tell_login(next(iter(self._job.status.asked.values())), by_itself=by_itself)
            return
        question = self._job.status.question
        if question is not None:
            dialog = gate_dialog(self._job.status, question, self._by)
            dialog.opened_by_itself = by_itself
            self._ask(dialog)

    def _tell_login(self, asked: LoginAsked, *, by_itself: bool) -> None:
        status = self._job.status

        def tell(answers: tuple[str, ...] | None) -> None:
            if answers:
                self._app.supply(self._job.id, asked.question, answers_to(asked.question, answers))

        if not self._is_refused():
            dialog = CodeDialog(asked, self._app.surroundings.now(), lambda: asked.question in status.asked)
            dialog.opened_by_itself = by_itself
            self._app.push_screen(dialog, tell)

    def skip(self, device: str | None, shown: Sequence[str]) -> None:
        """Leave out a device, or all pending ones among those that a filter shows."""
        if device is None or self._is_refused():
            return
        self._app.push_screen(skip_dialog(self._job.status, device, self._pending(shown)), self._skip)

    def waiting_for(self, show_in_table: Callable[[], None]) -> None:
        """What runs, the latest first, and what to do with one of them."""
        app = self._app
        dialog = WaitingDialog(self._job, self._outlook.usual, app.surroundings, app.palette)

        def act(chosen: WaitingAct | None) -> None:
            if chosen is None:
                return
            if chosen.act == "table":
                show_in_table()
            elif chosen.act == "skip":
                self.skip(chosen.device, ())
            else:
                self.open(chosen.device, list(self._job.status.in_flight))

        app.push_screen(dialog, act)

    def reason(self, kind: FailureKind, devices: Sequence[str], show: Show) -> None:
        """What to do with the devices that have one reason."""
        pending = self._pending(devices)

        def act(action: ReasonAction | None) -> None:
            if action == "show":
                show(kind)
            elif action == "skip" and not self._is_refused():
                self._skip(tuple(pending))
            elif action == "again":
                self.run_again(devices, is_rest=True)

        self._app.push_screen(reason_dialog(kind, len(devices), len(pending)), act)

    def again(self, device: str | None, shown: Sequence[str], is_filtered: bool) -> None:
        """A new job on some of this one's devices: which?"""
        status = self._job.status
        wrong = [one.name for one in status.devices.values() if one.state in TROUBLE]
        rest = [one.name for one in status.devices.values() if one.state is not DeviceState.SUCCEEDED]
        ways: list[tuple[str, Sequence[str]]] = []
        only_reads = status.spec is not None and status.spec.read_only
        if only_reads and any(done_before(status.devices[name]) for name in wrong):
            ways.append((_GOES_ON, wrong))
        ways.append(("What is in trouble", wrong))
        if status.state.is_final and len(rest) != len(wrong):
            ways.append(("All that did not succeed", rest))
        if is_filtered:
            ways.append(("What the table shows", shown))
        if device is not None:
            ways.append((device, [device]))
        ways.append(("Every device", list(status.devices)))
        answers = [
            Answer(f"{name}: {many(len(some), 'device')}", "", (tuple(some), name == _GOES_ON))
            for name, some in ways
            if some
        ]
        text = ["Opens Configure with this job's commands and pace; nothing starts yet."]

        def run(chosen: tuple[tuple[str, ...], bool] | None) -> None:
            if chosen is not None:
                self.run_again(chosen[0], is_rest=chosen[1])

        self._app.push_screen(ChoiceDialog("New job on which devices?", text, answers), run)

    def run_again(self, devices: Sequence[str], *, is_rest: bool) -> None:
        """Configure a job on these devices; `is_rest`: from the command on that did not succeed, if it only reads."""
        spec = self._job.status.spec
        if devices and spec is not None:
            before = earlier(self._job.status, is_rest=is_rest)
            cast(Neighbours, self._app).run_again(spec, devices, before)

    def open(self, device: str, order: Sequence[str]) -> None:
        """Show one device, and let the operator go through those that the table shows."""
        cast(Neighbours, self._app).open_device(self._job, device, order)

    # -- helpers -----------------------------------------------------------------------------------------

    @property
    def _by(self) -> str:
        return self._app.surroundings.operator

    @property
    def is_paused(self) -> bool:
        """Whether `resume` is what the pause key means now."""
        return self._job.status.state is JobState.PAUSED

    def _is_refused(self) -> bool:
        if self.refusal:
            self._app.notify(self.refusal, severity="warning", markup=False)
        return bool(self.refusal)

    def _ask(self, dialog: ChoiceDialog[Any]) -> None:
        if not self._is_refused():
            self._app.push_screen(dialog, self._control)

    def _control(self, control: Control | None) -> None:
        if isinstance(control, GateAnswer) and control.answer == "go_on":
            question = self._job.status.questions.get(control.question)
            if question is not None and question.gate == "credential_gone":
                self._app.sign_in(self._job, question, control)
                return
        if control is not None:
            self._app.control(self._job.id, control)

    def _skip(self, devices: Sequence[str] | None) -> None:
        if devices:
            self._app.control(self._job.id, *(Skip(device=device, by=self._by) for device in devices))

    def _pending(self, names: Sequence[str]) -> list[str]:
        devices = self._job.status.devices
        return [name for name in names if devices[name].state is DeviceState.PENDING]
