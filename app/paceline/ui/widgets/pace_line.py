"""The line of Monitor that tells the pace: what is set, what was achieved, what may start, what is paused."""

from datetime import datetime

from paceline.model.job import Pace
from paceline.model.status import JobStatus
from paceline.plan.pacing import achieved_per_hour, allowance
from paceline.ui.theming import Palette
from paceline.ui.widgets.drawn import Line, Part, fit_line
from paceline.ui.widgets.headline_text import countdown


def caps_words(pace: Pace) -> str:
    """`2 per country, 1 per site`; empty without caps."""
    caps = [(pace.per_country, "country"), (pace.per_site, "site")]
    return ", ".join(f"{cap} per {what}" for cap, what in caps if cap)


def write_pace(status: JobStatus, now: datetime, palette: Palette, width: int) -> Line:
    """` pace  10 at 60/h, got 58.9/h   0 ready, 10 in 03:12   caps 2 per country`."""
    pace, muted, plain = status.pace, palette["muted"], palette["foreground"]
    size = str(pace.batch_size) if pace.batch_size else "all"
    rate = f"{pace.devices_per_hour:g}/h" if pace.devices_per_hour else "no rate limit"
    how = f"{size} at once" if pace.mode == "rolling" else f"batches of {size}"
    parts: list[Part] = [(" pace  ", muted), (f"{how}, {rate}", plain)]
    achieved = achieved_per_hour(status)
    if achieved is not None:
        parts += [("   achieved ", muted), (f"{achieved:.1f}/h", plain)]
    if not status.state.is_final:
        found = allowance(status, now)
        if found.ready or found.then:
            parts += [("   ready ", muted), (str(found.ready), plain)]
        if found.then:
            when = f"in {countdown(found.wait_s)}" if found.wait_s > 0 else "to come"
            parts += [(", ", muted), (f"{found.then} {when}", plain)]
        if status.paused_countries:
            parts += [("   paused ", palette["warning"]), (" ".join(status.paused_countries), palette["warning"])]
    if caps := caps_words(pace):
        parts += [("   caps ", muted), (caps, plain)]
    return fit_line(parts, width)
