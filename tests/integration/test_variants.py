"""SSH servers and shells that differ from a plain sshd, all in one job: each login and each output as it must be."""

import contextlib
import json
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.integration.daemons import Servers, new_key, openssh, wait_until
from tests.integration.kinds import Bird, bird, dropbear, full_agent, pam_service
from tests.integration.users import login_user
from tests.integration.workspace import Run, Workspace, fleet

pytestmark = pytest.mark.integration

UNAME = subprocess.run(["uname", "-a"], check=True, capture_output=True).stdout
PASSWORD = "open-sesame-9"
PAM = "auth required pam_unix.so nodelay\naccount required pam_permit.so\nsession required pam_permit.so\n"
KBDINT, MANY_KEYS, ONE_KEY, CHANGED, CONSOLE = range(5)
"""What the addresses of the one sshd stand for."""
BIRD_LINES = (
    "show protocols", "show protocols all", "show protocols lab", "show protocols all lab", "show protocols device1",
    "show route", "show route all", "show route count", "show route protocol lab", "show route primary",
    "show route 10.0.7.0/24", "show route 10.0.7.0/24 all", "show route for 10.1.20.9", "show route count protocol lab",
    "show route where net ~ 10.1.0.0/20", "show interfaces summary", "show static lab", "show symbols routine",
)  # fmt: skip
TEXT = "".join(f"{number:06d} a line as routers print it, no more\n" for number in range(8_000)).encode()
AWKWARD = b"".join(b"%06d \x1b[7m \xff\xfe %% Invalid input\r\n" % number for number in range(2_000)) + b"end"


@dataclass(frozen=True)
class Outcome:
    """The one job, and what its outputs are compared with."""

    run: Run
    workspace: Workspace
    bird: Bird

    def verdict(self, device: str) -> tuple[str, str | None]:
        """State and failure of a device."""
        (ended,) = [event for event in self.run.of("attempt_ended") if event["device"] == device]
        return ended["state"], ended["failure"]


@pytest.fixture(scope="module")
def variants(daemon_folder: Path) -> Iterator[Servers]:
    matches = [
        ("Match LocalAddress 127.0.1.1", "KbdInteractiveAuthentication yes", "PasswordAuthentication no"),
        ("Match LocalAddress 127.0.1.2,127.0.1.3", "MaxAuthTries 3", "PasswordAuthentication no"),
        ("Match LocalAddress 127.0.1.5", f"ForceCommand {daemon_folder / 'console'}"),
    ]
    with login_user() as username, pam_service(PAM) as service:
        subprocess.run(["chpasswd"], input=f"{username}:{PASSWORD}\n", text=True, check=True, capture_output=True)
        lines = [line for match in matches for line in match]
        with openssh(daemon_folder / "variants", 5, username, pam_service=service, matches=lines) as servers:
            yield servers


@pytest.fixture(scope="module")
def outcome(variants: Servers, daemon_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    place = Workspace(tmp_path_factory.mktemp("variants"))
    for name, data in (("text", TEXT), ("awkward", AWKWARD)):
        (daemon_folder / name).write_bytes(data)
    with contextlib.ExitStack() as stack:
        router = stack.enter_context(bird(daemon_folder / "bird"))
        console = daemon_folder / "console"
        console.write_text(f"#!/bin/sh\nexec {' '.join(router.shell)}\n")
        console.chmod(0o755)
        port, known = stack.enter_context(dropbear(daemon_folder / "dropbear", variants.addresses[:2]))
        agent = stack.enter_context(full_agent(daemon_folder / "agent", variants.key_file))
        _write(place, variants, daemon_folder, port, known)
        run = place.run(password=PASSWORD, more={"SSH_AUTH_SOCK": str(agent)})
        assert run.events, run.stderr
        yield Outcome(run, place, router)


def _write(place: Workspace, variants: Servers, folder: Path, dropbear_port: int, dropbear_known: str) -> None:
    recorded = variants.known_hosts.read_text().splitlines(keepends=True)
    other = new_key(folder / "other_host_key").with_suffix(".pub").read_text().split()
    recorded[CHANGED] = f"[{variants.addresses[CHANGED]}]:{variants.port} {other[0]} {other[1]}\n"
    known = place.root / "known_hosts"
    known.write_text("".join(recorded) + dropbear_known)
    known.chmod(0o600)
    # Only the public half lies there: the key itself is in the agent alone.
    named = place.root / "named.pub"
    named.write_text(variants.key_file.with_suffix(".pub").read_text())
    who = {"username": variants.username}
    place.write_settings_as(
        {
            "host_keys": {"known_hosts": [str(known)]},
            "credentials": {
                "default": {**who, "password": "env:LAB_PASSWORD"},
                "any": {**who, "password": "agent"},
                "named": {**who, "password": "agent", "key_file": str(named)},
                "file": {**who, "key_file": str(variants.key_file)},
                "rule": [
                    {"where": "name=d002", "use": "any"},
                    {"where": "name=d003", "use": "named"},
                    {"where": "name=d004,d005", "use": "file"},
                ],
            },
        }
    )
    place.write_platform({"name": "lab_exec", "channel": "exec", "reads": [r"cat \S+"]})
    place.write_platform({"name": "lab_sh", "prompt": r"(?P<host>)\$ ?", "reads": [r"cat \S+", "stty -a"]})
    rows = fleet(variants.addresses, variants.port, "linux")
    rows[CONSOLE]["platform"] = "bird"
    rows += [
        rows[place] | {"name": name, "port": dropbear_port, "platform": platform}
        for place, (name, platform) in enumerate((("exec", "lab_exec"), ("shell", "lab_sh")))
    ]
    place.write_inventory(rows)
    place.write_preset(
        ["uname -a"],
        platform={
            "bird": {"commands": list(BIRD_LINES)},
            "lab_exec": {"commands": [f"cat {folder / 'awkward'}"]},
            "lab_sh": {"commands": [f"cat {folder / 'text'}", "cat /nowhere", f"cat {folder / 'text'}"]},
        },
        pace={"batch_size": 0},
    )


def test_keyboard_interactive_logs_in(outcome: Outcome) -> None:
    assert outcome.verdict("d001") == ("succeeded", None), outcome.run.stderr
    assert outcome.workspace.outputs("d001") == [UNAME]


def test_many_agent_keys_are_too_many_and_one_that_is_named_is_not(outcome: Outcome) -> None:
    assert outcome.verdict("d002") == ("failed", "auth_too_many")
    assert outcome.verdict("d003") == ("succeeded", None)


def test_a_changed_host_key_is_refused(outcome: Outcome) -> None:
    assert outcome.verdict("d004") == ("failed", "host_key_changed")


def test_birds_console_gives_eighteen_outputs_as_they_are(outcome: Outcome) -> None:
    assert outcome.verdict("d005") == ("succeeded", None)
    outputs = outcome.workspace.outputs("d005")
    assert len(outputs) == len(BIRD_LINES) == 18
    for line, output in zip(BIRD_LINES, outputs, strict=True):
        assert output == outcome.bird.answer(line), line


def test_dropbear_by_exec_and_by_shell(outcome: Outcome) -> None:
    assert outcome.workspace.outputs("exec") == [AWKWARD]
    text, error, again = outcome.workspace.outputs("shell")
    assert text == again == TEXT
    assert error.startswith(b"cat: /nowhere: No such file") and error.count(b"\n") == 1


def test_a_server_that_is_full_is_tried_again(daemon_folder: Path, workspace: Workspace, variants: Servers) -> None:
    with openssh(daemon_folder / "full", 2, variants.username, more=["MaxStartups 2"]) as servers:
        workspace.write_settings(servers.username, servers.key_file, servers.known_hosts)
        workspace.write_inventory(fleet(servers.addresses, servers.port, "linux"))
        workspace.write_preset(["uname -a"], retries={"attempts": 3, "backoff_s": 0.5})
        others: list[socket.socket] = []
        wait_until(lambda: len(_admitted(others, servers)) == 2, "both places")
        events = []
        for event in _events(workspace):
            events.append(event)
            if event.get("retry_at"):
                # Whoever had the places leaves.
                for other in others:
                    other.close()
    ended = [event for event in events if event["type"] == "attempt_ended"]
    first = [event for event in ended if event["attempt"] == 1]
    # It closes the connection before a greeting, and says why to whoever asks again without SSH.
    assert [event["failure"] for event in first] == ["not_ssh"] * 2
    assert all('"Exceeded MaxStartups"' in event["message"] for event in first)
    assert [event["state"] for event in ended if not event["retry_at"]] == ["succeeded"] * 2
    assert workspace.outputs("d001") == workspace.outputs("d002") == [UNAME]


def _admitted(others: list[socket.socket], servers: Servers) -> list[socket.socket]:
    """`others`, and one more if the server greets it."""
    other = socket.create_connection((servers.addresses[0], servers.port), timeout=10)
    if other.recv(4) == b"SSH-":
        others.append(other)
    else:
        other.close()
    return others


def _events(place: Workspace) -> Iterator[dict[str, Any]]:
    """What a run tells, as it tells it."""
    with subprocess.Popen(
        place.command("--json"), env=place.environment(), cwd=place.root, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            yield json.loads(line)
