"""What a job will do, before it does it: devices, commands, pace, forecast, and what to think of."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from paceline.cli.consent import keyless_warning
from paceline.cli.engine_room import HistoryForecaster, journal_path
from paceline.cli.faces import clock
from paceline.config.paths import Paths
from paceline.launch.confirm import changing_sentences
from paceline.launch.logins import login_warnings
from paceline.launch.overlap import overlap_warnings
from paceline.launch.prepare import Launch
from paceline.model.job import Command, JobSpec
from paceline.model.time import after, as_duration, now
from paceline.plan.advice import warnings_for
from paceline.plan.effect import EFFECT_WORDS, judge, judged_lines
from paceline.plan.forecast import Estimate, begins, plan_forecast
from paceline.plan.words import batches_words, jumps_words, pace_words, window_words


def preview(launch: Launch, paths: Paths) -> tuple[Estimate, str]:
    """The forecast of the job, and what it rests on."""
    times = HistoryForecaster(journal_path(paths.state)).times(launch.spec)
    return plan_forecast(launch.spec, times), times.basis


def beforehand(launch: Launch, paths: Paths) -> list[str]:
    """Sentences about jobs that have these devices, and about logins that are gone, or end before the job.

    Looks at the journal, at keys and agent; not within a loop.
    """
    said = overlap_warnings(launch.spec, paths.state)
    if not any(one.key_file or one.password == "agent" for one in launch.spec.credentials.values()):
        return said
    estimate, _ = preview(launch, paths)
    return said + login_warnings(launch.spec, after(max(now(), begins(launch.spec)), estimate.nine_in_ten_s))


def preview_lines(launch: Launch, paths: Paths, keyless: Sequence[str] = (), said: Sequence[str] = ()) -> list[str]:
    """The plan as lines for people. `keyless`: devices whose host key is recorded nowhere; `said`: see `beforehand`."""
    spec = launch.spec
    estimate, basis = preview(launch, paths)
    start = max(now(), begins(spec))
    devices = [target.device for target in spec.targets]
    countries = Counter(device.country for device in devices)
    lines = [
        f"{spec.name}: {_many(len(spec.targets), 'device')} of {len(launch.inventory.devices)} "
        f"from {launch.inventory_path}, {'read only' if spec.read_only else 'MAY CHANGE DEVICES'}",
        "countries   " + "  ".join(f"{code} {count}" for code, count in sorted(countries.items())),
        *([f"jumps       {through}"] if (through := jumps_words(device.jump for device in devices)) else []),
        *_command_lines(spec),
        f"pace        {pace_words(spec.pace)}",
        *([f"window      {window}"] if (window := window_words(spec)) else []),
        f"batches     {batches_words(spec.pace, estimate)}",
        f"likely end  {_end(start, estimate.likely_s)}",
        f"9 in 10     {_end(start, estimate.nine_in_ten_s)}",
        f"held by     {estimate.held_by}; durations from {basis}",
    ]
    lines += [f"! {sentence}" for sentence in changing_sentences(spec)]
    lines += [f"! {warning}" for warning in (*_warnings(launch, estimate, keyless), *said)]
    return lines


def preview_json(launch: Launch, paths: Paths, keyless: Sequence[str], said: Sequence[str] = ()) -> dict[str, Any]:
    """The plan as plain data."""
    spec = launch.spec
    estimate, basis = preview(launch, paths)
    return {
        "name": spec.name,
        "devices": [target.device.name for target in spec.targets],
        "countries": dict(Counter(target.device.country for target in spec.targets)),
        "jumps": dict(Counter(target.device.jump for target in spec.targets if target.device.jump)),
        "read_only": spec.read_only,
        "effects": {line.line: line.verdict.words for line in judged_lines(spec)},
        "commands": [[command.command for command in commands] for commands in spec.command_sets],
        "pace": spec.pace.model_dump(),
        "window": spec.window.model_dump(mode="json"),
        "windows": {text: len(names) for text, names in spec.windows.items()},
        "batches": estimate.batches,
        "last_batch": estimate.last_batch,
        "likely_s": round(estimate.likely_s, 1),
        "nine_in_ten_s": round(estimate.nine_in_ten_s, 1),
        "held_by": estimate.held_by,
        "basis": basis,
        "without_host_key": list(keyless),
        "warnings": [*launch.warnings, *_warnings(launch, estimate, keyless), *said],
    }


def _warnings(launch: Launch, estimate: Estimate, keyless: Sequence[str]) -> list[str]:
    about_keys = keyless_warning(launch, keyless)
    return [*warnings_for(launch.spec, estimate), *([about_keys] if about_keys else [])]


def _command_lines(spec: JobSpec) -> list[str]:
    lines = []
    for index, commands in enumerate(spec.command_sets):
        users = [target for target in spec.targets if target.commands == index]
        platforms = ", ".join(sorted({target.platform for target in users}))
        lines.append(f"commands    {platforms}: {_many(len(users), 'device')}")
        lines += [f"  {number}  {line}" for number, line in enumerate(_judged(spec, commands, users[0].platform), 1)]
        if index == 9 and len(spec.command_sets) > 10:
            lines.append(f"  ... and {len(spec.command_sets) - 10} more sets of commands")
            break
    return lines


def _judged(spec: JobSpec, commands: Sequence[Command], platform: str) -> list[str]:
    """Each line behind what it does, in a job where that is not always to read."""
    if spec.read_only:
        return [command.command for command in commands]
    effects = [judge(command.command, spec.platforms[platform], may_change=True).effect for command in commands]
    words = [EFFECT_WORDS[effect] for effect in effects]
    width = max(map(len, words))
    return [f"{word:<{width}}  {command.command}" for word, command in zip(words, commands, strict=True)]


def _end(start: datetime, seconds: float) -> str:
    return f"{clock(after(start, seconds))}  (in {as_duration(seconds)})"


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
