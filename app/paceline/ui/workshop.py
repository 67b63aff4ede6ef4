"""What Configure works with beside its draft: settings, platforms, files. Most of it reads files: use threads."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from paceline.config.platforms import Platforms
from paceline.config.presets import PresetFile
from paceline.inventory.country import country_names
from paceline.inventory.result import InventoryError
from paceline.launch.beginning import Beginning, Wish, begin, load_draft, read_into, selection_in
from paceline.launch.credentials import questions
from paceline.launch.draft import Draft, Found, InventorySource, ReadSelection
from paceline.launch.host_keys import KeyScan, without_host_key
from paceline.launch.jumps import KnownWays, Ways, known_ways, reach
from paceline.launch.logins import login_warnings
from paceline.launch.outlook import Expected, Outlook, expect_devices
from paceline.launch.overlap import overlap_warnings
from paceline.launch.ssh_hosts import notes_on
from paceline.launch.tips import Adviser
from paceline.model.device import Device
from paceline.model.secret import Secrets
from paceline.model.time import after
from paceline.plan.advice import window_tips
from paceline.plan.effect import GRAVITY, Verdict
from paceline.plan.forecast import plan_forecast
from paceline.ui.dialogs.launch import LaunchPlan
from paceline.ui.ports import Surroundings


@dataclass
class Workshop:
    """Made once, when the screen begins."""

    surroundings: Surroundings
    platforms: Platforms
    adviser: Adviser
    outlook: Outlook = field(default_factory=Outlook)

    @classmethod
    def open(cls, surroundings: Surroundings) -> tuple["Workshop", Beginning]:
        """Read what the opening asks for. Raises ConfigError."""
        opening = surroundings.opening
        wish = Wish(opening.preset, opening.inventory, opening.where, opening.changes)
        beginning = begin(wish, surroundings.settings, surroundings.paths)
        return cls(surroundings, beginning.platforms, Adviser(beginning.platforms)), beginning

    def read_into(self, draft: Draft, path: Path, source: InventorySource) -> None:
        """Read an inventory and choose in it as the draft says. Raises InventoryError."""
        read_into(draft, path, source, self.platforms, self.surroundings.paths)

    def load(self, file: PresetFile, now: Draft | None) -> Draft:
        """A preset on its own inventory, else on the one that is open `now`.

        Raises ConfigError when the preset cannot be read.
        """
        draft, paths = load_draft(file), self.surroundings.paths
        named = draft.inventory_path(self.surroundings.settings, paths)
        found = now.found if now is not None else None
        if found is not None and (named is None or named[1] != "preset" or named[0] == found.path):
            source = found.source if named is None or named[0] != found.path else named[1]
            kept = Found(found.inventory, found.path, source)
            draft.attach(kept, lambda text: selection_in(text, kept.path, paths))
        elif named is not None:
            try:
                read_into(draft, *named, self.platforms, paths)
            except InventoryError as error:
                draft.inventory_problem = str(error)
        return draft

    def judge(self, draft: Draft, table: str, line: str, tables: frozenset[str]) -> Verdict:
        """What a line of a table does on the devices that get it, on the platform where that is gravest."""
        default = draft.preset.default_platform
        used = {device.platform or default for device in draft.devices or draft.ticks.devices}
        names = [table] if table else sorted(used - tables)
        found = Verdict("reads")
        for name in names:
            platform = self.platforms.get(name)
            if platform is not None:
                verdict = self.adviser.verdict(line, platform, may_change=not draft.preset.read_only)
                found = max(found, verdict, key=lambda each: GRAVITY.index(each.effect))
        return found

    def selection_reader(self, draft: Draft) -> ReadSelection:
        """Reads selections over the draft's inventory; `@file` lies beside it."""
        paths = self.surroundings.paths
        inventory = draft.found.path if draft.found is not None else paths.settings
        return lambda text: selection_in(text, inventory, paths)

    def expect(self, draft: Draft) -> Expected:
        """What each device of the draft's inventory is expected to take, by what is recorded now."""
        return expect_devices(draft, self.surroundings.durations())

    def country_names(self, draft: Draft) -> dict[str, str]:
        """The countries' names by code."""
        return country_names(draft.ticks.sizes)

    def ways(self, draft: Draft) -> KnownWays:
        """Through which jump hosts the draft's devices are reached. Reads files."""
        if draft.continues is not None:
            return known_ways(draft.ticks.devices, self.surroundings.settings, None)
        return known_ways(draft.ticks.devices, self.surroundings.settings, self.selection_reader(draft))

    def without_host_key(self, ways: KnownWays) -> frozenset[str]:
        """Devices whose host key is in no file."""
        return without_host_key(ways.devices, self.surroundings.settings, self.surroundings.paths)

    def reach(self, devices: Sequence[Device]) -> Ways:
        """Devices as a job would reach them, and the jump hosts to log in to. Raises PacelineError."""
        paths = self.surroundings.paths
        return reach(devices, self.surroundings.settings, lambda text: selection_in(text, paths.settings, paths))

    def key_scan(self, ways: Ways, secrets: Secrets, connects_per_second: float) -> KeyScan:
        """A look at the host keys of devices; `secrets` are those of the jump hosts before them."""
        return KeyScan(ways, secrets, self.surroundings.settings, self.surroundings.paths, connects_per_second)

    def freeze(self, draft: Draft, hidden: Sequence[str], keyless: Collection[str]) -> LaunchPlan:
        """The job as it would run, and all that its operator should see. Raises LaunchError, CredentialError."""
        around = self.surroundings
        spec = draft.to_spec(around.settings, self.platforms, around.paths)
        estimate = plan_forecast(spec, around.expect(spec))
        new_keys: tuple[str, ...] = ()
        if around.settings.host_keys.policy == "accept-new":
            devices = [target.device for target in spec.targets]
            found = without_host_key(devices, around.settings, around.paths, most_hashes=0)
            new_keys, keyless = tuple(device.name for device in devices if device.name in found), ()
        tips = overlap_warnings(spec, around.paths.state)
        tips += [tip.text for tip in self.adviser.tips(draft, estimate, keyless)]
        tips += [tip.text for tip in window_tips(spec, estimate)]
        tips += notes_on(draft.devices, around.settings)
        start = max(around.now(), spec.window.not_before or around.now())
        tips += login_warnings(spec, after(start, estimate.nine_in_ten_s))
        asked, sent = questions(spec, draft.passwords), draft.sent_before()
        return LaunchPlan(spec, estimate, hidden, tips, asked, draft.passwords, new_keys, sent)
