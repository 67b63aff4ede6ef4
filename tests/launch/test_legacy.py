"""Old SSH algorithms by the settings' rules: on top of the inventory, frozen with a job, read anew when it goes on."""

import pytest

from paceline.cli.jobs_text import job_lines
from paceline.config.errors import ConfigError
from paceline.config.paths import Paths
from paceline.config.settings import load_settings
from paceline.launch.again import again, preset_of
from paceline.launch.freeze import LaunchError
from paceline.launch.prepare import LaunchOptions, prepare
from paceline.model.event import AttemptStarted, Connected, JobCreated, decode, encode
from paceline.model.job import JobSpec
from paceline.model.status import JobStatus
from paceline.model.status_json import to_json
from paceline.model.time import now

RULES = """
[[legacy]]
where = "country=DE role=pe"
allow = ["group1", "cbc"]

[[legacy]]
where = "deu-r2,bra-r1"
allow = ["ssh-dss", "cbc"]
"""


def settle(paths: Paths, rules: str) -> None:
    text = paths.settings.read_text(encoding="utf-8").split("\n[[legacy]]")[0]
    paths.settings.write_text(text + rules, encoding="utf-8")


def legacy_of(spec: JobSpec) -> dict[str, tuple[str, ...]]:
    return {target.device.name: target.device.legacy for target in spec.targets if target.device.legacy}


def job(paths: Paths) -> JobSpec:
    return prepare(LaunchOptions("health-check", where="*"), paths).spec


def test_every_rule_that_matches_counts_on_top_of_the_inventory(paths: Paths) -> None:
    settle(paths, RULES)
    fleet = paths.config / "fleet.csv"
    rows = fleet.read_text().splitlines()
    fleet.write_text(
        "\n".join([rows[0] + ",legacy", *(f"{row},{'md5' if 'fra-r1' in row else ''}" for row in rows[1:])])
    )
    expected = {
        "deu-r2": ("group1", "cbc", "ssh-dss"), "deu-r3": ("group1", "cbc"), "fra-r1": ("md5",),
        "bra-r1": ("ssh-dss", "cbc"),
    }  # fmt: skip
    spec = job(paths)
    assert legacy_of(spec) == expected
    # Frozen: the job knows it, whatever the settings say later.
    assert legacy_of(JobSpec.model_validate_json(spec.model_dump_json())) == expected


def test_a_job_that_goes_on_takes_the_rules_as_they_are_now(paths: Paths) -> None:
    spec = job(paths)
    assert legacy_of(spec) == {}
    settle(paths, RULES)
    devices = [target.device for target in spec.targets if target.device.name in ("deu-r3", "fra-r2")]
    assert legacy_of(again(spec, devices, preset_of(spec), load_settings(paths), paths)) == {
        "deu-r3": ("group1", "cbc")
    }


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ('[[legacy]]\nwhere = "*"\nallow = ["group2"]', "legacy[1].allow[1]: expected "),
        ('[[legacy]]\nwhere = "*"\nallow = []', "legacy[1].allow: expected at least 1 entry"),
        ('[[legacy]]\nwhere = "*"', "legacy[1].allow: this key is missing"),
        ('[[legacy]]\nallow = ["cbc"]', "legacy[1].where: this key is missing"),
    ],
)
def test_a_rule_that_is_none_is_a_sentence(paths: Paths, rules: str, said: str) -> None:
    settle(paths, f"\n{rules}\n")
    with pytest.raises(ConfigError) as failure:
        load_settings(paths)
    assert said in str(failure.value)


def test_a_selection_of_a_rule_is_read_when_a_job_is_made(paths: Paths) -> None:
    settle(paths, '\n[[legacy]]\nwhere = "contry=DE"\nallow = ["cbc"]\n')
    with pytest.raises(LaunchError, match="expected country"):
        job(paths)


def test_a_word_of_the_inventory_that_allows_nothing_is_told(paths: Paths) -> None:
    fleet = paths.config / "fleet.csv"
    fleet.write_text("name,address,platform,legacy\na,192.0.2.1,cisco_xr,group2;cbc\n")
    launch = prepare(LaunchOptions("health-check", where="*"), paths)
    assert launch.spec.targets[0].device.legacy == ("group2", "cbc")
    assert [line for line in launch.warnings if "line 2: legacy group2 of a is not known and allows nothing" in line]


def test_the_job_says_which_devices_still_need_them(paths: Paths) -> None:
    settle(paths, RULES)
    spec, status = job(paths), JobStatus()
    status.apply(JobCreated(seq=1, at=now(), job=spec.id, spec=spec))
    for seq, (name, words) in enumerate({"deu-r2": ("cbc", "ssh-dss"), "deu-r3": ()}.items()):
        about = {"at": now(), "job": spec.id, "device": name, "country": "DE", "attempt": 1}
        status.apply(AttemptStarted(seq=2 + 2 * seq, batch=1, **about))
        status.apply(decode(encode(Connected(seq=3 + 2 * seq, legacy=words, **about))))
    for devices in ("all", "none"):
        lines = job_lines(status, devices)
        assert [line for line in lines if line.startswith("legacy")] == [
            "legacy cbc allowed, no connection yet: 1 device: bra-r1",
            "legacy cbc needed: 1 device: deu-r2",
            "legacy cbc not needed any more: 1 device: deu-r3",
            "legacy group1 not needed any more: 2 devices: deu-r2, deu-r3",
            "legacy ssh-dss allowed, no connection yet: 1 device: bra-r1",
            "legacy ssh-dss needed: 1 device: deu-r2",
        ]
    assert [status.copy().devices[name].legacy_words(legacy_of(spec)[name]) for name in legacy_of(spec)] == [
        "needs legacy SSH: cbc, ssh-dss (not group1)",
        "legacy SSH not needed any more: group1, cbc",
        "legacy SSH allowed: ssh-dss, cbc",
    ]
    listed = to_json(status)["devices"]
    assert [listed[name]["legacy"] for name in legacy_of(spec)] == [["cbc", "ssh-dss"], [], None]
    settle(paths, "")
    plain = job(paths)
    status = JobStatus()
    status.apply(JobCreated(seq=1, at=now(), job=plain.id, spec=plain))
    assert not [line for line in job_lines(status, "all") if "legacy" in line]
