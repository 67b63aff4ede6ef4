"""Rows of what an operator sees, on a real pseudo-terminal: a busy Monitor, the first frame, an idle screen."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.busy_monitor import MARK
from tests.bench.figure import Figure
from tests.bench.fleet import ROOT
from tests.bench.screen import Screen
from tests.integration.workspace import APP

CHANGES_PER_SECOND = 500
SETTLE_S, WATCH_S, IDLE_S = 4.0, 12.0, 6.0
KEY_EVERY_S = 0.15
REPEATS = 5
MODES = (b"1 Configure", b"Leave")
"""Words at the top and the bottom of every screen: the first frame is whole when both are there."""
PACELINE = "import sys; from paceline.cli.main import main; sys.exit(main())"


def environment(folder: Path) -> dict[str, str]:
    """An operator's, with folders of their own; 256 colours, as over SSH."""
    folders = {f"XDG_{kind.upper()}_HOME": str(folder / kind) for kind in ("config", "state", "cache")}
    kept = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "TERM": "xterm-256color"}
    return {**kept, **folders, "PYTHONPATH": f"{APP}{os.pathsep}{ROOT}"}


def busy_monitor(folder: Path) -> list[Figure]:
    """10,000 devices, 500 changes a second: processor, key echo, bytes."""
    with monitor(folder, CHANGES_PER_SECOND) as screen:
        screen.shows(MODES[1])
        screen.watch(SETTLE_S)
        echoes: list[float] = []
        share, rate = screen.watch(WATCH_S, typist(screen, echoes))
    echo_s = sorted(echoes)[int(len(echoes) * 0.95)]
    what = f"monitor of 10,000 devices at {CHANGES_PER_SECOND} changes/s"
    details = {"keys": len(echoes), "median_ms": round(1000 * sorted(echoes)[len(echoes) // 2], 2)}
    return [
        Figure(f"{what}: processor", "% of a core", 100 * share, 10, 4),
        Figure(f"{what}: key echo p95", "ms", 1000 * echo_s, 30, 10, details=details),
        Figure(f"{what}: terminal", "KB/s", rate / 1000, 10, 5),
    ]


def typist(screen: Screen, echoes: list[float]) -> Callable[[], None]:
    """Presses `j` now and then, and notes how long its frame took to come."""
    following = [time.monotonic()]

    def type_one() -> None:
        if time.monotonic() < following[0]:
            return
        begin, size = time.monotonic(), len(screen.out)
        screen.press(b"j")
        screen.shows(MARK.format(len(echoes) + 1).encode(), size)
        echoes.append(time.monotonic() - begin)
        following[0] = begin + KEY_EVERY_S

    return type_one


def monitor(folder: Path, per_second: int) -> Screen:
    """The screens on a scripted job."""
    command = [sys.executable, "-m", "tests.bench.busy_monitor", str(folder), str(per_second)]
    return Screen(command, environment(folder), folder)


def paceline(folder: Path) -> Screen:
    """`paceline` as an operator calls it, on sixty devices."""
    config = folder / "config" / "paceline"
    config.mkdir(parents=True, exist_ok=True)
    rows = "\n".join(f"r{n:02d},192.0.2.{n},cisco_iosxr,DE" for n in range(1, 61))
    (config / "fleet.csv").write_text(f"name,address,platform,country\n{rows}\n", encoding="utf-8")
    (config / "paceline.toml").write_text('inventory = "fleet.csv"\n', encoding="utf-8")
    return Screen([sys.executable, "-c", PACELINE], environment(folder), folder)


def first_frame(folder: Path) -> list[Figure]:
    """Processor time of `paceline` until its first frame is whole: the least of some starts."""
    times = []
    for _ in range(REPEATS):
        with paceline(folder) as screen:
            for word in MODES:
                screen.shows(word)
            times.append(screen.cpu_s())
    return [Figure("first frame of paceline", "ms of processor", 1000 * min(times), 350, 250)]


def idle(folder: Path) -> list[Figure]:
    """Nobody types and nothing changes: Configure on sixty devices, Monitor on 10,000."""
    figures = []
    for name, opened in (("Configure", paceline(folder)), ("Monitor", monitor(folder, 0))):
        with opened as screen:
            screen.shows(MODES[1])
            screen.watch(SETTLE_S)
            share, rate = screen.watch(IDLE_S)
        figures += [
            Figure(f"idle {name}: processor", "% of a core", 100 * share, 1, 0.1),
            Figure(f"idle {name}: terminal", "B/s", rate, 100, 0),
        ]
    return figures
