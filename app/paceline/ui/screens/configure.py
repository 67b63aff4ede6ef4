"""Configure: which devices, which commands, at what pace, and what that will come to."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType

from paceline.model.errors import PacelineError
from paceline.plan.advice import Tip
from paceline.plan.words import jumps_words
from paceline.ui.formats import many
from paceline.ui.screens.parts import PartedScreen
from paceline.ui.what_ifs import WhatIfAsker, what_if_dialog
from paceline.ui.widgets.device_tree import DeviceTree
from paceline.ui.widgets.devices_pane import DevicesPane
from paceline.ui.widgets.estimate import View
from paceline.ui.widgets.estimate_pane import EstimatePane, EstimateStrip
from paceline.ui.widgets.field import ChoiceField, Field
from paceline.ui.widgets.job_form import PROFILES, JobForm

if TYPE_CHECKING:
    from paceline.launch.beginning import Beginning
    from paceline.launch.draft import Draft
    from paceline.launch.earlier import Earlier
    from paceline.launch.jumps import KnownWays
    from paceline.model.job import JobSpec
    from paceline.ui.ports import Surroundings
    from paceline.ui.workshop import Workshop

_READERS = ("begin", "learn", "filter")
dialog = work(group="dialog", exclusive=True, exit_on_error=False)
"""What asks something waits for the answer in a worker; a second question of this screen would replace the first."""


class ConfigureScreen(PartedScreen):
    """Three parts side by side, or one at a time on narrow terminals."""

    MODE: ClassVar[str] = "configure"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "part(1)", "Next part", id="configure.part", show=False),
        Binding("shift+tab", "part(-1)", "Previous part", id="configure.part_back", show=False),
        Binding("p", "problems", "Problems", id="configure.problems", show=False),
        Binding("i", "inventory", "Inventory", id="configure.inventory", show=False),
        Binding("ctrl+k", "host_keys", "Host keys", id="configure.host_keys", show=False),
        Binding("e", "commands", "Commands", id="configure.commands", show=False),
        Binding("w", "what_if", "What if", id="configure.what_if", show=False),
        Binding("S", "save_as", "Save as", id="configure.save_as", show=False),
        # At once, before the keys that follow are handed out: on a slow link they come in one packet with it.
        Binding("slash", "filter", "Filter", key_display="/", priority=True, id="configure.filter"),
        Binding("ctrl+s", "save", "Save", id="configure.save"),
        Binding("ctrl+o", "open_preset", "Open", id="configure.open"),
        Binding("ctrl+r", "run", "Run…", id="configure.run"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.draft: Draft | None = None
        self.workshop: Workshop | None = None
        self._keyless: frozenset[str] = frozenset()
        self._ways: KnownWays | None = None
        self._is_dirty = False
        self._drawn_at: datetime | None = None
        self._status = "reading presets and inventory"
        self._came_back = asyncio.Event()
        self._what_ifs = WhatIfAsker(self, self._redraw)

    def on_mount(self) -> None:
        """Draw first, then read."""
        self.set_class(not self.paceline.glyphs.is_unicode, "-ascii")
        self.query_one(JobForm).border_title = "Job"
        self.query_one(DeviceTree).focus()
        self.call_after_refresh(self._begin)

    def on_screen_resume(self) -> None:
        """It is seen again."""
        super().on_screen_resume()
        self._came_back.set()

    async def in_front(self) -> None:
        """Until nothing lies over it: what it pushes would open over another mode, or over what is read there."""
        while self.app.screen is not self:
            self._came_back.clear()
            await self._came_back.wait()

    # -- beginning ------------------------------------------------------------------------------------

    @work(group="begin", exit_on_error=False)
    async def _begin(self) -> None:
        surroundings = self.paceline.surroundings
        for notice in surroundings.notices:
            self.notify(notice, severity="warning", timeout=20, markup=False)
        try:
            workshop, beginning = await asyncio.to_thread(_open_workshop, surroundings)
        except PacelineError as error:
            from paceline.ui.dialogs.sentences import SentencesDialog

            self._status = "cannot begin: mend what is broken, then start Paceline again"
            self._is_dirty = True
            await self.in_front()
            self.app.push_screen(SentencesDialog("Configure cannot begin", str(error).splitlines()))
            return
        self.workshop = workshop
        for sentence in beginning.sentences:
            self.notify(sentence, severity="error", timeout=30, markup=False)
        draft = beginning.draft
        if not beginning.has_inventory_named:
            await self.in_front()
        if not beginning.has_inventory_named and self.paceline.wanted_again is None:
            from paceline.ui.inventory_flows import welcome

            draft = await welcome(self, draft, workshop) or draft
        self.take(draft)

    @dialog
    async def _take_up(self, spec: JobSpec, devices: Sequence[str], before: Earlier | None, draft: Draft) -> None:
        """Edit the job that is to be run again, unless changes are to be kept."""
        from paceline.launch.draft import Draft
        from paceline.ui.preset_flows import may_drop

        try:
            wanted = Draft.of_job(spec, devices, before)
        except PacelineError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        if await may_drop(self.app, draft):
            wanted.passwords = draft.passwords
            self.take(wanted)
            self.show_part(1)

    def take(self, draft: Draft) -> None:
        """Edit this draft from now on."""
        self.draft, self._status = draft, ""
        read = self.workshop.selection_reader(draft) if self.workshop else None
        self.query_one(DevicesPane).show(draft, read)
        self._learn(names=True)
        self._is_dirty = True

    @work(group="learn", exclusive=True, exit_on_error=False)
    async def _learn(self, *, names: bool) -> None:
        """What durations, host keys and countries' names are; none of it is known without looking into files."""
        draft, workshop = self.draft, self.workshop
        if draft is None or workshop is None:
            return
        workshop.outlook.learn(await asyncio.to_thread(workshop.expect, draft))
        self._is_dirty = True
        if names:
            self.query_one(DeviceTree).names = await asyncio.to_thread(workshop.country_names, draft)
            self.query_one(DeviceTree).refresh()
            self._ways = await asyncio.to_thread(workshop.ways, draft)
            self._keyless = await asyncio.to_thread(workshop.without_host_key, self._ways)
            self._is_dirty = True

    # -- drawing --------------------------------------------------------------------------------------

    @property
    def is_settled(self) -> bool:
        """Whether all is read and drawn."""
        return (
            not self._is_dirty
            and self.draft is not None
            and not self._what_ifs.shown.is_old
            and not any(worker.group in _READERS and not worker.is_finished for worker in self.workers)
        )

    def flush(self) -> None:
        """Work the plan out again when it changed; show the time when its minute did."""
        app = self.paceline
        if app.wanted_again is not None and self.draft is not None:
            wanted, app.wanted_again = app.wanted_again, None
            self._take_up(*wanted, self.draft)
        now = self.paceline.surroundings.now()
        minute = now.replace(second=0, microsecond=0)
        if self._is_dirty or minute != self._drawn_at:
            self._is_dirty, self._drawn_at = False, minute
            self._draw(now)

    def _draw(self, now: datetime) -> None:
        draft, workshop = self.draft, self.workshop
        if draft is None or workshop is None:
            self._show_estimate(View(None, None, now, waiting=self._status))
            return
        estimate = workshop.outlook.estimate(draft)
        by_field: defaultdict[str, list[Tip]] = defaultdict(list)
        for tip in workshop.adviser.tips(draft, estimate):
            by_field[tip.field].append(tip)
        keyless = sum(device.name in self._keyless for device in draft.devices) if self._keyless else 0
        if self._ways is not None and self._ways.problem:
            by_field["devices"].append(Tip("devices", self._ways.problem))
        devices = self.query_one(DevicesPane)
        devices.count()
        devices.note(by_field["devices"], len(draft.found.inventory.problems) if draft.found else 0, keyless)
        form = self.query_one(JobForm)
        form.show(draft, draft.changes())
        form.advise(by_field)
        countries = sum(count > 0 for count in draft.ticks.per_country.values())
        waiting = "" if draft.ticks.devices else "no inventory yet: i opens one"
        known = self._ways.by_name if self._ways is not None else {}
        through = jumps_words(known[device.name] for device in draft.devices if device.name in known) if known else ""
        pace = draft.preset.pace
        shown = self._what_ifs.ask(workshop.outlook.roster if estimate is not None else None, pace)
        self._show_estimate(View(estimate, pace, now, countries, waiting, by_field["end"], through, shown))

    def _redraw(self) -> None:
        self._is_dirty = True

    def _show_estimate(self, view: View) -> None:
        self.query_one(EstimatePane).show(view)
        self.query_one(EstimateStrip).show(view)

    # -- edits ----------------------------------------------------------------------------------------

    @on(DeviceTree.TicksChanged)
    def _ticks_changed(self) -> None:
        if self.workshop is not None:
            self.workshop.outlook.forget_devices()
        self._is_dirty = True

    @on(ChoiceField.Chosen)
    def _chosen(self, event: ChoiceField.Chosen) -> None:
        name, value = event.field.id or "", event.value
        if self.draft is None:
            return
        changes = PROFILES[value] if name == "profile" else {name: float(value) if event.field.is_number else value}
        try:
            self.draft.set_pace(**changes)
        except ValueError as error:
            self.notify(str(error), severity="error", markup=False)
        self._is_dirty = True

    @dialog
    async def action_what_if(self) -> None:
        """Put a change that would end the job earlier into the form."""
        shown = self._what_ifs.shown
        if self.draft is None or shown.is_old:
            return
        if not shown.changes:
            self.notify("no small change of the pace would end it noticeably earlier", markup=False)
            return
        change = await self.app.push_screen_wait(what_if_dialog(shown))
        if change is not None:
            self.draft.set_pace(**change.changes)
            self._is_dirty = True

    # -- dialogs --------------------------------------------------------------------------------------

    @on(Field.Opened)
    def _opened(self, event: Field.Opened) -> None:
        if event.field.id == "preset":
            self.action_open_preset()
        elif event.field.id == "commands":
            self.action_commands()
        elif event.field.id == "read_only":
            self._choose_kind()

    @on(DeviceTree.ClearAsked)
    @dialog
    async def _clear_asked(self) -> None:
        from paceline.ui.dialogs.hidden import clear_dialog

        tree = self.query_one(DeviceTree)
        if not tree.hidden_ticked or await self.app.push_screen_wait(clear_dialog(tree.hidden_ticked)) is True:
            tree.clear()

    @dialog
    async def action_run(self) -> None:
        """Freeze the job and show what would run; or every reason why it cannot."""
        from paceline.ui.dialogs.launch import LaunchDialog
        from paceline.ui.dialogs.sentences import SentencesDialog

        draft, workshop, app = self.draft, self.workshop, self.paceline
        if draft is None or workshop is None:
            return
        hidden = self.query_one(DeviceTree).hidden_ticked
        try:
            plan = await asyncio.to_thread(workshop.freeze, draft, hidden, self._keyless)
        except PacelineError as error:
            await app.push_screen_wait(SentencesDialog("This job cannot start yet", str(error).splitlines()))
            return
        job = await app.push_screen_wait(LaunchDialog(plan, app.surroundings.now(), app.begin_job))
        if job is not None:
            app.show_job(job)

    @dialog
    async def action_open_preset(self) -> None:
        """Choose a preset and edit it."""
        from paceline.ui.preset_flows import choose_preset

        if self.draft is None or self.workshop is None:
            return
        file = await choose_preset(self.app, self.draft, self.paceline.surroundings.paths)
        if file is not None:
            try:
                draft = await asyncio.to_thread(self.workshop.load, file, self.draft)
            except PacelineError as error:
                self.notify(str(error), severity="error", timeout=20, markup=False)
            else:
                self.take(draft)

    @dialog
    async def action_save(self) -> None:
        """Save as one of the operator's own presets."""
        from paceline.ui.preset_flows import save

        if self.draft is not None:
            await save(self.app, self.draft, self.paceline.surroundings.paths)
            self._is_dirty = True

    @dialog
    async def action_save_as(self) -> None:
        """Save under another name."""
        from paceline.ui.preset_flows import save_as

        if self.draft is not None:
            await save_as(self.app, self.draft, self.paceline.surroundings.paths)
            self._is_dirty = True

    @dialog
    async def action_inventory(self) -> None:
        """Open another inventory."""
        from paceline.ui.inventory_flows import choose_inventory

        if self.draft is None or self.workshop is None:
            return
        draft = await choose_inventory(self.paceline, self.draft, self.workshop)
        if draft is not None:
            self.take(draft)

    @dialog
    async def action_commands(self) -> None:
        """Edit the commands."""
        from paceline.ui.dialogs.commands import CommandsDialog

        draft, workshop = self.draft, self.workshop
        if draft is None or workshop is None:
            return
        if draft.has_fixed_commands:
            self.notify(
                "these are the commands of the job that this one continues; open a preset for others", markup=False
            )
            return
        devices = draft.devices
        shown = draft.table_of(devices[0]) if devices else ""
        judge = partial(workshop.judge, draft)
        limit_s = draft.preset.timeouts.or_else(workshop.surroundings.settings.timeouts).command_s
        dialog = CommandsDialog(draft.tables(), workshop.platforms.names, judge, limit_s, shown)
        tables = await self.app.push_screen_wait(dialog)
        if tables is not None:
            draft.set_tables(tables)
            self._learn(names=False)
            self._is_dirty = True

    @dialog
    async def action_host_keys(self) -> None:
        """Look at the host keys of what is ticked, and record new ones."""
        from paceline.ui.host_key_flows import look_at_host_keys

        draft, workshop = self.draft, self.workshop
        if draft is None or workshop is None:
            return
        if await look_at_host_keys(self.paceline, draft, workshop, self._keyless):
            self._learn(names=True)

    @dialog
    async def _choose_kind(self) -> None:
        from paceline.ui.preset_flows import choose_kind

        if self.draft is not None:
            await choose_kind(self.app, self.draft)
            self._is_dirty = True

    @dialog
    async def action_problems(self) -> None:
        """List what is wrong with the inventory."""
        from paceline.ui.dialogs.sentences import SentencesDialog

        found = self.draft.found if self.draft else None
        if found is not None and found.inventory.problems:
            problems = found.inventory.problems
            title = f"{many(len(problems), 'problem')} in {found.path.name}"
            await self.app.push_screen_wait(SentencesDialog(title, [str(problem) for problem in problems]))


def _open_workshop(surroundings: Surroundings) -> tuple[Workshop, Beginning]:
    """On a thread, with what it imports: the first frame owes nothing to it."""
    from paceline.ui.workshop import Workshop

    return Workshop.open(surroundings)
