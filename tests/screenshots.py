"""Draws `screenshots/*.svg`: `python -m tests.screenshots DIR`.

What the command line prints for a plan, a run and its result: its own lines, of a job on the virtual loop over the
simulated network with its faults and latencies. The same bytes everywhere, and nothing of a machine in them.
"""

import asyncio
import csv
import io
import os
import re
import sys
import tempfile
import time
from dataclasses import replace
from html import escape
from pathlib import Path
from unittest.mock import patch

from tests.virtual_loop import EPOCH, run, virtual_now

from paceline.cli.faces import PlainFace, Printer
from paceline.cli.jobs_text import job_lines
from paceline.cli.launch import Launch, LaunchOptions, prepare
from paceline.cli.preview import preview_lines
from paceline.config.paths import Paths, find_paths
from paceline.demo.faults import HANGING_TOPICS, Fault
from paceline.demo.interpreter import Interpreter
from paceline.demo.latency import Latency
from paceline.demo.network import Network, SimulatedDevice, build_network
from paceline.engine.local import LocalEngine
from paceline.model.failure import FailureKind
from paceline.model.job import Command, JobSpec
from paceline.model.secret import Secrets
from paceline.model.states import CommandState
from paceline.model.status import JobStatus
from paceline.plan.durations import expect
from paceline.plan.forecast import live_forecast
from paceline.session.base import CommandResult, OutputSink, SessionError, SessionPorts, SessionRequest
from paceline.store.memory import MemoryJournal, MemoryOutputs

DEVICES, SEED = 24, 3
JOB = "20260105-2200-health-check-7f3a"
SETTINGS = '[credentials.default]\nusername = "netops"\nkey_file = "~/.ssh/id_ed25519"\n'
RUN = "health-check -i fleet.csv --where '*'"

CELL, ROW, MARGIN, BAR = 8.62, 19, 18, 34
"""Pixels: a character of 14-pixel type, a line, around the text, and the bar above it."""
FONTS = "'Fira Code', 'DejaVu Sans Mono', Menlo, Consolas, monospace"


class SimulatedSessions:
    """A SessionFactory over the simulated network, without a wire: its answers, latencies and faults."""

    def __init__(self, network: Network) -> None:
        self._network, self._interpreter = network, Interpreter(network, EPOCH)

    async def open(self, request: SessionRequest, ports: SessionPorts) -> "SimulatedSession":
        """Connect and log in, as far as the device's fault lets it. Raises SessionError."""
        device, where = self._network.devices[request.device.name], f"{request.device.address}:{request.device.port}"
        latency = Latency(device.dice("latency"), device.pace, 1.0)
        if device.fault is Fault.UNREACHABLE:
            raise SessionError(
                FailureKind.REFUSED, f"{where} refuses the connection: SSH off, another port, lines full?"
            )
        if device.fault is Fault.SILENT:
            patience_s = request.timeouts.connect_s
            await asyncio.sleep(patience_s)
            raise SessionError(
                FailureKind.NO_BANNER, f"{where}: TCP is open, no SSH greeting in {patience_s:g} s: overloaded?"
            )
        async with ports.permit("connect"):
            await ports.connected()
        async with ports.permit("login"):
            await asyncio.sleep(latency.login_s())
        if device.fault is Fault.LOGIN_REJECTED:
            user = request.credential.username
            raise SessionError(FailureKind.AUTH_REJECTED, f"{where} rejected {user}: the key is not authorised there")
        return SimulatedSession(device, self._interpreter, latency, request.timeouts.command_idle_s)


class SimulatedSession:
    """A conversation with one simulated device."""

    def __init__(self, device: SimulatedDevice, interpreter: Interpreter, latency: Latency, patience_s: float) -> None:
        self._device, self._interpreter, self._latency, self._patience_s = device, interpreter, latency, patience_s

    @property
    def name_seen(self) -> str:
        """Its own name."""
        return self._device.name

    async def run(self, command: Command, sink: OutputSink) -> CommandResult:
        """What the device answers, when it does."""
        reply = self._interpreter.reply(self._device, command.command, virtual_now(), "netops")
        if self._device.fault is Fault.HANGING_COMMAND and reply.topic in HANGING_TOPICS:
            await asyncio.sleep(self._patience_s)
            waited = f"nothing for {self._patience_s:g} s, 0 bytes"
            return CommandResult(CommandState.TIMED_OUT, FailureKind.COMMAND_TIMEOUT, waited)
        await asyncio.sleep(self._latency.command_s())
        sink.write("".join(f"{line}\n" for line in reply.lines).encode())
        if reply.topic:
            return CommandResult(CommandState.SUCCEEDED)
        reason = next(line for line in reply.lines if line.startswith("%") or "error" in line)
        return CommandResult(CommandState.REJECTED, FailureKind.COMMAND_REJECTED, reason)

    async def close(self) -> None:
        """Nothing is open."""


def main(folder: Path) -> None:
    """Draw every picture into `folder`."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    network = build_network(DEVICES, SEED)
    with tempfile.TemporaryDirectory(prefix="paceline-screenshots-") as name:
        paths = replace(find_paths(), config=Path(name), state=Path(name) / "state")
        paths.settings.write_text(SETTINGS, encoding="utf-8")
        os.chdir(name)
        Path("fleet.csv").write_text(inventory(network), encoding="utf-8")
        with patch("paceline.cli.preview.now", lambda: EPOCH):
            paced = launch(paths, devices_per_hour=30, batch_size=8)
            draw(folder / "plan.svg", f"plan {RUN} --batch-size 8 --devices-per-hour 30", preview_lines(paced, paths))
        lines, status = run(follow(launch(paths).spec, network))
    draw(folder / "run.svg", f"run {RUN} --yes", lines)
    draw(folder / "jobs.svg", "jobs show last --devices open", job_lines(status, "open"))


def inventory(network: Network) -> str:
    """The devices as CSV, at addresses kept for documentation (RFC 5737)."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("name", "address", "platform", "country", "site", "role"))
    for number, device in enumerate(network.devices.values(), 1):
        writer.writerow(
            (device.name, f"192.0.2.{number}", device.platform, device.country.code, device.site, device.role)
        )
    return text.getvalue()


def launch(paths: Paths, **pace: float) -> Launch:
    """The shipped health check on all devices, under a fixed id and hour."""
    made = prepare(LaunchOptions("health-check", "fleet.csv", "*", pace), paths)
    fixed = {"id": JOB, "created_at": EPOCH, "created_by": "netops", "seed": SEED}
    return replace(made, spec=made.spec.model_copy(update=fixed))


async def follow(spec: JobSpec, network: Network) -> tuple[list[str], JobStatus]:
    """Run the job; the lines a person sees, and what it came to."""
    times, out, status = expect(spec), io.StringIO(), JobStatus()
    engine = LocalEngine(
        SimulatedSessions(network), MemoryJournal(), MemoryOutputs(), virtual_now,
        forecaster=lambda current, at: live_forecast(current, at, times),
    )  # fmt: skip
    await engine.start(spec, Secrets())
    face = PlainFace(Printer(out), is_unicode=True)
    async for event in engine.follow(spec.id):
        status.apply(event)
        face.show(event, status)
    await engine.wait(spec.id)
    return out.getvalue().splitlines(), status


def draw(path: Path, command: str, lines: list[str]) -> None:
    """A terminal's window as wide as its longest line. Every word stands in its column, whatever the font."""
    prompt = f"$ paceline {command}"
    width = max(100, len(prompt), *(len(line) for line in lines)) * CELL + 2 * MARGIN
    height = BAR + MARGIN + (len(lines) + 1) * ROW + MARGIN / 2
    dots = "".join(
        f'<circle cx="{MARGIN + 6 + 20 * place}" cy="{BAR / 2 + 2:g}" r="6" fill="{fill}"/>'
        for place, fill in enumerate(("#e5645c", "#dfb348", "#5fae58"))
    )
    rows = [_row(0, prompt, "#8fd0a4"), *(_row(number, line, "#d8dee6") for number, line in enumerate(lines, 1))]
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.1f} {height:.1f}" role="img">\n'
        f"<title>{escape(prompt)}</title>\n"
        f'<rect width="{width:.1f}" height="{height:.1f}" rx="8" fill="#171b21"/>\n{dots}\n'
        f'<g font-family="{FONTS}" font-size="14" style="font-variant-ligatures: none">\n'
        + "\n".join(rows)
        + "\n</g>\n</svg>\n",
        encoding="utf-8",
    )


def _row(number: int, line: str, fill: str) -> str:
    """One line: each run of words between two or more spaces at its own place, with its own length."""
    y = BAR + MARGIN + number * ROW
    return "".join(
        f'<text x="{MARGIN + run.start() * CELL:.1f}" y="{y}" fill="{fill}" textLength="{len(run[0]) * CELL:.1f}" '
        f'lengthAdjust="spacingAndGlyphs">{escape(run[0])}</text>'
        for run in re.finditer(r"\S+(?: \S+)*", line)
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
