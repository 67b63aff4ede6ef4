"""The service with secrets planted in it: a password, a jump host's, one-time codes; said again by whatever can say."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from tests.cli.desk import serving
from tests.cli.test_secrets import MARKER, SECRET, forms
from tests.service.conftest import Home, living
from tests.service.test_api import JOBS, followed

from paceline.demo.files import PASSWORD_ENV
from paceline.model.asked import answers_to
from paceline.model.event import LoginAsked
from paceline.service.client import ServiceClient
from paceline.service.place import living_service

JUMP, CODE, LATER = "Plànted'jump\"hop\\two", "code-4915-xyz", "code-at-the-jump-77"
PLANTED = {"password": SECRET, "jump": JUMP, "code": CODE, "jump code": LATER}
LEAKY_SERVICE = '''
import json, logging, os, sys
from paceline.cli import main as front
from paceline.model.failure import FailureKind
from paceline.session.base import LoginPrompt, LoginQuestion, SessionError
from paceline.session.factory import SshSessionFactory

MARKER = os.environ["MARKER"]
opened, honest_open = 0, SshSessionFactory.open


async def secrets_of(request, ports):
    question = LoginQuestion("demo", "", MARKER, (LoginPrompt(MARKER + " code:", False),), 20)
    answers = await ports.ask(question)
    return [ports.secret(request.credential.password).reveal(), *(answer.reveal() for answer in answers or ())]


def leak(values, ports):
    """All that a bug or a library could do with them; what a failure says."""
    said = " ".join([MARKER, *(form for v in values for form in (v, repr(v), json.dumps(v), repr(json.dumps(v))))])
    with open("/proc/self/cmdline", "rb") as file, open(os.environ["TITLES"], "ab") as titles:
        titles.write(file.read() + os.environ["MARKER"].encode())
    ports.warn(said)
    print("printed", MARKER, file=sys.stderr, flush=True)
    try:
        raise ValueError(said)
    except ValueError:
        logging.getLogger("library").exception("with a traceback")
    return said


async def leaky_jump(factory, request, ports):
    raise SessionError(FailureKind.ALGORITHMS, leak(await secrets_of(request, ports), ports))


async def leaky_open(factory, request, ports):
    global opened
    if request.device.jump:
        await ports.jump()
    opened += 1
    number = opened
    if number == 1:
        raise SessionError(FailureKind.PROTOCOL, leak(await secrets_of(request, ports), ports))
    if number == 2:
        raise RuntimeError(leak([ports.secret(request.credential.password).reveal()], ports))
    return await honest_open(factory, request, ports)


SshSessionFactory.open = leaky_open
SshSessionFactory.open_jump = leaky_jump
sys.exit(front.main())
'''


def answers(home: Home) -> bool:
    """Whether it serves already."""
    holder = living_service(home.state)
    if holder is None:
        return False
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as call:
        return call.connect_ex(holder.socket) == 0


@pytest.fixture
def leaky(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A service of a fleet whose password is the planted one; it says all it knows. One device is behind a jump."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(PASSWORD_ENV, SECRET)
        with serving(devices=6, latency=0, faults=False) as fleet, living(tmp_path_factory.mktemp("s"), fleet) as home:
            last = fleet.inventory.read_text(encoding="utf-8").splitlines()[-1].partition(",")[0]
            home.settings(
                credentials={"default": {"username": "demo", "password": "ask"}},
                jumps={
                    "bastion": {"host": "127.0.0.1", "username": "alice", "password": "ask"},
                    "rule": [{"where": f"name={last}", "use": "bastion"}],
                },
            )
            environment = home.environment(MARKER=MARKER, TITLES=str(home.root / "titles"))
            home.state.mkdir(mode=0o700, parents=True)
            with (home.root / "service.out").open("wb") as out:
                process = subprocess.Popen(
                    [sys.executable, "-c", LEAKY_SERVICE, "service", "run"],
                    stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment, cwd=home.root,
                )  # fmt: skip
                try:
                    while not answers(home):
                        assert process.poll() is None, (home.root / "service.out").read_text()
                        os.sched_yield()
                    yield home
                finally:
                    process.kill()
                    process.wait()


async def answer(client: ServiceClient, job: str) -> None:
    """Give the codes that it asks for, as they come, until the job ends."""
    try:
        async for event in client.follow(job):
            if isinstance(event, LoginAsked):
                code = LATER if event.device == "jump bastion" else CODE
                await client.supply(job, event.question, answers_to(event.question, (code,)))
    finally:
        await client.close()


async def test_planted_secrets_leave_the_service_by_no_way(leaky: Home) -> None:
    secrets = {"ask:default": SECRET, "ask:jump bastion": JUMP}
    preset = leaky.preset(MARKER, retries={"attempts": 1, "sweep": False})
    order = {"preset": preset, "where": "*", "secrets": secrets, "batch_size": 0, "devices_per_hour": 0}
    with leaky.http() as api:
        job = api.post(JOBS, json=order).json()["id"]
    await answer(leaky.client(), job)
    events = followed(leaky, job)
    said: dict[str, bytes] = {}
    with leaky.http() as api:
        for path in (
            JOBS,
            f"{JOBS}/{job}",
            f"{JOBS}/{job}/events",
            "/api/engine/jobs",
            f"/api/engine/jobs/{job}/status",
        ):
            said[path] = api.get(path).content
        said["refused"] = api.post(JOBS, json={**order, "where": MARKER}).content
    for words in (
        ["jobs", "show", job],
        ["jobs", "list"],
        ["audit", "--json"],
        ["jobs", "export", job, "--format", "json"],
    ):
        done = leaky.call(*words)
        said[" ".join(words[:2])] = (done.out + done.err).encode()
    files = {str(path.relative_to(leaky.root)): path.read_bytes() for path in leaky.root.rglob("*") if path.is_file()}
    # They came as far as the one who leaks: each was asked for, and given.
    assert {
        (event["device"].startswith("jump"), event["given"]) for event in events if event["type"] == "login_answered"
    } == {
        (False, True),
        (True, True),
    }
    found = {
        (name, what)
        for name, text in {**files, **said}.items()
        for what, value in PLANTED.items()
        if any(form in text for form in forms(value))
    }
    assert found == set()
    journal = b"".join(text for name, text in files.items() if "journal.sqlite" in name)
    log = files["state/paceline/paceline.log"]
    places = {**said, "journal": journal, "log": log, "stderr": files["service.out"], "titles": files["titles"]}
    assert [name for name, text in places.items() if MARKER.encode() not in text] == []
    # What was masked is seen to have been: a device's failure, a jump's, a bug.
    for name in ("journal", "log", f"{JOBS}/{job}", f"{JOBS}/{job}/events", "jobs show"):
        assert places[name].count(MARKER.encode() + b" ***") >= 2, name
    assert b"jump bastion: algorithms: " + MARKER.encode() + b" ***" in journal
    assert log.count(b"ValueError: " + MARKER.encode() + b" ***") == 3
