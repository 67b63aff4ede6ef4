"""Secrets: values that print as ***, and the references that name them."""

import re
from collections.abc import Iterable

MASK = "***"


class Secret:
    """A password. It prints as `***`; `reveal()` is the one way to its value."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

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

    def __repr__(self) -> str:
        return f"Secrets({sorted(self._values)})"


_REFERENCE = re.compile(r"^(agent|ask|env:[A-Za-z_][A-Za-z0-9_]*|device:.+)$")


def is_reference(text: str) -> bool:
    """Whether `text` has the form of a reference (`agent`, `ask`, `env:NAME`, `device:NAME`)."""
    return _REFERENCE.match(text) is not None
