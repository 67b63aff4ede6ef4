"""Real services, quickly: a process that has everything loaded forks one for each request, and says how each ended.

A service takes a second to load; these begin at once, which lets a test kill a hundred of them. Each may be told to
kill itself before or after its n-th commit.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WAIT_S = 60.0
APP, ROOT = Path(__file__).parents[2] / "app", Path(__file__).parents[2]


@dataclass
class Nursery:
    """The test's side."""

    process: subprocess.Popen[str]

    def begin(self, environment: Mapping[str, str], kill_at: int = 0, *, is_after: bool = False) -> bool:
        """Begin a service; whether it came to serve. With `kill_at` it dies before or after that commit."""
        assert self.process.stdin is not None
        asked = {"environment": dict(environment), "kill_at": kill_at, "is_after": is_after}
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        return self._line().startswith("serving")

    def ended(self) -> int:
        """Wait until the service that serves has ended; its exit code, or minus the signal."""
        word, _, code = self._line().partition(" ")
        assert word == "ended", word
        return int(code)

    def _line(self) -> str:
        assert self.process.stdout is not None
        assert select.select([self.process.stdout], [], [], WAIT_S)[0], "the service said nothing"
        return self.process.stdout.readline()


@contextlib.contextmanager
def nursery() -> Iterator[Nursery]:
    """One that ends with the block; so do its services, each of which is killed by its test."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.service.nursery"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True, bufsize=1,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(APP), str(ROOT)])},
    )  # fmt: skip
    try:
        yield Nursery(process)
    finally:
        process.communicate(timeout=WAIT_S)


# -- its own process ------------------------------------------------------------------------------------


def main() -> None:
    """Fork a service for each line of standard input; say `ended CODE` of each."""
    from paceline.cli.main import main as paceline

    for module in ("cli.service", "launch.order", "service.daemon", "session.factory", "store.outputs"):
        __import__(f"paceline.{module}")
    _warm()
    for line in iter(sys.stdin.readline, ""):
        asked = json.loads(line)
        pid = os.fork()
        if not pid:
            os.setsid()
            os.environ.clear()
            os.environ.update(asked["environment"])
            if asked["kill_at"]:
                _die_at(asked["kill_at"], is_after=asked["is_after"])
            os._exit(paceline(("service", "run")))
        _, status = os.waitpid(pid, 0)
        # Its own line, `serving at …`, came before.
        os.write(1, f"ended {os.waitstatus_to_exitcode(status)}\n".encode())


def _warm() -> None:
    """Models are built when they are first used, and no service need do that anew."""
    from paceline.launch.order import JobOrder
    from paceline.model.job import JobSpec
    from paceline.model.preset import Preset
    from paceline.model.settings import Settings
    from paceline.service import wire

    for model in (JobSpec, JobOrder, Preset, Settings, wire.StartBody, wire.ControlBody, wire.SupplyBody):
        model.model_rebuild()


def _die_at(kill_at: int, *, is_after: bool) -> None:
    """Have the journal of this process kill it at a commit, on the thread that writes."""
    from paceline.store.journal import Journal

    commit, made = Journal.commit, 0

    def counted(self: Journal, spec: Any, events: Sequence[Any]) -> None:
        nonlocal made
        made += 1
        if made == kill_at and not is_after:
            os.kill(os.getpid(), signal.SIGKILL)
        commit(self, spec, events)
        if made == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    Journal.commit = counted  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
