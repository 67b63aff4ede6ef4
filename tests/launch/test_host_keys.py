"""Whose host key is recorded nowhere, and whose first one may be trusted."""

import asyncio
import socket
from pathlib import Path

import asyncssh

from paceline.config.paths import Paths
from paceline.config.settings import load_settings
from paceline.launch.again import again, preset_of
from paceline.launch.host_keys import KeyScan, accept_new, record_new, without_host_key
from paceline.launch.jumps import Ways
from paceline.launch.prepare import LaunchOptions, prepare
from paceline.model.host_key import KeyState, SeenKey
from paceline.model.job import JobSpec
from paceline.model.secret import Secrets
from paceline.store.audit import NAME, read_audit

KEY = asyncssh.generate_private_key("ssh-ed25519").export_public_key("openssh").decode().strip()


def job(paths: Paths) -> JobSpec:
    return prepare(LaunchOptions("health-check", where="*"), paths).spec


def known(paths: Paths, text: str) -> Path:
    file = paths.config / "known"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    paths.settings.write_text(paths.settings.read_text() + f'[host_keys]\nknown_hosts = ["{file}"]\n')
    return file


def test_devices_without_a_recorded_key_are_counted(paths: Paths) -> None:
    file = known(paths, f"deu-r1 {KEY}\n192.0.2.2 {KEY}\n[192.0.2.3]:2222 {KEY}\n@revoked fra-r1 {KEY}\n")
    devices = [target.device for target in job(paths).targets]
    settings = load_settings(paths)
    expected = {"deu-r3", "fra-r1", "fra-r2", "bra-r1"}
    assert without_host_key(devices, settings, paths) == expected
    seen = SeenKey(device="bra-r1", address="192.0.2.6", state=KeyState.NEW, algorithm="ssh-ed25519", base64="AAAA")
    others = [seen.model_copy(update={"device": state.value, "state": state}) for state in KeyState if state != "new"]
    assert record_new([seen, *others], paths, "alice") == 1
    assert [(entry["what"], entry["device"], entry["by"]) for _, entry in read_audit(paths.state / NAME) if entry] == [
        ("key_accepted", "bra-r1", "alice")
    ]
    assert (paths.state / "known_hosts").read_text() == "192.0.2.6,bra-r1 ssh-ed25519 AAAA\n"
    assert without_host_key(devices, settings, paths) == expected - {"bra-r1"}
    # A file that cannot be trusted is told of by the start, not by a count that may be wrong.
    file.chmod(0o666)
    assert without_host_key(devices, settings, paths) == frozenset()


async def test_a_scan_on_a_thread_can_be_told_to_end_before_it_begins_and_at_any_time(paths: Paths) -> None:
    devices = [target.device for target in job(paths).targets]
    settings = load_settings(paths)
    never = KeyScan(Ways(devices), Secrets(), settings, paths)
    never.cancel()
    await asyncio.to_thread(never.run)
    assert never.seen == []
    # One answers at once, the others never: TEST-NET is not dialled for its ten seconds.
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    closed = devices[0].model_copy(update={"address": "127.0.0.1", "port": port})
    mute = socket.create_server(("127.0.0.1", 0))
    silent = devices[1].model_copy(update={"address": "127.0.0.1", "port": mute.getsockname()[1]})
    begun = KeyScan(Ways([closed, silent]), Secrets(), settings, paths)
    running = asyncio.create_task(asyncio.to_thread(begun.run))
    async with asyncio.timeout(5):
        while not begun.seen:  # noqa: ASYNC110 - it grows on another thread
            await asyncio.sleep(0.01)
        begun.cancel()
        await running
    assert [key.device for key in begun.seen] == [closed.name]
    mute.close()
    server.close()


def test_hashes_beyond_reason_are_not_tried_unless_that_is_asked_for(paths: Paths) -> None:
    known(paths, f"|1|AAAA|AAAA {KEY}\n" * 3)
    devices = [target.device for target in job(paths).targets]
    settings = load_settings(paths)
    assert without_host_key(devices, settings, paths, most_hashes=17) == frozenset()
    assert len(without_host_key(devices, settings, paths, most_hashes=18)) == 6
    assert len(without_host_key(devices, settings, paths, most_hashes=0)) == 6


def test_the_word_holds_for_the_named_devices_of_one_job(paths: Paths) -> None:
    spec = job(paths)
    trusting = accept_new(spec, ["deu-r1", "fra-r2"])
    assert {target.device.name for target in trusting.targets if target.device.accept_new_key} == {"deu-r1", "fra-r2"}
    assert not any(target.device.accept_new_key for target in spec.targets)
    moved = accept_new(trusting, ["bra-r1"])
    assert {target.device.name for target in moved.targets if target.device.accept_new_key} == {"bra-r1"}
    devices = [target.device for target in trusting.targets]
    continued = again(trusting, devices, preset_of(trusting), load_settings(paths), paths)
    assert not any(target.device.accept_new_key for target in continued.targets)
