"""`paceline forecast`: how good forecasts were."""

import json
from collections.abc import Sequence

import click

from paceline.cli.finding import open_reader
from paceline.config.paths import find_paths
from paceline.model.text import printable
from paceline.model.time import as_duration
from paceline.report.calibration import QUARTERS, Calibration, Grade, as_row, as_summary, calibrate, grades_of


@click.group(epilog="\b\nExamples:\n  paceline forecast report\n  paceline forecast report --last 10\n")
def forecast() -> None:
    """What was foreseen of past jobs, and what came of it."""


@forecast.command("report", epilog="\b\nExamples:\n  paceline forecast report\n  paceline forecast report --json\n")
@click.option("--json", "is_json", is_flag=True, help="One JSON document: the figures, and every job's.")
@click.option("--last", type=click.IntRange(min=1), default=50, show_default=True, help="So many jobs, the newest.")
def report_forecasts(*, is_json: bool, last: int) -> None:
    """How often the nine-in-ten end held, and how far the likely end was off.

    Of jobs that ended by themselves: a pause, a hold, another pace or a stop is no error of the forecast.
    """
    with open_reader(find_paths()) as reader:
        grades = grades_of(reader, last)
    found = calibrate(grades)
    if is_json:
        click.echo(json.dumps({**as_summary(found), "by_job": [as_row(one) for one in grades]}))
        return
    for line in report_lines(grades, found):
        click.echo(printable(line))


def report_lines(grades: Sequence[Grade], found: Calibration) -> list[str]:
    """The report for people."""
    if not grades:
        return ["no ended job has a forecast yet"]
    kept = "" if found.kept is None else f": {found.kept:.0%} ended within the nine-in-ten end"
    lines = [f"{found.jobs} {'job' if found.jobs == 1 else 'jobs'} without interference{kept}"]
    if found.errors:
        parts = (f"{error:.1%} at {quarter} %" for quarter, error in found.errors.items())
        lines.append(f"median error of the likely end, of the job's length: {', '.join(parts)} of the devices ended")
    if apart := len(grades) - found.jobs:
        lines.append(f"{apart} not counted: paused, held, retuned, stopped, interrupted or waiting for another job")
    width = max(len(one.job) for one in grades)
    heads = "".join(f"{f'at {quarter} %':>9}" for quarter in QUARTERS)
    lines += ["", f"{'job':<{width}} {'took':>8}{heads}  9 in 10"]
    for one in grades:
        errors = "".join(f"{f'{one.errors[at]:+.1%}' if at in one.errors else '-':>9}" for at in QUARTERS)
        said = ", ".join(one.apart) or ("kept" if one.is_kept else "missed")
        lines.append(f"{one.job:<{width}} {as_duration(one.took_s):>8}{errors}  {said}")
    lines += ["", "above 0: the job took longer than it said; -: no forecast was made then (one every 30 s)"]
    return lines
