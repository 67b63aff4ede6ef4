"""The guide against the code: every name a user may write or read stands in it, and its tables are true."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import click
import pytest
from pydantic import BaseModel

from paceline.cli import main as front_door
from paceline.cli.main import cli
from paceline.inventory.headers import field_of
from paceline.model import event as ev
from paceline.model.failure import RULES, FailureKind
from paceline.model.legacy import LEGACY
from paceline.model.preset import Preset
from paceline.model.selection import FIELDS
from paceline.model.settings import CredentialEntry, Jump, JumpRule, LegacyRule, Settings
from paceline.model.states import CommandState, DeviceState, JobState
from paceline.plan.pacer import Pacer
from paceline.plan.template import FIELDS as TEMPLATE_FIELDS

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "GUIDE.md").read_text(encoding="utf-8")
WORDS = set(re.findall(r"`([^`\n]+)`", GUIDE))


def section(title: str) -> str:
    """The text under one heading, to the next heading of any level."""
    return re.split(r"^#+ ", GUIDE.split(f" {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def table(text: str) -> dict[str, list[str]]:
    """Rows by their first cell without its backquotes."""
    rows: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("|") and not line.startswith(("|--", "| --")):
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            rows[cells[0].strip("`")] = cells[1:]
    return rows


def keys_of(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted key and default of every leaf of a model."""
    for name, field in model.model_fields.items():
        default = field.get_default(call_default_factory=True)
        if isinstance(default, BaseModel):
            yield from keys_of(type(default), f"{prefix}{name}.")
        else:
            yield prefix + name, default


def commands(group: click.Group, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command below `group`, with the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))
        else:
            yield (*words, name), command


@pytest.mark.parametrize("kind", list(FailureKind))
def test_every_failure_has_its_row_as_the_code_has_it(kind: FailureKind) -> None:
    rule = RULES[kind]
    assert table(section("When a device fails"))[kind.value] == [rule.outcome, str(rule.retries), rule.hint]


def test_every_preset_key_has_its_row_with_its_true_default() -> None:
    rows = table(section("Presets"))
    for key, default in keys_of(Preset):
        told = rows[key][0]
        if key == "name" or default is None:
            assert not told.startswith("`"), key
            continue
        value = tomllib.loads(f"value = {told.strip('`')}")["value"]
        assert value == (list(default) if isinstance(default, tuple) else default), key
    assert "commands.timeout_s" in rows


def test_no_preset_row_names_a_key_that_is_none() -> None:
    known = {key for key, _ in keys_of(Preset)} | {"key", "commands.command", "commands.timeout_s"}
    assert set(table(section("Presets"))) == known


def test_every_settings_key_has_its_row() -> None:
    rows = set(table(section("Settings"))) - {"key"}
    known = {key for key, _ in keys_of(Settings)} | {"credentials.rule.where", "credentials.rule.use"}
    known |= {f"legacy.{name}" for name in LegacyRule.model_fields}
    known |= {f"credentials.NAME.{name}" for name in CredentialEntry.model_fields}
    known |= {f"jumps.NAME.{name}" for name in Jump.model_fields}
    known |= {f"jumps.rule.{name}" for name in JumpRule.model_fields}
    assert rows == known


def test_every_word_for_old_algorithms_has_its_row() -> None:
    rows = table(section("Old devices"))
    for word, one in LEGACY.items():
        assert re.findall(r"`([^`]+)`", rows[word][0]) == list(one.names)
    assert set(rows) - {"word"} == set(LEGACY)


def test_every_command_and_option_is_in_the_reference() -> None:
    reference = section("Command line")
    for words, command in commands(cli, ("paceline",)):
        assert " ".join(words) in reference, words
        line = next(row for row in reference.splitlines() if f"`{' '.join(words)}" in row)
        shared = reference.split("`paceline run PRESET`")[1].splitlines()[0] if words[-1] in ("plan", "save") else ""
        for parameter in command.params:
            if isinstance(parameter, click.Argument):
                assert parameter.human_readable_name.strip("[].").upper() in line.upper(), (words, parameter.name)
                continue
            for option in parameter.opts:
                assert re.search(rf"`{option}[` ]", line + shared), (words, option)
    assert set(front_door.COMMANDS) <= {words[1] for words, _ in commands(cli, ("paceline",))}


def test_no_option_is_told_of_that_does_not_exist() -> None:
    parameters = [parameter for _, command in commands(cli, ()) for parameter in command.params]
    real = {option for parameter in parameters for option in (*parameter.opts, *parameter.secondary_opts)}
    told = {word for span in WORDS for word in re.findall(r"(?<!\S)--[a-z-]+", span)}
    assert told - real == {"--help", "--version"}


def test_every_event_has_its_row_with_all_its_fields() -> None:
    rows = table(section("Events"))
    for kind in get_args(ev.JobEvent):
        common = {"seq", "at", "job", "type"}
        of = "job"
        if "command" in kind.model_fields:
            of, common = "command", common | {"device", "country", "attempt", "command", "index"}
        elif "attempt" in kind.model_fields:
            of, common = "device", common | {"device", "country", "attempt"}
        fields = {field.alias or name for name, field in kind.model_fields.items()} - common
        told = rows[kind.model_fields["type"].default]
        assert told[0] == of
        assert set(re.findall(r"`(\w+)`", told[1])) == fields, kind
    assert set(rows) - {"type"} == ev.EVENT_TYPES


def test_every_state_is_explained() -> None:
    states = section("States")
    for state in (*DeviceState, *CommandState, *JobState):
        assert f"`{state.value}`" in states, state


def test_every_exit_code_is_explained() -> None:
    from paceline.cli import runner

    named = {value for name, value in vars(runner).items() if name.startswith("EXIT_")} | {front_door.EXIT_BUG}
    assert {int(code) for code in table(section("Exit codes")) if code.isdigit()} == named


def test_the_headers_named_mean_what_the_table_says() -> None:
    for field, cells in table(section("CSV headers")).items():
        for header in re.split(r", ", cells[0].split(";")[0]):
            if field not in ("field", "the same words"):
                assert field_of(header) == field, header


def test_every_field_of_selections_and_commands_is_named() -> None:
    assert {f"`{field}`" for field in FIELDS if field != "groups"} <= set(re.findall(r"`[^`]+`", section("Selections")))
    assert all(f"`{{{field}}}`" in GUIDE for field in TEMPLATE_FIELDS)


def test_the_worked_examples_of_the_pace_are_right() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section("Pace").splitlines()
        if re.match(r"\| \d", line)
    ]
    assert len(rows) >= 5
    for devices, size, rate, starts in rows:
        pacer, left, moment, found = Pacer(float(rate)), int(devices), 0.0, []
        while left:
            moment = pacer.ready_at(moment)
            batch = min(left, int(size))
            pacer.grant(moment, batch)
            found.append(f"{int(moment) // 3600}:{int(moment) % 3600 // 60:02d}")
            left -= batch
        assert starts == ", ".join(found)


@pytest.mark.parametrize("page", ["README.md", "GUIDE.md", "CHANGELOG.md", "CONTRIBUTING.md"])
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    anchors = {
        re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.+)$", text, re.M)
    }
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in anchors, target
        elif not target.startswith("http"):
            assert (ROOT / target.split("#")[0]).exists(), target
