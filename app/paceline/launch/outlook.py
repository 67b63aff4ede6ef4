"""What each device of a draft is expected to take: looked up when commands change, cheap while ticks and pace do."""

from collections.abc import Iterable

from paceline.launch.draft import Draft
from paceline.model.device import Device
from paceline.plan.durations import Durations
from paceline.plan.expectation import Expectation
from paceline.plan.forecast import Estimate, estimate
from paceline.plan.roster import Roster
from paceline.plan.template import TemplateError, fill

Expected = dict[str, Expectation]
"""A device's name to what it is expected to take."""


def expect_devices(draft: Draft, durations: Durations) -> Expected:
    """For every device of the draft's inventory. May ask the history: not for a thread that draws."""
    tables = {
        name: tuple(command.command for command in commands) for name, commands in draft.tables().items()
    }  # fmt: skip
    has_fields = {name: any("{" in text for text in texts) for name, texts in tables.items()}
    default = draft.preset.default_platform
    found: Expected = {}
    for device in draft.ticks.devices:
        platform = device.platform or default
        table = platform if platform in tables else ""
        texts = tables.get(table, ())
        if has_fields.get(table) and not draft.has_fixed_commands:
            texts = _filled(texts, device)
        found[device.name] = durations.device(platform, texts, device.name)
    return found


def _filled(texts: Iterable[str], device: Device) -> tuple[str, ...]:
    try:
        return tuple(fill(text, device) for text in texts)
    except TemplateError:
        return tuple(texts)


class Outlook:
    """The forecast of a draft. Its roster is built anew only when devices or expectations changed."""

    def __init__(self) -> None:
        self._expected: Expected = {}
        self._roster: Roster | None = None

    @property
    def roster(self) -> Roster | None:
        """What the last estimate was made of."""
        return self._roster

    def learn(self, expected: Expected) -> None:
        """Take expectations; see `expect_devices`."""
        self._expected, self._roster = expected, None

    def forget_devices(self) -> None:
        """Other devices are ticked."""
        self._roster = None

    def estimate(self, draft: Draft) -> Estimate | None:
        """The estimate at the draft's pace; None without devices, and before anything was learnt of them."""
        if self._roster is None:
            devices = [device for device in draft.devices if device.name in self._expected]
            self._roster = Roster(
                [device.country for device in devices],
                [device.site for device in devices],
                [self._expected[device.name] for device in devices],
            )
        return estimate(self._roster, draft.preset.pace) if len(self._roster) else None
