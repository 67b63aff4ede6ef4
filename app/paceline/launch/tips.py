"""What an operator should think of while a draft is edited, each at the field that causes it. Pure."""

from collections import Counter
from collections.abc import Collection

from paceline.config.platforms import Platforms
from paceline.launch.draft import Draft
from paceline.launch.freeze import few
from paceline.model.device import UNKNOWN_COUNTRY, Device
from paceline.model.platform import Platform
from paceline.plan.advice import Tip, tips_for
from paceline.plan.effect import Verdict, judge
from paceline.plan.forecast import Estimate
from paceline.plan.template import TemplateError, blanked


def _about_windows(draft: Draft) -> list[Tip]:
    """This estimate is of the work alone, from now on: what the job waits for is told as it is frozen."""
    preset = draft.preset
    times = [
        f"{what} {text}" for what, text in (("begins", preset.at), ("starts nothing after", preset.not_after)) if text
    ]
    if preset.windows and draft.continues is None:
        times.append("has windows by country")
    return [Tip("end", f"the preset {' and '.join(times)}: the launch dialog reckons with it")] if times else []


class Adviser:
    """Keeps what it found out about commands: a keystroke asks about the same ones again."""

    def __init__(self, platforms: Platforms) -> None:
        self._platforms = platforms
        self._verdicts: dict[tuple[str, str, bool], Verdict] = {}

    def tips(self, draft: Draft, estimate: Estimate | None, keyless: Collection[str] = ()) -> list[Tip]:
        """Everything about the draft as it stands. `keyless`: devices whose host key is in no file."""
        devices = draft.devices
        found = self._about_devices(draft, devices, keyless)
        found += [Tip("commands", text) for text in self.refused(draft, devices)]
        if estimate is not None:
            found += _about_windows(draft)
            unknown = draft.ticks.per_country[UNKNOWN_COUNTRY]
            found += tips_for(draft.preset.pace, estimate, unknown)
        return found

    def _about_devices(self, draft: Draft, devices: list[Device], keyless: Collection[str]) -> list[Tip]:
        found: list[Tip] = []
        if draft.inventory_problem:
            found.append(Tip("devices", f"{draft.inventory_problem}; i opens another one"))
        if draft.selection_problem and not draft.ticks:
            found.append(Tip("devices", draft.selection_problem))
        if missing := draft.ticks.missing:
            found.append(
                Tip("devices", f"the preset names devices that are not here, and saving drops them: {few([*missing])}")
            )
        if bare := sum(not device.platform for device in devices):
            found.append(Tip("devices", f"{bare} without a platform: taken as {draft.preset.default_platform}"))
        if unknown := [device.name for device in devices if device.name in keyless]:
            found.append(Tip("devices", f"{len(unknown)} without a recorded host key will be refused: {few(unknown)}"))
        return found

    def refused(self, draft: Draft, devices: list[Device]) -> list[str]:
        """Why commands will not be sent, or why devices have none: one sentence each, the first of its kind."""
        if draft.has_fixed_commands:
            return []
        default = draft.preset.default_platform
        counts = Counter(device.platform or default for device in devices)
        found: dict[str, None] = {}
        for name in counts:
            platform = self._platforms.get(name)
            if platform is None:
                found[f'no platform is called "{name}"'] = None
                continue
            commands = draft.preset.commands_for(name)
            if not commands:
                found[f"none for platform {name}, which {counts[name]} of the devices have"] = None
            for command in commands:
                verdict = self.verdict(command.command, platform, may_change=not draft.preset.read_only)
                if verdict.effect == "refused":
                    found[verdict.why] = None
        return list(found)

    def verdict(self, command: str, platform: Platform, *, may_change: bool) -> Verdict:
        """What the guard says of a command on a platform, in a job of this kind."""
        key = (platform.name, command, may_change)
        if key not in self._verdicts:
            try:
                self._verdicts[key] = judge(blanked(command), platform, may_change=may_change)
            except TemplateError as error:
                self._verdicts[key] = Verdict("refused", str(error))
        return self._verdicts[key]
