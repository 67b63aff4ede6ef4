"""The device table: its cursor, its order, and how little it paints."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from tests.engine.harness import make_devices, make_spec
from tests.ui.conftest import Desk
from tests.ui.looks import text_of
from tests.ui.recording import Recording
from tests.virtual_loop import EPOCH
from textual.geometry import Region
from textual.pilot import Pilot

from paceline.model import event as ev
from paceline.model.failure import FailureKind
from paceline.model.job import JobSpec
from paceline.model.states import CommandState, DeviceState
from paceline.store.memory import MemoryOutputs
from paceline.ui.app import PacelineApp
from paceline.ui.widgets.device_order import DeviceFilter
from paceline.ui.widgets.device_table import DeviceTable

COUNTRIES = ("DE", "FR", "BR")


@dataclass
class Stage:
    """A job whose events the test makes, shown in Monitor."""

    desk: Desk
    app: PacelineApp
    pilot: Pilot[int]
    spec: JobSpec
    painted: list[Region] = field(default_factory=list)

    @property
    def table(self) -> DeviceTable:
        """The table."""
        return self.app.screen.query_one(DeviceTable)

    async def happen(self, *events: ev.JobEvent, seconds: float = 1) -> None:
        """Events, then another second, then a flush."""
        engine, job = self.desk.engine, self.spec.id
        if events:
            engine.inject(job, *events)
        await wait_for(self.pilot, lambda: self.app.jobs[job].status.seq == engine.played[job])
        self.desk.clock += timedelta(seconds=seconds)
        self.app.screen.flush()  # type: ignore[attr-defined]
        await self.pilot.pause()

    def begin(self, name: str) -> list[ev.JobEvent]:
        """A device connects, logs in and sends its first command."""
        who = self.who(name)
        return [
            ev.AttemptStarted(batch=1, **who),
            ev.LoggedIn(**who),
            ev.CommandSent(command="show version", index=1, **who),
        ]

    def end(self, name: str, state: DeviceState, failure: FailureKind | None = None) -> ev.JobEvent:
        """Its attempt ends."""
        return ev.AttemptEnded(
            state=state, failure=failure, message="it went wrong" if failure else "", **self.who(name)
        )

    def command_ended(self, name: str) -> ev.JobEvent:
        """Its first command ends well."""
        return ev.CommandEnded(
            command="show version", index=1, state=CommandState.SUCCEEDED, seconds=1.0, bytes=9, **self.who(name)
        )

    def who(self, name: str) -> dict[str, object]:
        """What each of its events has."""
        country = self.spec.targets_by_name[name].device.country
        return {"seq": 1, "at": self.desk.clock, "job": self.spec.id, "device": name, "country": country, "attempt": 1}

    def watch(self) -> None:
        """Note what the table asks to have painted from here on."""
        refresh = self.table.refresh
        self.painted.clear()

        def noting(*regions: Region, **more: bool) -> DeviceTable:
            self.painted.extend(regions or [self.table.size.region])
            return refresh(*regions, **more)

        self.table.refresh = noting  # type: ignore[method-assign]


@asynccontextmanager
async def stage(desk: Desk, devices: int, size: tuple[int, int] = (120, 36)) -> AsyncIterator[Stage]:
    """Monitor on a job of d1, d2 ... that has begun."""
    columns = {"country": [COUNTRIES[index % 3] for index in range(devices)]}
    spec = make_spec(make_devices(devices, **columns), commands=["show version", "show clock"])
    begin = {"at": EPOCH, "job": spec.id}
    events = (ev.JobCreated(seq=1, spec=spec, **begin), ev.JobStarted(seq=2, **begin))
    app = desk.app(Recording(spec, events, MemoryOutputs()))
    desk.clock = desk.engine.play(spec.id)
    async with app.run_test(size=size) as pilot:
        app.show_job(spec.id)
        await wait_for(pilot, lambda: app.shown is not None and bool(app.screen.query(DeviceTable)))
        made = Stage(desk, app, pilot, spec)
        await made.happen()
        await wait_for(pilot, lambda: made.table.row_count == devices)
        # Time does not pass here as it does on a terminal: what a test does not ask about, it may paint.
        made.table._budget.balance = made.table._budget.burst = 1e9
        yield made


async def wait_for(pilot: Pilot[int], is_so: Callable[[], bool]) -> None:
    """Let the application work until something is so."""
    for _ in range(200):
        await pilot.pause()
        if is_so():
            return
        await pilot.pause(0.01)
    raise AssertionError("it never came to that")


async def test_the_cursor_stays_on_its_device_while_rows_move(desk: Desk) -> None:
    async with stage(desk, 200) as on:
        await on.pilot.press("down", "down", "j")
        assert (on.table.cursor_row, on.table.device) == (3, "d4")
        await on.happen(*on.begin("d100"), on.end("d100", DeviceState.FAILED, FailureKind.LOST), *on.begin("d50"))
        assert on.table.order[:3] == ["d50", "d100", "d1"]
        assert (on.table.cursor_row, on.table.device) == (5, "d4")
        await on.happen(*on.begin("d4"), on.end("d4", DeviceState.SUCCEEDED))
        assert on.table.device == "d4"
        assert on.table.cursor_row == 199
        assert "d4 " in text_of(on.app), "the view went with it"


async def test_a_cursor_that_was_never_moved_stays_at_the_top(desk: Desk) -> None:
    async with stage(desk, 50) as on:
        await on.happen(*on.begin("d30"))
        assert (on.table.cursor_row, on.table.device) == (0, "d30")
        await on.pilot.press("G")
        assert on.table.device == "d50"
        await on.pilot.press("g")
        await on.happen(*on.begin("d9"), on.end("d30", DeviceState.SUCCEEDED))
        assert (on.table.cursor_row, on.table.device) == (0, "d9")


async def test_a_filter_keeps_the_device_under_the_cursor_where_it_is_shown(desk: Desk) -> None:
    async with stage(desk, 30) as on:
        await on.pilot.press(*["down"] * 4)
        assert on.table.device == "d5"
        on.table.filter(DeviceFilter(country="FR"))
        assert on.table.device == "d5"
        assert on.table.cursor_row == 1
        on.table.filter(DeviceFilter(country="BR"))
        assert on.table.device == "d6"
        on.table.filter(DeviceFilter().typed("nothing-like-that"))
        assert on.table.device is None
        await on.pilot.press("down", "enter")
        on.table.filter(DeviceFilter())
        assert on.table.row_count == 30


async def test_a_column_orders_and_the_same_one_turns_round(desk: Desk) -> None:
    async with stage(desk, 30) as on:
        await on.pilot.click(DeviceTable, offset=(4, 0))
        assert on.table.sorted_by == ("device", False)
        assert on.table.order[:3] == ["d1", "d10", "d11"]
        await on.pilot.click(DeviceTable, offset=(4, 0))
        assert on.table.order[0] == "d9"


async def test_what_runs_takes_a_third_at_most_and_trouble_follows(desk: Desk) -> None:
    async with stage(desk, 60, (80, 24)) as on:
        rows = on.table.size.height - 1
        running = [f"d{number}" for number in range(20, 60)]
        events = [event for name in running for event in on.begin(name)]
        await on.happen(*events, *on.begin("d7"), on.end("d7", DeviceState.FAILED, FailureKind.LOST))
        top = rows // 3
        assert on.table.order[: top + 2] == [*running[:top], "d7", running[top]]


async def test_only_cells_that_changed_are_painted(desk: Desk) -> None:
    async with stage(desk, 100) as on:
        await on.happen(*on.begin("d1"), *on.begin("d2"))
        on.watch()
        await on.happen(on.command_ended("d2"), seconds=0)
        assert len(on.painted) == 1
        region = on.painted[0]
        assert (region.y, region.height) == (2, 1), "the line of d2, below the header and d1"
        assert region.width < on.table.size.width / 2, "done, and what is beside it; not the line"


async def test_what_is_off_screen_paints_nothing(desk: Desk) -> None:
    async with stage(desk, 10_000) as on:
        on.watch()
        lines: list[int] = []
        render = on.table.render_line
        on.table.render_line = lambda y: lines.append(y) or render(y)  # type: ignore[method-assign,func-returns-value]
        await on.happen(*on.begin("d9000")[:1], seconds=0)
        await on.happen(on.end("d9000", DeviceState.SUCCEEDED))
        assert on.painted == []
        assert lines == []
        assert on.table.order[-1] == "d9000"


async def test_nothing_is_painted_while_nothing_changes(desk: Desk) -> None:
    async with stage(desk, 40) as on:
        on.watch()
        for _ in range(3):
            await on.happen()
        assert on.painted == []


async def test_ages_are_painted_once_a_second_and_alone(desk: Desk) -> None:
    async with stage(desk, 40) as on:
        await on.happen(*on.begin("d3"), *on.begin("d4"))
        on.watch()
        await on.happen(seconds=0.2)
        assert on.painted == []
        await on.happen(seconds=1)
        assert [(region.y, region.width) for region in on.painted] == [(1, 8), (2, 8)]


async def test_a_storm_of_changes_is_painted_in_turns_and_all_of_it_in_the_end(desk: Desk) -> None:
    async with stage(desk, 200) as on:
        table = on.table
        table._budget.balance = table._budget.bytes_per_s = table._budget.burst = 0
        names = [f"d{number}" for number in range(1, 30)]
        on.watch()
        await on.happen(*[event for name in names for event in on.begin(name)])
        assert on.painted == [], "it waits"
        table._budget.balance = table._budget.burst = 1e9
        await on.happen()
        shown = text_of(on.app)
        assert all(f"▶ {name} " in shown for name in names[:20])


async def test_ten_thousand_rows_are_reached_by_key(desk: Desk) -> None:
    async with stage(desk, 10_000, (80, 24)) as on:
        await on.pilot.press("G")
        assert on.table.device == "d10000"
        await on.pilot.press("pageup", "k")
        assert on.table.cursor_row < 9_999
        await on.happen(*on.begin("d10000"))
        assert on.table.order[0] == "d10000"
        await on.pilot.press("g")
        assert on.table.device == "d10000"
        assert "d10000" in text_of(on.app)


@pytest.mark.parametrize("theme", ["paceline-light", "ansi-16"])
async def test_another_theme_draws_every_line_anew(desk: Desk, theme: str) -> None:
    async with stage(desk, 40) as on:
        before = on.table.render_line(3)
        on.app.theme = theme
        await on.pilot.pause()
        after = on.table.render_line(3)
        assert after.text == before.text
        assert list(after) != list(before)
