"""What was read can be written back as CSV that reads the same."""

import stat
import string
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue
from tests.inventory.files import only, read
from tests.inventory.test_nornir import write

from paceline.inventory.load import load
from paceline.inventory.write import write_csv
from paceline.model.device import Device

shown = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
names = st.one_of(shown, st.sampled_from(["#r1", "a b", 'q"uote', "a,b", "r;1", "'x", "=1+1"]))
words = st.one_of(st.just(""), shown)
lists = st.lists(st.one_of(shown, st.sampled_from(["a;b", "c|d", '["x"]'])), max_size=3, unique=True).map(tuple)
cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
scalars: st.SearchStrategy[JsonValue] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), cells
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(cells, inner, max_size=2)),
    max_leaves=4,
)
keys = st.one_of(cells, st.sampled_from(["rack", "Rack", "os", "name", "vars", "site code", "#x", "a;b;c;d;e;f;g;h"]))
devices = st.builds(
    Device,
    name=names,
    address=st.one_of(
        st.ip_addresses().map(str),
        st.text(string.ascii_lowercase + string.digits, min_size=1).map(lambda text: "r" + text),
    ),
    port=st.integers(1, 65535),
    platform=st.sampled_from(["", "frr", "cisco_xr"]),
    country=st.sampled_from(["DE", "NO", "NA"]),
    country_derived=st.booleans(),
    site=words,
    timezone=words,
    groups=lists,
    legacy=lists,
    username=words,
    password=st.sampled_from(["", "ask", "env:X", "device:r1"]),
    enable=st.sampled_from(["", "agent", "device:r1:enable"]),
    key_file=words,
    jump=words,
    role=words,
    sysname=words,
    prompt_name=words,
    aaa=words,
    ha_group=words,
    vars=st.dictionaries(keys, values, max_size=3),
)


@settings(deadline=None, max_examples=150)
@example([Device(name="r1", address="192.0.2.1", country="DE", vars={"rack": "0\r0"})])
@given(st.lists(devices, min_size=1, max_size=4, unique_by=lambda device: device.name))
def test_devices_read_back_the_same(fleet: list[Device]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "fleet.csv"
        write_csv(fleet, path)
        assert load(path).devices == tuple(fleet)


def test_passwords_are_never_written(tmp_path: Path) -> None:
    inventory = write(tmp_path)
    path = tmp_path / "back.csv"
    write_csv(inventory.devices, path)
    assert "0123" not in path.read_text()
    assert "en4ble" not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = load(path)
    assert again.devices == inventory.devices
    assert again.passwords == {}
    assert any("holds no password" in str(problem) for problem in again.problems)


def test_unknown_and_derived_countries_stay_what_they_were(tmp_path: Path) -> None:
    inventory = read(tmp_path, "name,platform,groups\nr1,frr,France\nr2,frr,pe\n")
    path = tmp_path / "back.csv"
    write_csv([*inventory.devices, Device(name="r3", address="r3", country="??", site="Luxembourg")], path)
    back = load(path).devices
    assert [(device.country, device.country_derived) for device in back] == [("FR", True), ("??", False), ("??", False)]


def test_only_columns_that_say_something_are_written(tmp_path: Path) -> None:
    path = tmp_path / "back.csv"
    write_csv([only(read(tmp_path, "name,platform,country,rack\nr1,frr,DE,7\n"))], path)
    assert path.read_text() == "name,address,platform,country,rack\nr1,r1,frr,DE,7\n"
