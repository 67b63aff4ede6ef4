"""One device of a job: what is said of it, its commands, its output."""

from datetime import timedelta
from typing import Any

import pytest
from tests.ui.conftest import Desk
from tests.ui.looks import NARROW, WIDE, Snap, looks_right, text_of
from tests.ui.quiet import settle
from tests.ui.recording import JOB
from textual.pilot import Pilot

from paceline.launch.earlier import Earlier
from paceline.model.event import AttemptStarted, CommandEnded, CommandSent
from paceline.model.job import JobSpec
from paceline.model.output import OutputChunk
from paceline.ui.app import PacelineApp
from paceline.ui.screens.device import DeviceScreen

PARTIAL, UNREACHABLE, WELL = "fra-r8", "pol-r4", "fra-r1"


async def show(desk: Desk, pilot: Pilot[Any], device: str, *others: str) -> DeviceScreen:
    """The whole job played, one device open."""
    app = pilot.app
    assert isinstance(app, PacelineApp)
    desk.clock = desk.engine.play(JOB)
    await app.open_job(JOB)
    assert app.shown is not None
    app.open_device(app.shown, device, (device, *others))
    await settle(pilot)
    assert isinstance(app.screen, DeviceScreen)
    return app.screen


def put(desk: Desk, device: str, index: int, data: bytes, attempt: int = 1) -> None:
    """Make the device have printed this."""
    desk.engine.outputs[JOB].sinks[JOB, device, attempt, index].data = bytearray(data)


@pytest.fixture
def app(desk: Desk) -> PacelineApp:
    """On the health check of sixty devices."""
    return desk.app(desk.record())


def test_a_device_that_half_succeeded(desk: Desk, app: PacelineApp, snap_compare: Snap) -> None:
    async def hands(pilot: Pilot[Any]) -> None:
        await show(desk, pilot, PARTIAL)

    words = (
        "fra-r8",
        "partial",
        "FR France",
        "do   Check the command's words",
        "2 show process cpu",
        "rejected",
        "77 B",
    )
    assert looks_right(snap_compare, app, NARROW, words, hands)


def test_a_device_that_half_succeeded_in_a_wide_terminal(desk: Desk, app: PacelineApp, snap_compare: Snap) -> None:
    async def hands(pilot: Pilot[Any]) -> None:
        await show(desk, pilot, PARTIAL)
        await pilot.press("j", "slash", *"ospf", "enter")
        await settle(pilot)

    words = ("why", "% Invalid input detected", "show process memory", '1 of 1 line with "ospf"')
    assert looks_right(snap_compare, app, WIDE, words, hands)


async def test_the_failure_of_an_unreachable_device_says_what_to_do(desk: Desk, app: PacelineApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await show(desk, pilot, UNREACHABLE)
        text = text_of(app)
        for words in (
            "unreachable",
            "attempt 3 of 3",
            "refuses the connection",
            "(refused)",
            "Is SSH on, on this port?",
        ):
            assert words in text, text
        assert "not sent" in text


async def test_earlier_attempts_are_gone_through_and_back_to_the_latest(desk: Desk, app: PacelineApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await show(desk, pilot, UNREACHABLE)
        seen = []
        for _ in range(3):
            await pilot.press("a")
            await settle(pilot)
            seen.append(next(n for n in (1, 2, 3) if f"attempt {n} of 3" in text_of(app)))
        assert seen == [2, 1, 3]


async def test_a_device_with_one_attempt_offers_no_other(desk: Desk, app: PacelineApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await show(desk, pilot, PARTIAL)
        assert "a Attempt" not in text_of(app)
        await show(desk, pilot, UNREACHABLE)
        assert "a Attempt" in text_of(app)


async def test_the_command_under_the_cursor_shows_its_output_and_its_file(desk: Desk, app: PacelineApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        screen = await show(desk, pilot, PARTIAL)
        assert screen.commands.cursor == 1
        await pilot.press("k")
        await settle(pilot)
        assert "Cisco IOS XR Software" in text_of(app)
        assert "fra-r8/01-show-version.txt" in text_of(app)
        await pilot.press("enter")
        assert screen.panel.view.has_focus


async def test_searching_goes_from_match_to_match_and_escape_ends_it(desk: Desk, app: PacelineApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        screen = await show(desk, pilot, PARTIAL)
        put(desk, PARTIAL, 1, b"".join(b"line %d%s\n" % (n, b" MARK" if n % 50 == 49 else b"") for n in range(200)))
        await pilot.press("k")
        await settle(pilot)
        await pilot.press("slash", *"mark", "enter")
        await settle(pilot)
        assert '1 of 4 lines with "mark"' in text_of(app)
        assert "line 49 MARK" in text_of(app)
        await pilot.press("n")
        await settle(pilot)
        assert "line 99 MARK" in text_of(app)
        await pilot.press("N", "N")
        await settle(pilot)
        assert '4 of 4 lines with "mark"' in text_of(app)
        await pilot.press("escape")
        await settle(pilot)
        assert "lines with" not in text_of(app)
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is not screen


async def test_long_lines_are_scrolled_sideways(desk: Desk, app: PacelineApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        screen = await show(desk, pilot, PARTIAL)
        put(desk, PARTIAL, 1, b"x" * 90 + b"END\n")
        await pilot.press("k", "enter")
        await settle(pilot)
        assert "END" not in text_of(app)
        await pilot.press("right", "right")
        await settle(pilot)
        assert "END" in text_of(app)
        await pilot.press("left", "left")
        await settle(pilot)
        assert screen.panel.view.scroll_offset.x == 0


async def test_a_search_without_a_match_says_so(desk: Desk, app: PacelineApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await show(desk, pilot, PARTIAL)
        await pilot.press("slash", *"nosuch", "enter")
        await settle(pilot)
        assert 'nothing has "nosuch"' in text_of(app)


async def test_the_session_log_is_one_key_away_and_back(desk: Desk, app: PacelineApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await show(desk, pilot, PARTIAL)
        await pilot.press("l")
        await settle(pilot)
        assert "session.log" in text_of(app)
        assert "Cisco IOS XR Software" in text_of(app)
        await pilot.press("l")
        await settle(pilot)
        assert "02-show-process-cpu.txt" in text_of(app)


async def test_next_and_previous_follow_the_order_of_the_table(desk: Desk, app: PacelineApp) -> None:
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await show(desk, pilot, PARTIAL, UNREACHABLE)
        await pilot.press("J")
        await settle(pilot)
        assert "pol-r4  unreachable" in text_of(app)
        await pilot.press("J")
        await settle(pilot)
        assert "No further device" in text_of(app)
        await pilot.press("K")
        await settle(pilot)
        assert "fra-r8  partial" in text_of(app)


async def test_the_path_goes_to_the_clipboard(desk: Desk, app: PacelineApp) -> None:
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await show(desk, pilot, PARTIAL)
        await pilot.press("c")
        await settle(pilot)
        assert app.clipboard.endswith(f"jobs/{JOB}/fra-r8/02-show-process-cpu.txt")
        assert app.clipboard.startswith(str(desk.paths.state))


async def test_run_again_asks_for_a_job_on_this_device(
    desk: Desk, app: PacelineApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, list[str]]] = []

    def run_again(spec: JobSpec, devices: list[str], before: Earlier | None = None) -> None:
        asked.append((spec.id, devices))

    monkeypatch.setattr(app, "run_again", run_again)
    async with app.run_test(size=WIDE) as pilot:
        await show(desk, pilot, PARTIAL)
        await pilot.press("r")
        await settle(pilot)
    assert asked == [(JOB, [PARTIAL])]


async def test_hostile_text_steers_nothing_and_is_no_markup(desk: Desk, app: PacelineApp) -> None:
    hostile = (
        "\x1b]0;owned\x07\x1b[2J[bold]no markup[/bold]\t漢字\x1b[31m red\r\n\u202eturned\n".encode() + b"\xff\xfe\n"
    )
    async with app.run_test(size=NARROW) as pilot:
        await show(desk, pilot, PARTIAL)
        put(desk, PARTIAL, 1, hostile)
        await pilot.press("k")
        await settle(pilot)
        text = text_of(app)
        assert "[bold]no markup[/bold]  漢字 red" in text
        assert "turned" in text
        assert "��" in text
        assert "\x1b" not in text
        assert "owned" not in text


async def test_fifty_megabytes_show_their_end_at_once(desk: Desk, app: PacelineApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        screen = await show(desk, pilot, PARTIAL)
        put(
            desk,
            PARTIAL,
            1,
            b"".join(b"%07d interface up, line protocol up, no errors\n" % n for n in range(1_050_000)),
        )
        await pilot.press("k", "enter")
        await settle(pilot)
        assert "1050000 lines" in text_of(app)
        await pilot.press("G")
        await settle(pilot)
        assert "1049999 interface up" in text_of(app)
        await pilot.press("g")
        await settle(pilot)
        assert "0000000 interface up" in text_of(app)
        # What is drawn depends on the screen, never on the text.
        assert len(screen.panel.view._strips) < 100
        await pilot.press("slash", *"1049998", "enter")
        await settle(pilot)
        assert '1 of 1 line with "1049998"' in text_of(app)


async def test_late_and_truncated_output_is_marked(desk: Desk, app: PacelineApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await show(desk, pilot, PARTIAL)
        sink = desk.engine.outputs[JOB].sinks[JOB, PARTIAL, 1, 3]
        sink.late_data = bytearray(b"%LINK-3-UPDOWN: down\n")
        assert app.shown is not None
        command = (app.shown.status.devices[PARTIAL].commands or [])[2]
        command.truncated = True
        await pilot.press("j")
        await settle(pilot)
        assert "21 B came late" in text_of(app)
        assert "truncated" in text_of(app)


async def test_output_that_is_gone_is_a_sentence(desk: Desk, app: PacelineApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await show(desk, pilot, PARTIAL)
        del desk.engine.outputs[JOB].sinks[JOB, PARTIAL, 1, 1]
        await pilot.press("k")
        await settle(pilot)
        assert "no output of command 1 on fra-r8" in text_of(app)


async def test_a_command_that_runs_is_followed_live_and_read_again_when_it_has_ended(desk: Desk) -> None:
    recording = desk.record()
    app = desk.app(recording)

    def at(kind: type[Any], index: int) -> int:
        return recording.until(lambda e: isinstance(e, kind) and e.device == WELL and e.index == index)

    sinks = desk.engine.outputs[JOB].sinks
    whole = sinks.pop((JOB, WELL, 1, 2))
    async with app.run_test(size=WIDE) as pilot:
        desk.clock = desk.engine.play(JOB, until=at(CommandSent, 2))
        app.show_job(JOB)
        await pilot.pause()
        assert app.shown is not None
        app.open_device(app.shown, WELL)
        await settle(pilot)
        assert "running" in text_of(app)
        for piece in ("first half, ", "second half\nnext line"):
            await desk.engine.chunks.put(OutputChunk(WELL, 1, 2, piece))
        await settle(pilot)
        assert "first half, second half" in text_of(app)
        assert "next line" in text_of(app)
        assert "live" in text_of(app)
        sinks[JOB, WELL, 1, 2] = whole
        desk.clock = desk.engine.play(JOB, until=at(CommandEnded, 2))
        await settle(pilot)
        assert "first half" not in text_of(app)
        assert bytes(whole.data).decode().splitlines()[0] in text_of(app)


async def test_the_command_that_runs_is_gone_to_until_the_operator_chooses(desk: Desk) -> None:
    recording = desk.record()
    app = desk.app(recording)

    def play(kind: type[Any], index: int) -> None:
        desk.engine.play(JOB, recording.until(lambda e: isinstance(e, kind) and e.device == WELL and e.index == index))

    async with app.run_test(size=WIDE) as pilot:
        play(CommandSent, 1)
        app.show_job(JOB)
        await pilot.pause()
        assert app.shown is not None
        app.open_device(app.shown, WELL)
        await settle(pilot)
        screen = app.screen
        assert isinstance(screen, DeviceScreen)
        places = []
        for kind, index in ((CommandEnded, 1), (CommandSent, 2), (CommandSent, 3)):
            play(kind, index)
            await settle(pilot)
            places.append(screen.commands.number)
        assert places == [1, 2, 3]
        await pilot.press("k")
        await settle(pilot)
        play(CommandSent, 4)
        await settle(pilot)
        assert screen.commands.number == 2


async def test_a_device_that_has_not_begun_says_so_and_then_comes_alive(desk: Desk) -> None:
    recording = desk.record()
    app = desk.app(recording)
    begins = recording.until(lambda e: isinstance(e, AttemptStarted) and e.device == WELL)
    async with app.run_test(size=NARROW) as pilot:
        desk.clock = desk.engine.play(JOB, until=begins - 1) + timedelta(seconds=1)
        app.show_job(JOB)
        await pilot.pause()
        assert app.shown is not None
        app.open_device(app.shown, WELL)
        await settle(pilot)
        assert "pending" in text_of(app)
        assert "not sent yet" in text_of(app)
        desk.engine.play(JOB, until=begins)
        await settle(pilot)
        assert "connecting  attempt 1" in text_of(app)


async def test_the_device_screen_is_used_again(desk: Desk, app: PacelineApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        first = await show(desk, pilot, PARTIAL)
        await pilot.press("escape")
        await settle(pilot)
        assert await show(desk, pilot, UNREACHABLE) is first
