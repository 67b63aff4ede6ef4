"""Which jump each device gets: the command line, the inventory, the rules, another source; frozen with the job."""

from pathlib import Path

import pytest

from paceline.config.errors import ConfigError
from paceline.config.paths import Paths
from paceline.config.settings import load_settings
from paceline.launch.again import again, preset_of
from paceline.launch.credentials import resolve_secrets
from paceline.launch.freeze import LaunchError
from paceline.launch.host_keys import without_host_key
from paceline.launch.jumps import choose_jumps, known_ways
from paceline.launch.prepare import LaunchOptions, prepare
from paceline.model.device import Device
from paceline.model.job import JobSpec
from paceline.model.secret import Secret
from paceline.model.selection import Selection, parse

JUMPS = """
[jumps.bastion]
host = "bastion.example.net"
username = "alice"
password = "ask"

[jumps.inner]
host = "10.0.0.1"
port = 2222
key_file = "{key}"

[[jumps.rule]]
where = "country=DE role=pe"
use = "bastion"

[[jumps.rule]]
where = "country=DE,FR"
use = "bastion,inner"
"""


@pytest.fixture
def jumping(paths: Paths) -> Paths:
    settle(paths, JUMPS)
    return paths


def settle(paths: Paths, more: str) -> None:
    text = paths.settings.read_text(encoding="utf-8")
    key = next(line for line in text.splitlines() if line.startswith("key_file")).split('"')[1]
    paths.settings.write_text(text + more.replace("{key}", key), encoding="utf-8")


def write_jumps(paths: Paths, **jumps: str) -> None:
    """Give devices a `jump` of their own in the inventory."""
    fleet = paths.config / "fleet.csv"
    head, *rows = fleet.read_text().splitlines()
    lines = [f'{row},"{jumps.get(row.partition(",")[0].replace("-", "_"), "")}"' for row in rows]
    fleet.write_text("\n".join([f"{head},jump", *lines]), encoding="utf-8")


def job(paths: Paths, jump: str = "") -> JobSpec:
    return prepare(LaunchOptions("health-check", where="*", jump=jump), paths).spec


def ways(spec: JobSpec) -> dict[str, str]:
    return {target.device.name: target.device.jump for target in spec.targets}


def test_the_inventory_wins_over_the_rules_and_the_first_rule_that_matches(jumping: Paths) -> None:
    write_jumps(jumping, deu_r2="none", bra_r1="bob@edge:23,inner")
    spec = job(jumping)
    assert ways(spec) == {
        "deu-r1": "bastion,inner", "deu-r2": "", "deu-r3": "bastion", "fra-r1": "bastion,inner",
        "fra-r2": "bastion,inner", "bra-r1": "bob@edge:23,inner",
    }  # fmt: skip
    assert {name: (jump.host, jump.port) for name, jump in spec.jumps.items()} == {
        "bastion": ("bastion.example.net", 22), "inner": ("10.0.0.1", 2222), "bob@edge:23": ("edge", 23),
    }  # fmt: skip
    logins = {name: spec.credentials[jump.credential] for name, jump in spec.jumps.items()}
    assert (logins["bastion"].username, logins["bastion"].password) == ("alice", "ask:jump bastion")
    assert Path(logins["inner"].key_file).name == "id_ed25519"
    assert logins["bob@edge:23"].username == "bob"
    # Frozen: the job knows it, whatever the settings say later.
    assert JobSpec.model_validate_json(spec.model_dump_json()) == spec


def test_the_command_line_wins_over_all(jumping: Paths) -> None:
    write_jumps(jumping, deu_r2="none", bra_r1="inner")
    assert set(ways(job(jumping, "carol@10.9.9.9")).values()) == {"carol@10.9.9.9"}
    direct = job(jumping, "none")
    assert set(ways(direct).values()) == {""}
    assert not direct.jumps
    assert set(direct.credentials) == {"default"}


def test_another_source_is_asked_last(jumping: Paths) -> None:
    devices = [Device(name=name, address="192.0.2.1", country=code) for name, code in (("a", "FR"), ("b", "JP"))]

    def read(text: str) -> Selection:
        return parse(text, names_from_file=lambda _: [], devices_of_job=lambda *_: [])

    found = choose_jumps(devices, load_settings(jumping), read, source=lambda device: f"ops@{device.name}-gw")
    assert [device.jump for device in found.devices] == ["bastion,inner", "ops@b-gw"]


def test_a_password_of_a_jump_is_asked_for_once(jumping: Paths) -> None:
    asked: list[str] = []

    def ask(label: str) -> str:
        asked.append(label)
        return "opensesame-of-the-tests"

    secrets = resolve_secrets(job(jumping), {}, ask)
    assert asked == ["password of alice (credential jump bastion)"]
    assert secrets.get("ask:jump bastion") == Secret("opensesame-of-the-tests")


@pytest.mark.parametrize(
    ("jump", "said"),
    [
        ("bastoin", 'no jump is called "bastoin"; did you mean "bastion"?'),
        ("x1", 'no jump is called "x1"; the settings have: bastion, inner'),
        ("bastion,,inner", 'jump "bastion,,inner": expected the name of a [jumps.NAME]'),
    ],
)
def test_an_unknown_jump_is_refused_with_the_nearest_and_its_devices(jumping: Paths, jump: str, said: str) -> None:
    write_jumps(jumping, deu_r1=jump, bra_r1=jump)
    with pytest.raises(LaunchError) as failure:
        job(jumping)
    assert said in str(failure.value)
    assert str(failure.value).endswith("(deu-r1, bra-r1)")
    told = known_ways([Device(name="a", address="192.0.2.1", jump=jump)], load_settings(jumping), None)
    assert said in told.problem


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (
            '[[jumps.rule]]\nwhere = "*"\nuse = "bastion"',
            "rule 1 uses 'bastion', which is no jump here (there are: none)",
        ),
        ('[[jumps.rule]]\nwhere = "*"\nuse = "a b"', 'jump "a b": expected'),
        ('[[jumps.rule]]\nwhere = "*"', "jumps.rule[1].use: this key is missing"),
        ('[jumps.none]\nhost = "a"', "'none' cannot be a jump's name"),
        ('[jumps.b]\nhost = "a"\nhots = "a"', 'unknown key; did you mean "host"?'),
        ('[jumps.b]\nhost = "a"\npassword = "hunter2-of-the-tests"', "never the secret itself"),
    ],
)
def test_a_setting_that_is_none_is_a_sentence(paths: Paths, rules: str, said: str) -> None:
    settle(paths, f"\n{rules}\n")
    with pytest.raises(ConfigError) as failure:
        load_settings(paths)
    assert said in str(failure.value)
    assert "hunter2" not in str(failure.value)


def test_a_job_that_goes_on_keeps_its_ways(jumping: Paths) -> None:
    """Direct stays direct, whatever the rules say; how a jump host is reached is as the settings have it now."""
    write_jumps(jumping, deu_r2="none")
    spec = job(jumping)
    text = jumping.settings.read_text().replace("bastion.example.net", "bastion2.example.net")
    jumping.settings.write_text(text.replace('where = "country=DE role=pe"', 'where = "*"'))
    devices = [target.device for target in spec.targets if target.device.name in ("deu-r2", "deu-r3")]
    later = again(spec, devices, preset_of(spec), load_settings(jumping), jumping)
    assert ways(later) == {"deu-r2": "", "deu-r3": "bastion"}
    assert {name: jump.host for name, jump in later.jumps.items()} == {"bastion": "bastion2.example.net"}


def test_host_keys_are_looked_up_where_the_device_is_seen_from(jumping: Paths) -> None:
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBug"
    own = jumping.state / "known_hosts"
    own.parent.mkdir(parents=True)
    own.write_text(f"192.0.2.3@bastion {key}\n192.0.2.1@elsewhere {key}\n", encoding="utf-8")
    own.chmod(0o600)
    devices = [target.device for target in job(jumping).targets if target.device.name in ("deu-r1", "deu-r3")]
    assert without_host_key(devices, load_settings(jumping), jumping) == {"deu-r1"}


def test_two_names_behind_two_jumps_are_two_boxes(jumping: Paths) -> None:
    """One address behind one jump is one box, whoever logs in at the jump."""
    keys = [
        Device(name="a", address="10.0.0.1", jump=jump).lock_key for jump in ("", "alice@a", "bob@a", "b", "alice@a,b")
    ]
    assert keys[1] == keys[2]
    assert len(set(keys)) == 4
