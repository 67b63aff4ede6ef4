"""Reads YAML 1.2 with line numbers: `NO` is Norway, `0123` keeps its zero, and what cannot be read is reported."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from pydantic import JsonValue

from paceline.inventory.result import InventoryError

# ruamel.yaml's nodes declare neither `id` nor `value`.
Node: TypeAlias = Any
_DEEPEST = 40
_PLAIN_TAGS = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class Item:
    """One key of a document's top level; keys may come twice."""

    key: str
    value: JsonValue
    line: int


@dataclass(slots=True)
class Document:
    """A YAML document: its items when it is a mapping, else only its `kind`; and what could not be read, by line."""

    kind: str
    """`mapping`, `sequence`, `scalar` or `empty`."""
    items: list[Item] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)


def read_yaml(file: str, text: str) -> Document:
    """The document in `text`. Raises InventoryError where the YAML itself is broken."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{file}, line {mark.line + 1}" if mark else file
        raise InventoryError(f"{place}: the YAML is broken ({error.problem or error.context})") from None
    except YAMLError as error:
        raise InventoryError(f"{file}: the YAML is broken ({' '.join(str(error).split())})") from None
    except RecursionError:
        raise InventoryError(f"{file}: the YAML is nested too deeply to be an inventory") from None
    if node is None:
        return Document("empty")
    return _Converter(file).document(node)


class _Converter:
    """Turns nodes into plain values. A scalar becomes a number only where nothing of what was written is lost."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._problems: list[tuple[int, str]] = []
        self._done: dict[int, JsonValue] = {}
        """Aliases share one value, so that a file of nested aliases stays small."""

    def document(self, node: Node) -> Document:
        if node.id != "mapping":
            return Document("empty" if node.tag == f"{_PLAIN_TAGS}null" else node.id)
        items = [Item(key, self._value(value, 1), line) for key, value, line in self._pairs(node, 0)]
        return Document("mapping", items, self._problems)

    def _value(self, node: Node, depth: int) -> JsonValue:
        if depth > _DEEPEST:
            raise InventoryError(f"{self._file}, line {_line(node)}: the YAML is nested too deeply to be an inventory")
        if node.id == "scalar":
            return self._scalar(node)
        if id(node) not in self._done:
            self._done[id(node)] = self._collection(node, depth)
        return self._done[id(node)]

    def _collection(self, node: Node, depth: int) -> JsonValue:
        if node.id == "sequence":
            return [self._value(value, depth + 1) for value in node.value]
        found: dict[str, JsonValue] = {}
        for key, value, line in self._pairs(node, depth):
            if key in found:
                self._problems.append((line, f"the key {key!r} comes twice; the first counts"))
            else:
                found[key] = self._value(value, depth + 1)
        return found

    def _pairs(self, node: Node, depth: int) -> list[tuple[str, Any, int]]:
        """Keys, value nodes and lines of a mapping; merged ones (`<<`) behind its own, which they do not replace."""
        if depth > _DEEPEST:
            raise InventoryError(f"{self._file}, line {_line(node)}: the YAML is nested too deeply to be an inventory")
        pairs: list[tuple[str, Any, int]] = []
        merged: list[tuple[str, Any, int]] = []
        for key, value in node.value:
            if key.id != "scalar":
                self._problems.append((_line(key), "a key that is no plain text is not read"))
            elif key.value == "<<" and key.style is None and value.id != "scalar":
                for source in value.value if value.id == "sequence" else (value,):
                    if source.id == "mapping":
                        merged += self._pairs(source, depth + 1)
            else:
                pairs.append((key.value, value, _line(key)))
        own = {key for key, _, _ in pairs}
        for pair in merged:
            if pair[0] not in own:
                own.add(pair[0])
                pairs.append(pair)
        return pairs

    def _scalar(self, node: Node) -> JsonValue:
        text: str = node.value
        tag = str(node.tag)
        if not tag.startswith(_PLAIN_TAGS):
            reason = f"a value tagged {tag} cannot be read and is left out; write a reference such as env:NAME"
            self._problems.append((_line(node), reason))
            return None
        kind = tag.removeprefix(_PLAIN_TAGS)
        if kind == "null":
            return None
        if kind == "bool" and text.lower() in ("true", "false"):
            return text.lower() == "true"
        if kind == "int" and _same(int, text):
            return int(text)
        if kind == "float" and _same(float, text) and text.strip("-0123456789.") == "":
            return float(text)
        return text


def _same(number: type[int] | type[float], text: str) -> bool:
    try:
        return str(number(text)) == text
    except ValueError:
        return False


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1
