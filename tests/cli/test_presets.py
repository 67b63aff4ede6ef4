"""`paceline presets`: what a user keeps is what the next run does, and nothing of theirs is lost unasked."""

import json
import tomllib
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from tests.cli.desk import Desk, Done

from paceline.cli.main import cli

COMMENTED = '# why: the edge is fragile\ncommands = ["show version"]\nselection = "*"\n'


def kept(desk: Desk, name: str) -> dict[str, object]:
    return tomllib.loads((desk.config / f"presets/{name}.toml").read_text())


def refused(done: Done, said: str) -> None:
    assert done.code == 2
    assert said in done.err
    assert "Traceback" not in done.err


def test_a_saved_copy_runs_with_what_the_options_changed(desk: Desk) -> None:
    name = desk.preset("mine", selection="*", include=["nobody"])
    done = desk(
        "presets", "save", name, "--as", "edge", "--where", "country=DE", "--batch-size", "1", "--mode", "rolling"
    )
    assert done.code == 0, done.err
    assert done.out == f"saved {desk.config}/presets/edge.toml\n"
    assert kept(desk, "edge")["selection"] == "country=DE"
    assert "include" not in kept(desk, "edge")
    assert kept(desk, "mine")["selection"] == "*"
    events = desk("run", "edge", "--json", "--yes").of("attempt_started", "batch_started")
    assert {event["country"] for event in events if "country" in event} == {"DE"}
    assert {event["n"] for event in events if "n" in event} == {1}


def test_every_option_is_kept(desk: Desk) -> None:
    desk.preset("mine", selection="*")
    options = {"batch_size": 3, "devices_per_hour": 120, "mode": "rolling", "order": "spread", "per_country": 4}
    flags = [word for key, value in options.items() for word in (f"--{key.replace('_', '-')}", str(value))]
    assert desk("presets", "save", "mine", *flags, "--per-site", "2", "-i", desk.fleet.inventory).code == 0
    assert kept(desk, "mine")["pace"] == {**options, "per_site": 2}
    assert kept(desk, "mine")["inventory"] == str(desk.fleet.inventory)


def test_a_shipped_preset_is_copied_and_comes_back_when_the_copy_is_deleted(desk: Desk) -> None:
    shipped = desk("presets", "show", "health-check").out
    assert desk("presets", "save", "health-check", "--batch-size", "2").code == 0
    rows = {row["name"]: row for row in map(json.loads, desk("presets", "list", "--json").lines)}
    assert rows["health-check"]["source"] == "own"
    assert "batch_size = 2" in desk("presets", "show", "health-check").out
    assert desk("presets", "delete", "health-check", "--yes").code == 0
    assert desk("presets", "show", "health-check").out == shipped
    refused(desk("presets", "delete", "health-check", "--yes"), "comes with Paceline and cannot be deleted")


def test_comments_are_not_lost_unasked(desk: Desk) -> None:
    path = desk.write(Path("presets/mine.toml"), COMMENTED)
    done = desk.process("presets", "save", "mine", "--batch-size", "2")
    refused(done, f"The comments in {path} would be lost; there is no terminal to ask on: add --yes to save over it")
    assert path.read_text() == COMMENTED
    assert desk.process("presets", "save", "mine", "--batch-size", "2", "--yes").code == 0
    assert kept(desk, "mine")["pace"] == {"batch_size": 2}


def test_a_file_does_not_replace_a_preset_unasked_and_its_inventory_stays_found(desk: Desk) -> None:
    desk.preset("night", selection="*")
    before = kept(desk, "night")
    path = desk.root / "work" / "night.toml"
    desk.write(path, 'commands = ["show clock"]\ninventory = "fleet.csv"\n')
    refused(desk.process("presets", "save", path), "There is a preset")
    assert kept(desk, "night") == before
    assert desk.process("presets", "save", path, "--yes").code == 0
    assert kept(desk, "night")["inventory"] == str(path.parent / "fleet.csv")


def test_what_cannot_be_saved_is_told(desk: Desk) -> None:
    desk.preset("mine")
    refused(desk("presets", "save", "mine"), "nothing would change: add an option, or --as NAME")
    refused(desk("presets", "save", "mine", "--as", "mine"), "a preset of this name exists")
    refused(desk("presets", "save", "mine", "--as", "a/b"), "cannot be a preset's name")
    refused(desk("presets", "save", "mine", "--as", "x", "--batch-size", "-3"), "--batch-size: expected at least 0")
    refused(desk("presets", "save", "mine", "--as", "x", "--where", "colour=red"), "the selection is not understood")
    refused(desk("presets", "save", "mine", "--as", "x", "-i", "gone.csv"), "there is no inventory")
    refused(desk("presets", "save", "health-chek"), 'did you mean "health-check"?')
    refused(desk("presets", "show", "nope"), 'no preset is called "nope"')
    refused(desk("presets", "delete", "nope"), 'none of your presets is called "nope"')
    assert not (desk.config / "presets" / "x.toml").exists()


def test_a_selection_by_a_job_is_kept_for_the_run_to_look_up(desk: Desk) -> None:
    desk.preset("mine")
    assert desk("presets", "save", "mine", "--as", "again", "--where", "failed:last").code == 0
    assert kept(desk, "again")["selection"] == "failed:last"


def test_deleting_asks_and_needs_a_terminal_or_yes(desk: Desk) -> None:
    desk.preset("mine")
    refused(desk.process("presets", "delete", "mine"), "there is no terminal to ask on: add --yes to delete it")
    assert kept(desk, "mine")
    done = desk("presets", "delete", "mine", "--yes")
    assert done.out == f"deleted {desk.config}/presets/mine.toml\n"
    assert not (desk.config / "presets" / "mine.toml").exists()


def test_the_list_names_every_preset_and_what_is_wrong_with_one(desk: Desk) -> None:
    desk.preset("mine", description="of the edge")
    desk.write(Path("presets/broken.toml"), "batchsize = 3\n")
    lines = desk("presets", "list").lines
    assert any(line.split() == ["mine", "own", "of", "the", "edge"] for line in lines)
    assert any(line.startswith("broken") and "cannot be used: " in line for line in lines)
    assert any(line.startswith("health-check     shipped  ") for line in lines)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["presets", "show"], {"health-check", "ospf-collection", "mine"}),
        (["presets", "save"], {"health-check", "ospf-collection", "mine"}),
        (["presets", "delete"], {"mine"}),
    ],
)
def test_names_are_completed(desk: Desk, words: list[str], found: set[str]) -> None:
    desk.preset("mine")
    desk("presets", "list")
    completer = ShellComplete(cli, {}, "paceline", "_PACELINE_COMPLETE")
    assert {item.value for item in completer.get_completions(words, "")} == found
