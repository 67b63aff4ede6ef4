"""Old algorithms: refused by default, allowed word by word and no further, named where they are missing or idle."""

from pathlib import Path
from typing import Any, get_args

import asyncssh
import pytest
from tests.session.fake_device import HOST_KEY, FakePorts, Script, device, factory, platform, request
from tests.session.opening import refused_by

from paceline.model.failure import FailureKind
from paceline.model.legacy import LEGACY, LegacyWord, names_of, word_for
from paceline.session.algorithms import Offer, lacking, words_in_use, words_that_allow
from paceline.session.options import client_options

LINUX = platform("linux")
DSS = asyncssh.generate_private_key("ssh-dss")
CTR = ["aes128-ctr"]

OLD: dict[str, tuple[asyncssh.SSHKey, dict[str, Any]]] = {
    "gex-sha1": (HOST_KEY, {"kex_algs": ["diffie-hellman-group-exchange-sha1"]}),
    "group1": (HOST_KEY, {"kex_algs": ["diffie-hellman-group1-sha1"]}),
    "ssh-dss": (DSS, {}),
    "cbc": (HOST_KEY, {"encryption_algs": ["aes128-cbc", "3des-cbc"]}),
    "arcfour": (HOST_KEY, {"encryption_algs": ["arcfour128"]}),
    "md5": (HOST_KEY, {"encryption_algs": CTR, "mac_algs": ["hmac-md5", "hmac-sha1-96"]}),
}
"""A device of each kind that offers nothing else."""
KIND_OFFERED = {
    "gex-sha1": "key exchange (the device offers diffie-hellman-group-exchange-sha1",
    "group1": "key exchange (the device offers diffie-hellman-group1-sha1",
    "ssh-dss": "host key type (the device offers ssh-dss)",
    "cbc": "cipher (the device offers aes128-cbc, 3des-cbc)",
    "arcfour": "cipher (the device offers arcfour128)",
    "md5": "MAC (the device offers hmac-md5, hmac-sha1-96)",
}


def test_every_word_has_its_test() -> None:
    assert set(get_args(LegacyWord)) == set(LEGACY) == set(OLD) == set(KIND_OFFERED)


@pytest.mark.parametrize("word", list(LEGACY))
async def test_a_word_allows_what_is_missing_and_the_failure_names_it(tmp_path: Path, word: str) -> None:
    key, options = OLD[word]
    others = tuple(other for other in LEGACY if other != word)
    async with device(Script(answers={"uptime": b"up"}), key, **options) as port:
        for legacy in ((), others, ("nonsense",)):
            failure = await refused_by(tmp_path, port, key=key, legacy=legacy)
            assert failure.kind is FailureKind.ALGORITHMS
            assert f"no common {KIND_OFFERED[word]}" in failure.message
            assert failure.message.endswith(f"`legacy` = {';'.join((*legacy, word))} on this device allows it")
        ports = FakePorts()
        session = await factory(tmp_path, port, key).open(request(port, LINUX, legacy=(word,)), ports)
        await session.close()
        assert ports.warnings == [f"legacy algorithms {word} are allowed: it needs {word}"]
        assert ports.legacy == [(word,)]


async def test_all_that_is_missing_is_named_at_once(tmp_path: Path) -> None:
    options = {"kex_algs": ["diffie-hellman-group1-sha1"], "encryption_algs": ["3des-cbc"], "mac_algs": ["hmac-md5"]}
    async with device(Script(), DSS, **options) as port:
        failure = await refused_by(tmp_path, port, key=DSS)
        assert failure.message.endswith("`legacy` = group1;ssh-dss;cbc;md5 on this device allows it")
        ports = FakePorts()
        words = ("group1", "gex-sha1", "ssh-dss", "cbc", "md5")
        await (await factory(tmp_path, port, DSS).open(request(port, LINUX, legacy=words), ports)).close()
    assert ports.warnings == [
        "legacy algorithms group1, gex-sha1, ssh-dss, cbc, md5 are allowed: it needs group1, ssh-dss, cbc, md5; "
        "gex-sha1 can be taken away"
    ]


async def test_what_is_allowed_in_vain_is_said(tmp_path: Path) -> None:
    ports = FakePorts()
    async with device(Script()) as port:
        session = await factory(tmp_path, port).open(request(port, LINUX, legacy=tuple(LEGACY)), ports)
        await session.close()
    assert ports.warnings == [f"legacy algorithms {', '.join(LEGACY)} are allowed: it needs none of them"]
    assert ports.legacy == [()]


async def test_a_device_that_needs_none_is_not_spoken_of(tmp_path: Path) -> None:
    ports = FakePorts()
    async with device(Script()) as port:
        await (await factory(tmp_path, port).open(request(port, LINUX), ports)).close()
    assert ports.warnings == []


async def test_a_device_that_nothing_can_be_done_for_gets_no_advice(tmp_path: Path) -> None:
    async with device(Script(), kex_algs=["diffie-hellman-group14-sha224@ssh.com"]) as port:
        failure = await refused_by(tmp_path, port)
    assert failure.kind is FailureKind.ALGORITHMS
    assert failure.message.endswith("; Paceline has nothing of it, legacy or not")


async def test_a_recorded_old_key_is_asked_for_only_where_it_is_allowed(tmp_path: Path) -> None:
    async with device(Script(), [DSS, HOST_KEY]) as port:
        # Recorded as DSS, shown as ed25519: without the word that reads as the change of type that it is.
        assert (await refused_by(tmp_path, port, key=DSS)).kind is FailureKind.HOST_KEY_CHANGED
        session = await factory(tmp_path, port, DSS).open(request(port, LINUX, legacy=("ssh-dss",)), FakePorts())
        await session.close()


def test_no_word_lets_in_anything_else() -> None:
    plain = client_options("u", ())
    for word, one in LEGACY.items():
        allowed = client_options("u", (), (word,))
        for name, before, after in (
            ("key exchange", plain.kex_algs, allowed.kex_algs),
            ("cipher", plain.encryption_algs, allowed.encryption_algs),
            ("MAC", plain.mac_algs, allowed.mac_algs),
        ):
            # Last, so that they are taken only where nothing better is shared.
            assert list(after[: len(before)]) == list(before)
            added = {algorithm.decode() for algorithm in after[len(before) :]}
            assert added == (set(one.names) if name == one.kind else set())
    assert not any(b"cbc" in name or b"arcfour" in name for name in plain.encryption_algs)
    assert b"diffie-hellman-group1-sha1" not in plain.kex_algs
    assert plain.encryption_algs[0] == b"aes128-gcm@openssh.com"


def test_a_mac_counts_only_beside_a_cipher_that_needs_one() -> None:
    gcm = Offer("cipher", ("aes128-gcm@openssh.com",), ("aes128-gcm@openssh.com",))
    ctr = Offer("cipher", ("aes128-ctr",), ("aes128-ctr",))
    mac = Offer("MAC", ("hmac-sha2-256",), ("hmac-md5",))
    assert lacking([gcm, mac]) == []
    assert lacking([ctr, mac]) == [mac]
    assert words_that_allow([mac]) == ["md5"]
    old = Offer("MAC", ("hmac-md5",), ("hmac-md5",))
    assert (words_in_use([gcm, old]), words_in_use([ctr, old])) == ([], ["md5"])


def test_the_better_of_two_old_ones_comes_first() -> None:
    assert names_of(("group1", "gex-sha1"), "key exchange") == (
        "diffie-hellman-group-exchange-sha1", "diffie-hellman-group1-sha1",
    )  # fmt: skip
    assert word_for(["diffie-hellman-group1-sha1", "diffie-hellman-group-exchange-sha1"], "key exchange") == "gex-sha1"
    assert word_for(["aes128-ctr"], "cipher") == ""
