"""What is expected of a job on the screens: how long its devices usually take, when it ends, what the plan said."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

from paceline.model.job import JobSpec
from paceline.model.status import JobStatus
from paceline.model.time import seconds_between
from paceline.plan.durations import DeviceTimes
from paceline.plan.forecast import plan_forecast
from paceline.plan.pacing import open_forecast
from paceline.ui.country_names import country_names
from paceline.ui.widgets.headline_text import Outlook

DEVICES_PER_S = 500
"""A forecast is made once a second at most, and a large job's less often: one second for so many devices."""


class JobOutlook:
    """Empty until `load` was awaited; everything that shows it does without until then."""

    def __init__(self, spec: JobSpec) -> None:
        self._spec = spec
        self.times: DeviceTimes | None = None
        self.usual: Mapping[str, float] = {}
        """Seconds that each device takes by what history says; empty without history."""
        self.names: Mapping[str, str] = {}
        """Countries' names by code."""
        self.now = Outlook()
        self._made_at: datetime | None = None
        self._made_of = 0

    async def load(self, expect: Callable[[JobSpec], DeviceTimes]) -> None:
        """Read history and names, off the loop. Raises StoreError when the journal cannot be read."""
        codes = {target.device.country for target in self._spec.targets}
        self.names = await asyncio.to_thread(country_names, codes)
        times = await asyncio.to_thread(expect, self._spec)
        planned = await asyncio.to_thread(plan_forecast, self._spec, times)
        self.times = times
        if times.basis != "defaults":
            self.usual = {name: expected.median_s for name, expected in times.by_device.items()}
        self.now = Outlook(None, planned.likely_s)

    def renew(self, status: JobStatus, now: datetime) -> None:
        """Make the forecast anew when the job has changed and the last one is old enough."""
        if self.times is None or status.state.is_final or status.seq == self._made_of:
            return
        every_s = max(1.0, status.total / DEVICES_PER_S)
        if self._made_at is not None and 0 <= seconds_between(self._made_at, now) < every_s:
            return
        self._made_at, self._made_of = now, status.seq
        self.now = Outlook(open_forecast(status, now, self.times), self.now.planned_s)
