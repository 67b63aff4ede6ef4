"""Algorithms as an ssh_config wishes them: what is offered, and that a device gets it."""

from pathlib import Path

import pytest
from tests.session.fake_device import HOST_KEY, FakePorts, Script, device, factory, platform, request

from paceline.session.hostkeys import Recorded
from paceline.session.knownhosts import RecordedKey
from paceline.session.options import client_options
from paceline.session.preferences import preferred

USUAL = ["a-gcm", "b-ctr", "c-cbc"]


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("+", USUAL),
        ("+d,a-gcm", [*USUAL, "d"]),
        ("-*-cbc,b*", ["a-gcm"]),
        ("^c-cbc", ["c-cbc", "a-gcm", "b-ctr"]),
        ("b-ctr,d", ["b-ctr", "d"]),
    ],
)
def test_a_list_changes_what_is_usual_as_ssh_has_it(text: str, offered: list[str]) -> None:
    assert preferred(text, USUAL) == offered


def test_words_of_legacy_come_after_a_wish() -> None:
    options = client_options("u", (), ("cbc",), {"cipher": "aes256-ctr", "key exchange": "-*sha1"})
    assert options.encryption_algs[:2] == [b"aes256-ctr", b"aes256-cbc"]
    assert not [name for name in options.kex_algs if name.endswith(b"sha1")]


def test_the_recorded_type_stays_first_among_the_wanted_host_keys() -> None:
    recorded = Recorded("r1", "r1", keys=(RecordedKey("ssh-ed25519", ""),))
    assert recorded.algorithms((), "rsa-sha2-256,ssh-ed25519,ssh-ed25519-cert-v01@openssh.com") == (
        "ssh-ed25519", "rsa-sha2-256",
    )  # fmt: skip
    # Certificates alone, and no authority: what is usual.
    assert recorded.algorithms((), "ssh-ed25519-cert-v01@openssh.com") == recorded.algorithms()


async def test_a_connection_takes_what_is_wanted(tmp_path: Path) -> None:
    script = Script()
    wanted = {"cipher": "^aes256-ctr", "key exchange": "ecdh-sha2-nistp256", "host key type": "ssh-ed25519"}
    async with device(script, HOST_KEY) as port:
        session = await factory(tmp_path, port).open(request(port, platform("linux"), algorithms=wanted), FakePorts())
        assert script.connections[0].get_extra_info("recv_cipher") == "aes256-ctr"
        await session.close()
