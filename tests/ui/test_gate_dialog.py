"""What the dialog of a gate offers: for the whole job, and for a part of its devices."""

import pytest
from tests.ui.conftest import Desk
from tests.ui.looks import NARROW, text_of
from tests.ui.settling import shown

from paceline.model.tally import Question
from paceline.ui.dialogs.gate import GateDialog, gate_dialog


@pytest.mark.parametrize(
    ("credentials", "words"),
    [
        ((), ("health-check is held: logins are rejected", "Stop the job", "nothing new starts")),
        (("default",), ("A part of health-check is held", "Leave these devices out", "the other devices go on")),
    ],
)
async def test_answers_say_what_they_do_to_whom(
    desk: Desk, credentials: tuple[str, ...], words: tuple[str, ...]
) -> None:
    recording = desk.record()
    app = desk.app(recording)
    desk.engine.play(recording.spec.id, until=30)
    status = await desk.engine.status(recording.spec.id)
    question = Question("q", "rejected_logins", "2 logins were rejected", desk.clock, credentials)
    async with app.run_test(size=NARROW) as pilot:
        app.push_screen(gate_dialog(status, question, "alice"))
        await shown(pilot, GateDialog)
        for word in words:
            assert word in text_of(app)
