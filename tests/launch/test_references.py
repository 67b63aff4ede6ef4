"""Where secrets come from: the environment, the keyring, a command; and every sentence where they do not come."""

import os
import shlex
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from paceline.launch.references import CredentialError, from_command, from_environment, from_keyring
from paceline.model.secret import Secret, is_reference

LABEL = "password of netops (credential default)"
VALUE = "hunter2 of the tests"


def program(folder: Path, body: str) -> str:
    """A program of the operator's, as a reference names it."""
    path = folder / "give-password"
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o700)
    return shlex.quote(str(path))


def refusal(get: Callable[[], Secret]) -> str:
    with pytest.raises(CredentialError) as failure:
        get()
    said = str(failure.value)
    assert said.startswith(f"the {LABEL} comes from ")
    assert VALUE not in said
    # Nothing of what the program or the backend said is chained to it either.
    assert failure.value.__cause__ is None or failure.value.__suppress_context__
    return said


def test_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPS", VALUE)
    assert from_environment("OPS", LABEL).reveal() == VALUE
    monkeypatch.setenv("OPS", "")
    assert "OPS is not set there" in refusal(lambda: from_environment("OPS", LABEL))


def test_the_first_line_of_a_command_is_the_value(tmp_path: Path) -> None:
    assert from_command(program(tmp_path, f"echo '{VALUE}'; echo 'url: x'"), LABEL).reveal() == VALUE
    assert from_command(program(tmp_path, "printf ' spaces stay \\r\\n'"), LABEL).reveal() == " spaces stay "
    assert from_command(program(tmp_path, "printf 'no end'"), LABEL).reveal() == "no end"
    assert from_command(program(tmp_path, 'echo "$1/$2"') + " 'net ops' x", LABEL).reveal() == "net ops/x"


def test_no_shell_reads_the_line(tmp_path: Path) -> None:
    marker = tmp_path / "touched"
    give = program(tmp_path, 'echo "$*"')
    command = f"{give} $HOME `touch {marker}` ; touch {marker} > x"
    assert from_command(command, LABEL).reveal() == f"$HOME `touch {marker}` ; touch {marker} > x"
    assert not marker.exists()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (f"echo '{VALUE}' >&2; exit 3", "which ended with exit code 3: run it by hand to see why"),
        (f"echo '{VALUE}'; exit 1", "which ended with exit code 1"),
        ("kill -9 $$", "which was ended by signal 9"),
        ("exit 0", "whose first line is empty"),
        (f"echo; echo '{VALUE}'", "whose first line is empty"),
        ("printf '\\377\\376\\n'", "whose first line is not UTF-8 text"),
        ("head -c 5000 /dev/zero | tr '\\0' x", "whose first line is longer than 4096 bytes"),
    ],
)
def test_a_command_that_gives_no_password_is_a_sentence(
    tmp_path: Path, body: str, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert said in refusal(lambda: from_command(program(tmp_path, body), LABEL))
    # What it complains of is seen by nobody.
    assert capfd.readouterr() == ("", "")


def test_a_missing_program_is_a_sentence(tmp_path: Path) -> None:
    assert "there is no program 'no-such-program' to run" in refusal(lambda: from_command("no-such-program x", LABEL))
    broken = tmp_path / "broken"
    broken.write_bytes(b"\x7fELF nonsense")
    broken.chmod(0o700)
    assert "which cannot be run: Exec format error" in refusal(lambda: from_command(str(broken), LABEL))


def test_a_command_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    noted = tmp_path / "pids"
    body = f"echo $$ > {noted}; sleep 1000 & echo $! >> {noted}; echo '{VALUE}'; wait"
    assert "took longer than 3 s" in refusal(lambda: from_command(program(tmp_path, body), LABEL, timeout_s=3))
    pids = [int(word) for word in noted.read_text().split()]
    assert len(pids) == 2
    deadline = time.monotonic() + 30
    while any(_runs(pid) for pid in pids):
        assert time.monotonic() < deadline
        os.sched_yield()


def _runs(pid: int) -> bool:
    """Whether a process is more than what is left of one."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_an_agent_that_the_command_leaves_running_is_not_waited_for(tmp_path: Path) -> None:
    noted = tmp_path / "pid"
    body = f"echo '{VALUE}'; setsid sleep 1000 & echo $! > {noted}"
    try:
        assert from_command(program(tmp_path, body), LABEL, timeout_s=20).reveal() == VALUE
    finally:
        os.kill(int(noted.read_text()), 9)


def test_a_command_has_no_terminal_and_no_input(tmp_path: Path) -> None:
    assert from_command(program(tmp_path, "cat; [ -t 0 ] && echo terminal || echo none"), LABEL).reveal() == "none"


# -- the keyring --------------------------------------------------------------------------------------------


class Backend:
    """What `import keyring` gives in these tests."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, get: Callable[[str, str], str | None]) -> None:
        import keyring

        monkeypatch.setattr(keyring, "get_password", get)


def test_the_keyring_is_asked_under_our_own_service(monkeypatch: pytest.MonkeyPatch) -> None:
    Backend(monkeypatch, lambda service, name: {("paceline", "core sw"): VALUE}.get((service, name)))
    assert from_keyring("core sw", LABEL).reveal() == VALUE
    said = refusal(lambda: from_keyring("branch", LABEL))
    assert "which has no 'branch': `keyring set paceline branch` puts one there" in said


def test_a_keyring_that_cannot_be_used_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    from keyring.errors import InitError, KeyringLocked

    def failing(error: Exception) -> Callable[[str, str], str | None]:
        def get(service: str, name: str) -> str | None:
            raise error

        return get

    Backend(monkeypatch, failing(KeyringLocked(VALUE)))
    assert "which is locked: unlock it first" in refusal(lambda: from_keyring("ops", LABEL))
    for error in (InitError(VALUE), RuntimeError(VALUE), OSError(VALUE)):
        Backend(monkeypatch, failing(error))
        assert f"which failed ({type(error).__name__})" in refusal(lambda: from_keyring("ops", LABEL))


def test_a_machine_without_a_keyring_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring
    from keyring.backends.fail import Keyring

    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())  # type: ignore[no-untyped-call]
    try:
        said = refusal(lambda: from_keyring("ops", LABEL))
    finally:
        keyring.set_keyring(before)
    assert "this machine has none that works here" in said
    assert "use agent, ask, env:NAME or command:PROGRAM" in said


def test_the_keyring_library_is_loaded_only_when_one_is_named() -> None:
    code = "import sys, paceline.launch.credentials, paceline.cli.run; sys.exit('keyring' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0


# -- commands in an inventory --------------------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "is_read"), [(0o600, True), (0o644, True), (0o664, False), (0o646, False)])
def test_an_inventory_that_others_may_write_names_no_programs(tmp_path: Path, mode: int, is_read: bool) -> None:
    from paceline.inventory.load import load

    csv = tmp_path / "fleet.csv"
    csv.write_text("name,address,platform,password\na,192.0.2.1,linux,command:pass a\nb,192.0.2.2,linux,keyring:b\n")
    nornir = tmp_path / "nornir"
    nornir.mkdir()
    (nornir / "hosts.yaml").write_text(
        "a: {hostname: 192.0.2.1, groups: [g]}\nb: {hostname: 192.0.2.2, password: keyring:b}\n"
    )
    (nornir / "groups.yaml").write_text("g: {password: 'command:pass a'}\n")
    (nornir / "hosts.yaml").chmod(0o600)
    for path, changed in ((csv, csv), (nornir, nornir / "groups.yaml")):
        changed.chmod(mode)
        assert stat.S_IMODE(changed.stat().st_mode) == mode
        found = load(path, aliases={}, known_platforms=["linux"])
        problems = [str(problem) for problem in found.problems]
        passwords = {device.name: device.password for device in found.devices}
        if is_read:
            assert passwords == {"a": "command:pass a", "b": "keyring:b"}
            assert [line for line in problems if "a has a command for a password; it is run when a job starts" in line]
        else:
            assert passwords == {"b": "keyring:b"}
            assert [line for line in problems if "others may write" in line and "a is left out" in line]
        assert all(is_reference(password) for password in passwords.values())
