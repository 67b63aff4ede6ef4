"""One attempt, apart from any job: its facts, and that it could run in another process."""

import json
import os
import subprocess
import sys
from pathlib import Path

from pydantic import TypeAdapter

from paceline.engine.facts import AttemptRequest
from paceline.engine.identity import is_expected_name
from paceline.model.device import Device
from paceline.model.job import Command, Credential, Timeouts
from paceline.model.platform import Platform

ROOT = Path(__file__).parents[2]


def test_an_attempt_runs_in_another_process_over_json_lines() -> None:
    request = AttemptRequest(
        job="j",
        device=Device(name="d1", address="192.0.2.1"),
        attempt=3,
        commands=(Command(command="show version"), Command(command="show clock", timeout_s=5)),
        platform=Platform(name="generic"),
        timeouts=Timeouts(),
        credential=Credential(username="netops"),
    )
    done = subprocess.run(
        [sys.executable, "-m", "tests.engine.attempt_child"],
        input=TypeAdapter(AttemptRequest).dump_json(request),
        capture_output=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "app"), str(ROOT)])},
        check=True,
        timeout=60,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    kinds = [next(iter(line)) for line in lines]
    assert kinds == ["WasConnected", "WasLoggedIn", "WillSend", "HasEnded", "WillSend", "HasEnded", "report"]
    assert lines[1]["WasLoggedIn"]["name_seen"] == "d1"
    assert (lines[5]["HasEnded"]["index"], lines[5]["HasEnded"]["bytes"]) == (2, 5)
    report = {"failure": None, "message": "", "commands": ["succeeded", "succeeded"], "is_held": False}
    assert lines[-1]["report"] == report


def _device(**fields: str) -> Device:
    return Device.model_validate({"name": "ber-r1", "address": "192.0.2.1"} | fields)


def test_the_name_in_the_prompt_is_compared_as_people_mean_it() -> None:
    assert is_expected_name(_device(), "BER-R1")
    assert is_expected_name(_device(name="ber-r1.example.net"), "ber-r1")
    assert is_expected_name(_device(), "")
    assert is_expected_name(_device(sysname="core7"), "core7.example.net")
    assert is_expected_name(_device(address="core7.example.net"), "core7")
    assert is_expected_name(_device(name="192.0.2.1"), "whatever")
    assert is_expected_name(_device(name="a-very-long-device-name-indeed"), "a-very-long-device-n", 20)
    assert not is_expected_name(_device(), "ber-r2")
    assert not is_expected_name(_device(prompt_name="vtysh-host"), "ber-r1")
    assert is_expected_name(_device(prompt_name="vtysh-host"), "vtysh-host")
