"""One service on a state folder, whoever starts it and whatever an earlier one left there; and its clock."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from unittest import mock

import pytest
from tests.service.conftest import Home

from paceline.model import event as ev
from paceline.service.place import PlaceError, living_service, socket_path
from paceline.service.start import ensure_service
from paceline.store.reader import JournalReader
from paceline.store.state_lock import FILE_NAME, StateLock

FACES = 10
STILL_S = 1.0
"""How long a service stands still; ten devices are due in that time."""


@pytest.fixture
def environment(home: Home) -> Iterator[None]:
    """The home's own, for services that this process starts."""
    with mock.patch.dict(os.environ, home.environment(), clear=True):
        yield


@pytest.mark.usefixtures("environment")
def test_of_ten_faces_that_start_one_at_once_each_finds_the_same(home: Home) -> None:
    with ThreadPoolExecutor(FACES) as faces:
        found = list(faces.map(lambda _: ensure_service(home.state), range(FACES)))
    assert {holder.pid for holder in found} == {home.pid}
    assert {holder.socket for holder in found} == {home.socket}
    assert [path.name for path in (home.state / "run").rglob("*.sock")] == ["api.sock"]


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("host", ["", "jump07"], ids=["here", "on another host"])
def test_what_a_dead_service_left_is_in_nobodys_way(home: Home, host: str) -> None:
    path = socket_path(home.state)
    path.parent.mkdir(mode=0o700, parents=True)
    path.write_bytes(b"")
    said = {"host": host or os.uname().nodename, "pid": 1, "boot": "of-last-week", "socket": str(path), "left": {}}
    (home.state / FILE_NAME).write_text(json.dumps(said) + 200 * " ")
    assert living_service(home.state) is None
    assert ensure_service(home.state).pid == home.pid
    assert home.call("service", "status").code == 0


def test_one_that_lives_on_another_host_is_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.state.mkdir(parents=True)
    lock = StateLock(home.state, serves_at="/somewhere/api.sock")
    lock.acquire()
    monkeypatch.setattr("socket.gethostname", lambda: "jump07")
    with pytest.raises(PlaceError, match=f"is process {os.getpid()} on .*: use it there"):
        living_service(home.state)
    lock.release()


def test_the_lock_names_its_holder_at_every_moment(home: Home) -> None:
    home.state.mkdir(parents=True)
    lock = StateLock(home.state)
    lock.acquire()
    for count in (40, 0, 3):
        lock.record({f"job-{number}": number for number in range(count)})
        holder = living_service(home.state)
        assert holder is None
        said = json.loads(lock.path.read_text())
        assert (said["pid"], len(said["left"])) == (os.getpid(), count)
    with (
        mock.patch("os.pwrite", side_effect=OSError(28, "No space left on device")),
        pytest.raises(Exception, match="no space"),
    ):
        lock.record({})
    assert json.loads(lock.path.read_text())["pid"] == os.getpid()
    lock.release()


def test_a_service_that_stood_still_has_earned_no_credit(home: Home) -> None:
    preset = home.preset(pace={"batch_size": 1, "mode": "rolling", "devices_per_hour": 36_000})
    home.start()
    with home.popen("run", preset, "--where", "*", "--json", "--yes") as run:
        assert run.stdout is not None
        next(line for line in run.stdout if '"batch_started"' in line)
        os.kill(home.pid, signal.SIGSTOP)
        threading.Event().wait(STILL_S)
        os.kill(home.pid, signal.SIGCONT)
        _, err = run.communicate(timeout=60)
    assert run.returncode == 0, err
    reader = JournalReader(home.state / "journal.sqlite")
    starts = [event.at.timestamp() for event in reader.events(home.journal().id) if isinstance(event, ev.BatchStarted)]
    reader.close()
    assert len(starts) == 8
    still = max(range(7), key=lambda index: starts[index + 1] - starts[index])
    assert starts[still + 1] - starts[still] > STILL_S / 2
    # One may come late by its own wait, and the next in its time: none besides is brought forward.
    after = starts[still + 1 :]
    assert all(third - first > 0.09 for first, third in pairwise(after[::2]))
