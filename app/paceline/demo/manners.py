"""How each platform behaves at its terminal: prompt, pager, refusals, greetings, and what it answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from paceline.demo import changes
from paceline.demo.answers import ios, junos, xr
from paceline.demo.answers.facts import View
from paceline.demo.changes import Change
from paceline.demo.grammar import Grammar, Refused
from paceline.demo.network import IOS, JUNOS, LINUX, XR, SimulatedDevice


@dataclass(frozen=True, slots=True)
class Manner:
    """One platform's command line. Texts have `{name}` and `{user}` filled in."""

    prompt: str
    pager: str
    wipe: str
    """What overwrites the pager's prompt once a key was pressed."""
    login_banner: str
    welcome: str
    grammar: Grammar
    answers: dict[str, Callable[[View], list[str]]]
    ssh_version: str
    """The software of its SSH greeting."""
    changes: Mapping[str, Change] = field(default_factory=dict)
    """Topics that change something harmless."""
    has_timestamps: bool = False
    confirms_settings: bool = False
    refuses: Callable[[Refused, str, int], list[str]] = lambda refused, line, width: []
    """Refusal, the line, the prompt's width: the lines that tell."""


def _cisco_refusal(refused: Refused, line: str, width: int) -> list[str]:
    if refused.kind == "incomplete":
        return ["% Incomplete command.", ""]
    if refused.kind == "ambiguous":
        return [f'% Ambiguous command:  "{line.strip()}"']
    return [" " * (width + refused.column) + "^", "% Invalid input detected at '^' marker.", ""]


def _junos_refusal(refused: Refused, line: str, width: int) -> list[str]:
    marker = " " * (width + refused.column) + "^"
    if refused.kind == "ambiguous":
        return [marker, f"'{line.split()[refused.word]}' is ambiguous."]
    return [marker, "unknown command." if refused.word == 0 else "syntax error, expecting <command>."]


_BANNER = "Simulated device {name}. Authorised access only.\n"
_CISCO_PAGER = " --More-- "


def manners() -> dict[str, Manner]:
    """Platform name to its manner, for every platform with a command line."""
    return {
        XR: Manner(
            prompt="RP/0/RP0/CPU0:{name}#",
            pager=_CISCO_PAGER,
            wipe="\r" + " " * len(_CISCO_PAGER) + "\r",
            login_banner=_BANNER,
            welcome="\n\n\n",
            grammar=Grammar((*xr.COMMANDS, *changes.XR_COMMANDS)),
            answers=xr.ANSWERS,
            changes=changes.CHANGES,
            ssh_version="Cisco-2.0",
            has_timestamps=True,
            refuses=_cisco_refusal,
        ),
        IOS: Manner(
            prompt="{name}#",
            pager=_CISCO_PAGER,
            wipe="\b" * 9 + " " * 8 + "\b" * 9,
            login_banner="\n" + _BANNER,
            welcome="\n\nSimulated router {name}: what you do here is logged.\n\n",
            grammar=Grammar((*ios.COMMANDS, *changes.IOS_COMMANDS)),
            answers=ios.ANSWERS,
            changes=changes.CHANGES,
            ssh_version="Cisco-1.25",
            refuses=_cisco_refusal,
        ),
        JUNOS: Manner(
            prompt="{user}@{name}> ",
            pager="---(more)---",
            wipe="\r" + " " * 40 + "\r",
            login_banner=_BANNER,
            welcome="--- JUNOS {release} Kernel 64-bit  JNPR-12.1\n",
            grammar=Grammar((*junos.COMMANDS, *changes.JUNOS_COMMANDS)),
            answers=junos.ANSWERS,
            changes=changes.CHANGES,
            ssh_version="OpenSSH_7.5",
            confirms_settings=True,
            refuses=_junos_refusal,
        ),
        LINUX: Manner(
            prompt="{user}@{name}:~$ ",
            pager="",
            wipe="",
            login_banner=_BANNER,
            welcome="Linux {name} {release} x86_64\n",
            grammar=Grammar(()),
            answers={},
            ssh_version="OpenSSH_9.2p1",
        ),
    }


def fill(text: str, device: SimulatedDevice, user: str) -> str:
    """`text` with the device's name and release and the user's name."""
    return text.replace("{name}", device.name).replace("{release}", device.release).replace("{user}", user)
