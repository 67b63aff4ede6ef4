"""What an ssh_config says of one host: the first value of each keyword counts, and what is not followed is told."""

import getpass
import re
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from paceline.config.ssh_config import CRITERIA, Block, Criterion, Directive, Pattern, SshConfig
from paceline.model.legacy import AlgorithmKind

RunProgram = Callable[[str], bool]
"""Runs the program of a `Match exec`, by consent; whether it ended with 0."""

ALGORITHMS: Mapping[str, AlgorithmKind] = MappingProxyType(
    {
        "kexalgorithms": "key exchange",
        "hostkeyalgorithms": "host key type",
        "ciphers": "cipher",
        "macs": "MAC",
    }
)
_TOKEN = re.compile(r"%(.?)")

_IGNORED: Mapping[str, tuple[tuple[str, ...], str]] = MappingProxyType(
    {
        "proxycommand": (("none",), "only ProxyJump is followed"),
        "stricthostkeychecking": (("yes", "ask", "true"), "`[host_keys]` in the settings decides"),
        "userknownhostsfile": (("~/.ssh/known_hosts",), "name it in `known_hosts` of the settings"),
        "globalknownhostsfile": ((), "name it in `known_hosts` of the settings"),
        "knownhostscommand": (("none",), ""),
        "hostkeyalias": ((), "the device's name and address are looked up"),
        "verifyhostkeydns": (("no", "false"), ""),
        "certificatefile": ((), "the certificate beside the key file, NAME-cert.pub, is used"),
        "identityagent": (("ssh_auth_sock",), "the agent of SSH_AUTH_SOCK is used"),
        "pkcs11provider": (("none",), ""),
        "preferredauthentications": ((), ""),
        "passwordauthentication": (("yes", "true"), ""),
        "kbdinteractiveauthentication": (("yes", "true"), ""),
        "challengeresponseauthentication": (("yes", "true"), ""),
        "pubkeyauthentication": (("yes", "true"), ""),
        "gssapiauthentication": (("no", "false"), ""),
        "hostbasedauthentication": (("no", "false"), ""),
        "pubkeyacceptedalgorithms": ((), ""),
        "casignaturealgorithms": ((), ""),
        "addressfamily": (("any",), ""),
        "bindaddress": ((), ""),
        "bindinterface": ((), ""),
        "canonicalizehostname": (("no", "false"), ""),
    }
)  # fmt: skip
"""Keywords that would change how a login goes and are not followed: values that make no difference, and a hint."""


@dataclass(frozen=True, slots=True)
class HostOptions:
    """What the configuration says of one host, tokens filled in; empty where it says nothing."""

    hostname: str = ""
    user: str = ""
    port: int | None = None
    identity_files: tuple[str, ...] = ()
    identities_only: bool = False
    proxy_jump: str = ""
    """`none`: directly, whatever later lines say."""
    algorithms: Mapping[AlgorithmKind, str] = field(default_factory=dict)
    """As they are written, with `+`, `-` or `^`."""
    sources: Mapping[AlgorithmKind, Directive] = field(default_factory=dict)
    """Where the algorithms stand."""
    notes: tuple[str, ...] = ()
    """What is not followed, each with its place."""


NOTHING = HostOptions()


def look_up(
    config: SshConfig, names: Sequence[str], *, address: str = "", user: str = "", run: RunProgram | None = None
) -> HostOptions:
    """What is said of a host that people call by any of `names`. `address` and `user` are settled beforehand."""
    seen = _Lookup(list(dict.fromkeys(filter(None, names))), address, user, run)
    for block in config.candidates(*seen.names):
        if seen.holds(block):
            for line in block.lines:
                seen.take(line)
    return seen.options()


class _Lookup:
    def __init__(self, names: list[str], address: str, user: str, run: RunProgram | None) -> None:
        self.names, self._address, self._user, self._run = names, address, user, run
        self._found: dict[str, Directive] = {}
        self._keys: list[Directive] = []
        self._notes: dict[str, None] = {}

    def holds(self, block: Block) -> bool:
        """Whether every condition of a block does."""
        for condition in block.conditions:
            if condition.kind not in CRITERIA:
                self._note(_not_understood(block, condition.kind))
                return False
            if condition.kind == "exec" and self._run is None:
                self._note(_not_run(block))
                return False
            if self._is_met(condition) == condition.is_negated:
                return False
        return True

    def _is_met(self, condition: Criterion) -> bool:
        match condition.kind:
            case "all":
                return True
            case "originalhost":
                return _matches(condition.patterns, self.names)
            case "host":
                return _matches(condition.patterns, self._hosts())
            case "user":
                return _matches(condition.patterns, [self._login()])
            case "localuser":
                return _matches(condition.patterns, [getpass.getuser()])
        assert self._run is not None
        return self._run(self._filled(condition.command, self._hosts()[0]))

    def take(self, line: Directive) -> None:
        """Keep a line, unless an earlier one says the same."""
        if line.key == "identityfile":
            self._keys.append(line)
        elif line.key not in self._found:
            self._found[line.key] = line
            if _changes_login(line):
                self._note(_ignored(line))

    def options(self) -> HostOptions:
        """All that was found."""
        port = self._value("port")
        algorithms = {kind: self._found[key] for key, kind in ALGORITHMS.items() if key in self._found}
        host = self._hosts()[0]
        return HostOptions(
            hostname=self._hostname(),
            user=self._value("user"),
            port=int(port) if port else None,
            identity_files=tuple(
                str(Path(self._filled(line.words[0], host)).expanduser())
                for line in self._keys if line.words[0].lower() != "none"
            ),
            identities_only=self._value("identitiesonly").lower() in ("yes", "true"),
            proxy_jump=self._filled(self._value("proxyjump"), host),
            algorithms={kind: ",".join(line.words) for kind, line in algorithms.items()},
            sources=algorithms,
            notes=tuple(self._notes),
        )  # fmt: skip

    def _hostname(self) -> str:
        return self._filled(self._value("hostname"), self.names[0])

    def _hosts(self) -> list[str]:
        """What is connected to, as far as it is known."""
        if self._address:
            return [self._address, *self.names]
        hostname = self._hostname()
        return [hostname] if hostname else self.names

    def _login(self) -> str:
        return self._user or self._value("user") or getpass.getuser()

    def _value(self, key: str) -> str:
        return self._found[key].words[0] if key in self._found else ""

    def _filled(self, text: str, host: str) -> str:
        """The text with its tokens filled in; one that is not known stays as it is."""
        if "%" not in text:
            return text
        values = {
            "%": "%", "h": host, "n": self.names[0], "p": self._value("port") or "22", "r": self._login(),
            "u": getpass.getuser(), "d": str(Path.home()), "L": socket.gethostname().partition(".")[0],
            "l": socket.gethostname(), "k": host, "j": self._value("proxyjump"),
        }  # fmt: skip
        return _TOKEN.sub(lambda token: values.get(token[1], token[0]), text)

    def _note(self, sentence: str) -> None:
        self._notes[sentence] = None


def _matches(patterns: Iterable[Pattern], names: Sequence[str]) -> bool:
    """As ssh matches lists: one pattern must fit, and none that excludes. A host's names stand for each other."""
    found = False
    for pattern in patterns:
        if any(pattern.expression.fullmatch(name) for name in names):
            if pattern.is_negated:
                return False
            found = True
    return found


def ignored_lines(config: SshConfig, *, runs_programs: bool = False) -> list[str]:
    """All of the file that would change how a login goes and is not followed, whatever the host."""
    found = []
    for block in config.blocks:
        kinds = {condition.kind for condition in block.conditions}
        if unknown := kinds.difference(CRITERIA):
            found.append(_not_understood(block, unknown.pop()))
        elif "exec" in kinds and not runs_programs:
            found.append(_not_run(block))
        found += [_ignored(line) for line in block.lines if _changes_login(line)]
    return found


def _changes_login(line: Directive) -> bool:
    return line.key in _IGNORED and line.words[0].lower() not in _IGNORED[line.key][0]


def _ignored(line: Directive) -> str:
    hint = _IGNORED[line.key][1]
    return f"{line.place}: {line.keyword} is ignored" + (f": {hint}" if hint else "")


def _not_understood(block: Block, kind: str) -> str:
    return f"{block.place}: Match {kind} is not understood here: its block is ignored"


def _not_run(block: Block) -> str:
    return (
        f"{block.place}: Match exec runs a program, which is not allowed: its block is ignored "
        "(`match_exec = true` under [ssh_config] in the settings allows it)"
    )
