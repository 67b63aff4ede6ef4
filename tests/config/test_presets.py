"""Presets on disk: found, loaded, saved, deleted."""

import stat
from pathlib import Path

import pytest

from paceline.config import presets as store
from paceline.config.errors import ConfigError
from paceline.config.paths import Paths
from paceline.config.platforms import load_platforms
from paceline.model.preset import Preset
from paceline.plan.guard import check

FULL = {
    "name": "mine",
    "description": 'Quotes " and # signs',
    "inventory": "fleet.csv",
    "selection": "country=DE",
    "include": ("a",),
    "exclude": ("b",),
    "default_platform": "linux",
    "commands": ("show version", {"command": 'show | match "#"', "timeout_s": 2.5}),
    "platform": {"linux": {"commands": ("uptime",)}},
    "pace": {"batch_size": 0, "mode": "rolling", "devices_per_hour": 60.0, "order": "country"},
    "gates": {"max_failures": "5%", "unattended": "hold"},
    "timeouts": {"connect_s": 3.0},
    "retries": {"attempts": 1, "sweep": False},
}


def own(paths: Paths, name: str, text: str) -> Path:
    paths.presets.mkdir(parents=True, exist_ok=True)
    path = paths.presets / name
    path.write_text(text)
    return path


def test_shipped_presets_only_read_on_every_platform_they_have_words_for(paths: Paths) -> None:
    platforms = load_platforms(paths)
    files = [file for file in store.list_presets(paths) if file.source == "shipped"]
    assert {file.name for file in files} == {"health-check", "ospf-collection"}
    for file in files:
        preset = store.load_preset(file.path)
        assert preset.read_only
        for name in (*preset.platform, "cisco_xr"):
            platform = platforms.get(name)
            assert platform is not None
            assert {c.command: check(c.command, platform) for c in preset.commands_for(name)} == {
                c.command: None for c in preset.commands_for(name)
            }


@pytest.mark.parametrize("data", [FULL, {"name": "mine", "commands": ("show version",)}])
def test_a_saved_preset_loads_as_it_was(paths: Paths, data: dict[str, object]) -> None:
    preset = Preset.model_validate(data)
    path = store.save_preset(preset, paths)
    assert store.load_preset(path) == preset
    assert path == paths.presets / "mine.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in paths.presets.iterdir()] == ["mine.toml"]


def test_a_saved_preset_is_short_and_whole_numbers_stay_whole(paths: Paths) -> None:
    text = store.save_preset(Preset.model_validate(FULL), paths).read_text()
    assert "devices_per_hour = 60\n" in text
    assert "login_s" not in text
    assert '    "show version",' in text


def test_without_a_name_a_preset_is_called_as_its_file(paths: Paths) -> None:
    assert store.load_preset(own(paths, "night.toml", 'commands = ["show clock"]')).name == "night"


def test_ones_own_preset_hides_the_shipped_one(paths: Paths) -> None:
    own(paths, "health-check.toml", 'description = "mine"\ncommands = ["show clock"]')
    assert store.find_preset("health-check", paths).source == "own"
    assert [file.description for file in store.list_presets(paths) if file.name == "health-check"] == ["mine"]


def test_a_path_is_taken_as_it_is(paths: Paths, tmp_path: Path) -> None:
    path = tmp_path / "there.toml"
    path.write_text('name = "other"\ncommands = ["show clock"]')
    assert store.find_preset(str(path), paths).path == path
    with pytest.raises(ConfigError, match="there is no such file"):
        store.find_preset("./no.toml", paths)


def test_a_wrong_name_is_answered_with_the_nearest(paths: Paths) -> None:
    with pytest.raises(ConfigError, match='no preset is called "helth-check"; did you mean "health-check"'):
        store.find_preset("helth-check", paths)
    with pytest.raises(ConfigError, match="there are: health-check, ospf-collection"):
        store.find_preset("zzz", paths)


def test_a_broken_preset_is_listed_with_its_reason(paths: Paths) -> None:
    own(paths, "bad.toml", 'comands = ["show clock"]')
    file = next(file for file in store.list_presets(paths) if file.name == "bad")
    assert 'did you mean "commands"?' in file.error


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "other"\ncommands = ["a"]', 'name: expected "bad", as the file is called, got "other"'),
        ("description = 'x'", "no commands: expected"),
        ("commands = 'show version'", "commands: expected a list in brackets"),
        ("commands = ['a', 3]", "commands[2]: expected a command in quotes"),
        ("commands = ['a\\nb', \"c\\nd\"]", "commands[2].command: a command is one line"),
        ("commands = [{command = 'a', timout_s = 1}]", 'commands[1].timout_s: unknown key; did you mean "timeout_s"?'),
        ("commands = ['a']\n[pace]\ndevices_per_hour = 'fast'", "bad.toml:3: pace.devices_per_hour: expected a number"),
        ("commands = ['a']\n[pace]\ndevices_per_hour = -1", "pace.devices_per_hour: expected at least 0, got -1"),
        ("commands = ['a']\n[pace]\ndevices_per_hour = inf", "pace.devices_per_hour: expected"),
        ("commands = ['a']\n[pace]\nmode = 'batch'", 'expected "batches" or "rolling", got "batch"'),
        ("commands = ['a']\nread_only = 'false'", 'read_only: expected true or false, got "false"'),
        ("commands = ['a']\n[gates]\nmax_failures = '5 percent'", 'a share such as "5%"'),
        ("[pace]\ncommands = ['a']", "`commands` belongs above the first [table]"),
        ("[platform.linux]\ncomands = ['a']", 'platform.linux.comands: unknown key; did you mean "commands"?'),
        ("[platform.linux]\ncommands = []", "expected at least 1"),
    ],
)
def test_a_mistake_is_answered_with_its_place_and_what_was_expected(paths: Paths, text: str, said: str) -> None:
    own(paths, "bad.toml", text)
    with pytest.raises(ConfigError) as caught:
        store.find_preset("bad", paths)
    assert said in str(caught.value)


def test_save_as_takes_a_free_and_safe_name(paths: Paths) -> None:
    preset = Preset.model_validate(FULL)
    assert store.load_preset(store.save_preset_as(preset, "second", paths)).name == "second"
    with pytest.raises(ConfigError, match="exists; choose another name"):
        store.save_preset_as(preset, "second", paths)
    with pytest.raises(ConfigError, match="cannot be a preset's name"):
        store.save_preset_as(preset, "../second", paths)


def test_an_inventory_beside_a_preset_is_still_found_when_it_is_saved_elsewhere(tmp_path: Path) -> None:
    moved = store.anchored(Preset.model_validate(FULL), tmp_path)
    assert moved.inventory == str(tmp_path / "fleet.csv")


def test_only_ones_own_presets_can_be_deleted(paths: Paths) -> None:
    path = store.save_preset(Preset.model_validate(FULL), paths)
    store.delete_preset("mine", paths)
    assert not path.exists()
    with pytest.raises(ConfigError, match="comes with Paceline"):
        store.delete_preset("health-check", paths)
    with pytest.raises(ConfigError, match='none of your presets is called "mine"'):
        store.delete_preset("mine", paths)
    with pytest.raises(ConfigError, match="none of your presets"):
        store.delete_preset("../paceline", paths)


def test_a_folder_that_cannot_be_written_is_said_and_nothing_is_lost(paths: Paths) -> None:
    paths.config.parent.mkdir(parents=True, exist_ok=True)
    paths.config.write_text("a file where the folder should be")
    with pytest.raises(ConfigError, match="cannot be written"):
        store.save_preset(Preset.model_validate(FULL), paths)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1\n", False),
        ("a = '#'\n", False),
        ('a = "\\"#"\n', False),
        ('a = """\n# text\n"""\n', False),
        ("a = '''\n# text '\n'''\n", False),
        ("# a\n", True),
        ("a = '#' # b\n", True),
        ('a = ["x", # first\n]\n', True),
    ],
)
def test_comments_are_told_from_signs_in_text(tmp_path: Path, text: str, expected: bool) -> None:
    path = tmp_path / "f.toml"
    path.write_text(text)
    assert store.has_comments(path) is expected
