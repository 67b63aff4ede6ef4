"""Ends that nobody chose on the screen, terminals that are too small, and the collector."""

import asyncio
import gc
import signal
import stat

import pytest
from tests.ui.conftest import Desk
from tests.ui.looks import text_of
from textual import events
from textual.css.query import NoMatches
from textual.drivers.headless_driver import HeadlessDriver
from textual.geometry import Size

from paceline.model.event import BatchStarted
from paceline.ui import terminal_app
from paceline.ui.app import PacelineApp
from paceline.ui.dialogs.choice import Answer, ChoiceDialog
from paceline.ui.screens.too_small import TooSmallScreen

PLANTED = "hunter2-planted"


async def test_a_crash_keeps_a_log_without_secrets_and_says_one_sentence(desk: Desk) -> None:
    app = desk.app()

    def break_down() -> None:
        enable_password = PLANTED
        raise RuntimeError(f"the device did not take {enable_password}")

    with pytest.raises(RuntimeError):
        async with app.run_test() as pilot:
            app.call_later(break_down)
            await pilot.pause()
    log = desk.paths.state / "crash.log"
    assert app.return_code == 70
    assert len(app.last_words) == 1
    assert str(log) in app.last_words[0]
    kept = log.read_text(encoding="utf-8")
    assert "RuntimeError: the device did not take ***" in kept
    assert "break_down" in kept
    assert PLANTED not in kept + app.last_words[0]
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert not app._exit_renderables


async def test_a_crash_in_a_worker_tells_the_workers_error(desk: Desk) -> None:
    app = desk.app()

    async def break_down() -> None:
        raise ZeroDivisionError

    with pytest.raises(Exception, match="ZeroDivisionError"):
        async with app.run_test() as pilot:
            app.run_worker(break_down(), name="break_down", group="test")
            await pilot.pause()
    assert "(ZeroDivisionError)" in app.last_words[0]


async def test_a_signal_ends_it_with_its_exit_code_and_leaves_the_job_open(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = desk.record()
    app = desk.app(recording)
    monkeypatch.setattr(app._deadline, "begin", lambda code: None)
    async with app.run_test() as pilot:
        desk.engine.play(recording.spec.id, until=recording.until(lambda event: isinstance(event, BatchStarted)))
        app.show_job(recording.spec.id)
        await pilot.pause()
        app.end_by(signal.SIGTERM)
        app.end_by(signal.SIGHUP)
        await pilot.pause()
    assert app.return_code == 143
    assert app.return_value is None
    assert [job.id for job in app.running] == [recording.spec.id]
    assert not desk.engine.controls


async def test_a_screen_that_was_being_made_when_the_terminal_went_away_is_no_bug(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = desk.app()
    monkeypatch.setattr(app._deadline, "begin", lambda code: None)
    # run_test raises what an application ended with.
    with pytest.raises(NoMatches):
        async with app.run_test() as pilot:
            app.end_by(signal.SIGHUP)
            app._handle_exception(NoMatches("No nodes match '#no-job'"))
            await pilot.pause()
    assert app.return_code == 129
    assert not app.last_words


@pytest.mark.parametrize("key", ["ctrl+q", "q", "ctrl+c"])
async def test_every_way_out_asks_once_while_a_job_runs(desk: Desk, key: str) -> None:
    recording = desk.record()
    app = desk.app(recording)
    async with app.run_test() as pilot:
        desk.engine.play(recording.spec.id, until=recording.until(lambda event: isinstance(event, BatchStarted)))
        app.show_job(recording.spec.id)
        await pilot.pause()
        await pilot.press(key)
        await pilot.pause()
        await pilot.press("ctrl+c", "ctrl+q")
        await pilot.pause()
        assert [screen.id for screen in app.screen_stack].count("leave") == 1
        assert app.is_running


async def test_an_answer_that_comes_after_the_jobs_end_leaves_too(desk: Desk) -> None:
    recording = desk.record()
    app = desk.app(recording)
    async with app.run_test() as pilot:
        desk.engine.play(recording.spec.id, until=recording.until(lambda event: isinstance(event, BatchStarted)))
        app.show_job(recording.spec.id)
        await pilot.pause()
        await pilot.press("q")
        await pilot.pause()
        desk.engine.play(recording.spec.id)
        await pilot.pause()
        await pilot.press("down", "enter")
        await pilot.pause()
    assert app.return_value == 0
    assert not desk.engine.controls


async def test_suspending_where_no_shell_waits_says_so(desk: Desk) -> None:
    app = desk.app()
    async with app.run_test(notifications=True) as pilot:
        await pilot.press("ctrl+z")
        await pilot.pause()
        assert "there is no shell here to go back to" in text_of(app)


async def test_suspending_with_a_job_running_asks_first(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = desk.record()
    app = desk.app(recording)
    async with app.run_test() as pilot:
        desk.engine.play(recording.spec.id, until=recording.until(lambda event: isinstance(event, BatchStarted)))
        app.show_job(recording.spec.id)
        await pilot.pause()
        driver = app._driver
        assert driver is not None
        monkeypatch.setattr(type(driver), "can_suspend", True)
        await pilot.press("ctrl+z")
        await pilot.pause()
        assert "Suspend with a job running?" in text_of(app)
        await pilot.press("enter")
        await pilot.pause()
        assert "Suspend with a job running?" not in text_of(app)


def is_told(app: PacelineApp) -> bool:
    return isinstance(app.screen, TooSmallScreen)


async def test_a_terminal_too_small_gets_a_sentence_until_it_is_larger(desk: Desk) -> None:
    app = desk.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        focused = app.focused
        await pilot.resize_terminal(40, 10)
        await pilot.pause()
        assert is_told(app)
        assert "needs 80x24" in text_of(app)
        assert "40x10" in text_of(app)
        await pilot.resize_terminal(30, 5)
        await pilot.pause()
        assert "30x5" in text_of(app)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert not is_told(app)
        assert app.focused is focused
        assert "1 Configure" in text_of(app)


async def test_a_terminal_that_is_dragged_larger_in_steps_gets_its_screen_back_once(desk: Desk) -> None:
    app = desk.app()
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        driver = app._driver
        assert isinstance(driver, HeadlessDriver)
        for size in (Size(80, 24), Size(90, 26)):
            driver._size = (size.width, size.height)
            app.post_message(events.Resize(size, size))
            app.screen.post_message(events.Resize(size, size))
        await pilot.resize_terminal(100, 30)
        await pilot.pause()
        assert not is_told(app)


async def test_a_dialog_in_a_small_terminal_is_left_alone(desk: Desk) -> None:
    app = desk.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.push_screen(ChoiceDialog("Go on?", ["Or not."], [Answer("No", "", value=False)]))
        await pilot.pause()
        await pilot.resize_terminal(40, 10)
        await pilot.pause()
        assert "Go on?" in text_of(app)
        assert not any(isinstance(screen, TooSmallScreen) for screen in app.screen_stack)
        await pilot.press("escape")
        await pilot.pause()
        assert is_told(app)
        assert [isinstance(screen, TooSmallScreen) for screen in app.screen_stack] == [False, True]


async def test_a_bit_below_the_designed_size_the_screens_still_stand(desk: Desk) -> None:
    app = desk.app()
    async with app.run_test(size=(70, 20)) as pilot:
        await pilot.pause()
        assert not is_told(app)


async def test_a_screen_that_opens_in_a_small_terminal_says_so_too(desk: Desk) -> None:
    recording = desk.record()
    app = desk.app(recording)
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        assert is_told(app)
        desk.engine.play(recording.spec.id, until=4)
        app.show_job(recording.spec.id)
        await pilot.pause()
        assert is_told(app)
        await pilot.resize_terminal(120, 36)
        await pilot.pause()
        assert not is_told(app)
        app.switch_mode("configure")
        await pilot.pause()
        assert not is_told(app)


async def test_the_way_out_works_in_a_small_terminal(desk: Desk) -> None:
    app = desk.app()
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        await pilot.press("q")
        await pilot.pause()
    assert app.return_value == 0


async def test_the_collector_starts_after_the_first_frame(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    before = gc.get_threshold()
    monkeypatch.setattr(terminal_app, "COLLECT_AFTER_S", 0.001)
    gc.disable()
    try:
        async with desk.app().run_test() as pilot, asyncio.timeout(20):
            while not gc.isenabled():
                await pilot.pause()
            assert gc.get_threshold() == terminal_app.COLLECTOR
            assert gc.get_freeze_count()
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
        gc.enable()
