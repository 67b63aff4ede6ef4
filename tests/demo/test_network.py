"""The simulated network as a plan: the same for the same seed, consistent from both ends of every link."""

from collections import Counter

import pytest

from paceline.demo.faults import NEEDS_TERMINAL, Fault
from paceline.demo.latency import COMMAND_S, LOGIN_S, Latency
from paceline.demo.network import LINUX, Network, SimulatedDevice, build_network
from paceline.demo.places import COUNTRIES, shares
from paceline.model.time import seeded


def _told(network: Network) -> list[SimulatedDevice]:
    return list(network.devices.values())


def test_the_same_seed_gives_the_same_devices_links_and_faults() -> None:
    assert _told(build_network(60, 7)) == _told(build_network(60, 7))
    assert _told(build_network(60, 7)) != _told(build_network(60, 8))


@pytest.mark.parametrize("devices", [1, 8, 59, 60, 300, 1_000])
def test_as_many_devices_as_asked_for_with_names_and_addresses_of_their_own(devices: int) -> None:
    network = build_network(devices, 1)
    assert len(network.devices) == devices == sum(shares(devices).values())
    loopbacks = {device.loopback for device in _told(network)}
    addresses = [port.address for device in _told(network) for port in device.ports]
    assert len(loopbacks) == devices
    assert len(set(addresses)) == len(addresses)


def test_sixty_devices_stand_in_eight_countries_and_are_named_after_them() -> None:
    network = build_network(60, 1)
    assert {device.country.code for device in _told(network)} == {country.code for country in COUNTRIES}
    assert all(device.name.startswith(f"{device.country.prefix}-r") for device in _told(network))
    platforms = Counter(device.platform for device in _told(network))
    assert platforms["cisco_xr"] > 30 > platforms["cisco_ios"] > 0 < platforms["juniper_junos"]


def test_every_link_reads_the_same_from_both_ends() -> None:
    network = build_network(200, 3)
    for device in _told(network):
        for port, peer in network.neighbours(device.name):
            back = next(far for far in peer.ports if far.name == port.peer_port)
            assert (back.peer, back.peer_port, back.peer_address) == (device.name, port.name, port.address)
            assert (back.address, back.cost) == (port.peer_address, port.cost)


def test_each_fault_strikes_once_in_sixty_and_never_the_first_of_a_country() -> None:
    for seed in range(1, 20):
        struck = [device for device in _told(build_network(60, seed)) if device.fault]
        assert sorted(device.fault or "" for device in struck) == sorted(Fault)
        assert not [device.name for device in struck if device.name.endswith("-r1")]


def test_faults_grow_with_the_fleet_and_can_be_switched_off() -> None:
    counts = Counter(device.fault for device in _told(build_network(1_000, 1)))
    assert {counts[fault] for fault in Fault} == {15}
    assert not [device for device in _told(build_network(60, 1, faults=False)) if device.fault]
    assert len([device for device in _told(build_network(12, 1)) if device.fault]) <= 4


def test_servers_get_no_fault_of_a_command_line() -> None:
    servers = [device for device in _told(build_network(1_000, 1, linux=0.9)) if device.platform == LINUX]
    assert len(servers) > 800
    assert any(device.fault for device in servers)
    assert not [device.name for device in servers if device.fault in NEEDS_TERMINAL]


@pytest.mark.parametrize(("devices", "linux"), [(0, 0.0), (1_001, 0.0), (5, 1.5)])
def test_a_wrong_figure_is_refused_with_what_was_expected(devices: int, linux: float) -> None:
    with pytest.raises(ValueError, match="expected"):
        build_network(devices, 1, linux=linux)


def test_pauses_are_heavy_tailed_within_their_bounds_and_scale_to_nothing() -> None:
    latency = Latency(seeded(1), pace=1, scale=1)
    waits = sorted(latency.command_s() for _ in range(2_000))
    assert COMMAND_S[0] <= waits[0] and waits[-1] <= COMMAND_S[1]
    assert 0.2 < waits[1_000] < 0.3
    assert waits[1_900] > 3 * waits[1_000]
    assert all(LOGIN_S[0] <= latency.login_s() <= LOGIN_S[1] for _ in range(100))
    assert Latency(seeded(1), pace=2, scale=0).command_s() == 0
