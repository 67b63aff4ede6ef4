"""How one country of a job is drawn: a line where room is short, a card of up to four lines where there is more."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from rich.style import Style

from paceline.model.device import UNKNOWN_COUNTRY
from paceline.model.states import DeviceState
from paceline.model.tally import CountryStatus
from paceline.model.time import as_duration
from paceline.ui.formats import bar, clock, fit
from paceline.ui.glyphs import Glyphs
from paceline.ui.reasons import TROUBLE
from paceline.ui.theming import Palette
from paceline.ui.widgets.drawn import Line, Part, fit_line, spread, width_of

_NOTHING = Style.null()
_BOLD = Style(bold=True)


def trouble_of(country: CountryStatus) -> int:
    """Devices in trouble."""
    return sum(country.by_state.get(state, 0) for state in TROUBLE)


def in_order(countries: Mapping[str, CountryStatus]) -> list[str]:
    """The codes: those in trouble first, the most troubled first of all; then by code."""
    return sorted(countries, key=lambda code: (-trouble_of(countries[code]), code))


@dataclass(frozen=True, slots=True)
class CountryWriter:
    """Draws a country in `height` lines of `width` cells."""

    glyphs: Glyphs
    palette: Palette
    names: Mapping[str, str]
    largest: int = 0
    """Devices of the largest country: what is written in lines below each other stands below each other."""

    def write(self, country: CountryStatus, now: datetime, width: int, height: int, mark: str) -> list[Line]:
        """`mark`: `cursor`, `chosen` or nothing."""
        if height == 1:
            return [self._line(country, width, mark)]
        lines = [self._title(country, width, mark), self._bar(country, width)]
        if height > 2:
            lines.append(self._details(country, now, width))
        return lines + [fit_line([], width)] * (height - len(lines))

    def _line(self, country: CountryStatus, width: int, mark: str) -> Line:
        head = self._head(country, mark)
        done = f" {country.ended}/{country.total}".rjust(2 * len(str(self.largest)) + 2)
        troubles = self._states(country, TROUBLE)
        room = width - width_of(head) - len(done) - max(width_of(troubles), 7) - 2
        tail: list[Part] = [(done, self.palette["foreground"]), (" ", _NOTHING), *troubles]
        return fit_line([*head, (" ", _NOTHING), *self._bar_parts(country, max(3, room)), *tail], width)

    def _head(self, country: CountryStatus, mark: str) -> list[Part]:
        style = self.palette["foreground"] + _BOLD
        if mark == "cursor":
            style += Style(reverse=True)
        sign = self.glyphs.closed if mark else " "
        return [(sign, self.palette["accent"] + _BOLD), (country.code, style)]

    def _title(self, country: CountryStatus, width: int, mark: str) -> Line:
        name = "country not known" if country.code == UNKNOWN_COUNTRY else self.names.get(country.code, "")
        done = f" {country.ended}/{country.total} "
        room = max(0, width - 4 - len(done))
        left = [*self._head(country, mark), (" ", _NOTHING)]
        left.append((fit(name, room, self.glyphs.ellipsis), self.palette["foreground"]))
        return spread(left, [(done, self.palette["foreground"])], width)

    def _bar(self, country: CountryStatus, width: int) -> Line:
        return fit_line([(" ", _NOTHING), *self._bar_parts(country, max(3, width - 2))], width)

    def _bar_parts(self, country: CountryStatus, width: int) -> list[Part]:
        done, still = bar(country.ended, country.total, width, self.glyphs)
        token = "success" if country.ended == country.total and not trouble_of(country) else "primary"
        return [(done, self.palette[token]), (still, self.palette["muted"])]

    def _details(self, country: CountryStatus, now: datetime, width: int) -> Line:
        active = (DeviceState.RUNNING, DeviceState.CONNECTING)
        states = self._states(country, (*TROUBLE, *active, DeviceState.SUCCEEDED))
        return spread([(" ", _NOTHING), *states], self._times(country, now), width, self.glyphs.ellipsis)

    def _times(self, country: CountryStatus, now: datetime) -> list[Part]:
        elapsed_s = country.elapsed_s(now)
        if country.started_at is None or elapsed_s is None:
            return [("not begun ", self.palette["muted"])]
        start = clock(country.started_at)
        if country.finished_at is not None:
            text = f"{start}{self.glyphs.dash}{clock(country.finished_at)} {as_duration(elapsed_s)} "
        else:
            # Whole minutes once there is one: a second that ticks in every country costs bytes and tells nothing.
            minutes = int(elapsed_s) // 60
            age = f"{int(elapsed_s)}s" if not minutes else f"{minutes}m" if minutes < 60 else as_duration(elapsed_s)
            text = f"{start} {age} "
        return [(text, self.palette["muted"])]

    def _states(self, country: CountryStatus, states: tuple[DeviceState, ...]) -> list[Part]:
        return [
            (f"{self.glyphs.states[state]}{country.by_state[state]} ", self.palette.state(state))
            for state in states
            if country.by_state.get(state, 0)
        ]
