"""How fast connections open."""

import asyncio
from itertools import pairwise

import pytest
from tests.virtual_loop import run

from paceline.engine.logins import BURST, CLUMP_S, TokenBucket


async def _taken(rate: float, count: int) -> list[float]:
    """When each of `count` that ask at once gets its token."""
    loop, bucket, times = asyncio.get_running_loop(), TokenBucket(rate), []

    async def one() -> None:
        await bucket.take()
        times.append(loop.time())

    await asyncio.gather(*(one() for _ in range(count)))
    return times


@pytest.mark.parametrize("rate", [0.5, 1, 3, 9, 10, 20, 50])
def test_no_span_has_more_tokens_than_the_rate_and_one_burst(rate: float) -> None:
    times = run(_taken(rate, 200))
    burst = max(BURST, int(CLUMP_S * rate))
    for first in range(len(times)):
        for last in range(first, len(times)):
            assert last - first + 1 <= burst + max(1, int(CLUMP_S * rate)) + rate * (times[last] - times[first]) + 1e-6
    assert 200 / (times[-1] + 1 / rate) >= 0.95 * rate


def test_at_the_usual_rate_those_who_wait_go_ten_at_a_time() -> None:
    times = run(_taken(50, 50))
    moments = sorted({round(time, 6) for time in times})
    assert all(abs(later - earlier - 0.2) < 1e-6 for earlier, later in pairwise(moments[1:]))
    assert {sum(round(time, 6) == moment for time in times) for moment in moments[1:-1]} == {10}


def test_at_a_low_rate_they_go_one_by_one() -> None:
    times = run(_taken(2, 20))
    assert times[:BURST] == [0.0] * BURST
    assert all(abs(later - earlier - 0.5) < 1e-6 for earlier, later in pairwise(times[BURST:]))
