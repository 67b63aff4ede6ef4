"""Configure: which devices, which commands, at what pace, and what that will come to."""

import asyncio
from collections import defaultdict
from datetime import datetime
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from paceline.launch.draft import Draft
from paceline.launch.outlook import Outlook, expect_devices
from paceline.model.errors import PacelineError
from paceline.model.job import Pace
from paceline.plan.advice import Tip
from paceline.ui.formats import many
from paceline.ui.screens.base import PacelineScreen
from paceline.ui.widgets.device_tree import DeviceTree
from paceline.ui.widgets.devices_pane import DevicesPane
from paceline.ui.widgets.estimate import View
from paceline.ui.widgets.estimate_pane import EstimatePane, EstimateStrip
from paceline.ui.widgets.field import ChoiceField, Field
from paceline.ui.widgets.job_form import PROFILES, JobForm
from paceline.ui.widgets.part_tabs import PartTabs
from paceline.ui.workshop import Workshop

PARTS = ("devices", "job", "estimate")


class ConfigureScreen(PacelineScreen):
    """Three parts side by side, or one at a time on narrow terminals."""

    MODE: ClassVar[str] = "configure"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "part(1)", "Next part", id="configure.part", show=False),
        Binding("shift+tab", "part(-1)", "Previous part", id="configure.part_back", show=False),
        Binding("p", "problems", "Problems", id="configure.problems", show=False),
        Binding("ctrl+r", "run", "Run…", id="configure.run"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.draft: Draft | None = None
        self.workshop: Workshop | None = None
        self._outlook = Outlook()
        self._keyless: frozenset[str] = frozenset()
        self._is_dirty = False
        self._drawn_at: datetime | None = None
        self._status = "reading presets and inventory"

    def compose_body(self) -> ComposeResult:
        """The three parts, and what stands for them where they do not fit side by side."""
        yield PartTabs(["Devices", "Job", "Estimate"])
        with Horizontal(id="parts"):
            yield DevicesPane(id="devices", classes="part -shown")
            yield JobForm(id="job", classes="part")
            yield EstimatePane(id="estimate", classes="part")
        yield EstimateStrip("", id="strip", markup=False)

    def on_mount(self) -> None:
        """Draw first, then read."""
        super().on_mount()
        self.set_class(not self.paceline.glyphs.is_unicode, "-ascii")
        self.query_one(JobForm).border_title = "Job"
        self.query_one(DeviceTree).focus()
        self.call_after_refresh(self._begin)

    # -- beginning ------------------------------------------------------------------------------------

    @work(group="begin", exit_on_error=False)
    async def _begin(self) -> None:
        surroundings = self.paceline.surroundings
        for notice in surroundings.notices:
            self.notify(notice, severity="warning", timeout=20, markup=False)
        try:
            self.workshop, beginning = await asyncio.to_thread(Workshop.open, surroundings)
        except PacelineError as error:
            self._status = str(error)
            self._is_dirty = True
            return
        for sentence in beginning.sentences:
            self.notify(sentence, severity="error", timeout=30, markup=False)
        self.take(beginning.draft)

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
        durations = await asyncio.to_thread(self.paceline.surroundings.durations)
        self._outlook.learn(await asyncio.to_thread(expect_devices, draft, durations))
        self._is_dirty = True
        if names:
            self.query_one(DeviceTree).names = await asyncio.to_thread(workshop.country_names, draft)
            self.query_one(DeviceTree).refresh()
            self._keyless = await asyncio.to_thread(workshop.without_host_key, draft)
            self._is_dirty = True

    # -- drawing --------------------------------------------------------------------------------------

    @property
    def is_settled(self) -> bool:
        """Whether all is read and drawn."""
        return not self._is_dirty and self.draft is not None and not list(self.workers)

    def flush(self) -> None:
        """Work the plan out again when it changed; show the time when its minute did."""
        now = self.paceline.surroundings.now()
        minute = now.replace(second=0, microsecond=0)
        if self._is_dirty or minute != self._drawn_at:
            self._is_dirty, self._drawn_at = False, minute
            self._draw(now)

    def _draw(self, now: datetime) -> None:
        draft, workshop = self.draft, self.workshop
        if draft is None or workshop is None:
            self._show_estimate(View(None, Pace(), now, waiting=self._status))
            return
        estimate = self._outlook.estimate(draft)
        by_field: defaultdict[str, list[Tip]] = defaultdict(list)
        for tip in workshop.adviser.tips(draft, estimate, self._keyless):
            by_field[tip.field].append(tip)
        devices = self.query_one(DevicesPane)
        devices.count()
        devices.note(by_field["devices"], len(draft.found.inventory.problems) if draft.found else 0)
        form = self.query_one(JobForm)
        form.show(draft, draft.changes())
        form.advise(by_field)
        countries = sum(count > 0 for count in draft.ticks.per_country.values())
        waiting = "" if draft.ticks.devices else "no inventory yet: i opens one"
        self._show_estimate(View(estimate, draft.preset.pace, now, countries, waiting, by_field["end"]))

    def _show_estimate(self, view: View) -> None:
        self.query_one(EstimatePane).show(view)
        self.query_one(EstimateStrip).show(view)

    # -- edits ----------------------------------------------------------------------------------------

    @on(DeviceTree.TicksChanged)
    def _ticks_changed(self) -> None:
        self._outlook.forget_devices()
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

    # -- moving ---------------------------------------------------------------------------------------

    def action_part(self, step: int) -> None:
        """To the next part; the narrow form shows it alone."""
        place = next((n for n, name in enumerate(PARTS) if self.query_one(f"#{name}").has_focus_within), 0)
        self.show_part((place + step) % len(PARTS))

    def show_part(self, place: int) -> None:
        """Show this part, and put the focus into it."""
        for number, name in enumerate(PARTS):
            self.query_one(f"#{name}").set_class(number == place, "-shown")
        self.query_one(PartTabs).mark(place)
        targets: tuple[Widget, ...] = (
            self.query_one(DeviceTree), self.query(Field).first(), self.query_one(EstimatePane),
        )  # fmt: skip
        targets[place].focus()

    def action_focus_tree(self) -> None:
        """From the filter to what it shows."""
        self.query_one(DeviceTree).focus()

    def action_end_filter(self) -> None:
        """Show all devices again."""
        self.query_one(DevicesPane).end_filter()

    # -- dialogs --------------------------------------------------------------------------------------

    @on(DeviceTree.ClearAsked)
    @work(group="dialog", exclusive=True, exit_on_error=False)
    async def _clear_asked(self) -> None:
        from paceline.ui.dialogs.hidden import clear_dialog

        tree = self.query_one(DeviceTree)
        if not tree.hidden_ticked or await self.app.push_screen_wait(clear_dialog(tree.hidden_ticked)) is True:
            tree.clear()

    @work(group="dialog", exclusive=True, exit_on_error=False)
    async def action_run(self) -> None:
        """Freeze the job and show what would run; or every reason why it cannot."""
        from paceline.ui.dialogs.launch import LaunchDialog
        from paceline.ui.dialogs.sentences import SentencesDialog

        draft, workshop = self.draft, self.workshop
        if draft is None or workshop is None:
            return
        try:
            plan = await asyncio.to_thread(
                workshop.freeze, draft, self.query_one(DeviceTree).hidden_ticked, self._keyless
            )
        except PacelineError as error:
            await self.app.push_screen_wait(SentencesDialog("This job cannot start yet", str(error).splitlines()))
            return
        app = self.paceline
        job = await app.push_screen_wait(LaunchDialog(plan, app.surroundings.now(), app.begin_job))
        if job is not None:
            app.show_job(job)

    @work(group="dialog", exclusive=True, exit_on_error=False)
    async def action_problems(self) -> None:
        """List what is wrong with the inventory."""
        from paceline.ui.dialogs.sentences import SentencesDialog

        found = self.draft.found if self.draft else None
        if found is not None and found.inventory.problems:
            problems = found.inventory.problems
            title = f"{many(len(problems), 'problem')} in {found.path.name}"
            await self.app.push_screen_wait(SentencesDialog(title, [str(problem) for problem in problems]))
