"""A pace and the batches it makes, in words; every face says it the same way."""

from collections import Counter
from collections.abc import Iterable

from paceline.model.clock import shown
from paceline.model.job import JobSpec, Pace
from paceline.plan.forecast import Estimate


def pace_words(pace: Pace) -> str:
    """`batches of 10, 60 devices per hour, order spread`."""
    size = str(pace.batch_size) if pace.batch_size else "all"
    parts = [f"batches of {size}" if pace.mode == "batches" else f"rolling, {size} at once"]
    parts.append(f"{pace.devices_per_hour:g} devices per hour" if pace.devices_per_hour else "no rate limit")
    parts += [f"{cap} per {what}" for what, cap in (("country", pace.per_country), ("site", pace.per_site)) if cap]
    return ", ".join([*parts, f"order {pace.order}"])


def window_words(spec: JobSpec) -> str:
    """`begins 2026-11-24 22:00 CET; starts nothing after 2026-11-25 05:00 CET; DE 22:00-05:00 (Europe/Berlin)`."""
    parts = [
        f"{what} {shown(moment)}"
        for what, moment in (("begins", spec.window.not_before), ("starts nothing after", spec.window.not_after))
        if moment is not None
    ]
    by_hours: dict[str, dict[str, None]] = {}
    for target in spec.targets:
        if target.window:
            by_hours.setdefault(target.window, {})[target.device.country] = None
    for window, codes in sorted(by_hours.items()):
        hours, _, zone = window.partition(" ")
        parts.append(f"{', '.join(codes)} {hours} ({zone})")
    return "; ".join(parts)


def batches_words(pace: Pace, estimate: Estimate) -> str:
    """`13, the last has 8`."""
    if pace.mode == "rolling":
        return "none: a device starts when a place is free"
    last = f", the last has {estimate.last_batch}" if estimate.batches > 1 else f" of {estimate.last_batch}"
    return f"{estimate.batches}{last}"


def jumps_words(jumps: Iterable[str]) -> str:
    """Of the ways to devices: `57 devices through bastion, 3 through a then b`; empty where all are direct."""
    counts = Counter(jump for jump in jumps if jump)
    parts = [f"{count} through {jump.replace(',', ' then ')}" for jump, count in counts.most_common()]
    if parts:
        number, _, rest = parts[0].partition(" ")
        parts[0] = f"{number} {'device' if number == '1' else 'devices'} {rest}"
    return ", ".join(parts)
