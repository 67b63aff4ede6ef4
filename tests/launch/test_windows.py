"""When a job may start devices, as presets, settings and orders say it: understood as it is frozen."""

from datetime import UTC, datetime, timedelta

import pytest

from paceline.config.errors import ConfigError
from paceline.config.paths import Paths
from paceline.config.settings import load_settings
from paceline.launch.again import again, preset_of
from paceline.launch.freeze import LaunchError
from paceline.launch.order import JobOrder, OrderError, take_order
from paceline.launch.prepare import Launch, LaunchOptions, prepare
from paceline.launch.windows import read_window, windows_of
from paceline.model.device import Device
from paceline.model.preset import Preset
from paceline.plan.advice import warnings_for
from paceline.plan.durations import expect
from paceline.plan.forecast import plan_forecast
from paceline.plan.words import window_words

NOW = datetime(2026, 1, 5, 20, tzinfo=UTC)


def launch(paths: Paths, more: str, **changes: str) -> Launch:
    (paths.presets / "night.toml").write_text(f'commands = ["show version"]\nselection = "*"\n{more}', encoding="utf-8")
    return prepare(LaunchOptions("night", changes=changes), paths)


def test_times_of_a_preset_are_the_next_ones_the_clock_shows(paths: Paths) -> None:
    preset = Preset(name="n", commands=("show version",), at="22:00", not_after="05:00")
    window = read_window(preset, NOW)
    assert window.not_before is not None
    assert window.not_after is not None
    local = NOW.astimezone()
    assert (window.not_before.hour, window.not_after.hour) == (22, 5)
    assert local < window.not_before <= local + timedelta(days=1)
    assert timedelta() < window.not_after - window.not_before <= timedelta(days=1)
    assert read_window(preset.model_copy(update={"at": "now", "not_after": "none"}), NOW).not_before is None
    with pytest.raises(LaunchError, match="not_after: 2026-01-05T05:00 has passed"):
        read_window(preset.model_copy(update={"not_after": "2026-01-05T05:00"}), NOW)
    with pytest.raises(LaunchError, match="before it opens"):
        read_window(preset.model_copy(update={"at": "2026-01-07T05:00", "not_after": "2026-01-06T05:00"}), NOW)
    frozen = launch(paths, 'at = "22:00"\n', not_after="05:00").spec
    assert frozen.window.not_before is not None
    assert frozen.window.not_after is not None
    assert window_words(frozen).startswith("begins 20")
    # The window was of that night: what continues the job begins at once.
    devices = [target.device for target in frozen.targets]
    assert again(frozen, devices, preset_of(frozen), load_settings(paths), paths).window.not_before is None


def test_each_country_has_its_own_hours(paths: Paths) -> None:
    hours = '[windows]\nDE = "22:00-05:00"\nFR = "any"\n"*" = "01:00-03:00"\n'
    with pytest.raises(LaunchError, match=r"BR goes by \d clocks .*`timezone`.*\[timezones\] BR = .* \(bra-r1\)"):
        launch(paths, hours)
    settings = paths.settings.read_text(encoding="utf-8")
    paths.settings.write_text(f'{settings}[timezones]\nBR = "America/Sao_Paulo"\n', encoding="utf-8")
    spec = launch(paths, hours).spec
    windows = {target.device.country: target.window for target in spec.targets}
    assert windows == {"DE": "22:00-05:00 Europe/Berlin", "FR": "", "BR": "01:00-03:00 America/Sao_Paulo"}
    assert "DE 22:00-05:00 (Europe/Berlin)" in window_words(spec)
    assert preset_of(spec).windows == {"DE": "22:00-05:00", "BR": "01:00-03:00"}
    paths.settings.write_text(f'{settings}[timezones]\nBR = "America/Nowhere"\n', encoding="utf-8")
    with pytest.raises(LaunchError, match='no time zone is called "America/Nowhere"'):
        launch(paths, hours)


def test_a_devices_own_clock_wins() -> None:
    madrid, canary = (Device(name=name, address="192.0.2.1", country="ES", timezone=zone) for name, zone in
                      (("a", "Europe/Madrid"), ("b", "Atlantic/Canary")))  # fmt: skip
    found = windows_of([madrid, canary], {"ES": "22:00-05:00"}, {"ES": "Africa/Ceuta"}, NOW)
    assert found == {"a": "22:00-05:00 Europe/Madrid", "b": "22:00-05:00 Atlantic/Canary"}
    unknown = Device(name="c", address="192.0.2.1")
    with pytest.raises(LaunchError, match="no clock is known for"):
        windows_of([unknown], {"*": "22:00-05:00"}, {}, NOW)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('at = "25:00"', "expected a time such as 22:00"),
        ('[windows]\nDE = "22:00"', "expected hours such as"),
        ('[windows]\nGermany = "22:00-05:00"', "expected a country's code such as DE"),
    ],
)
def test_what_is_no_time_is_said_with_its_file(paths: Paths, line: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason) as caught:
        launch(paths, line)
    assert "night.toml" in str(caught.value)


def test_a_window_that_closes_before_the_end_is_told_with_how_many_will_not_have_started(paths: Paths) -> None:
    closes = (datetime.now(UTC) + timedelta(hours=2, minutes=30)).isoformat()  # noqa: TID251 - the launch asks the machine
    spec = launch(paths, f'not_after = "{closes}"\n[pace]\nbatch_size = 1\ndevices_per_hour = 1\n').spec
    # Six devices, an hour apart: three start within two and a half hours.
    (advice,) = [text for text in warnings_for(spec, plan_forecast(spec, expect(spec))) if "window" in text]
    assert advice.endswith("before the likely end: 3 devices will probably not have started")


def test_an_order_names_the_field_that_is_no_time(paths: Paths) -> None:
    order = JobOrder(commands=("show version",), where="country=DE", at="22:00", not_after="05:00")
    assert take_order(order, paths).spec.window.not_after is not None
    for field, text in (("at", "soon"), ("not_after", "2020-01-01T05:00")):
        with pytest.raises(OrderError) as caught:
            take_order(order.model_copy(update={field: text}), paths)
        assert list(caught.value.fields) == [field]
