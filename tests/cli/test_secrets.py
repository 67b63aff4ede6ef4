"""A secret that is planted wherever one can enter is found nowhere; a harmless marker beside it is found everywhere."""

import csv
import json
import os
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.cli.desk import Desk, Done, serving
from tests.cli.test_terminal import Terminal

from paceline.demo.files import PASSWORD_ENV
from paceline.demo.fleet import Fleet

SECRET = "Plànted'hunter2\"with\\all %of=it"
"""The password of the fleet: awkward for whoever quotes."""
ENABLE = "Plànted'enable\"secret\\too"
MARKER = "harmless-marker-0815"

LEAKY = '''
import json, logging, os, sys, warnings
from paceline.cli import main as front, run as cli_run
from paceline.model.failure import FailureKind
from paceline.model.secret import MissingSecretError
from paceline.model.states import CommandState
from paceline.session.base import CommandResult, SessionError
from paceline.session.factory import SshSessionFactory

MARKER = os.environ["MARKER"]
opened, honest_open, honest_run = 0, SshSessionFactory.open, cli_run._run


def said_of(values):
    return " ".join([MARKER, *(form for v in values for form in (v, repr(v), json.dumps(v), repr(json.dumps(v))))])


async def leaky_open(factory, request, ports):
    """What bugs, libraries and devices could do with a secret, all at once."""
    global opened
    opened += 1
    values = [ports.secret(request.credential.password).reveal()]
    if request.credential.enable:
        values.append(ports.secret(request.credential.enable).reveal())
    said, number = said_of(values), opened
    for name in ("cmdline", "comm"):
        with open(f"/proc/self/{name}", "rb") as file, open(os.environ["TITLES"], "ab") as titles:
            titles.write(file.read())
    logging.getLogger("library").warning("it says %s", said)
    warnings.warn(f"{number} {said}")
    ports.warn(said)
    try:
        raise ValueError(said)
    except ValueError:
        logging.getLogger("library").exception("with a traceback")
    if number == 1:
        raise SessionError(FailureKind.PROTOCOL, said)
    if number == 2:
        raise RuntimeError(said)
    session = await honest_open(factory, request, ports)
    async def rejected(self, command, sink):
        sink.write(b"% " + MARKER.encode() + b"\\n")
        return CommandResult(CommandState.REJECTED, FailureKind.COMMAND_REJECTED, said)

    changes = {3: {"run": rejected}, 4: {"name_seen": property(lambda _: said)}}.get(number)
    if changes:
        session.__class__ = type("Leaky", (session.__class__,), {"__slots__": (), **changes})
    return session


async def crashing_run(launch, secrets, *rest, **named):
    if "CRASH" in os.environ:
        raise RuntimeError(said_of([secret.reveal() for secret in secrets.values()]))
    return await honest_run(launch, secrets, *rest, **named)


SshSessionFactory.open = leaky_open
cli_run._run = crashing_run
sys.exit(front.main())
'''
KEYRING = """
import os
from keyring.backend import KeyringBackend


class Planted(KeyringBackend):
    priority = 1

    def get_password(self, service, username):
        with open(os.environ["VAULT"], encoding="utf-8") as file:
            return file.read() if (service, username) == ("paceline", "ops") else None

    def set_password(self, service, username, password):
        raise NotImplementedError
"""


@pytest.fixture(scope="module")
def guarded_fleet() -> Iterator[Fleet]:
    """A fleet whose password is the planted one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(PASSWORD_ENV, SECRET)
        with serving(devices=6, latency=0, faults=False) as fleet:
            yield fleet


@dataclass(frozen=True)
class Trap:
    """A desk where everything leaks, and where its secret comes from."""

    desk: Desk
    vault: Path
    """Outside of what is searched: here the secret may lie."""
    environment: Mapping[str, str]
    types_password: bool = False

    def run(self, *arguments: str, **more: str) -> Done:
        """The leaky `paceline`, to its end."""
        environment = {**self.environment, **more}
        if not self.types_password:
            return self.desk.process(*arguments, environment=environment, entry=LEAKY)
        terminal = Terminal(self.desk, *arguments, entry=LEAKY, **environment)
        terminal.sees("Password of demo")
        terminal.types(SECRET)
        code = terminal.ends()
        return Done(code, terminal.screen, "")


@pytest.fixture(params=["env", "command", "keyring", "inventory", "ask"])
def trap(
    request: pytest.FixtureRequest, tmp_path: Path, guarded_fleet: Fleet, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Trap:  # fmt: skip
    desk = Desk(tmp_path / "desk", guarded_fleet, monkeypatch, capsys)
    vault = tmp_path / "vault"
    vault.mkdir(mode=0o700)
    (vault / "password").write_text(SECRET, encoding="utf-8")
    (vault / "planted_keyring.py").write_text(KEYRING, encoding="utf-8")
    environment = {"MARKER": MARKER, "TITLES": str(desk.root / "titles"), "VAULT": str(vault / "password")}
    kind = str(request.param)
    references = {
        "env": "env:PLANTED", "command": f"command:cat {shlex.quote(str(vault / 'password'))}",
        "keyring": "keyring:ops", "ask": "ask",
    }  # fmt: skip
    credential = {"username": "demo"}
    inventory = desk.fleet.inventory
    if kind == "inventory":
        inventory = _with_passwords(inventory, vault / "fleet.csv")
        credential["key_file"] = str(desk.fleet.key_file)
    else:
        credential["password"] = references[kind]
    if kind == "env":
        environment["PLANTED"] = SECRET
    if kind == "keyring":
        environment["PYTHON_KEYRING_BACKEND"] = "planted_keyring.Planted"
        environment["PYTHONPATH"] = os.pathsep.join([desk.environment()["PYTHONPATH"], str(vault)])
    desk.settings(credentials={"default": credential}, inventory=str(inventory))
    return Trap(desk, vault, environment, types_password=kind == "ask")


def _with_passwords(inventory: Path, to: Path) -> Path:
    """The inventory with a literal password and enable secret for each device."""
    with inventory.open(encoding="utf-8", newline="") as file:
        rows = [{**row, "password": SECRET, "secret": ENABLE} for row in csv.DictReader(file)]
    with to.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    to.chmod(0o600)
    return to


def forms(value: str) -> set[bytes]:
    """How it may stand in bytes."""
    texts = {value}
    for _ in range(2):
        texts |= {quoted[1:-1] for text in texts for quoted in (repr(text), json.dumps(text))}
        texts |= {json.dumps(text, ensure_ascii=False)[1:-1] for text in texts}
    return {text.encode() for text in texts}


LEAKS = forms(SECRET) | forms(ENABLE) | {b"hunter2", b'enable"secret'}


def searched(desk: Desk) -> dict[str, bytes]:
    """Every file below the desk."""
    return {str(path.relative_to(desk.root)): path.read_bytes() for path in desk.root.rglob("*") if path.is_file()}


def test_a_planted_secret_is_found_nowhere_and_the_marker_everywhere(trap: Trap) -> None:
    desk = trap.desk
    preset = desk.preset(MARKER, ["show version"], retries={"attempts": 1, "sweep": False})
    said = {
        "run --json": trap.run("run", preset, "--where", "*", "--json", "--yes"),
        "run --plain": trap.run("run", preset, "--where", "*", "--plain", "--yes"),
        "crash": trap.run("run", preset, "--where", "*", "--json", "--yes", CRASH="1"),
        "plan": desk.process("plan", preset, "--where", "*", environment=trap.environment),
        "show": desk("jobs", "show", "last"),
        "show --json": desk("jobs", "show", "last", "--json"),
        "list": desk("jobs", "list"),
        "export": desk("jobs", "export", "last", "--format", "json"),
        "check": desk.process("check", environment=trap.environment),
    }
    assert said["run --json"].code == 1, said["run --json"]
    assert said["crash"].code == 70, said["crash"]
    files = searched(desk)
    texts = {**files, **{name: (done.out + done.err).encode() for name, done in said.items()}}
    # No place has it, in no form.
    assert {(name, form) for name, text in texts.items() for form in LEAKS if form in text} == set()
    # Each place had its chance.
    journal = b"".join(text for name, text in files.items() if "journal.sqlite" in name)
    places = {
        "journal": journal,
        "log": files["state/paceline/paceline.log"],
        "crash log": files["state/paceline/crash.log"],
        "titles": files["titles"],
        "output": b"".join(text for name, text in files.items() if "/01-show-version" in name),
        "summary": b"".join(text for name, text in files.items() if name.endswith("summary.csv")),
        "job.json": b"".join(text for name, text in files.items() if name.endswith("job.json")),
        **{
            name: texts[name] for name in ("run --json", "run --plain", "plan", "show", "show --json", "list", "export")
        },
    }
    assert [name for name, text in places.items() if MARKER.encode() not in text] == []
    # What was masked is seen to have been.
    for name in ("journal", "log", "crash log", "run --json", "run --plain", "show", "summary"):
        assert MARKER.encode() + b" ***" in places[name], name
    log = places["log"]
    assert log.count(b"ValueError: " + MARKER.encode() + b" ***") >= 6
    assert b"UserWarning: 1 " + MARKER.encode() + b" ***" in log
    assert b"RuntimeError: " + MARKER.encode() + b" ***" in log


@pytest.mark.parametrize("key", ["password", "enable"])
def test_a_literal_in_the_settings_is_refused_without_being_repeated(desk: Desk, key: str) -> None:
    desk.settings(credentials={"default": {"username": MARKER, key: SECRET}})
    for arguments in (("check",), ("run", desk.preset(), "--where", "*", "--yes")):
        done = desk(*arguments)
        assert done.code == 2
        assert f"credentials.default.{key}: expected " in done.out + done.err
        assert not [form for form in LEAKS if form in (done.out + done.err).encode()]
