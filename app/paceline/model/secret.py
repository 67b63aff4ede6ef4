"""Secrets: values that print as ***, and the references that name them."""

import re
import shlex
from collections.abc import Iterable

from paceline.model.redaction import MASK, REDACTOR


class Secret:
    """A password. It prints as `***`; `reveal()` is the one way to its value.

    As long as it lives, `redact` masks its value wherever it turns up.
    """

    __slots__ = ("__weakref__", "_value")

    def __init__(self, value: str) -> None:
        self._value = value
        REDACTOR.watch(self, value)

    def reveal(self) -> str:
        """The value itself, for the one line that sends it."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(("Secret", self._value))

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a Secret is never serialised")


class MissingSecretError(LookupError):
    """A reference that nobody resolved; says which."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"no value for the secret {reference!r}")
        self.reference = reference


class Secrets:
    """Reference to value, in memory only: what the starting process resolved and hands to the engine."""

    def __init__(self, values: dict[str, Secret] | None = None, agent_path: str = "") -> None:
        self._values = dict(values or {})
        self.agent_path = agent_path
        """The socket of the ssh-agent to use, or empty."""

    def get(self, reference: str) -> Secret:
        """The value of `reference`. Raises MissingSecretError."""
        try:
            return self._values[reference]
        except KeyError:
            raise MissingSecretError(reference) from None

    def has(self, reference: str) -> bool:
        """Whether `reference` has a value."""
        return reference in self._values

    def add(self, reference: str, value: Secret) -> None:
        """Give `reference` a value."""
        self._values[reference] = value

    def update(self, other: "Secrets") -> None:
        """Take over the values of `other`, and its agent when it has one."""
        self._values.update(other._values)
        self.agent_path = other.agent_path or self.agent_path

    def values(self) -> Iterable[Secret]:
        """All values, for the redactor."""
        return self._values.values()

    def items(self) -> Iterable[tuple[str, Secret]]:
        """References with their values, for who hands them on."""
        return self._values.items()

    def __repr__(self) -> str:
        return f"Secrets({sorted(self._values)})"


REFERENCE_FORMS = ("agent", "ask", "env:NAME", "keyring:NAME", "command:PROGRAM …")
"""Where a secret may come from, as people write it."""

_NAMES = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|keyring:[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?")


def is_source(text: str) -> bool:
    """Whether `text` names a place that a secret is read from: the environment, the keyring, a command's output."""
    if text.startswith("command:"):
        return bool(words_of(text.removeprefix("command:")))
    return _NAMES.fullmatch(text) is not None


def words_of(command: str) -> list[str]:
    """The program and its arguments, split as a shell would and run by none; empty for what cannot be split."""
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in command):
        return []
    try:
        return shlex.split(command)
    except ValueError:
        return []


def is_reference(text: str) -> bool:
    """Whether `text` has the form of a reference: one of REFERENCE_FORMS, or `device:NAME`."""
    return text in ("agent", "ask") or is_source(text) or (text.startswith("device:") and len(text) > len("device:"))
