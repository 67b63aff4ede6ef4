"""A disk that is full or read-only, for real: a sentence, exit code 2, and nothing that was done is lost."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.cli.desk import ENTRY, Done, Place, serving

from paceline.demo.fleet import Fleet

pytestmark = pytest.mark.integration

ALL = ("--where", "*")
DEVICES = 40
COMMANDS = ("show version", "show lldp neighbors")


@pytest.fixture(scope="module")
def routers() -> Iterator[Fleet]:
    """Routers that answer at once and have no faults."""
    with serving(devices=DEVICES, latency=0, faults=False) as fleet:
        yield fleet


@contextmanager
def mounted(folder: Path, kilobytes: int) -> Iterator[None]:
    """A file system of its own at `folder`. Needs root, as every integration test does."""
    folder.mkdir(parents=True, exist_ok=True)
    _mount("-t", "tmpfs", "-o", f"size={kilobytes}k,mode=0700", "paceline-test", str(folder))
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def resize(folder: Path, kilobytes: int) -> None:
    _mount("-o", f"remount,size={kilobytes}k", str(folder))


def make_read_only(folder: Path) -> None:
    _mount("-o", "remount,ro", str(folder))


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def told(done: Done, *words: str) -> None:
    assert done.code == 2, done.err
    assert "Traceback" not in done.err
    assert "bug" not in done.err
    for word in words:
        assert word in done.err


def ended(events: list[dict[str, object]]) -> set[str]:
    """Devices that were reported done."""
    return {str(event["device"]) for event in events if event["type"] == "attempt_ended"}


@pytest.mark.parametrize("kilobytes", [200, 250, 400, 700])
def test_a_job_on_a_full_disk_is_interrupted_and_goes_on_when_there_is_room(
    tmp_path: Path, routers: Fleet, kilobytes: int
) -> None:
    place = Place(tmp_path, routers)
    name = place.preset("collect", COMMANDS, pace={"batch_size": 5}, gates={"max_unreachable": 0})
    with mounted(place.state, kilobytes):
        done = place.process("run", name, *ALL, "--json", "--yes")
        job = done.events[0]["job"]
        reported = ended(done.events)
        assert not done.of("job_finished")
        told(done, f"job {job} is interrupted: ", f"go on with `paceline jobs resume {job}`")
        assert f"{len(reported)} of {DEVICES} devices had ended and are kept" in done.err
        before = {device: files for device, files in place.outputs(job).items() if device in reported}
        assert all(len(files) == len(COMMANDS) for files in before.values())
        assert len(before) == len(reported)

        # Still full: again a sentence, and still nothing lost.
        told(place.process("jobs", "resume", job))

        resize(place.state, 64 * 1024)
        row = json.loads(place.process("jobs", "list", "--json").out)
        assert (row["id"], row["state"]) == (job, "interrupted")
        assert row["counts"].get("succeeded", 0) >= len(reported)
        mark = place.mark()
        resumed = place.process("jobs", "resume", job, "--json")
        assert resumed.code == 0, resumed.err
        assert resumed.events[-1]["counts"]["succeeded"] == DEVICES
        after = place.outputs(job)
        assert {device: after[device] for device in before} == before
        assert {entry.device for entry in place.seen(mark) if entry.kind == "login"}.isdisjoint(reported)
        complete = {device: [name for name in files if not name.endswith(".part")] for device, files in after.items()}
        assert len(complete) == DEVICES
        assert all(len({name[:2] for name in files}) == len(COMMANDS) for files in complete.values())


def test_a_job_in_the_service_is_interrupted_by_a_full_disk_and_goes_on_in_the_same_service(
    tmp_path_factory: pytest.TempPathFactory, routers: Fleet
) -> None:
    place = Place(tmp_path_factory.mktemp("f"), routers)
    place.settings(service={"idle_s": 60})
    name = place.preset("collect", COMMANDS, pace={"batch_size": 5}, gates={"max_unreachable": 0})
    with mounted(place.state, 600):
        assert place.process("service", "start").code == 0
        try:
            done = place.process("run", name, *ALL, "--json", "--yes")
            job, reported = done.events[0]["job"], ended(done.events)
            told(done, f"job {job} is interrupted: ", f"go on with `paceline jobs resume {job}`")
            assert "full" in done.err or "no space left" in done.err
            before = {device: files for device, files in place.outputs(job).items() if device in reported}
            assert len(before) == len(reported) < DEVICES

            # The service is as before, and says where the job stands.
            service = json.loads(place.process("service", "status", "--json").out)
            assert (service["is_running"], service["running"]) == (True, [])
            assert place.process("jobs", "show", job).lines[0].split()[1] == "INTERRUPTED"
            told(place.process("jobs", "resume", job))

            resize(place.state, 64 * 1024)
            mark = place.mark()
            resumed = place.process("jobs", "resume", job, "--json")
            assert resumed.code == 0, resumed.err
            assert resumed.events[-1]["counts"]["succeeded"] == DEVICES
            assert {entry.device for entry in place.seen(mark) if entry.kind == "login"}.isdisjoint(reported)
            after = place.outputs(job)
            assert {device: after[device] for device in before} == before
            assert json.loads(place.process("service", "status", "--json").out)["pid"] == service["pid"]
        finally:
            place.process("service", "stop", "--interrupt")


@pytest.mark.parametrize("kilobytes", [4, 32, 60])
def test_where_a_job_has_no_room_to_begin_nothing_is_begun(tmp_path: Path, routers: Fleet, kilobytes: int) -> None:
    place = Place(tmp_path, routers)
    name = place.preset("collect", COMMANDS)
    mark = place.mark()
    with mounted(place.state, kilobytes):
        done = place.process("run", name, *ALL, "--json", "--yes")
        told(done, str(place.state))
        assert done.out == ""
        assert not [entry for entry in place.seen(mark) if entry.kind == "login"]
        resize(place.state, 64 * 1024)
        assert place.process("run", name, *ALL, "--yes").code == 0


def test_a_read_only_state_folder_is_told_and_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, routers: Fleet
) -> None:
    place = Place(tmp_path_factory.mktemp("r"), routers)
    name = place.preset("collect", COMMANDS)
    with mounted(place.state, 64 * 1024):
        done = place.process("run", name, *ALL, "--json", "--yes")
        assert done.code == 0, done.err
        job = done.events[0]["job"]
        make_read_only(place.state)
        mark = place.mark()
        told(
            place.process("run", name, *ALL, "--yes"),
            f"cannot write to the state folder {place.state}: its file system is read-only",
        )
        told(place.process("service", "start"), "read-only")
        assert place.mark() == mark
        assert place.process("jobs", "list").out.startswith(job)
        assert place.process("jobs", "show", job, "--devices", "none").lines[0] == f"{job}  FINISHED"
        device = done.of("attempt_ended")[0]["device"]
        assert place.process("jobs", "output", job, device, "1").out
        assert place.process("jobs", "export", job, "--format", "csv").code == 0
        assert place.process("plan", name, *ALL).code == 0


def test_a_state_folder_without_the_right_to_write_is_told(tmp_path: Path, routers: Fleet) -> None:
    place = Place(tmp_path, routers)
    name = place.preset("collect", COMMANDS)
    place.state.mkdir(parents=True)
    place.state.chmod(0o500)
    mark = place.mark()
    # Root writes everywhere unless it gives up the right to.
    dropped = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner"]
    done = subprocess.run(
        [*dropped, sys.executable, "-c", ENTRY, "run", name, *ALL, "--yes"],
        env=place.environment(), cwd=place.root, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    told(
        Done(done.returncode, done.stdout, done.stderr),
        f"cannot write to the state folder {place.state}: no permission; set XDG_STATE_HOME to use another one",
    )
    assert place.mark() == mark
    assert list(place.state.iterdir()) == []


def test_a_config_folder_that_is_read_only_keeps_its_presets(tmp_path: Path, routers: Fleet) -> None:
    place = Place(tmp_path, routers)
    name = place.preset("collect", COMMANDS)
    with mounted(place.config / "presets", 1024):
        # The mount hides what was there.
        place.preset("collect", COMMANDS)
        make_read_only(place.config / "presets")
        told(place.process("presets", "save", name, "--as", "other"), "other.toml: cannot be written: Read-only")
        told(place.process("presets", "delete", name, "--yes"), "cannot be deleted: Read-only")
        assert place.process("plan", name, *ALL).code == 0
