"""When a job may start devices: it waits for its window to open, and stops starting when it closes."""

import asyncio

from paceline.engine.control import obey
from paceline.engine.run_state import RunState
from paceline.model.control import Stop
from paceline.model.time import seconds_between

LOOK_S = 30.0
"""How often the wall clock is asked: the loop's own clock does not hear of a machine that slept, or a clock set anew."""


async def wait_until_open(run: RunState) -> None:
    """Return when the window opens, or the job is told to stop first. Raises StoreError."""
    opens = run.spec.window.not_before
    while opens is not None and run.stop is None and (wait_s := seconds_between(run.now(), opens)) > 0:
        if (failure := run.shared.publisher.failure) is not None:
            raise failure
        run.wake.clear()
        try:
            async with asyncio.timeout(min(wait_s, LOOK_S)):
                await run.wake.wait()
        except TimeoutError:
            continue


def mind_window(run: RunState, wait_s: float | None, *, is_more: bool) -> float | None:
    """Close the job when its time is over; returns the seconds until the next look, at most `wait_s`."""
    closes = run.spec.window.not_after
    if closes is None or run.stop is not None or not (is_more or run.granted):
        return wait_s
    left_s = seconds_between(run.now(), closes)
    if left_s <= 0:
        run.window_closed = True
        obey(run, Stop(stop="running", why=f"its window closed at {closes:%Y-%m-%d %H:%M %Z}"), 0.0)
        return 0
    look_s = min(left_s, LOOK_S)
    return look_s if wait_s is None else min(wait_s, look_s)
