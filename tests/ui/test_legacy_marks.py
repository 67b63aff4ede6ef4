"""Devices that need old SSH algorithms: marked by words in Monitor's rows and on the device's screen."""

from typing import Any

from tests.ui.conftest import Desk

from paceline.config.themes import load_themes
from paceline.model import event as ev
from paceline.model.states import DeviceState
from paceline.model.status import JobStatus
from paceline.ui.glyphs import choose_glyphs
from paceline.ui.theming import Palette
from paceline.ui.widgets.device_facts import facts
from paceline.ui.widgets.device_rows import RowWriter


def test_what_a_device_needs_is_said_in_its_row_and_on_its_screen(desk: Desk) -> None:
    spec = desk.spec()
    old = [t.model_copy(update={"device": t.device.model_copy(update={"legacy": ("cbc", "group1")})})
           for t in spec.targets]  # fmt: skip
    spec = spec.model_copy(update={"targets": tuple(old)})
    name = old[0].device.name
    status = JobStatus()
    about: dict[str, Any] = {"at": desk.clock, "job": spec.id}
    who = about | {"device": name, "country": old[0].device.country, "attempt": 1}
    palette = Palette(load_themes(desk.paths).by_name["paceline-dark"])
    row = RowWriter(status, choose_glyphs("unicode"), palette)

    def said() -> tuple[str, str]:
        device = status.devices[name]
        told = facts(old[0], device, attempts=1, job=spec.id, now=desk.clock, glyphs=row.glyphs, width=60)
        return row.why(device, desk.clock)[0], next(line for line in told.plain.splitlines() if "legacy" in line)

    status.apply(ev.JobCreated(seq=1, spec=spec, **about))
    assert said() == ("legacy SSH allowed: cbc, group1",) * 2
    status.apply(ev.AttemptStarted(seq=2, batch=1, **who))
    status.apply(ev.Connected(seq=3, legacy=("cbc",), **who))
    assert said() == ("legacy cbc", "needs legacy SSH: cbc (not group1)")
    row.usual = {name: 2.0}
    assert said()[0] == "usual 2.0s, legacy cbc"
    status.apply(ev.AttemptEnded(seq=4, state=DeviceState.SUCCEEDED, **who))
    assert said() == ("needs legacy SSH: cbc (not group1)",) * 2
    again = who | {"attempt": 2}
    status.apply(ev.AttemptStarted(seq=5, batch=1, **again))
    status.apply(ev.Connected(seq=6, **again))
    status.apply(ev.AttemptEnded(seq=7, state=DeviceState.SUCCEEDED, **again))
    assert said() == ("legacy SSH not needed any more: cbc, group1",) * 2
