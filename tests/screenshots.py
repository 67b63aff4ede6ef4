"""Draws `screenshots/*.svg`: what the command line prints for a plan, a demo run and its result, on a small fleet.

Run as `python -m tests.screenshots DIR`. Times, ports and ids differ from run to run; they are set to fixed ones.
"""

import asyncio
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from paceline.demo.fleet import simulated_fleet

WIDTH = 112
DEVICES = 24
PRESET = """name = "health-check"
read_only = true
commands = ["show version", "show process cpu", "show interface brief"]
[platform.cisco_ios]
commands = ["show version", "show processes cpu", "show ip interface brief"]
[platform.juniper_junos]
commands = ["show version", "show chassis routing-engine", "show interfaces terse"]
[pace]
batch_size = 12
order = "spread"
[timeouts]
connect_s = 2
command_idle_s = 2
[retries]
backoff_s = 1
"""
STYLES = (
    (r"^✓.*?succeeded", "green"),
    (r"^[◐?].*?partial", "yellow"),
    (r"^✗.*?failed", "red"),
    (r"^⊘.*?unreachable", "magenta"),
    (r"^   \S+ .*again at.*$", "bright_black"),
    (r"^-- .*$", "cyan"),
    (r"^(FINISHED|STOPPED).*$", "bold"),
    (r"^\$ .*$", "bold white"),
    (r"^! .*$", "yellow"),
)
FIXED = (
    (r"\b\d{2}:\d{2}:\d{2} [A-Z]{3,4}\b", "14:03:12 UTC"),
    (r"\b20\d\d-\d\d-\d\d\b", "2026-11-24"),
    (r"\b\d{8}-\d{4}-([a-z-]+)-[0-9a-f]{4}\b", r"20261124-1402-\1-7f3a"),
    (r"127\.0\.0\.1:\d+", "192.0.2.17:22"),
    (r"\(port \d+\)", "(port 22)"),
)


async def main(folder: Path) -> None:
    """Run the commands on a simulated fleet and draw each."""

    with tempfile.TemporaryDirectory(prefix="paceline-shots-") as name:
        home = Path(name)
        async with simulated_fleet(folder=home / "paceline", devices=DEVICES, seed=3, latency=0.1) as fleet:
            (home / "health-check.toml").write_text(PRESET)
            (home / "fleet.csv").write_bytes(fleet.inventory.read_bytes())
            select = ["./health-check.toml", "-i", "fleet.csv", "--where", "*"]
            for shot, arguments in (
                ("plan", ["plan", *select, "--devices-per-hour", "60"]),
                ("demo", ["run", *select, "--yes"]),
                ("jobs", ["jobs", "show", "last", "--devices", "open"]),
            ):
                said = await asyncio.to_thread(run, arguments, home)
                shown = " ".join(f"'{word}'" if word == "*" else word for word in arguments)
                draw(folder / f"{shot}.svg", f"$ paceline {shown.replace('./', '').replace('.toml', '')}\n{said}")


def run(arguments: list[str], home: Path) -> str:
    """What `paceline` prints."""
    environment = {
        **os.environ, "XDG_CONFIG_HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "TZ": "UTC",
        "PYTHONIOENCODING": "utf-8", "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }  # fmt: skip
    program = "import sys; from paceline.cli.main import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=home,
        env=environment,
        capture_output=True,
        check=False,
        timeout=120,
    )
    if done.returncode == 2:
        raise SystemExit(done.stderr.decode())
    return done.stdout.decode()


def draw(path: Path, said: str) -> None:
    """One SVG; long lines are cut with an ellipsis as a terminal's edge would."""
    for pattern, value in FIXED:
        said = re.sub(pattern, value, said)
    console = Console(record=True, width=WIDTH, file=open(os.devnull, "w"), force_terminal=True)  # noqa: SIM115, PTH123
    for line in said.splitlines():
        text = Text(line if len(line) <= WIDTH else line[: WIDTH - 1] + "…")
        for pattern, style in STYLES:
            text.highlight_regex(pattern, style)
        console.print(text, soft_wrap=True, highlight=False)
    path.write_text(console.export_svg(title="paceline", unique_id=f"paceline-{path.stem}"))


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(exist_ok=True)
    asyncio.run(main(Path(sys.argv[1])))
