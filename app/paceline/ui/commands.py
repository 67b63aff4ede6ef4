"""What the command palette offers: the actions of the screen, the themes, the jobs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.binding import ActiveBinding

from paceline.engine.ports import JobSummary
from paceline.ui.dialogs.palette import Command
from paceline.ui.past import past_job

if TYPE_CHECKING:
    from paceline.ui.app import PacelineApp

MOST_JOBS = 200
_NOT_OFFERED = ("app.palette", "app.interrupt")
_SMALL = ("rows.", "text.", "palette.", "dialog.")
"""Moving about is quicker by key."""


def action_commands(app: "PacelineApp", active: Mapping[str, ActiveBinding]) -> list[Command]:
    """One command for each action that works now, with its keys."""
    keys: dict[str, list[str]] = {}
    found: dict[str, ActiveBinding] = {}
    for at in active.values():
        binding = at.binding
        if at.enabled and binding.id and binding.description and not binding.id.startswith((*_SMALL, *_NOT_OFFERED)):
            found.setdefault(binding.id, at)
            keys.setdefault(binding.id, []).append(app.get_key_display(binding))
    return [
        Command(at.binding.description, " ".join(keys[id_]), partial(app.run_action, at.binding.action, at.node))
        for id_, at in found.items()
    ]


def theme_commands(app: "PacelineApp") -> list[Command]:
    """One for each theme. A choice is for the session: settings are the operator's own file."""

    def choose(name: str) -> None:
        app.theme = name
        app.notify(f'For this session. To keep it: theme = "{name}" under [ui] in your settings.', markup=False)

    return [
        Command(f"Theme {name}", theme.description or "theme", partial(choose, name))
        for name, theme in app.surroundings.themes.by_name.items()
    ]


def job_commands(summaries: Sequence[JobSummary], open_job: Callable[[str], object]) -> Iterable[Command]:
    """One for each of the newest jobs."""
    for summary in summaries[:MOST_JOBS]:
        yield Command(f"Job {summary.name} {summary.id}", past_job(summary).state, partial(open_job, summary.id))
