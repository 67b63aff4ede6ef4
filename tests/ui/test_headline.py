"""What the headline says, state by state."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from rich.style import Style
from tests.engine.harness import make_devices, make_spec
from tests.engine.jumping import behind, jumping
from tests.virtual_loop import EPOCH

from paceline.config.themes import Theme
from paceline.model import event as ev
from paceline.model.failure import FailureKind
from paceline.model.states import DeviceState, JobState
from paceline.model.status import JobStatus
from paceline.model.tally import Forecast
from paceline.ui.glyphs import UNICODE
from paceline.ui.theming import Palette
from paceline.ui.widgets.country_board import Grid, lines_for
from paceline.ui.widgets.country_cells import CountryWriter, in_order
from paceline.ui.widgets.drawn import Line, changed_spans, fit_line, segments_of, spread, width_of
from paceline.ui.widgets.headline import HeadlineWriter, Keys
from paceline.ui.widgets.headline_text import Outlook, countdown, failure_share, outcome, until_when, waits_for
from paceline.ui.widgets.large_digits import large
from paceline.ui.widgets.pace_line import write_pace
from paceline.ui.widgets.paint_budget import REGION_BYTES, PaintBudget

COLOURS = ("foreground", "background", "surface", "panel", "primary", "secondary", "accent", "success", "warning",
           "error", "unreachable", "muted")  # fmt: skip
PALETTE = Palette(Theme(name="plain", dark=True, **dict.fromkeys(COLOURS, "ansi_default")))
NOTHING = Style.null()


class Story:
    """A job of six devices in two countries, told event by event."""

    def __init__(self, **pace: Any) -> None:
        self.status = JobStatus()
        self.at = EPOCH
        devices = make_devices(6, country=["DE", "DE", "DE", "FR", "FR", "FR"])
        self.tell(ev.JobCreated, spec=make_spec(devices, pace={"batch_size": 2} | pace))
        self.tell(ev.JobStarted)

    def tell(self, kind: type, **fields: Any) -> "Story":
        """One more event, now."""
        self.status.apply(kind(seq=self.status.seq + 1, at=self.at, job="j", **fields))
        return self

    def grant(self, *names: str, next_due: datetime | None = None) -> "Story":
        """A batch begins."""
        number = self.status.batch_number + 1
        self.tell(ev.BatchStarted, number=number, n=len(names), devices=names, due=self.at, next_due=next_due)
        for name in names:
            self.tell(ev.AttemptStarted, batch=number, **self.who(name))
        return self

    def end(self, name: str, state: DeviceState, **more: Any) -> "Story":
        """A device ends."""
        return self.tell(ev.AttemptEnded, state=state, **self.who(name), **more)

    def who(self, name: str) -> dict[str, Any]:
        """What its events have."""
        return {"device": name, "country": self.status.devices[name].country, "attempt": 1}

    def waits(self, later_s: float = 12) -> str:
        """What it waits for, that much later."""
        return waits_for(self.status, self.at + timedelta(seconds=later_s))


def text_of(line: Line) -> str:
    """A line without its styles."""
    return "".join(text for text, _ in line)


def test_the_next_grant_counts_down_to_the_rate() -> None:
    story = Story(devices_per_hour=60).grant("d1", "d2", next_due=EPOCH + timedelta(seconds=120))
    assert story.waits() == "next in 01:48: rate 60/h"
    assert story.waits(121) == "next after this batch: 2 run, oldest d1 2m 01s"


def test_a_batch_without_a_rate_waits_for_its_devices() -> None:
    story = Story().grant("d1", "d2")
    assert story.waits(3) == "next after this batch: 2 run, oldest d1 3s"
    story.end("d1", DeviceState.SUCCEEDED)
    assert story.waits() == "next after this batch: d2 runs 12s"


def test_rolling_waits_for_a_free_place() -> None:
    assert Story(mode="rolling").grant("d1").grant("d2").waits() == "next when a place is free: 2 run, oldest d1 12s"


def test_granted_devices_wait_behind_a_cap() -> None:
    story = Story()
    story.tell(ev.BatchStarted, number=1, n=2, devices=("d1", "d2"), due=EPOCH)
    assert story.waits() == "2 granted devices behind a cap; none runs"


def test_the_last_devices_and_a_retry() -> None:
    story = Story(batch_size=0).grant("d1", "d2", "d3", "d4", "d5", "d6")
    assert story.waits() == "the last ones: 6 run, oldest d1 12s"
    for name in ("d1", "d2", "d3", "d4", "d5"):
        story.end(name, DeviceState.SUCCEEDED)
    story.end("d6", DeviceState.UNREACHABLE, retry_at=EPOCH + timedelta(seconds=30))
    assert story.waits() == "next in 00:18: a device is tried again"


def test_pause_stop_and_gate_say_who_and_why() -> None:
    paused = Story().grant("d1", "d2").tell(ev.JobPaused, by="alice")
    assert paused.waits() == "paused by alice; 2 run, oldest d1 12s"
    stopping = Story().grant("d1", "d2").tell(ev.StopRequested, stop="batch", by="alice")
    assert stopping.waits() == "stopped by alice, after this batch; 2 run, oldest d1 12s"
    held = Story().tell(ev.JobHeld, question="q", gate="canary", message="the first 2 devices have ended")
    assert held.waits() == "the first 2 devices have ended"
    waiting = Story().tell(ev.JobWaiting, waits_for="20260105-2200-other-0001")
    assert waiting.waits() == "its devices are in use by job 20260105-2200-other-0001"


def test_a_paused_country_is_told_beside_what_goes_on_and_alone_when_nothing_else_is_left() -> None:
    story = Story().grant("d1", "d4").tell(ev.CountryPaused, country="DE", by="alice", why="storm")
    paused = "DE, paused by alice: storm, 2 devices left there"
    assert story.waits() == f"next after this batch: 2 run, oldest d1 12s; {paused}"
    for name in ("d1", "d4"):
        story.end(name, DeviceState.SUCCEEDED)
    story.grant("d5", "d6").end("d5", DeviceState.SUCCEEDED)
    assert story.waits() == f"{paused}; d6 runs 12s"
    story.end("d6", DeviceState.SUCCEEDED)
    assert story.waits() == paused
    likely = Forecast(EPOCH + timedelta(minutes=90), EPOCH + timedelta(minutes=95), "the rate limit")
    assert until_when(story.status, Outlook(likely), EPOCH) == f"no end while DE is paused; the rest {_clock(90)}"
    assert story.tell(ev.CountryResumed, country="DE").waits() == "the next start"


def test_with_a_free_place_a_back_off_a_lock_or_the_canary_is_what_is_waited_for() -> None:
    story = Story(mode="rolling", batch_size=3)
    for number in range(1, 7):
        story.grant(f"d{number}")
    for number in range(1, 6):
        story.end(f"d{number}", DeviceState.UNREACHABLE, retry_at=EPOCH + timedelta(seconds=30))
    assert story.waits() == "next in 00:18: a device is tried again"
    locked = Story(mode="rolling", batch_size=3).grant("d1")
    assert locked.waits() == "next when a device that another job uses is free: d1 runs 12s"
    canary = Story(mode="rolling", batch_size=3).grant("d1")
    assert canary.status.spec is not None
    gates = canary.status.spec.gates.model_copy(update={"canary": 1})
    canary.status.spec = canary.status.spec.model_copy(update={"gates": gates})
    assert canary.waits() == "next after the canary of 1 device: d1 runs 12s"


def test_the_pace_line_tells_what_is_set_achieved_and_ready() -> None:
    story = Story(devices_per_hour=60, per_country=2).grant("d1", "d4", next_due=EPOCH + timedelta(seconds=120))
    first = text_of(write_pace(story.status, EPOCH + timedelta(seconds=12), PALETTE, 100))
    assert first.split("   ")[:3] == [" pace  batches of 2, 60/h", "ready 0, 2 in 01:48", "caps 2 per country"]
    for name in ("d1", "d4"):
        story.end(name, DeviceState.SUCCEEDED)
    assert "ready 2   caps" in text_of(write_pace(story.status, EPOCH + timedelta(seconds=130), PALETTE, 100))
    story.at += timedelta(seconds=125)
    story.grant("d2", "d5")
    # Two devices in 125 s: those of the last grant have not used up their share yet.
    assert "achieved 57.6/h" in text_of(write_pace(story.status, story.at, PALETTE, 100))


def test_a_part_that_is_held_is_told_beside_what_goes_on() -> None:
    story = Story().grant("d1", "d2")
    story.tell(
        ev.JobHeld,
        question="q",
        gate="rejected_logins",
        message="FR rejects netops",
        credentials=("default",),
        domain="FR",
    )
    assert story.status.state is JobState.RUNNING
    assert story.waits() == "FR rejects netops; next after this batch: 2 run, oldest d1 12s"


def test_the_end_is_told_as_it_is_known() -> None:
    story = Story().grant("d1", "d2")
    assert until_when(story.status, Outlook(), EPOCH) == ""
    likely = Forecast(EPOCH + timedelta(minutes=90), EPOCH + timedelta(minutes=95), "the rate limit")
    assert until_when(story.status, Outlook(likely), EPOCH) == f"ends {_clock(90)}, 9in10 {_clock(95)}"
    story.tell(ev.JobPaused, by="alice")
    assert until_when(story.status, Outlook(likely), EPOCH) == "no end while it is paused"


def test_a_finished_job_tells_what_it_took_beside_the_forecast() -> None:
    story = Story().grant("d1", "d2")
    story.at += timedelta(minutes=125)
    story.tell(ev.JobFinished, state=JobState.FINISHED, counts={})
    assert outcome(story.status, 7_260.0, story.at) == f"ended {_clock(125)} after 2h 05m, forecast 2h 01m"
    assert story.waits() == ""


def _clock(minutes: int) -> str:
    return f"{(EPOCH + timedelta(minutes=minutes)).astimezone():%H:%M}"


def test_failures_are_a_share_of_what_has_ended_beside_their_gate() -> None:
    story = Story().grant("d1", "d2")
    story.end("d1", DeviceState.FAILED).end("d2", DeviceState.UNREACHABLE)
    assert failure_share(story.status) == "failures 50.0 %, gate none"


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_every_line_is_as_wide_as_the_widget(width: int) -> None:
    story = Story().grant("d1", "d2").end("d1", DeviceState.FAILED)
    keys = Keys("a answers", (("e", "reasons"), ("c", "countries")))
    writer = HeadlineWriter(UNICODE, PALETTE)
    lines = writer.write(story.status, [], Outlook(), EPOCH, keys, width)
    assert [width_of(line) for line in lines] == [width] * 5
    assert "✗ 1" in text_of(lines[3])


def test_what_a_device_said_does_not_steer_the_terminal() -> None:
    story = Story().tell(ev.JobHeld, question="q", gate="rejected_logins", message="d1: \x1b[2Jgone\x07")
    lines = HeadlineWriter(UNICODE, PALETTE).write(story.status, [], Outlook(), EPOCH, Keys(), 120)
    assert "d1: gone" in text_of(lines[0])
    assert "\x1b" not in text_of(lines[0])


@pytest.mark.parametrize(("seconds", "text"), [(-3, "00:00"), (192, "03:12"), (7_392, "2:03:12")])
def test_a_countdown(seconds: float, text: str) -> None:
    assert countdown(seconds) == text


# -- countries ---------------------------------------------------------------------------------------------


def test_a_country_in_trouble_comes_first() -> None:
    story = Story().grant("d1", "d4")
    assert in_order(story.status.countries) == ["DE", "FR"]
    story.end("d4", DeviceState.FAILED)
    assert in_order(story.status.countries) == ["FR", "DE"]


def test_a_country_tells_start_elapsed_and_finish() -> None:
    story = Story(batch_size=3).grant("d1", "d2", "d3")
    writer = CountryWriter(UNICODE, PALETTE, {"DE": "Germany", "FR": "France"}, 3)
    later = EPOCH + timedelta(minutes=46)
    lines = [text_of(line) for line in writer.write(story.status.countries["DE"], later, 36, 3, "")]
    assert lines[0].startswith(" DE Germany")
    assert lines[0].endswith("0/3 ")
    assert lines[2].split() == ["◌3", _clock(0), "46m"]
    story.at = later
    story.end("d1", DeviceState.SUCCEEDED).end("d2", DeviceState.SUCCEEDED).end("d3", DeviceState.UNREACHABLE)
    details = text_of(writer.write(story.status.countries["DE"], later, 36, 3, "")[2])
    assert details.split() == ["⊘1", "✓2", f"{_clock(0)}–{_clock(46)}", "46m", "00s"]
    assert "not begun" in text_of(writer.write(story.status.countries["FR"], later, 36, 3, "")[2])


@pytest.mark.parametrize(("width", "height"), [(26, 1), (36, 2), (36, 3), (36, 4)])
def test_a_country_takes_the_room_it_is_given(width: int, height: int) -> None:
    story = Story().grant("d1", "d4")
    writer = CountryWriter(UNICODE, PALETTE, {}, 3)
    lines = writer.write(story.status.countries["DE"], EPOCH, width, height, "cursor")
    assert [width_of(line) for line in lines] == [width] * height


def test_the_grid_is_the_roomiest_that_fits() -> None:
    assert Grid.fit(36, 40, 8) == Grid(1, 4, 10)
    assert Grid.fit(36, 28, 8) == Grid(1, 3, 10)
    assert Grid.fit(36, 28, 14) == Grid(1, 2, 14)
    assert Grid.fit(36, 28, 60) == Grid(1, 1, 28)
    assert Grid.fit(80, 3, 8) == Grid(3, 1, 3)
    assert (lines_for(80, 2), lines_for(80, 8), lines_for(80, 60)) == (1, 3, 3)


# -- lines -----------------------------------------------------------------------------------------------------


def line(text: str) -> Line:
    """A line of one style."""
    return ((text, NOTHING),)


def test_only_what_differs_is_a_span() -> None:
    assert changed_spans(line("batch 5/13  03:12"), line("batch 5/13  03:12")) == []
    assert changed_spans(line("batch 5/13  03:12"), line("batch 5/13  03:11")) == [(16, 1)]
    assert changed_spans(line("a" + "." * 30 + "b"), line("x" + "." * 30 + "y")) == [(0, 1), (31, 1)]
    assert changed_spans(line("ab"), line("ab  c")) == [(4, 1)]
    bold = (("b", Style(bold=True)),)
    assert changed_spans(line("b"), bold) == [(0, 1)]


def test_wide_signs_keep_their_cells() -> None:
    assert changed_spans(line("東京 1"), line("東京 2")) == [(5, 1)]
    assert width_of(fit_line(line("東京東京"), 5)) == 5


def test_what_does_not_fit_is_marked() -> None:
    assert text_of(fit_line([("one ", NOTHING), ("two three", NOTHING)], 8)) == "one two…"
    assert text_of(fit_line([("four", NOTHING), (" more", NOTHING)], 4)) == "fou…"
    assert text_of(fit_line([("four", NOTHING)], 4)) == "four"
    assert text_of(spread([("left side", NOTHING)], [(" right", NOTHING)], 12)) == "left … right"


def test_a_blank_takes_on_the_colour_before_it_unless_it_would_show() -> None:
    red, turned = Style(color="red"), Style(reverse=True)
    base = Style(color="white", bgcolor="black")
    parts = [("a", red), ("  ", NOTHING), ("b", red)]
    assert [segment.text for segment in segments_of(parts, base)] == ["a  b"]
    shown = [("a", turned), ("  ", NOTHING), ("b", red)]
    assert [segment.text for segment in segments_of(shown, base)] == ["a", "  ", "b"]


def test_a_budget_is_filled_by_time_and_overdrawn_by_what_must_be() -> None:
    budget = PaintBudget(bytes_per_s=100, burst=300, balance=300)
    budget.fill(10.0)
    budget.spend(300)
    assert not budget.is_open
    budget.fill(10.0 + REGION_BYTES / 100 + 0.01)
    assert budget.is_open
    budget.fill(1_000.0)
    assert budget.balance == 300


def test_large_digits_are_three_lines_of_equal_width() -> None:
    lines = large("12:34:56:7890")
    assert {len(one) for one in lines} == {3 * 10 + 3}


def test_a_failing_jump_host_is_waited_for_by_its_devices_alone() -> None:
    """Why, how many wait, and the seconds to its next try; what else goes on, as long as something does."""
    story = Story()
    spec = jumping([*behind(4), *make_devices(2)])
    story.status = JobStatus()
    story.tell(ev.JobCreated, spec=spec).tell(ev.JobStarted).grant("d1", "d2")
    retry_at = story.at + timedelta(seconds=20)
    story.tell(ev.JumpHeld, way="bastion", name="bastion", failure=FailureKind.JUMP_FAILED,
               message="jump bastion: refused", tries=1, retry_at=retry_at)  # fmt: skip
    waiting = "jump bastion: refused; 4 devices wait, next try in 00:20"
    assert waits_for(story.status, story.at).startswith(f"{waiting}; next after this batch")
    story.end("d1", DeviceState.SUCCEEDED).end("d2", DeviceState.SUCCEEDED)
    assert waits_for(story.status, story.at) == waiting
    assert "being tried again" in waits_for(story.status, retry_at)
    story.tell(ev.JumpFreed, way="bastion")
    assert "jump" not in waits_for(story.status, story.at)
