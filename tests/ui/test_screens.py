"""What all screens share."""

import pytest
from tests.ui.conftest import Desk
from tests.ui.looks import NARROW, text_of
from textual.widgets import Input


async def test_a_cancelled_worker_does_not_end_its_screen(desk: Desk) -> None:
    app = desk.app()
    async with app.run_test(size=NARROW) as pilot:
        # Help draws in an exclusive worker: the first one is cancelled by the next.
        await pilot.press("3", "question_mark")
        await pilot.pause()
        assert app.screen.is_running
        assert "Keys here" in text_of(app)


@pytest.mark.parametrize("mode", ["configure", "monitor", "history"])
async def test_a_screen_repaints_by_one_timer_and_no_cursor_blinks(desk: Desk, mode: str) -> None:
    app = desk.app()
    async with app.run_test() as pilot:
        app.switch_mode(mode)
        await pilot.pause()
        every_s = [timer._interval for timer in app.screen._timers]
        assert every_s.count(1 / app.flush_hz) == 1
        assert not any(line.cursor_blink for line in app.screen.query(Input))
