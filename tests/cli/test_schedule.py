"""`--at`, `--not-after` and going on afterwards, as an operator types them."""

from datetime import timedelta

import pytest
from tests.cli.desk import Desk

from paceline.model.time import now


def test_the_plan_names_the_window_with_its_zone(desk: Desk) -> None:
    done = desk(
        "plan", desk.preset("mine", ["show version"]), "--where", "country=DE", "--at", "22:00", "--not-after", "05:00"
    )
    (line,) = [line for line in done.lines if line.startswith("window")]
    zone = f"{now().astimezone():%Z}"
    assert "begins 20" in line
    assert f" 22:00 {zone}" in line
    assert f" 05:00 {zone}" in line


@pytest.mark.parametrize("option", ["--at", "--not-after"])
def test_what_is_no_time_is_said(desk: Desk, option: str) -> None:
    done = desk("run", "health-check", "--yes", option, "25:00")
    assert done.code == 2
    assert f"{option}: expected a time such as 22:00" in done.err


def test_a_job_whose_window_closes_is_continued_on_what_it_left_open(desk: Desk) -> None:
    pace = {"batch_size": 4, "mode": "rolling", "devices_per_hour": 14400}
    preset = desk.preset("mine", ["show version"], pace=pace)
    closes = (now() + timedelta(seconds=1.6)).isoformat()
    done = desk("run", preset, "--where", "*", "--yes", "--json", "--not-after", closes)
    assert done.code == 5
    assert done.events[-1]["state"] == "window_closed"
    begun = {event["device"] for event in done.of("attempt_started")}
    left = {event["device"] for event in done.of("device_skipped") if event["message"] == "the window closed first"}
    everyone = {target["device"]["name"] for target in done.of("job_created")[0]["spec"]["targets"]}
    assert left == everyone - begun
    assert left
    assert "starts nothing after 20" in desk("jobs", "show", "last").out
    assert "window_closed" in desk("jobs", "list").out
    again = desk("jobs", "resume", "last", "--json")
    assert again.code == 0
    assert {event["device"] for event in again.of("attempt_started")} == left
    assert again.of("job_created")[0]["spec"]["continues"] == done.events[0]["job"]
    ended = desk("jobs", "resume", "last")
    assert ended.code == 2
    assert "there is nothing to resume" in ended.err


def test_devices_wait_for_the_hours_of_their_country_which_is_told_once(desk: Desk) -> None:
    later = now() + timedelta(hours=12)
    preset = desk.preset("mine", ["show version"], windows={"DE": f"{later:%H}:00-{later:%H}:30"})
    closes = (now() + timedelta(seconds=1.2)).isoformat()
    done = desk("run", preset, "--where", "country=DE,FR", "--yes", "--json", "--not-after", closes)
    assert done.code == 5
    assert {event["country"] for event in done.of("attempt_started")} == {"FR"}
    (told,) = done.of("windows_changed")
    (window,) = told["closed"]
    assert window.endswith(" Europe/Berlin")
