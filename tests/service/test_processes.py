"""The service as a process: one of it, gone when idle, killed and taken up again."""

import json
import os
import signal
from collections.abc import Iterator

import pytest
from tests.cli.desk import serving
from tests.service.conftest import Home, living

from paceline.demo.fleet import Fleet
from paceline.model.states import DeviceState, JobState
from paceline.service.place import PlaceError, living_service, socket_path
from paceline.store.state_lock import StateLock


@pytest.fixture(scope="module")
def slow_fleet() -> Iterator[Fleet]:
    """Three routers that take a third of a second or more for a command."""
    with serving(devices=3, latency=0.3, faults=False) as running:
        yield running


@pytest.fixture
def slow_home(tmp_path_factory: pytest.TempPathFactory, slow_fleet: Fleet) -> Iterator[Home]:
    with living(tmp_path_factory.mktemp("s"), slow_fleet) as made:
        yield made


def test_two_faces_that_start_one_at_once_use_the_same(home: Home) -> None:
    both = [home.popen("service", "start") for _ in range(2)]
    said = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert {out for out, _ in said} == {f"the service is {name(home)}, at {home.socket}\n"}
    # It belongs to no terminal, and to nobody who started it.
    fields = open(f"/proc/{home.pid}/stat").read().rpartition(")")[2].split()  # noqa: PTH123, SIM115
    assert fields[1] == "1" or fields[1] != str(os.getpid())
    assert fields[4] == "0"
    assert os.readlink(f"/proc/{home.pid}/cwd") == "/"  # noqa: PTH115
    os.kill(home.pid, signal.SIGHUP)
    assert json.loads(home.call("service", "status", "--json").out)["pid"] == home.pid
    done = home.call("service", "stop")
    assert (done.code, home.pid) == (0, 0), done.err
    assert not list((home.state / "run").rglob("*.sock"))
    assert home.call("service", "status").out == "no service runs\n"


def name(home: Home) -> str:
    holder = living_service(home.state)
    assert holder is not None
    return holder.name


def test_it_ends_by_itself_when_nothing_runs_and_nobody_asks(home: Home) -> None:
    home.settings(service={"idle_s": 0.2})
    done = home.call("service", "start")
    assert done.code == 0, done.err
    while home.pid:
        os.sched_yield()


def test_old_jobs_are_dropped_when_another_has_ended(home: Home) -> None:
    home.settings(keep={"jobs": 1})
    home.start()
    with home.http() as api:
        for _ in range(2):
            job = api.post("/api/automation/jobs", json={"commands": ["show version"], "where": "*"}).json()["id"]
            assert api.get(f"/api/automation/jobs/{job}/events").text.count('"job_finished"') == 1
        while [listed["id"] for listed in api.get("/api/automation/jobs").json()] != [job]:
            os.sched_yield()


def test_no_second_engine_beside_it_and_none_of_its_own_beside_another(home: Home) -> None:
    lock = StateLock(home.state)
    lock.acquire()
    done = home.call("service", "start")
    lock.release()
    assert done.code == 2
    assert f"in use by process {os.getpid()} on " in done.err
    home.start()
    done = home.process("run", home.preset(), "--where", "*", "--yes", "--in-process")
    assert done.code == 2
    assert f"in use by process {home.pid} on " in done.err


def test_a_state_folder_too_deep_for_a_socket_is_told(home: Home) -> None:
    deep = home.root / ("x" * 90)
    with pytest.raises(PlaceError, match="a socket's may have 99"):
        socket_path(deep)
    done = home.call("service", "start", XDG_STATE_HOME=str(deep))
    assert done.code == 2
    assert "set XDG_STATE_HOME" in done.err


def test_run_goes_to_the_service_and_the_command_line_controls_it(home: Home) -> None:
    home.start()
    preset = home.preset(pace={"batch_size": 1, "devices_per_hour": 3600}, gates={"canary": 1, "unattended": "hold"})
    with home.popen("run", preset, "--where", "*", "--json", "--yes") as run:
        assert run.stdout is not None
        for line in run.stdout:
            if '"job_held"' in line:
                break
        assert "canary-1: " in home.call("jobs", "answer", "last").out
        assert home.call("jobs", "pause", "last", "--why", "lunch").code == 0
        assert home.call("jobs", "answer", "last", "--go-on").code == 0
        assert home.call("jobs", "retune", "last", "--devices-per-hour", "0", "--batch-size", "0").code == 0
        pending = next(d for d in home.journal().devices.values() if d.state is DeviceState.PENDING)
        assert home.call("jobs", "skip", "last", pending.name).code == 0
        refused = home.call("service", "stop")
        assert (refused.code, "jobs run in it" in refused.err) == (2, True)
        assert home.call("jobs", "resume", "last").code == 0
        out, err = run.communicate(timeout=60)
        assert run.returncode == 1, err
    assert json.loads(out.splitlines()[-1])["counts"]["succeeded"] == 7
    status = home.journal()
    assert status.devices[pending.name].state is DeviceState.SKIPPED
    done = home.call("jobs", "stop", "last")
    assert "has ended (finished): there is nothing left to control" in done.err
    told = home.call("jobs", "follow", "last", "--json")
    assert (told.code, len(told.events)) == (1, status.seq)


def test_a_first_interrupt_of_run_drains_its_job_in_the_service(slow_home: Home) -> None:
    slow_home.start()
    preset = slow_home.preset(pace={"batch_size": 1})
    with slow_home.popen("run", preset, "--where", "*", "--json", "--yes") as run:
        begun(run.stdout, "command_sent")
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=60)
    assert run.returncode == 130, err
    status = slow_home.journal()
    assert (status.state, status.counts[DeviceState.SUCCEEDED]) == (JobState.STOPPED, 1)


def begun(lines: object, kind: str) -> None:
    """Read up to the first event of a kind."""
    assert lines is not None
    for line in lines:  # type: ignore[attr-defined]
        if f'"{kind}"' in line:
            return


def crash(home: Home, **more: object) -> str:
    """Kill the service while the second device of a job runs; the job."""
    preset = home.preset(pace={"batch_size": 1}, after_crash="resume", timeouts={"command_idle_s": 30})
    with home.popen("run", preset, "--where", "*", "--json", "--yes", environment=more) as run:  # type: ignore[arg-type]
        begun(run.stdout, "job_created")
        with home.popen("jobs", "follow", "last", "--json") as follow:
            begun(run.stdout, "attempt_ended")
            begun(run.stdout, "command_sent")
            begun(follow.stdout, "command_sent")
            home.kill()
            _, told = follow.communicate(timeout=60)
        _, err = run.communicate(timeout=60)
    assert (follow.returncode, run.returncode) == (2, 2)
    assert "the service has ended" in told
    assert "of 3 devices had ended and are kept" in told
    assert "the service has ended" in err
    assert "paceline jobs resume" in err
    return home.journal().id


def test_killed_it_takes_up_a_read_only_job_by_itself_and_runs_nothing_of_it_twice(slow_home: Home) -> None:
    slow_home.start()
    job = crash(slow_home)
    before = slow_home.journal()
    settled = {d.name for d in before.devices.values() if d.state.is_final}
    assert settled
    assert slow_home.call("jobs", "show", job).lines[0].split()[1] == "INTERRUPTED"
    mark = slow_home.mark()
    slow_home.start()
    told = slow_home.call("jobs", "follow", job, "--json")
    assert told.code == 0, told.err
    assert [event["seq"] for event in told.events] == list(range(1, len(told.events) + 1))
    assert len(told.of("job_interrupted")) == 1
    assert all(len(files) >= 1 for files in slow_home.outputs(job).values())
    assert len(slow_home.outputs(job)) == 3
    asked = {entry.device for entry in slow_home.seen(mark)}
    assert not asked & settled


def test_killed_its_job_that_needs_a_password_waits_for_it_and_is_answered(slow_home: Home) -> None:
    slow_home.settings(credentials={"default": {"username": "demo", "password": "env:NET"}})
    secret = {"NET": slow_home.fleet.password.reveal()}
    slow_home.start()
    job = crash(slow_home, **secret)
    slow_home.start()
    while not (status := slow_home.journal(job)).questions:
        os.sched_yield()
    assert "sign in again" in status.questions.popitem()[1].message
    missing = slow_home.call("jobs", "answer", job, "--go-on")
    assert (missing.code, "NET is not set there" in missing.err) == (2, True)
    done = slow_home.call("jobs", "answer", job, "--go-on", **secret)
    assert done.code == 0, done.err
    told = slow_home.call("jobs", "follow", job, "--json")
    assert told.code == 0, told.err
    assert secret["NET"] not in told.out
