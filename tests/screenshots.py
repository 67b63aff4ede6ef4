"""Draws `screenshots/*.svg`: `python -m tests.screenshots DIR`.

What the command line prints for a plan, a run and its result: its own lines, of a job on the virtual loop over the
simulated network with its faults and latencies. The same bytes everywhere, and nothing of a machine in them.
"""

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

from tests.simulated import SimulatedSessions, inventory
from tests.virtual_loop import EPOCH, run, virtual_now

from paceline.cli.faces import PlainFace, Printer
from paceline.cli.jobs_text import job_lines
from paceline.cli.preview import preview_lines
from paceline.config.paths import Paths, find_paths
from paceline.demo.network import Network, build_network
from paceline.engine.local import LocalEngine
from paceline.launch.prepare import Launch, LaunchOptions, prepare
from paceline.model.job import JobSpec
from paceline.model.secret import Secrets
from paceline.model.status import JobStatus
from paceline.plan.durations import expect
from paceline.plan.forecast import live_forecast
from paceline.store.memory import MemoryJournal, MemoryOutputs

DEVICES, SEED = 24, 3
JOB = "20260105-2200-health-check-7f3a"
SETTINGS = '[credentials.default]\nusername = "netops"\nkey_file = "~/.ssh/id_ed25519"\n'
RUN = "health-check -i fleet.csv --where '*'"

CELL, ROW, MARGIN, BAR = 8.62, 19, 18, 34
"""Pixels: a character of 14-pixel type, a line, around the text, and the bar above it."""
FONTS = "'Fira Code', 'DejaVu Sans Mono', Menlo, Consolas, monospace"


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
