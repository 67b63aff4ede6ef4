"""Coming back to a job: what happened since its screens were left."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.ui.conftest import Desk
from tests.ui.looks import text_of
from tests.ui.settling import until
from tests.ui.test_served import served

from paceline.cli.screens import since_left
from paceline.engine.contract import JobId
from paceline.model import event as ev
from paceline.model.failure import FailureKind
from paceline.model.states import DeviceState, JobState
from paceline.model.time import now
from paceline.report.since import Since, fold_since
from paceline.store.left import MOST_JOBS, Left, note_left, read_left
from paceline.ui.app import AttachedApp
from paceline.ui.glyphs import choose_glyphs
from paceline.ui.since import since_words

LEFT = now().replace(hour=12, minute=10)


def told(*said: tuple[float, type, dict[str, object]]) -> Since:
    """The fold of events so many minutes after the operator left."""
    return fold_since(
        LEFT,
        [
            kind(seq=number, at=LEFT + timedelta(minutes=minutes), job="j", **fields)
            for number, (minutes, kind, fields) in enumerate(said, 1)
        ],
    )


def ended(device: str, state: DeviceState, **more: object) -> dict[str, object]:
    return {"device": device, "country": "DE", "attempt": 1, "state": state, **more}


def test_it_counts_what_ended_last_and_names_the_times_of_standing_still() -> None:
    retried = {"retry_at": LEFT, "failure": FailureKind.CONNECT_TIMEOUT}
    since = told(
        (1, ev.AttemptEnded, ended("a", DeviceState.SUCCEEDED)),
        (1, ev.AttemptEnded, ended("b", DeviceState.UNREACHABLE, **retried)),
        (2, ev.AttemptEnded, ended("b", DeviceState.FAILED)),
        (3, ev.AttemptEnded, ended("c", DeviceState.UNREACHABLE, **retried)),
        (4, ev.JobHeld, {"question": "canary-1", "gate": "canary", "message": "look"}),
        (10, ev.JobAnswered, {"question": "canary-1", "answer": "go_on"}),
        (20, ev.JobPaused, {}),
    )
    at = LEFT + timedelta(hours=1)
    clocks = [f"{(LEFT + timedelta(minutes=minutes)).astimezone():%H:%M}" for minutes in (0, 4, 10, 20)]
    unicode, plain = choose_glyphs("unicode"), choose_glyphs("ascii")
    good, bad = unicode.states[DeviceState.SUCCEEDED], unicode.states[DeviceState.FAILED]
    assert since_words(since, unicode, at) == (
        "since you left {}: +1 {good}, 1 {bad}, held {}–{}, paused since {}".format(*clocks, good=good, bad=bad)
    )
    assert since_words(since, plain, at).isascii()
    assert since_words(told(), unicode, at) == ""
    finished = told((5, ev.JobFinished, {"state": JobState.WINDOW_CLOSED, "counts": {}}))
    assert since_words(finished, unicode, at).endswith(": window closed")


async def test_attaching_tells_it_and_escape_puts_it_away(desk: Desk) -> None:
    recording = desk.record()
    job = recording.spec.id
    app = served(desk, recording, AttachedApp, job)

    async def since(asked: JobId) -> Since | None:
        assert asked == job
        return told((5, ev.AttemptEnded, ended("a", DeviceState.SUCCEEDED)))

    app.surroundings = replace(app.surroundings, since=since)
    async with app.run_test(notifications=True) as pilot:
        await until(pilot, lambda: "since you left" in text_of(app))
        await pilot.press("escape")
        await until(pilot, lambda: "since you left" not in text_of(app))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": 1}', '{"a": {"seq": 1}}'])
def test_a_note_that_cannot_be_read_is_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "left.json").write_text(text)
    assert read_left(tmp_path) == {}
    assert since_left(tmp_path, "a") is None
    note_left(tmp_path, {f"job-{number}": Left(number, LEFT) for number in range(MOST_JOBS + 1)})
    assert len(read_left(tmp_path)) == MOST_JOBS
    note_left(tmp_path, {"job-7": Left(9, LEFT)})
    assert read_left(tmp_path)["job-7"] == Left(9, LEFT)
    assert not list(tmp_path.glob("*.part"))
