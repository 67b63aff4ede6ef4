"""The command `paceline`: its subcommands, loaded when they are called, and the way every error leaves it."""

import gc
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any

import click

from paceline import __version__
from paceline.cli.startup import spare_imports
from paceline.model.errors import PacelineError
from paceline.model.redaction import redact
from paceline.model.text import without_controls

EXIT_USAGE = 2
EXIT_BUG = 70
"""Outside the table of exit codes (EX_SOFTWARE of sysexits.h): nothing about the fleet can be concluded."""
EXIT_INTERRUPTED = 130
COLLECTOR = (20_000, 20, 50)
"""Thresholds of the garbage collector."""


class ReaderLeftError(Exception):
    """Nobody reads standard output any more: `head` has its lines, the pager was closed."""


@dataclass(frozen=True, slots=True)
class Lazy:
    """A subcommand by its place, so that listing it imports nothing."""

    place: str
    """`module:attribute`."""
    summary: str


COMMANDS: Mapping[str, Lazy] = MappingProxyType(
    {
        "run": Lazy("paceline.cli.run:run", "Run a preset on the devices it selects, at its pace."),
        "plan": Lazy("paceline.cli.plan:plan", "Show what a run would do: batches, forecast, warnings."),
        "jobs": Lazy("paceline.cli.jobs:jobs", "Past and running jobs: list, show, output, export, control, resume."),
        "attach": Lazy("paceline.cli.attach:attach", "The screens on a job that runs: come back to it."),
        "forecast": Lazy(
            "paceline.cli.forecast:forecast", "How good forecasts were: past jobs against what was foreseen."
        ),
        "audit": Lazy("paceline.cli.audit:audit", "What was done: starts, stops, logins, accepted keys, overrides."),
        "presets": Lazy("paceline.cli.presets:presets", "Your presets and the shipped ones: list, show, save, delete."),
        "hostkeys": Lazy("paceline.cli.hostkeys:hostkeys", "The devices' host keys: scan, accept, list, remove."),
        "service": Lazy(
            "paceline.cli.service:service", "The background process that owns running jobs: start, status."
        ),
        "demo": Lazy("paceline.cli.demo:demo", "Try it on a simulated fleet of real SSH servers on loopback."),
        "check": Lazy("paceline.cli.check:check", "Look over settings, presets, platforms, themes and inventories."),
        "completion": Lazy("paceline.cli.completion:completion", "Print what makes your shell complete paceline."),
    }
)


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself; None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].place.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but with the table's names to suggest from."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            raise click.NoSuchCommand(name, possibilities=list(COMMANDS), ctx=ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """As click does, but a reader that left is told apart: click would end with 1, which means something here."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise ReaderLeftError from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table itself: `--help` imports no subcommand."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.summary) for name, lazy in COMMANDS.items()])


@click.group(cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="paceline %(version)s")
@click.option("--in-process", is_flag=True, help="Jobs of the screens run in their process, and end with it.")
@click.pass_context
def cli(ctx: click.Context, *, in_process: bool) -> int | None:
    """Run commands over SSH on whole network fleets, at a pace you choose.

    Without a command the screens open.
    """
    if ctx.invoked_subcommand is None:
        from paceline.cli.screens import open_screens
        from paceline.config.paths import find_paths

        return open_screens(find_paths(), in_process=in_process)
    if in_process:
        raise click.UsageError("--in-process before a command means nothing; `paceline run PRESET --in-process` does")
    return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code. A command returns its own, or None for 0."""
    _have_streams()
    # Imports make many objects and hardly any garbage; the collector would go over all of them time and again.
    gc.set_threshold(*COLLECTOR)
    spare_imports()
    code = 0
    try:
        code = _guarded(lambda: cli.main(arguments, prog_name="paceline", standalone_mode=False))
        sys.stdout.flush()
    except (ReaderLeftError, BrokenPipeError):
        _drop_output()
        return EXIT_INTERRUPTED
    except OSError as error:
        _drop_output()
        # When a command met it itself, it is told already.
        return code if code == EXIT_USAGE else _complain(f"paceline: cannot write the output: {error.strerror}")
    return code


def _have_streams() -> None:
    """A caller may have closed some: what is opened next must not take their place."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is taken: this one.
            os.open(os.devnull, os.O_RDWR)
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


def _drop_output() -> None:
    """Nobody can read it: the interpreter's own flush at the end must not complain either."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _guarded(run: Callable[[], Any]) -> int:
    """The one place where errors become sentences and exit codes."""
    try:
        result = run()
    except (click.Abort, EOFError, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "paceline"
        return _complain(f"{path}: {_sentence(error.format_message())} See `{path} --help`.")
    except click.ClickException as error:
        return _complain(f"paceline: {_sentence(error.format_message())}")
    except (ReaderLeftError, BrokenPipeError):
        raise
    except PacelineError as error:
        return _complain(str(error))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _complain(f"paceline: {where}{error.strerror or error}")
    except Exception as error:  # noqa: BLE001 - a bug ends here, told and kept, never as a traceback on the screen
        return _report_bug(error)
    return result if isinstance(result, int) else 0


def _report_bug(error: Exception) -> int:
    from paceline.config.paths import find_paths
    from paceline.store.crash import tell_crash

    _complain(tell_crash(find_paths().state, error))
    return EXIT_BUG


def _sentence(text: str) -> str:
    line = " ".join(text.split())
    return line if line.endswith((".", "?", "!")) else f"{line}."


def _complain(text: str) -> int:
    click.echo(without_controls(redact(text)), err=True)
    return EXIT_USAGE
