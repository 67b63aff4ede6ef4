"""When a job may start devices: its own window from `at` and `not_after`, each device's from its country's hours."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from paceline.config.zones import zones_that_differ
from paceline.launch.freeze import LaunchError, few
from paceline.model.clock import moment_of, shown
from paceline.model.daily import ANY
from paceline.model.device import Device
from paceline.model.job import Window
from paceline.model.preset import NO_TIME, Preset

OTHERS = "*"
"""The key of `[windows]` for countries without one."""


def read_window(preset: Preset, now: datetime) -> Window:
    """The job's own window, as its times are understood at `now`. Raises LaunchError.

    The closing is the first such time after the beginning.
    """
    local = now.astimezone()
    opens = None if preset.at in NO_TIME else _moment("at", preset.at, local)
    if preset.not_after in NO_TIME:
        return Window(not_before=opens)
    closes = _moment("not_after", preset.not_after, local)
    if opens is not None:
        if ":" in preset.not_after and len(preset.not_after.strip()) <= len("22:00"):
            closes = moment_of(preset.not_after, opens.astimezone())
        if closes <= opens:
            raise LaunchError(
                f"not_after: the window would close at {shown(closes)}, before it opens at {shown(opens)}"
            )
    return Window(not_before=opens, not_after=closes)


def _moment(field: str, text: str, now: datetime) -> datetime:
    try:
        return moment_of(text, now)
    except ValueError as error:
        raise LaunchError(f"{field}: {error}") from None


def windows_of(
    devices: Sequence[Device], hours: Mapping[str, str], zones: Mapping[str, str], now: datetime
) -> dict[str, str]:
    """Device names to their windows of the day, as `Target.window` has them. `zones`: the settings', by country.

    Raises LaunchError for devices whose clock is not known.
    """
    if not hours:
        return {}
    unknown: dict[str, list[str]] = {}
    chosen: dict[str, str] = {}
    by_country: dict[str, list[str]] = {}
    for device in devices:
        own = hours.get(device.country, hours.get(OTHERS, ANY))
        if own == ANY:
            continue
        zone = device.timezone or zones.get(device.country, "")
        if zone:
            reason = "" if _is_zone(zone) else f'no time zone is called "{zone}"'
        else:
            if device.country not in by_country:
                by_country[device.country] = zones_that_differ(device.country, now)
            found = by_country[device.country]
            zone = found[0] if found else ""
            reason = "" if len(found) == 1 else _which(device.country, found)
        if reason:
            unknown.setdefault(reason, []).append(device.name)
        chosen[device.name] = f"{own} {zone}"
    if unknown:
        raise LaunchError("\n".join(f"windows: {reason} ({few(names)})" for reason, names in unknown.items()))
    return chosen


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (OSError, KeyError, ValueError):
        return False
    return True


def _which(country: str, found: list[str]) -> str:
    said = f"{country} goes by {len(found)} clocks ({few(found)})" if found else f"no clock is known for {country}"
    return (
        f"{said}: give the devices a `timezone`, or the country one in the settings, as "
        f'`[timezones] {country} = "{found[0] if found else "Europe/Berlin"}"`'
    )
