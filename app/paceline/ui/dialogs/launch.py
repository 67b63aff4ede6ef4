"""The launch dialog: what exactly will run where and until when, the secrets it takes, and the start."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from paceline.engine.contract import JobId
from paceline.launch.confirm import UnconfirmedError, confirm, disruptive_sentence, read_count
from paceline.launch.credentials import Question, resolve_secrets
from paceline.launch.freeze import few
from paceline.launch.host_keys import accept_new
from paceline.model.errors import PacelineError
from paceline.model.job import JobSpec
from paceline.model.secret import Secret, Secrets
from paceline.model.time import after, as_duration
from paceline.plan.effect import JudgedLine, Verdict, judged_lines
from paceline.plan.forecast import Estimate
from paceline.plan.words import batches_words, jumps_words, pace_words, window_words
from paceline.ui.dialogs.fitted import DialogText, FittedDialog
from paceline.ui.formats import clock, many, place, zone

Start = Callable[[JobSpec, Secrets], Awaitable[JobId]]
MOST_SETS = 8
"""Sets of commands that are listed in full."""


@dataclass(frozen=True, slots=True)
class LaunchPlan:
    """A frozen job and all that its operator should see before it starts."""

    spec: JobSpec
    estimate: Estimate
    hidden: Sequence[str]
    """Devices of it that the filter hides."""
    tips: Sequence[str]
    questions: Sequence[Question]
    passwords: dict[str, Secret]
    """From the inventory, by reference."""
    new_keys: Sequence[str] = ()
    """Devices without a recorded host key, where the settings let a start trust their first one."""
    sent: Sequence[str] = ()
    """What devices were sent by the job that this one continues."""


class LaunchDialog(FittedDialog[JobId]):
    """Returns the job's id once it has started. What keeps it from starting is said here."""

    def __init__(self, plan: LaunchPlan, now: datetime, start: Start) -> None:
        super().__init__()
        self._plan, self._now, self._start = plan, now, start

    def compose(self) -> ComposeResult:
        """The plan, the secrets that are missing, the answers."""
        spec = self._plan.spec
        with Vertical(classes="dialog wide-dialog"):
            yield Static(Content(f"Run {spec.name} on {many(len(spec.targets), 'device')}?"), classes="dialog-title")
            with DialogText():
                yield Static(self._text())
            for number, question in enumerate(self._plan.questions):
                yield Static(Content(question.label), classes="secret-label")
                yield Input(password=True, id=f"secret-{number}", classes="secret", compact=True)
            if not spec.read_only:
                yield Static(
                    Content.styled("Type the number of devices that may be changed", "bold $error"),
                    classes="secret-label",
                )
                yield Input(id="count", classes="secret", compact=True, restrict="[0-9]*", max_length=6)
            yield Static("", classes="dialog-error", markup=False)
            yield OptionList(*self._answers(), classes="dialog-answers")
            keys = "enter chooses   tab scrolls the plan   esc goes back"
            yield Static(Content.styled(keys, "$muted"), classes="dialog-keys")

    def on_mount(self) -> None:
        """Asks for secrets first; otherwise the harmless answer has the focus."""
        super().on_mount()
        answers = self.query_one(OptionList)
        answers.highlighted = 0
        secrets = list(self.query(Input))
        (secrets[0] if secrets else answers).focus()
        self.query_one(".dialog-error").display = False

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The next secret, then the answers."""
        event.stop()
        self.focus_next()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Start, or go back."""
        event.stop()
        if event.option_index == 0:
            self.dismiss(None)
        else:
            self._begin(self._plan.new_keys if event.option_index == 2 else ())

    @work(group="launch", exit_on_error=False)
    async def _begin(self, trusted: Sequence[str]) -> None:
        plan, answers = self._plan, self.query_one(OptionList)
        given = {
            question.label: self.query_one(f"#secret-{number}", Input).value
            for number, question in enumerate(plan.questions)
        }
        empty = next((number for number, value in enumerate(given.values()) if not value), None)
        if empty is not None:
            self._refuse(f"the {plan.questions[empty].label} is missing")
            self.query_one(f"#secret-{empty}", Input).focus()
            return
        answers.disabled = True
        try:
            spec = plan.spec if plan.spec.read_only else self._counted(plan.spec)
            # Keyrings and commands may take their time.
            secrets = await asyncio.to_thread(resolve_secrets, spec, plan.passwords, given.__getitem__)
            job = await self._start(accept_new(spec, trusted), secrets)
        except (PacelineError, ValueError) as error:
            answers.disabled = False
            self._refuse(str(error))
            answers.focus()
        else:
            for secret in self.query(Input):
                secret.value = ""
            self.dismiss(job)

    def _counted(self, spec: JobSpec) -> JobSpec:
        """The job with the number that was typed. Raises UnconfirmedError."""
        count = self.query_one("#count", Input)
        if (typed := read_count(count.value)) is None:
            raise UnconfirmedError("type the number of devices first: it stands in the title")
        return confirm(spec, typed)

    def _refuse(self, why: str) -> None:
        error = self.query_one(".dialog-error", Static)
        error.display = True
        error.update(Content.styled(why, "$error"))
        self.call_after_refresh(self.fit)

    def _answers(self) -> list[Option]:
        answers = [("Not yet", "nothing starts"), ("Start now", self._effect())]
        if new := self._plan.new_keys:
            keys = "1 new host key" if len(new) == 1 else f"{len(new)} new host keys"
            answers.append((f"Start, and trust {keys}", "the first key of each is recorded"))
        return [Option(Content.assemble((name, "bold"), f"  {effect}")) for name, effect in answers]

    def _effect(self) -> str:
        pace, devices = self._plan.spec.pace, len(self._plan.spec.targets)
        first = 1 if pace.mode == "rolling" else (min(pace.batch_size, devices) or devices)
        if pace.mode == "rolling" and not pace.devices_per_hour:
            first = min(pace.batch_size or devices, devices)
        if not self._plan.spec.read_only:
            return f"may change devices, the first {first} at once" if first > 1 else "may change devices"
        if spec_begins := self._plan.spec.window.not_before:
            return f"begins {clock(spec_begins, self._now)} {zone(spec_begins)}, and only reads"
        return f"logs in to the first {many(first, 'device')} at once, and only reads" if first > 1 else "only reads"

    def _text(self) -> Content:
        plan, spec, estimate = self._plan, self._plan.spec, self._plan.estimate
        countries = Counter(target.device.country for target in spec.targets)
        lines: list[Content] = []
        if plan.hidden:
            lines.append(
                Content.styled(
                    f"! {len(plan.hidden)} of them are hidden by the filter: {few([*plan.hidden])}", "$warning"
                )
            )
        judged = {} if spec.read_only else {line.line: line for line in judged_lines(spec)}
        for line in judged.values():
            if line.verdict.effect == "disrupts":
                lines.append(Content.styled(f"! {disruptive_sentence(line)}", "bold $error"))
        lines += [_row("sent before" if number == 0 else "", sent) for number, sent in enumerate(plan.sent)]
        if not spec.read_only:
            # What is changed comes first: on a small terminal the rest has to be scrolled to.
            lines += _commands(spec, judged)
        if spec.continues:
            lines.append(_row("continues", spec.continues))
        lines.append(_row("countries", "  ".join(f"{code} {count}" for code, count in sorted(countries.items()))))
        if through := jumps_words(target.device.jump for target in spec.targets):
            lines.append(_row("jumps", through))
        start = max(self._now, spec.window.not_before or self._now)
        likely, nine = after(start, estimate.likely_s), after(start, estimate.nine_in_ten_s)
        if window := window_words(spec):
            lines.append(_row("window", window))
        lines += [
            _row("pace", pace_words(spec.pace)),
            _row("batches", batches_words(spec.pace, estimate)),
            _row("likely end", f"{clock(likely, self._now)} {zone(likely)}, in {as_duration(estimate.likely_s)}"),
            _row("9 in 10", f"{clock(nine, self._now)}, in {as_duration(estimate.nine_in_ten_s)}"),
            _row("held by", f"{estimate.held_by}; durations from {estimate.basis}"),
            _row("logs in as", _logins(spec)),
        ]
        if new := plan.new_keys:
            count = f"{many(len(new), 'device')} without a recorded host key"
            lines.append(Content.styled(f"! {count}, refused unless trusted below: {few([*new])}", "$warning"))
        lines += [Content.styled(f"! {tip}", "$warning") for tip in plan.tips]
        if spec.read_only:
            lines += _commands(spec, judged)
        return Content("\n").join(lines)


def _row(label: str, value: str) -> Content:
    return Content.assemble((label.ljust(12), "$muted"), value)


def _commands(spec: JobSpec, judged: Mapping[str, JudgedLine]) -> list[Content]:
    lines: list[Content] = []
    for index, commands in enumerate(spec.command_sets[:MOST_SETS]):
        users = [target for target in spec.targets if target.commands == index]
        platforms = ", ".join(sorted({target.platform for target in users}))
        lines.append(_row("commands", f"{platforms}, {many(len(users), 'device')}"))
        for number, command in enumerate(commands, 1):
            limit = f"  {as_duration(command.timeout_s)}" if command.timeout_s else ""
            mark = _mark(judged.get(command.command)) if not spec.read_only else Content("")
            shown = Content.assemble((f"{number:>14}  ", "$muted"), mark, command.command, (limit, "$muted"))
            lines.append(shown)
    if len(spec.command_sets) > MOST_SETS:
        lines.append(_row("", f"and {len(spec.command_sets) - MOST_SETS} more sets of commands"))
    return lines


def _mark(line: JudgedLine | None) -> Content:
    """What a line does, in front of it; in a job that may change devices every line has one."""
    verdict = line.verdict if line is not None else Verdict("reads")
    style = {"reads": "$muted", "changes": "bold $warning"}.get(verdict.effect, "bold $error")
    return Content.styled(f"{verdict.word:<10}  ", style)


def _logins(spec: JobSpec) -> str:
    used = dict.fromkeys(target.credential for target in spec.targets)
    names = dict.fromkeys(f"{spec.credentials[name].username} ({_proof(spec, name)})" for name in used)
    return few(list(names))


def _proof(spec: JobSpec, name: str) -> str:
    credential = spec.credentials[name]
    if credential.password == "agent":
        return "ssh-agent"
    return "password" if credential.uses_password else f"key {place(Path(credential.key_file))}"
