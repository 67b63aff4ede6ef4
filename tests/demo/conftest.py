"""One fleet of sixty for the tests that only look."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from paceline.demo.fleet import Fleet, simulated_fleet


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fleet(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Fleet]:
    """Sixty devices with faults, seed 1, no pauses, a tenth of them servers."""
    folder = tmp_path_factory.mktemp("fleet")
    async with simulated_fleet(folder=folder, devices=60, seed=1, latency=0, linux=0.1) as running:
        yield running
