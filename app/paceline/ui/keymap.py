"""The operator's own keys: what `[ui.keys]` says, and what of it cannot work."""

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from textual.binding import Binding
from textual.keys import Keys, format_key

from paceline.config.validation import nearest, suggest
from paceline.ui.bindings import Bound, all_bindings

_SENT_AS = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+h": "backspace", "ctrl+left_square_bracket": "escape",
            "ctrl+[": "escape"}  # fmt: skip
"""Keys that reach a program as another one."""


@dataclass(frozen=True, slots=True)
class KeyProblem:
    """One entry that cannot work as it stands."""

    id: str
    sentence: str


def normal_key(key: str) -> str:
    """A key as Textual names it: `?` is `question_mark`."""
    return next(iter(Binding.make_bindings([Binding(key.strip(), "")]))).key if key.strip() else ""


KEY_NAMES = frozenset(
    {key.value for key in Keys if not key.value.startswith("<")}
    | {
        normal_key(character)
        for character in string.punctuation + string.ascii_letters + string.digits
        if character != ","
    }
    | {"comma", "space"}
)
"""What a terminal can send, by Textual's names."""

_SHOWN = {"pagedown": "page down", "pageup": "page up", "escape": "esc", "question_mark": "?", "slash": "/"}
_ARROWS = ("down", "up", "left", "right")


def show_key(key: str) -> str:
    """A key as the guide and help write it: `?`, `ctrl+p`, `J`, `page down`."""
    if key in _SHOWN:
        return _SHOWN[key]
    shown = key if "+" in key or key in _ARROWS else format_key(key)
    return shown if shown.isascii() else key


def key_problem(key: str) -> str:
    """Why `key` cannot be pressed; empty when it can."""
    name = normal_key(key)
    if not name:
        return "expected a key, or several with commas between"
    if name in _SENT_AS:
        return f'terminals send "{_SENT_AS[name]}" for "{key.strip()}": choose another key'
    if name in KEY_NAMES or (len(name) == 1 and name.isprintable()):
        return ""
    shift, _, letter = name.rpartition("+")
    if shift == "shift" and len(letter) == 1 and letter.isalpha():
        return f'"{name}" is written as the letter it gives: "{letter.upper()}"'
    near = nearest(name, KEY_NAMES)
    return f'no key is called "{key.strip()}"' + (f'; did you mean "{near}"?' if near else "")


def usable(keys: Mapping[str, str]) -> dict[str, str]:
    """The entries whose keys can all be pressed. The others leave their binding as it is."""
    return {
        binding: ",".join(normal_key(key) for key in text.split(","))
        for binding, text in keys.items()
        if not any(key_problem(key) for key in text.split(","))
    }


def key_problems(keys: Mapping[str, str]) -> list[KeyProblem]:
    """All that is wrong with `[ui.keys]`: unknown bindings, keys that cannot be, keys that two bindings would share."""
    known = {bound.id: bound for bound in all_bindings()}
    problems = []
    for binding, text in keys.items():
        if binding not in known:
            near = suggest(binding, known) if nearest(binding, known) else "; help (`?`) lists them all"
            problems.append(KeyProblem(binding, f"there is no such binding{near}"))
            continue
        problems += [KeyProblem(binding, wrong) for key in text.split(",") if (wrong := key_problem(key))]
    own = {binding: text for binding, text in usable(keys).items() if binding in known}
    return problems + list(_conflicts(known, own))


def _conflicts(known: Mapping[str, Bound], own: Mapping[str, str]) -> Iterator[KeyProblem]:
    """Keys that would be another binding's too where both work, when at least one of them was given it."""
    keys = {id_: set(own[id_].split(",")) if id_ in own else set(bound.keys) for id_, bound in known.items()}
    told: set[frozenset[str]] = set()
    for mine in own:
        shared: dict[str, list[str]] = {}
        for other, bound in known.items():
            pair = frozenset((mine, other))
            if other == mine or pair in told or not _meet(known[mine], bound):
                continue
            for key in keys[mine] & keys[other]:
                told.add(pair)
                shared.setdefault(key, []).append(other)
        for key, others in sorted(shared.items()):
            sentence = f'"{show_key(key)}" is the key of {" and ".join(others)} too: give one of them another'
            yield KeyProblem(mine, sentence)


def _meet(one: Bound, other: Bound) -> bool:
    """Whether both can be waiting for a key at the same time."""
    if one.scope == other.scope:
        return True
    if one.place and other.place:
        # Of two widgets on one screen only one has the focus.
        return one.place == other.place and one.place in (one.scope, other.scope)
    widgets = not one.place and not other.place and "app" not in (one.scope, other.scope)
    return not widgets
