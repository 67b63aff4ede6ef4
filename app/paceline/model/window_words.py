"""When a job may start devices, in words: every face says it the same way, with the zone of this machine's clock."""

from datetime import datetime

from paceline.model.states import DeviceState, JobState
from paceline.model.status import JobStatus
from paceline.model.time import seconds_between


def hour(moment: datetime, now: datetime | None = None) -> str:
    """`22:00 CET`; with the day when `now` is another one, `Tue 24 22:00 CET`."""
    local = moment.astimezone()
    is_today = now is None or local.date() == now.astimezone().date()
    return f"{local:%H:%M %Z}" if is_today else f"{local:%a %d %H:%M %Z}"


def begins(status: JobStatus, now: datetime | None) -> str:
    """Of a job that waits for its time: `begins 22:00 CET`; empty for any other."""
    opens = status.spec.window.not_before if status.spec is not None else None
    return f"begins {hour(opens, now)}" if opens is not None and status.state is JobState.SCHEDULED else ""


def closed_windows(status: JobStatus, now: datetime | None) -> str:
    """The closed window that opens next, and for whom: `window 22:00-05:00 of DE, FR opens 22:00 CET`; else empty.

    Those whose countries have no device to start are left out.
    """
    countries: dict[tuple[datetime, str], list[str]] = {}
    for text, opens in status.windows.items():
        waiting = [code for code in _countries(status, text) if status.countries[code].by_state[DeviceState.PENDING]]
        if waiting:
            countries.setdefault((opens, text.partition(" ")[0]), []).extend(waiting)
    if not countries:
        return ""
    opens, hours = first = min(countries)
    more = f", {len(countries) - 1} more" if len(countries) > 1 else ""
    codes = list(dict.fromkeys(countries[first]))
    named = ", ".join(codes[:3]) + (f" and {len(codes) - 3} more" if len(codes) > 3 else "")
    return f"window {hours} of {named} opens {hour(opens, now)}{more}"


def closes_first(status: JobStatus, likely: datetime, now: datetime | None) -> str:
    """`window closes 05:00 CET, before its likely end`; empty where it does not."""
    closes = status.spec.window.not_after if status.spec is not None else None
    if closes is None or likely <= closes or status.state.is_final or status.state is JobState.STOPPING:
        return ""
    if now is not None and seconds_between(now, closes) <= 0:
        return ""
    return f"window closes {hour(closes, now)}, before its likely end"


def _countries(status: JobStatus, window: str) -> list[str]:
    spec = status.spec
    assert spec is not None
    return list(dict.fromkeys(spec.targets_by_name[name].device.country for name in spec.windows[window]))
