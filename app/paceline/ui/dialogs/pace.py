"""Another pace for a running job: what it does to the load and to the end is shown before it is confirmed."""

from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from paceline.model.control import Retune
from paceline.model.job import Pace
from paceline.model.status import JobStatus
from paceline.model.time import Now
from paceline.plan.durations import DeviceTimes
from paceline.plan.retune import retuned_forecast
from paceline.ui.dialogs.base import Dialog
from paceline.ui.formats import clock, many
from paceline.ui.widgets.pace_line import caps_words

_WHOLE = (
    ("batch_size", "size", "Batch size"),
    ("per_country", "country", "Per country"),
    ("per_site", "site", "Per site"),
)
"""The whole numbers: the pace's field, the input's, the label."""


class PaceDialog(Dialog[Retune]):
    """Size, rate and caps. Enter goes from field to field and to the answers, of which the harmless one comes first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", "Next", id="pace.next", show=False),
        Binding("up", "app.focus_previous", "Previous", id="pace.previous", show=False),
    ]

    def __init__(self, status: JobStatus, times: DeviceTimes | None, now: Now, by: str) -> None:
        super().__init__()
        self._status, self._times, self._now, self._by = status, times, now, by
        self._wanted: Pace | None = None

    def compose(self) -> ComposeResult:
        """What is in force, two fields, what would change, the answers."""
        pace = self._status.pace
        size_label = "Devices at once" if pace.mode == "rolling" else "Batch size"
        with Vertical(classes="dialog"):
            yield Static(Content(f"Pace of {self._status.name}"), classes="dialog-title")
            with Horizontal(classes="pace-field"):
                yield Label(size_label)
                yield Input(str(pace.batch_size), id="pace-size", type="integer", compact=True)
                yield Label(Content.styled("0: all that are left", "$muted"))
            with Horizontal(classes="pace-field"):
                yield Label("Devices per hour")
                yield Input(f"{pace.devices_per_hour:g}", id="pace-rate", type="number", compact=True)
                yield Label(Content.styled("0: no limit", "$muted"))
            for name, label in (("country", "Per country"), ("site", "Per site")):
                with Horizontal(classes="pace-field"):
                    yield Label(label)
                    yield Input(str(getattr(pace, f"per_{name}")), id=f"pace-{name}", type="integer", compact=True)
                    yield Label(Content.styled("0: any number at once", "$muted"))
            yield Static(id="pace-outlook", markup=False)
            yield OptionList(Option("Leave the pace as it is", id="leave"), id="pace-answers", classes="dialog-answers")
            yield Static(Content.styled("enter goes on   esc goes back", "$muted"), classes="dialog-keys")

    def on_mount(self) -> None:
        """The first field has the focus, its number selected."""
        self.query_one("#pace-size", Input).focus()
        self._look()

    @on(Input.Changed)
    def _look(self) -> None:
        """Say what the numbers typed come to."""
        pace, problem = self._typed()
        self._wanted = None if problem or self._is_same(pace) else pace
        self.query_one("#pace-outlook", Static).update(Content("\n").join(self._lines(pace, problem)))
        answers = self.query_one(OptionList)
        answers.clear_options()
        answers.add_option(Option("Leave the pace as it is", id="leave"))
        if self._wanted is not None:
            answers.add_option(Option(f"Change it to {_in_words(pace)}", id="change"))
        answers.highlighted = 0

    def _typed(self) -> tuple[Pace, str]:
        """The pace as typed, and what is wrong with it."""
        pace = self._status.pace
        whole: dict[str, int] = {}
        for name, field, label in _WHOLE:
            typed = self.query_one(f"#pace-{field}", Input).value
            if not typed.isdecimal() or int(typed) > 100_000:
                return pace, f'{label}: expected a whole number from 0 to 100000, got "{typed}".'
            whole[name] = int(typed)
        rate = self.query_one("#pace-rate", Input).value
        try:
            number = float(rate)
        except ValueError:
            number = -1.0
        if not 0 <= number <= 1_000_000:
            return pace, f'Devices per hour: expected a number from 0 to 1000000, got "{rate}".'
        return pace.model_copy(update={**whole, "devices_per_hour": number}), ""

    def _is_same(self, pace: Pace) -> bool:
        return not _changes(self._status.pace, pace)

    def _lines(self, pace: Pace, problem: str) -> list[Content]:
        status, now = self._status, self._now()
        if problem:
            return [Content.styled(problem, "$error")]
        lines = [Content(f"{'now' if self._is_same(pace) else 'then'}: {_in_words(pace)}")]
        forecast = retuned_forecast(status, pace, now, self._times) if self._times is not None else None
        if forecast is not None:
            before = retuned_forecast(status, status.pace, now, self._times) if self._times is not None else None
            was = f" instead of {clock(before.likely, now)}" if before and not self._is_same(pace) else ""
            end = f"likely end {clock(forecast.likely, now)}{was}, 9 in 10 by {clock(forecast.nine_in_ten, now)}"
            lines.append(Content(f"{end}; held by {forecast.held_by}"))
        else:
            lines.append(Content("the likely end is not known yet"))
        return [*lines, self._load(pace)]

    def _load(self, pace: Pace) -> Content:
        """Whether the load rises, in words."""
        status = self._status
        before, after = status.pace.batch_size or status.total, pace.batch_size or status.total
        if after > before:
            most = many(min(after, status.total), "device")
            return Content.styled(f"raises the load: up to {most} at once instead of {before}", "$warning")
        if any(_raises(getattr(status.pace, cap), getattr(pace, cap)) for cap in ("per_country", "per_site")):
            return Content.styled("raises the load on a country or a site: what a cap holds starts at once", "$warning")
        if after < before:
            runs = many(len(status.in_flight), "running device")
            return Content(f"counts from the next batch on; {runs} go on to the end")
        return Content("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """On to the next field, then to the answers."""
        event.stop()
        self.focus_next()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Leave it, or change what differs."""
        event.stop()
        wanted, now = self._wanted, self._status.pace
        if event.option_id != "change" or wanted is None:
            self.dismiss(None)
            return
        self.dismiss(Retune(**_changes(now, wanted), by=self._by))


def _raises(before: int, after: int) -> bool:
    """Whether a cap admits more than before."""
    return before > 0 and (after == 0 or after > before)


def _changes(now: Pace, wanted: Pace) -> dict[str, Any]:
    """What of the pace differs."""
    found = {name: getattr(wanted, name) for name in ("devices_per_hour", *(row[0] for row in _WHOLE))}
    return {name: value for name, value in found.items() if value != getattr(now, name)}


def _in_words(pace: Pace) -> str:
    size = "all at once" if not pace.batch_size else f"{pace.batch_size} at once" if pace.mode == "rolling" else (
        f"batches of {pace.batch_size}"
    )  # fmt: skip
    rate = f"{pace.devices_per_hour:g} devices per hour" if pace.devices_per_hour else "no rate limit"
    caps = caps_words(pace)
    return f"{size}, {rate}" + (f", {caps}" if caps else "")
