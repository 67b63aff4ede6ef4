"""When a job may start devices: it waits for its windows to open, and stops starting when the last one closes.

The loop's own clock does not hear of a machine that slept, or of a clock that was set: the wall clock is asked again
every `LOOK_S`, and before every start.
"""

import asyncio

from paceline.engine.control import obey
from paceline.engine.holding import leave_batch
from paceline.engine.run_state import RunState
from paceline.model import event as ev
from paceline.model.clock import shown
from paceline.model.control import Stop
from paceline.model.daily import daily
from paceline.model.time import seconds_between

LOOK_S = 30.0


async def wait_until_open(run: RunState) -> None:
    """Return when the job is to begin, or is told to stop first, or has no device left. Raises StoreError."""
    opens = run.spec.window.not_before
    while opens is not None and run.stop is None and run.ledger and (wait_s := seconds_between(run.now(), opens)) > 0:
        if (failure := run.shared.publisher.failure) is not None:
            raise failure
        run.wake.clear()
        try:
            async with asyncio.timeout(min(wait_s, LOOK_S)):
                await run.wake.wait()
        except TimeoutError:
            continue


def mind_windows(run: RunState) -> float | None:
    """Hold what may not start now, release what may, end the job whose time is over.

    Returns the seconds until the next look; None where there is no window.
    """
    is_more = bool(run.ledger) or run.can_sweep or bool(run.granted)
    if not is_more:
        return None
    look_s = _mind_job(run)
    if run.stop is None and run.spec.windows:
        days_s = _mind_days(run)
        look_s = days_s if look_s is None else min(look_s, days_s)
    return look_s


def _mind_job(run: RunState) -> float | None:
    closes = run.spec.window.not_after
    if closes is None:
        return None
    left_s = seconds_between(run.now(), closes)
    if left_s > 0:
        return min(left_s, LOOK_S)
    run.window_closed = True
    obey(run, Stop(stop="running", why=f"its window closed at {shown(closes)}"), asyncio.get_running_loop().time())
    return None


def _mind_days(run: RunState) -> float:
    """The windows of each day: one changes what may start, and is told, when it closes or opens."""
    now, look_s = run.now(), LOOK_S
    closed = {}
    for text in run.spec.windows:
        window = daily(text)
        changes = window.next_change(now)
        look_s = min(look_s, seconds_between(now, changes))
        if not window.is_open(now):
            closed[text] = changes
    before, run.closed = run.closed, frozenset(closed)
    if run.closed != run.told:
        run.told = run.closed
        run.emit(ev.WindowsChanged, closed=closed)
    for text in run.closed - before:
        names = run.spec.windows[text]
        waiting = set(run.granted).intersection(names)
        leave_batch(run, [name for name in run.granted if name in waiting])
        run.ledger.hold(name for name in names if name in run.ledger)
    for text in before - run.closed:
        names = [name for name in run.spec.windows[text] if name in run.ledger]
        run.ledger.release(name for name in names if not run.is_held(run.target(name)))
    return look_s
