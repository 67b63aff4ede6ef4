"""What Configure works with beside its draft: settings, platforms, files. Most of it reads files: use threads."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from paceline.config.platforms import Platforms
from paceline.inventory.country import country_names
from paceline.launch.beginning import Beginning, Wish, begin, selection_in
from paceline.launch.credentials import questions
from paceline.launch.draft import Draft, ReadSelection
from paceline.launch.host_keys import without_host_key
from paceline.launch.tips import Adviser
from paceline.plan.forecast import plan_forecast
from paceline.ui.dialogs.launch import LaunchPlan
from paceline.ui.ports import Surroundings


@dataclass
class Workshop:
    """Made once, when the screen begins."""

    surroundings: Surroundings
    platforms: Platforms
    adviser: Adviser

    @classmethod
    def open(cls, surroundings: Surroundings) -> tuple["Workshop", Beginning]:
        """Read what the opening asks for. Raises ConfigError."""
        opening = surroundings.opening
        wish = Wish(opening.preset, opening.inventory, opening.where, opening.changes)
        beginning = begin(wish, surroundings.settings, surroundings.paths)
        return cls(surroundings, beginning.platforms, Adviser(beginning.platforms)), beginning

    def selection_reader(self, draft: Draft) -> ReadSelection:
        """Reads selections over the draft's inventory; `@file` lies beside it."""
        paths = self.surroundings.paths
        inventory = draft.found.path if draft.found is not None else paths.settings
        return lambda text: selection_in(text, inventory, paths)

    def country_names(self, draft: Draft) -> dict[str, str]:
        """The countries' names by code."""
        return country_names(draft.ticks.sizes)

    def without_host_key(self, draft: Draft) -> frozenset[str]:
        """Devices whose host key is in no file."""
        return without_host_key(draft.ticks.devices, self.surroundings.settings, self.surroundings.paths)

    def freeze(self, draft: Draft, hidden: Sequence[str], keyless: Collection[str]) -> LaunchPlan:
        """The job as it would run, and all that its operator should see. Raises LaunchError, CredentialError."""
        around = self.surroundings
        spec = draft.to_spec(around.settings, self.platforms, around.paths)
        estimate = plan_forecast(spec, around.expect(spec))
        passwords = dict(draft.found.inventory.passwords) if draft.found is not None else {}
        tips = [tip.text for tip in self.adviser.tips(draft, estimate, keyless)]
        return LaunchPlan(spec, estimate, hidden, tips, questions(spec, passwords), passwords)
