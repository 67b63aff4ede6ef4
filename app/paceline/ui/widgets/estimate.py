"""What the job will come to: size, end, what holds it, and how the work falls over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from paceline.model.time import after, as_duration
from paceline.ui.formats import clock, many, spark, zone
from paceline.ui.glyphs import Glyphs
from paceline.ui.what_ifs import WhatIfs

if TYPE_CHECKING:
    from paceline.model.job import Pace
    from paceline.plan.advice import Tip
    from paceline.plan.forecast import Estimate

_LABEL = 9
_STRIP = 76
"""Columns of the strip on the narrowest terminal."""


@dataclass(frozen=True, slots=True)
class View:
    """What the estimate's widgets draw."""

    estimate: Estimate | None
    pace: Pace | None
    now: datetime
    countries: int = 0
    waiting: str = ""
    """Why there is no estimate."""
    tips: Sequence[Tip] = field(default_factory=tuple)
    """Those that belong to no field of the form."""
    through: str = ""
    """How many devices are reached through which jump hosts."""
    what_ifs: WhatIfs = field(default_factory=WhatIfs)
    """What would end it earlier."""


def size_line(view: View) -> Content:
    """`128 devices, 6 countries`."""
    estimate = view.estimate
    if estimate is None:
        return Content.styled(view.waiting or "no device is ticked", "$muted")
    countries = "1 country" if view.countries == 1 else f"{view.countries} countries"
    return Content.assemble((many(estimate.devices, "device"), "bold"), f", {countries}")


def batches_line(view: View) -> Content:
    """`13 batches, last has 8`."""
    estimate, pace = view.estimate, view.pace
    if estimate is None or pace is None:
        return Content("")
    if pace.mode == "rolling":
        return Content(f"rolling, {min(pace.batch_size or estimate.devices, estimate.devices)} at once")
    if estimate.batches == 1:
        return Content("1 batch")
    return Content(f"{estimate.batches} batches, last has {estimate.last_batch}")


def strip_lines(view: View) -> Content:
    """The three lines that stay visible on narrow terminals: size, likely end, what holds it."""
    estimate = view.estimate
    if estimate is None:
        return Content("\n").join([size_line(view), Content(""), Content("")])
    likely = after(view.now, estimate.likely_s)
    nine = after(view.now, estimate.nine_in_ten_s)
    ends, span = clock(likely, view.now), as_duration(estimate.likely_s)
    first = Content.assemble(size_line(view), "  ", batches_line(view))
    if view.what_ifs.changes and len(first) + len(best := what_if_line(view.what_ifs, 0)) + 4 <= _STRIP:
        first = Content.assemble(first, ("  w ", "bold $accent"), best)
    held = Content.styled(f"  durations from {estimate.basis}", "$muted")
    return Content("\n").join(
        [
            first,
            Content.assemble(
                "ends ", (ends, "bold $primary"), f" {zone(likely)}, in {span}; 9 in 10 by {clock(nine, view.now)}"
            ),
            Content.assemble("held by ", (estimate.held_by, "bold"), held),
        ]
    )


def full_lines(view: View, width: int, glyphs: Glyphs) -> Content:
    """All of it, for a column of `width`."""
    estimate = view.estimate
    lines = [size_line(view), batches_line(view)]
    if estimate is not None:
        likely, nine = after(view.now, estimate.likely_s), after(view.now, estimate.nine_in_ten_s)
        span = as_duration(estimate.likely_s)
        lines += [
            Content(""),
            _row("starts", Content(f"{clock(view.now)} {zone(view.now)}")),
            _row("likely", Content.assemble((clock(likely, view.now), "bold $primary"), f"  {span}")),
            _row("9 in 10", Content(f"{clock(nine, view.now)}  {as_duration(estimate.nine_in_ten_s)}")),
            _row("held by", Content.styled(estimate.held_by, "bold")),
            _row("from", Content.styled(estimate.basis, "$muted")),
            *([_row("jumps", Content(view.through))] if view.through else []),
            *_what_ifs(view.what_ifs),
            Content(""),
            *_countries(estimate, width, glyphs),
        ]
    if view.tips:
        lines += [Content(""), *(Content.styled(f"! {tip.text}", "$warning") for tip in view.tips)]
    return Content("\n").join(lines)


def what_if_line(shown: WhatIfs, place: int, width: int = 0) -> Content:
    """`rate 120: 58m earlier`; of the plan before, muted and with a `~`."""
    change = shown.changes[place]
    earlier = f"{as_duration(change.earlier_s)} earlier"
    if width:
        return Content.styled(f"{change.name:<{width}} {'~' if shown.is_old else ''}{earlier}", _age(shown))
    return Content.styled(f"{change.name}: {'~' if shown.is_old else ''}{earlier}", _age(shown))


def _age(shown: WhatIfs) -> str:
    return "$muted" if shown.is_old else "$foreground"


def _what_ifs(shown: WhatIfs) -> list[Content]:
    if not shown.changes:
        return []
    width = max(len(change.name) for change in shown.changes)
    lines = [what_if_line(shown, place, width) for place in range(len(shown.changes))]
    return [Content(""), _row("what if", Content.assemble(("w", "bold $accent"), (" chooses", "$muted"))), *lines]


def _row(label: str, value: Content) -> Content:
    return Content.assemble((label.ljust(_LABEL), "$muted"), value)


def _countries(estimate: Estimate, width: int, glyphs: Glyphs) -> list[Content]:
    """One line per country, as high as its busiest part against the busiest of all."""
    room = max(6, min(40, width - 9))
    spreads = estimate.countries(room)
    most = max((max(spread.buckets) for spread in spreads), default=0.0)
    return [
        Content.assemble(
            (spread.country.ljust(3), "bold"), (spark(spread.buckets, glyphs, most), "$primary"),
            (f"{spread.devices:>5}", "$muted"),
        )
        for spread in spreads
    ]  # fmt: skip
