"""What a preset means."""

import pytest

from paceline.model.preset import Preset, preset_name


def test_a_platform_has_its_own_words_and_the_others_the_general_ones() -> None:
    preset = Preset.model_validate(
        {"name": "a", "commands": ["show x"], "platform": {"linux": {"commands": [{"command": "w", "timeout_s": 3}]}}}
    )
    assert [command.command for command in preset.commands_for("cisco_xr")] == ["show x"]
    assert [(command.command, command.timeout_s) for command in preset.commands_for("linux")] == [("w", 3)]


def test_a_preset_for_one_platform_has_nothing_for_the_others() -> None:
    preset = Preset.model_validate({"name": "a", "platform": {"linux": {"commands": ["w"]}}})
    assert preset.commands_for("cisco_xr") == ()


def test_a_preset_reads_only_unless_it_says_otherwise() -> None:
    preset = Preset.model_validate({"name": "a", "commands": ["show x"]})
    assert preset.read_only
    assert (preset.default_platform, preset.after_crash) == ("generic", "ask")


@pytest.mark.parametrize("name", ["", ".", "..", ".hidden", "a/b", "a b", "a\n", "ä", "-a", "a" * 65])
def test_a_name_that_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="letters, digits"):
        preset_name(name)


@pytest.mark.parametrize("name", ["a", "ospf-collection", "Check_2.1", "9"])
def test_a_name_that_is_a_file_name_is_taken(name: str) -> None:
    assert preset_name(name) == name
