"""What a line does to a device, as far as its words tell: read, change, take down; or why it is never sent. Pure."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from paceline.model.job import JobSpec
from paceline.model.platform import Platform
from paceline.plan.disruption import disrupts, leads_away, pieces, what_it_does
from paceline.plan.guard import check, endless, unsendable

Effect = Literal["reads", "changes", "disrupts", "refused"]

EFFECT_WORDS: dict[Effect, str] = {
    "reads": "reads",
    "changes": "changes",
    "disrupts": "DISRUPTS",
    "refused": "refused",
}
"""One word for each, the same on every face."""

GRAVITY: tuple[Effect, ...] = ("reads", "changes", "disrupts", "refused")
"""From the harmless to what cannot be."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the guard says of one line on one platform."""

    effect: Effect
    why: str = ""
    """Of a refused line the reason; of a disruptive one what it does: "`reload` restarts the device"."""

    @property
    def word(self) -> str:
        """`reads`."""
        return EFFECT_WORDS[self.effect]

    @property
    def words(self) -> str:
        """`reads`, or `refused: why`."""
        return f"{EFFECT_WORDS[self.effect]}: {self.why}" if self.why else EFFECT_WORDS[self.effect]


def judge(line: str, platform: Platform, *, may_change: bool) -> Verdict:
    """What `line` does on `platform`, in a job that may change devices or in one that only reads."""
    refusal = check(line, platform)
    if refusal is None:
        return Verdict("reads")
    if not may_change:
        return Verdict("refused", refusal)
    if why := _never_sent(line, platform):
        return Verdict("refused", why)
    if phrase := disrupts(line, platform):
        return Verdict("disrupts", f"`{phrase}` {what_it_does(phrase)}")
    return Verdict("changes")


def _never_sent(line: str, platform: Platform) -> str | None:
    """Why a line is refused in every job: what it does to the session, not to the device."""
    if why := unsendable(line) or leads_away(line, platform):
        return why
    return next((why for piece in (line, *pieces(line)) if (why := endless(piece, platform))), None)


@dataclass(frozen=True, slots=True)
class JudgedLine:
    """A line of a job that does not only read."""

    line: str
    verdict: Verdict
    devices: int
    """How many devices get it."""


def judged_lines(spec: JobSpec) -> list[JudgedLine]:
    """The job's lines that do not only read, each once with its strongest effect; the disruptive ones first."""
    users = Counter((target.commands, target.platform) for target in spec.targets)
    found: dict[str, JudgedLine] = {}
    for (commands, platform), count in users.items():
        for line in dict.fromkeys(command.command for command in spec.command_sets[commands]):
            verdict, before = judge(line, spec.platforms[platform], may_change=not spec.read_only), found.get(line)
            if verdict.effect == "reads":
                continue
            if before is None:
                found[line] = JudgedLine(line, verdict, count)
            else:
                strongest = max(before.verdict, verdict, key=lambda each: each.effect == "disrupts")
                found[line] = JudgedLine(line, strongest, count + before.devices)
    return sorted(found.values(), key=lambda each: each.verdict.effect != "disrupts")
