"""One line for a device, to what it prints and does."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from paceline.demo import pipes
from paceline.demo.answers import linux
from paceline.demo.answers.facts import View
from paceline.demo.faults import REFUSED_TOPICS, Fault
from paceline.demo.grammar import Refused
from paceline.demo.manners import Manner, fill, manners
from paceline.demo.network import LINUX, Network, SimulatedDevice

Effect = Literal["", "length", "no_timestamp", "exit"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What becomes of one line."""

    lines: tuple[str, ...] = ()
    topic: str = ""
    """What was asked for; empty for a refusal, a blank line or a terminal setting."""
    effect: Effect = ""
    rows: int = 0
    """With the effect `length`: lines to a page, 0 without a pager."""
    status: int = 0
    """Exit status on an exec channel."""
    asks: str = ""
    """A question that is put first; only a yes, or the return key where that means yes, brings the lines."""


class Interpreter:
    """Answers for every device of a network. Pure but for the moment it is handed."""

    def __init__(self, network: Network, began: datetime) -> None:
        self._network = network
        self._began = began
        self._manners = manners()

    def manner(self, device: SimulatedDevice) -> Manner:
        """How `device` behaves at its terminal."""
        return self._manners[device.platform]

    def prompt(self, device: SimulatedDevice, user: str) -> str:
        """The prompt `device` shows."""
        return fill(self.manner(device).prompt, device, user)

    def reply(self, device: SimulatedDevice, line: str, at: datetime, user: str) -> Reply:
        """What `device` answers to `line`."""
        view = View(self._network, device, self._began, at, user)
        if device.platform == LINUX:
            return _reply_of_server(view, line)
        if not line.strip():
            return Reply()
        manner, width = self.manner(device), len(self.prompt(device, user))
        try:
            command, filters = pipes.split(line)
        except pipes.UnknownFilterError as error:
            return Reply(tuple(manner.refuses(Refused("invalid", error.column, 1), line, width)), status=1)
        parsed = manner.grammar.parse(command)
        if device.fault is Fault.REFUSED_COMMAND and not isinstance(parsed, Refused) and parsed.topic in REFUSED_TOPICS:
            # The last word is what this release does not know.
            words = command.split()
            parsed = Refused("invalid", command.rindex(words[-1]), len(words) - 1)
        if isinstance(parsed, Refused):
            return Reply(tuple(manner.refuses(parsed, line, width)), status=1)
        if parsed.topic in manner.changes:
            change = manner.changes[parsed.topic]
            return Reply(change.lines, parsed.topic, asks=change.asks)
        if parsed.topic in manner.answers:
            return Reply(tuple(pipes.apply(filters, manner.answers[parsed.topic](view))), parsed.topic)
        return _setting(parsed.topic, command, manner)


def _setting(topic: str, command: str, manner: Manner) -> Reply:
    value = command.split()[-1]
    if topic == "length" and not value.isdigit():
        return Reply(tuple(manner.refuses(Refused("invalid", command.rindex(value), 2), command, 0)), status=1)
    said: tuple[str, ...] = ()
    if manner.confirms_settings and topic in ("length", "width"):
        said = (f"Screen {topic} set to {value}",)
    elif topic == "completion":
        said = ("Disabling complete-on-space",)
    if topic == "length":
        return Reply(said, effect="length", rows=int(value))
    if topic == "exit":
        return Reply(effect="exit")
    return Reply(said, effect="no_timestamp" if topic == "no_timestamp" else "")


def _reply_of_server(view: View, line: str) -> Reply:
    if line.strip() in ("exit", "logout"):
        return Reply(effect="exit")
    lines, status = linux.answer(view, line)
    return Reply(tuple(lines), line.split()[0] if line.split() else "", status=status)
