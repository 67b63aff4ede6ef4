"""The secrets of a device's configuration on its screen: masked, and shown to an operator who means it."""

from typing import Any

import pytest
from tests.ui.conftest import Desk
from tests.ui.looks import NARROW, WIDE, text_of
from tests.ui.quiet import settle
from tests.ui.recording import JOB
from tests.ui.test_device import PARTIAL, WELL, put, show
from textual.pilot import Pilot

from paceline.ui.app import PacelineApp


@pytest.fixture
def app(desk: Desk) -> PacelineApp:
    """On the health check of sixty devices."""
    return desk.app(desk.record())


async def reveal(pilot: Pilot[Any]) -> None:
    """Ask for the secrets, and mean it."""
    await pilot.press("s")
    await settle(pilot)
    await pilot.press("down", "enter")
    await settle(pilot)


CONFIG = b"hostname fra-r1\nsnmp-server community hunter2 RO\nusername a secret 5 $1$mERr$hunter2\n"


async def test_secrets_are_masked_until_the_operator_asks_and_each_look_is_noted(desk: Desk, app: PacelineApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        screen = await show(desk, pilot, WELL, PARTIAL)
        put(desk, WELL, 1, CONFIG)
        put(desk, PARTIAL, 1, CONFIG)
        screen.open(screen.job, WELL, (WELL, PARTIAL))
        await settle(pilot)
        await pilot.press("slash", *"hunter2", "enter")
        await settle(pilot)
        assert 'nothing has "hunter2"' in text_of(app)
        assert "community ******* RO" in text_of(app)
        # The answer that has the focus changes nothing.
        await pilot.press("s")
        await settle(pilot)
        assert f"Show the secrets of {WELL}?" in text_of(app)
        await pilot.press("enter")
        await settle(pilot)
        assert "hunter2 RO" not in text_of(app)
        assert not desk.noted
        await reveal(pilot)
        assert "community hunter2 RO" in text_of(app)
        assert "secrets shown" in text_of(app)
        assert '2 lines with "hunter2"' in text_of(app)
        (noted,) = desk.noted
        assert (noted.what, noted.job, noted.device, noted.by) == ("secrets_shown", JOB, WELL, "alice@jump01")
        # The session log is part of the view; the next device is not.
        await pilot.press("l", "l", "J")
        await settle(pilot)
        assert PARTIAL in text_of(app)
        assert "hunter2 RO" not in text_of(app)
        await pilot.press("K")
        await reveal(pilot)
        assert len(desk.noted) == 2
        await pilot.press("s")
        await settle(pilot)
        assert "hunter2 RO" not in text_of(app)


async def test_what_cannot_be_noted_is_not_shown(desk: Desk, app: PacelineApp) -> None:
    desk.audit_problem = "cannot write the audit log: disk full"
    async with app.run_test(size=WIDE) as pilot:
        screen = await show(desk, pilot, WELL)
        put(desk, WELL, 1, CONFIG)
        screen.open(screen.job, WELL)
        await settle(pilot)
        await reveal(pilot)
        assert [toast.message for toast in app._notifications] == [
            "They stay masked: cannot write the audit log: disk full"
        ]
        assert "hunter2" not in text_of(app)
