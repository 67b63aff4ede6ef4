"""Drafts: what they change, what they save, and that a saved one runs the same from the command line."""

from pathlib import Path

import pytest
from tests.launch.conftest import FLEET

from paceline.config.paths import Paths
from paceline.config.platforms import load_platforms
from paceline.config.presets import PresetFile, load_preset, save_preset, save_preset_as
from paceline.config.settings import load_settings
from paceline.launch.beginning import Wish, begin, read_into
from paceline.launch.credentials import CredentialError, questions, resolve_secrets
from paceline.launch.draft import Draft
from paceline.launch.freeze import LaunchError
from paceline.launch.prepare import LaunchOptions, prepare
from paceline.model.job import Command, JobSpec

NIGHTLY = """# what the night shift wants
name = "nightly"
selection = "role=pe"
include = ["deu-r1"]
exclude = ["bra-r1"]
commands = ["show version", { command = "show clock", timeout_s = 30 }]
default_platform = "cisco_xr"

[platform.cisco_ios]
commands = ["show version"]

[pace]
batch_size = 2
devices_per_hour = 60
"""


def draft_of(paths: Paths, preset: str = "nightly", where: str = "") -> Draft:
    beginning = begin(Wish(preset, where=where), load_settings(paths), paths)
    assert not beginning.sentences
    return beginning.draft


def frozen(draft: Draft, paths: Paths) -> JobSpec:
    return draft.to_spec(load_settings(paths), load_platforms(paths), paths)


def plan(spec: JobSpec) -> object:
    """All of a job that does not differ from start to start."""
    return spec.model_dump(exclude={"id", "created_at", "seed", "created_by", "name"})


@pytest.fixture
def nightly(paths: Paths) -> Path:
    file = paths.presets / "nightly.toml"
    file.write_text(NIGHTLY, encoding="utf-8")
    return file


def test_a_loaded_draft_is_the_preset_and_has_no_changes(paths: Paths, nightly: Path) -> None:
    draft = draft_of(paths)
    assert draft.to_preset() == load_preset(nightly)
    assert draft.changes() == ()
    assert plan(frozen(draft, paths)) == plan(prepare(LaunchOptions("nightly"), paths).spec)


def test_a_changed_draft_says_what_changed_and_saved_runs_the_same_from_the_command_line(
    paths: Paths, nightly: Path
) -> None:
    draft = draft_of(paths)
    draft.ticks.tick(["fra-r1"])
    draft.ticks.untick(["deu-r2"])
    draft.set_pace(batch_size=5, mode="rolling")
    draft.set_tables({"": (Command(command="show version"),), "cisco_ios": (Command(command="show clock"),)})
    assert draft.changes() == ("devices", "commands", "pace.batch_size", "pace.mode")
    preset = draft.to_saved("evening")
    path = save_preset_as(preset, "evening", paths)
    draft.mark_saved(preset, PresetFile("evening", path, "own"))
    assert draft.changes() == ()
    spec = prepare(LaunchOptions("evening"), paths).spec
    assert {target.device.name for target in spec.targets} == draft.ticks.names
    assert plan(frozen(draft, paths)) == plan(spec)


def test_ticking_back_and_forth_is_no_change(paths: Paths, nightly: Path) -> None:
    draft = draft_of(paths)
    draft.ticks.toggle(["fra-r1"])
    draft.ticks.toggle(["fra-r1"])
    assert draft.changes() == ()


def test_where_wins_over_the_selection_and_its_exceptions(paths: Paths, nightly: Path) -> None:
    draft = draft_of(paths, where="country=BR")
    assert draft.ticks.names == {"bra-r1"}
    assert draft.changes() == ("devices",)
    assert draft.to_preset().selection == "country=BR"


def test_another_inventory_is_written_with_its_path(paths: Paths, nightly: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text(FLEET.replace("bra-r1,", "per-r1,"), encoding="utf-8")
    draft = draft_of(paths)
    read_into(draft, other, "chosen", load_platforms(paths), paths)
    assert draft.to_preset().inventory == str(other)
    assert draft.changes() == ("inventory", "devices")
    assert draft.ticks.missing == ("bra-r1",)
    save_preset(draft.to_saved("nightly"), paths)
    spec = prepare(LaunchOptions("nightly"), paths).spec
    assert {target.device.name for target in spec.targets} == draft.ticks.names
    assert "per-r1" in draft.ticks.names


def test_a_relative_inventory_holds_when_a_preset_is_saved_elsewhere(paths: Paths, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "mine.csv").write_text(FLEET, encoding="utf-8")
    (folder / "shift.toml").write_text(
        'inventory = "mine.csv"\nselection = "*"\ncommands = ["show version"]\ndefault_platform = "cisco_xr"\n',
        encoding="utf-8",
    )
    draft = draft_of(paths, str(folder / "shift.toml"))
    save_preset_as(draft.to_saved("shift"), "shift", paths)
    assert prepare(LaunchOptions("shift"), paths).inventory_path == folder / "mine.csv"


def test_a_selection_that_is_not_understood_ticks_nothing_and_is_told(paths: Paths, nightly: Path) -> None:
    draft = draft_of(paths, where="contry=DE")
    assert not draft.ticks
    assert "character 1" in draft.selection_problem
    with pytest.raises(LaunchError, match="contry"):
        frozen(draft, paths)


def test_every_reason_against_a_start_is_told(paths: Paths, nightly: Path) -> None:
    draft = draft_of(paths, where="*")
    draft.set_tables({"": (Command(command="reload"), Command(command="show {vars.rack}"))})
    with pytest.raises(LaunchError) as caught:
        frozen(draft, paths)
    assert "{vars.rack}" in str(caught.value)
    draft.set_tables({"": (Command(command="reload"), Command(command="clear counters"))})
    with pytest.raises(LaunchError) as caught:
        frozen(draft, paths)
    assert len(str(caught.value).splitlines()) == 4


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [({"batch_size": -1}, "batch_size: .* got -1"), ({"devices_per_hour": 1e9}, "devices_per_hour: .*")],
)
def test_a_pace_that_cannot_be_is_refused_and_changes_nothing(
    paths: Paths, nightly: Path, changes: dict[str, float], sentence: str
) -> None:
    draft = draft_of(paths)
    before = draft.preset
    with pytest.raises(ValueError, match=sentence):
        draft.set_pace(**changes)
    assert draft.preset == before


def test_a_job_needs_a_command(paths: Paths, nightly: Path) -> None:
    with pytest.raises(LaunchError, match="at least one command"):
        draft_of(paths).set_tables({"": ()})


# -- a frozen job once more ---------------------------------------------------------------------------------


def test_a_job_run_again_continues_it_on_these_devices_with_its_commands(paths: Paths, nightly: Path) -> None:
    spec = prepare(LaunchOptions("nightly"), paths).spec
    draft = Draft.of_job(spec, ["deu-r3", "fra-r2"])
    draft.set_pace(batch_size=1)
    again = frozen(draft, paths)
    assert again.continues == spec.id
    assert again.id != spec.id
    assert [target.device.name for target in again.targets] == ["deu-r3", "fra-r2"]
    assert [again.commands_of(target) for target in again.targets] == [
        spec.commands_of(spec.targets_by_name[name]) for name in ("deu-r3", "fra-r2")
    ]
    assert (again.pace.batch_size, again.pace.devices_per_hour) == (1, 60)
    assert list(again.platforms) == ["cisco_ios"]
    with pytest.raises(LaunchError, match="continues"):
        draft.set_tables({"": (Command(command="show version"),)})


def test_a_job_run_again_logs_in_as_the_settings_say_now(paths: Paths, nightly: Path) -> None:
    spec = prepare(LaunchOptions("nightly"), paths).spec
    paths.settings.write_text('[credentials.default]\nusername = "other"\npassword = "env:OTHER"\n', encoding="utf-8")
    again = frozen(Draft.of_job(spec, ["deu-r3"]), paths)
    assert again.credentials["default"].username == "other"


def test_a_job_has_to_have_the_devices(paths: Paths, nightly: Path) -> None:
    spec = prepare(LaunchOptions("nightly"), paths).spec
    with pytest.raises(LaunchError, match="bra-r1"):
        Draft.of_job(spec, ["bra-r1"])


def test_a_frozen_job_saves_as_a_preset_that_runs(paths: Paths, nightly: Path) -> None:
    spec = prepare(LaunchOptions("nightly"), paths).spec
    draft = Draft.of_job(spec, ["deu-r3", "deu-r1"])
    save_preset_as(draft.to_saved("rest"), "rest", paths)
    made = prepare(LaunchOptions("rest"), paths).spec
    assert {target.device.name for target in made.targets} == {"deu-r1", "deu-r3"}
    for target in made.targets:
        assert made.commands_of(target) == spec.commands_of(spec.targets_by_name[target.device.name])


def test_a_timeout_is_the_commands_own_else_the_presets_else_the_settings(paths: Paths, nightly: Path) -> None:
    usual = "[timeouts]\nlogin_s = 90\ncommand_s = 300\nprompt_s = 30\n"
    paths.settings.write_text(paths.settings.read_text() + usual, encoding="utf-8")
    # The second is the default of Paceline: said in a preset it wins over the settings all the same.
    nightly.write_text(NIGHTLY + "[timeouts]\nlogin_s = 20\nprompt_s = 20\n", encoding="utf-8")
    spec = prepare(LaunchOptions("nightly"), paths).spec
    wanted = {"connect_s": 10, "login_s": 20, "prompt_s": 20, "command_idle_s": 60, "command_s": 300}
    assert spec.timeouts.model_dump() == wanted
    assert [command.timeout_s for command in spec.command_sets[0]] == [None, 30]
    save_preset_as(draft_of(paths).to_saved("evening"), "evening", paths)
    assert prepare(LaunchOptions("evening"), paths).spec.timeouts == spec.timeouts


def test_commands_filled_per_device_cannot_be_saved(paths: Paths, nightly: Path) -> None:
    nightly.write_text(NIGHTLY.replace('"show clock"', '"show logging {name}"'), encoding="utf-8")
    spec = prepare(LaunchOptions("nightly"), paths).spec
    draft = Draft.of_job(spec, [target.device.name for target in spec.targets])
    assert "per device" in draft.unsavable()


# -- secrets ------------------------------------------------------------------------------------------------


def test_what_must_be_asked_is_known_before_and_each_reference_is_asked_once(paths: Paths, nightly: Path) -> None:
    paths.settings.write_text(
        'inventory = "fleet.csv"\n'
        '[credentials.default]\nusername = "netops"\npassword = "ask"\nenable = "ask"\n'
        '[credentials.branch]\nusername = "branch"\npassword = "env:BRANCH"\n'
        '[[credentials.rule]]\nwhere = "country=FR"\nuse = "branch"\n',
        encoding="utf-8",
    )
    spec = frozen(draft_of(paths), paths)
    asked = questions(spec, {})
    assert [question.label for question in asked] == [
        "password of netops (credential default)", "enable secret of netops (credential default)",
    ]  # fmt: skip
    with pytest.raises(CredentialError, match="BRANCH"):
        resolve_secrets(spec, {}, {question.label: "x" for question in asked}.__getitem__)
