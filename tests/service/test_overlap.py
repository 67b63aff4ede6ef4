"""Two jobs that want the same devices: said before the second one starts, and while it waits."""

import json
from typing import Any

from tests.service.conftest import Home

JOBS = "/api/automation/jobs"
ORDER: dict[str, Any] = {"commands": ["show version"], "where": "*"}


def test_every_face_says_that_a_running_job_has_the_devices_and_the_second_waits(home: Home) -> None:
    home.start()
    home.preset("mine")
    with home.http() as api:
        first = api.post(JOBS, json=ORDER | {"batch_size": 1, "devices_per_hour": 3600}).json()
        assert first["warnings"] == []
        assert api.post(f"{JOBS}/{first['id']}/control", json={"control": "pause"}).status_code == 200
        status = api.get(f"{JOBS}/{first['id']}").json()
        left = status["totals"]["devices"] - status["totals"]["ended"]
        sentence = f"{left} of these devices are in job {first['id']}, which is paused: they wait until it is done with"
        planned = home.call("plan", "mine", "--where", "*", "--json")
        assert [one for one in json.loads(planned.out)["warnings"] if sentence in one]
        assert f"! {sentence}" in home.call("plan", "mine", "--where", "*").out
        second = api.post(JOBS, json=ORDER).json()
        assert [one for one in second["warnings"] if sentence in one]
        # Nothing is left of it to wait for once the first one is stopped.
        assert api.post(f"{JOBS}/{first['id']}/control", json={"control": "stop", "after": "now"}).status_code == 200
        events = api.get(f"{JOBS}/{second['id']}/events").text
    assert json.loads(events.splitlines()[-1])["counts"]["succeeded"] == 8
    retried = home.call("jobs", "retry", first["id"], "--yes", "--json")
    assert retried.code == 0, retried.err
    # It went to the service: this process could not have had the state folder.
    with home.http() as api:
        assert api.get(JOBS).json()[0]["continues"] == first["id"]
