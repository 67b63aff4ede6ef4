"""Fields in commands: filled from the device, or refused with device and field named."""

import pytest

from paceline.model.device import Device
from paceline.plan.template import TemplateError, blanked, fields_of, fill

DEVICE = Device(
    name="deu-r6",
    address="192.0.2.6",
    site="fra2",
    country="DE",
    vars={"rack": 12, "uplink": {"port": "Gi0/1"}, "spare": True, "tags": ["a"], "odd": "a\nreload", "none": None},
)


@pytest.mark.parametrize(
    ("command", "filled"),
    [
        ("show version", "show version"),
        ("show host {name} {address}:{port}", "show host deu-r6 192.0.2.6:22"),
        ("show {site} {country} { name }", "show fra2 DE deu-r6"),
        ("show rack {vars.rack}", "show rack 12"),
        ("show interface {vars.uplink.port}", "show interface Gi0/1"),
        ("show {vars.spare}", "show true"),
        ("show | match {{2}} {{{name}}}", "show | match {2} {deu-r6}"),
    ],
)
def test_fields_are_filled(command: str, filled: str) -> None:
    assert fill(command, DEVICE) == filled


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("show {role}", "deu-r6: `show {role}`: the inventory gives no value for `{role}`"),
        ("show {vars.rck}", "no value for `{vars.rck}`; did you mean `rack`?"),
        ("show {vars.none}", "no value for `{vars.none}`"),
        ("show {vars.rack.unit}", "no value for `{vars.rack.unit}`"),
        ("show {vars.tags}", "is a list or a table here"),
        ("show {vars.uplink}", "is a list or a table here"),
        ("show {vars.odd}", "holds control characters"),
        ("show {adress}", "unknown field `{adress}`; did you mean `{address}`?"),
        ("show {password}", "unknown field `{password}`; there are: address"),
        ("show {}", "unknown field `{}`"),
        ("show {vars.}", "unknown field `{vars.}`"),
        ("show {name", "a single `{`; write `{{`"),
        ("show name}", "a single `}`; write `}}`"),
    ],
)
def test_what_cannot_be_filled_is_named(command: str, said: str) -> None:
    with pytest.raises(TemplateError) as caught:
        fill(command, DEVICE)
    assert said in str(caught.value)


def test_an_unknown_country_is_no_value() -> None:
    with pytest.raises(TemplateError, match=r"no value for `.country.`"):
        fill("show {country}", Device(name="a", address="192.0.2.1"))


def test_fields_are_known_before_any_device_is() -> None:
    assert fields_of("show {name} {{x}} {vars.rack}") == ("name", "vars.rack")
    assert blanked("show {name} {{x}}") == "show x {x}"
