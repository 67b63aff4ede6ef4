"""The application: modes, following a job, leaving."""

from tests.ui.conftest import Desk

from paceline.model.control import Stop
from paceline.model.event import BatchStarted


async def test_a_followed_job_is_shown_and_folded(desk: Desk) -> None:
    app = desk.app(desk.record())
    job = next(iter(desk.engine.events))
    async with app.run_test(size=(120, 36)) as pilot:
        desk.engine.play(job, until=4)
        app.show_job(job)
        await pilot.pause()
        assert app.current_mode == "monitor"
        assert app.shown is not None
        assert app.shown.status.seq == 4
        desk.engine.play(job)
        await pilot.pause()
        assert app.shown.status.state == "finished"


async def test_leaving_with_a_job_running_asks_and_stops_it_as_answered(desk: Desk) -> None:
    recording = desk.record()
    app = desk.app(recording)
    job = recording.spec.id
    async with app.run_test(size=(80, 24)) as pilot:
        desk.engine.play(job, until=recording.until(lambda event: isinstance(event, BatchStarted)))
        app.show_job(job)
        await pilot.pause()
        await pilot.press("q")
        await pilot.pause()
        await pilot.press("down", "enter")
        await pilot.pause()
        assert [type(control) for control in desk.engine.controls] == [Stop]
        assert app.is_running
        desk.engine.play(job)
        await pilot.pause()
    assert app.return_value == 0


async def test_numbers_go_from_screen_to_screen(desk: Desk) -> None:
    app = desk.app()
    async with app.run_test(size=(80, 24)) as pilot:
        for key, mode in (("2", "monitor"), ("3", "history"), ("1", "configure")):
            await pilot.press(key)
            assert app.current_mode == mode


async def test_ctrl_c_and_ctrl_q_leave_as_q_does(desk: Desk) -> None:
    for key in ("q", "ctrl+c", "ctrl+q"):
        app = desk.app()
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press(key)
            await pilot.pause()
        assert app.return_value == 0, key


async def test_no_key_leaves_while_a_job_runs_without_asking(desk: Desk) -> None:
    recording = desk.record()
    for key in ("ctrl+c", "ctrl+q"):
        app = desk.app(recording)
        async with app.run_test(size=(80, 24)) as pilot:
            desk.engine.play(recording.spec.id, until=4)
            app.show_job(recording.spec.id)
            await pilot.pause()
            await pilot.press(key)
            await pilot.pause()
            assert app.is_running, key
            assert len(app.screen_stack) == 2, key


async def test_a_key_without_an_ascii_sign_is_named_in_the_footer(desk: Desk) -> None:
    desk.set('[ui]\nglyphs = "ascii"')
    recording = desk.record()
    app = desk.app(recording)
    async with app.run_test(size=(80, 24)) as pilot:
        desk.engine.play(recording.spec.id)
        app.show_job(recording.spec.id)
        await pilot.pause()
        enter = next(active.binding for active in app.screen.active_bindings.values() if active.binding.key == "enter")
        assert "enter" in app.get_key_display(enter)
