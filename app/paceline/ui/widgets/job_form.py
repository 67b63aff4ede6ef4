"""The middle of Configure: preset, commands and pace of the job that is put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from paceline.model.time import as_duration
from paceline.ui.formats import many
from paceline.ui.widgets.field import ChoiceField, Field, TextField

if TYPE_CHECKING:
    from paceline.launch.draft import Draft
    from paceline.model.job import Command, Pace
    from paceline.plan.advice import Tip

PROFILES: dict[str, dict[str, object]] = {
    "overnight": {"batch_size": 10, "devices_per_hour": 60.0, "mode": "batches"},
    "normal": {"batch_size": 25, "devices_per_hour": 0.0, "mode": "rolling"},
    "now": {"batch_size": 100, "devices_per_hour": 0.0, "mode": "rolling"},
}
"""Three usual paces."""
SIZES = ("2", "5", "10", "20", "50", "0")
RATES = ("0", "10", "20", "50", "60", "120")
CAPS = ("0", "1", "2", "5", "10")
MOST_COMMANDS = 12
"""Commands that are listed; the rest is counted."""


class JobForm(VerticalScroll, can_focus=False):
    """One field below the other. It shows a draft; what is chosen comes back as messages of its fields."""

    def compose(self) -> ComposeResult:
        """The fields."""
        yield TextField("Preset", id="preset")
        yield TextField("Commands", id="commands")
        yield TextField("This job", id="read_only")
        yield ChoiceField("Profile", [(name, name) for name in PROFILES], id="profile")
        yield ChoiceField("Mode", [("batches", "batches"), ("rolling", "rolling")], id="mode")
        yield ChoiceField("Batch size", _words(SIZES, "all"), id="batch_size", is_number=True)
        yield ChoiceField("Devices/hour", _words(RATES, "none"), id="devices_per_hour", is_number=True)
        orders = [("inventory", "inventory"), ("country", "country"), ("spread", "spread")]
        yield ChoiceField("Order", orders, id="order")
        yield ChoiceField("Per country", _words(CAPS, "any"), id="per_country", is_number=True)
        yield ChoiceField("Per site", _words(CAPS, "any"), id="per_site", is_number=True)

    def show(self, draft: Draft, changes: Sequence[str]) -> None:
        """Draw what is not drawn yet of the draft."""
        self.query_one("#preset", TextField).show(_preset_lines(draft, changes))
        self.query_one("#commands", TextField).show(_command_lines(draft))
        self.query_one("#read_only", TextField).show([_kind_line(read_only=draft.preset.read_only)])
        pace = draft.preset.pace
        values = {
            "profile": profile_of(pace), "mode": pace.mode, "order": pace.order,
            "batch_size": str(pace.batch_size), "devices_per_hour": f"{pace.devices_per_hour:g}",
            "per_country": str(pace.per_country), "per_site": str(pace.per_site),
        }  # fmt: skip
        for name, value in values.items():
            self.query_one(f"#{name}", ChoiceField).show(value)
        size = self.query_one("#batch_size", ChoiceField)
        size.rename("At once" if pace.mode == "rolling" else "Batch size")

    def advise(self, tips: Mapping[str, Sequence[Tip]]) -> None:
        """Each field shows the tips that belong to it."""
        for field in self.query(Field):
            field.advise([tip.text.removeprefix(f"{tip.field}: ") for tip in tips.get(field.id or "", ())])


def profile_of(pace: Pace) -> str:
    """The usual pace that this one is; empty when it is none."""
    values = pace.model_dump()
    return next((name for name, part in PROFILES.items() if all(values[key] == part[key] for key in part)), "")


def _words(values: Sequence[str], none: str) -> list[tuple[str, str]]:
    return [(value, none if value == "0" else value) for value in values]


def _preset_lines(draft: Draft, changes: Sequence[str]) -> list[Content]:
    if draft.continues is not None:
        return [Content.styled(draft.name, "bold"), Content.styled(f"    continues {draft.continues.id}", "$accent")]
    if draft.file is None:
        where = "not saved yet"
    else:
        where = {"own": "yours", "shipped": "shipped", "path": str(draft.file.path)}[draft.file.source]
    lines = [Content.assemble((draft.name, "bold"), "  ", (where, "$muted"))]
    if changes:
        lines.append(Content.styled(f"    changed: {', '.join(changes)}", "$accent"))
    return lines


def _kind_line(*, read_only: bool) -> Content:
    if read_only:
        return Content("only reads")
    return Content.styled("MAY CHANGE DEVICES", "bold $error")


def _command_lines(draft: Draft) -> list[Content]:
    tables = draft.tables()
    used = {draft.table_of(device) for device in draft.devices} & tables.keys() or set(tables)
    first = "" if "" in used else next((name for name in tables if name in used), "")
    commands = tables.get(first, ())
    what = f"for {first}" if first else ("for every platform" if len(tables) == 1 else "for other platforms")
    lines = [Content.assemble(f"{len(commands)}  ", (what, "$muted"))]
    width = len(str(len(commands)))
    for number, command in enumerate(commands[:MOST_COMMANDS], 1):
        lines.append(_command_line(number, width, command))
    if len(commands) > MOST_COMMANDS:
        lines.append(Content.styled(f"    and {many(len(commands) - MOST_COMMANDS, 'more command')}", "$muted"))
    others = [f"{name or 'other platforms'} {len(table)}" for name, table in tables.items() if name in used - {first}]
    if others:
        lines.append(Content.styled(f"    also: {', '.join(others)}", "$muted"))
    return lines


def _command_line(number: int, width: int, command: Command) -> Content:
    limit = f"  {as_duration(command.timeout_s)}" if command.timeout_s else ""
    return Content.assemble((f"    {number:>{width}} ", "$muted"), command.command, (limit, "$muted"))
