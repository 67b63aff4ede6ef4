"""What the device's screen says of the device itself."""

from tests.engine.harness import make_devices, make_spec

from paceline.model.tally import DeviceStatus
from paceline.ui.widgets.device_facts import platform_words


def test_a_platform_that_nobody_named_is_said_to_be_taken_and_what_it_looks_like() -> None:
    target, named = make_spec(make_devices(2, platform=("", "cisco_ios"))).targets
    assert platform_words(target, DeviceStatus("d1", "DE")) == "generic (not in the inventory)"
    told = platform_words(target, DeviceStatus("d1", "DE", platform_guess="cisco_xr"))
    assert told == "generic (not in the inventory, looks like cisco_xr)"
    assert platform_words(named, DeviceStatus("d2", "DE")) == named.platform
