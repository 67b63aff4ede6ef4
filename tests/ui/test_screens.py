"""What all screens share."""

from tests.ui.conftest import Desk
from tests.ui.looks import NARROW, text_of


async def test_a_cancelled_worker_does_not_end_its_screen(desk: Desk) -> None:
    app = desk.app()
    async with app.run_test(size=NARROW) as pilot:
        # Help draws in an exclusive worker: the first one is cancelled by the next.
        await pilot.press("3", "question_mark")
        await pilot.pause()
        assert app.screen.is_running
        assert "Keys here" in text_of(app)
