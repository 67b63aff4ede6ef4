"""How events gather into groups, on the virtual loop: the first soon, those of a busy job in fewer commits."""

import asyncio
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from tests.engine.harness import make_devices, make_spec
from tests.virtual_loop import run

from paceline.model.event import JobStarted
from paceline.model.time import now
from paceline.store.journal import BUSY_S, GROUP_BUSY_S, GROUP_S, JobJournal


class _Committing:
    """In place of the journal: notes when a group came and how many events it had."""

    def __init__(self) -> None:
        self.groups: list[tuple[float, int]] = []

    def submit(self, work: Callable[[], None]) -> "asyncio.Future[None]":
        work()
        done = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    def commit(self, _: Any, events: list[Any]) -> None:
        self.groups.append((asyncio.get_running_loop().time(), len(events)))


def test_a_lone_event_waits_a_moment_and_a_stream_of_them_goes_in_fewer_groups() -> None:
    async def work() -> list[tuple[float, int]]:
        spec, journal, begun = make_spec(make_devices(1)), _Committing(), asyncio.get_running_loop().time()
        group = JobJournal(journal, spec, lambda _: None, lambda _: None)  # type: ignore[arg-type]
        event = JobStarted(seq=1, at=now(), job=spec.id)
        for _ in range(25):
            group.append(event)
            await asyncio.sleep(0.01)
        await asyncio.sleep(BUSY_S * 2)
        group.append(event)
        await asyncio.sleep(GROUP_S * 1.5)
        group.append(event, urgent=True)
        return [(at - begun, count) for at, count in journal.groups]

    groups = run(work())
    assert groups[0][0] == GROUP_S
    gaps = [round(later - earlier, 6) for (earlier, _), (later, _) in pairwise(groups[:-2])]
    assert gaps
    assert all(GROUP_BUSY_S <= gap <= GROUP_BUSY_S + 0.01 for gap in gaps)
    assert [count for _, count in groups[-2:]] == [1, 1]
    assert sum(count for _, count in groups) == 27
