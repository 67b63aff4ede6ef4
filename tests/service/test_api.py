"""The API, called over the real socket of a real service."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from tests.service.conftest import Home

from paceline.model import event as ev
from paceline.model.status import JobStatus

JOBS = "/api/automation/jobs"
ORDER: dict[str, Any] = {"commands": ["show version"], "where": "*"}


def started(home: Home, **order: Any) -> str:
    with home.http() as api:
        answer = api.post(JOBS, json=ORDER | order)
        assert answer.status_code == 201, answer.text
        assert answer.headers["location"] == f"{JOBS}/{answer.json()['id']}"
        return str(answer.json()["id"])


def followed(home: Home, job: str, after: int = 0) -> list[dict[str, Any]]:
    with home.http() as api, api.stream("GET", f"{JOBS}/{job}/events", params={"after": after}) as lines:
        assert lines.headers["content-type"] == "application/x-ndjson"
        return [json.loads(line) for line in lines.iter_lines()]


def test_a_job_is_ordered_followed_to_its_end_and_shown_as_the_command_line_shows_it(shared: Home) -> None:
    job = started(shared, batch_size=3, devices_per_hour=0, name="from-a-script")
    events = followed(shared, job)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert [event["n"] for event in events if event["type"] == "batch_started"] == [3, 3, 2]
    assert (events[-1]["type"], events[-1]["counts"]["succeeded"]) == ("job_finished", 8)
    assert followed(shared, job, after=events[-3]["seq"]) == events[-2:]
    status = JobStatus()
    for event in events:
        status.apply(ev.decode(json.dumps(event)))
    with shared.http() as api:
        shown = api.get(f"{JOBS}/{job}").json()
        listed = api.get(JOBS).json()[0]
        few = api.get(f"{JOBS}/last", params={"devices": "open"}).json()
    assert shown == json.loads(shared.call("jobs", "show", job, "--json").out)
    assert (shown["totals"]["ended"], shown["seq"]) == (status.ended, status.seq)
    assert (listed["id"], listed["name"], listed["state"]) == (job, "from-a-script", "finished")
    assert few["devices"] == {}


@pytest.mark.parametrize(
    ("order", "fields"),
    [
        ({"batch_size": -1}, {"batch_size": "expected at least 0, got -1"}),
        ({"batch_size": "many"}, {"batch_size": "expected a whole number"}),
        ({"devices_per_hr": 3}, {"devices_per_hr": "unknown field"}),
        ({"mode": "fast"}, {"mode": 'expected "batches" or "rolling"'}),
        ({"preset": "health-check"}, {"preset": "expected either a preset or commands, got both"}),
        ({"commands": []}, {"preset": "expected either a preset or commands"}),
        ({"commands": ["reload"]}, {"commands": "`reload` is not among what only reads"}),
        ({"where": "country="}, {"where": "the selection is not understood"}),
        ({"where": "", "devices": ["nobody"]}, {"devices": "does not have nobody"}),
        ({"inventory": "nowhere.csv"}, {"inventory": "nowhere.csv"}),
        ({"secrets": {"ask:x": 5}}, {"secrets.ask:x": "expected a text"}),
    ],
)
def test_an_order_that_does_not_fit_gets_a_sentence_for_the_field(
    shared: Home, order: dict[str, Any], fields: dict[str, str]
) -> None:
    with shared.http() as api:
        answer = api.post(JOBS, json=ORDER | order)
    assert answer.status_code == 422, answer.text
    told = answer.json()
    assert list(told["fields"]) == list(fields)
    for field, sentence in fields.items():
        assert sentence in told["fields"][field]
        assert field in told["error"]


def test_a_running_job_is_paused_retuned_skipped_resumed_and_stopped(shared: Home) -> None:
    job = started(shared, batch_size=1, devices_per_hour=3600)
    name = json.loads(shared.call("jobs", "show", job, "--json").out)["devices"].popitem()[0]
    with shared.http() as api:

        def control(what: str, **more: Any) -> Any:
            return api.post(f"{JOBS}/{job}/control", json={"control": what, "by": "script", "why": "trial", **more})

        assert control("pause").json()["state"] == "paused"
        again = control("pause")
        assert (again.status_code, again.json()["error"]) == (409, "the job is paused already")
        assert control("retune", batch_size=4, devices_per_hour=7200).status_code == 200
        assert control("skip", device=name).json()["totals"]["by_state"]["skipped"] == 1
        assert control("answer", question="canary-1").status_code == 409
        assert control("dance").json()["fields"]["control"].startswith('expected "pause"')
        assert control("resume").json()["state"] == "running"
        assert control("stop", after="now").status_code == 200
    events = followed(shared, job)
    assert [(e["by"], e["why"]) for e in events if e["type"] == "job_paused"] == [("script", "trial")]
    assert events[-1]["state"] == "stopped"
    with shared.http() as api:
        late = api.post(f"{JOBS}/{job}/control", json={"control": "pause"})
    assert (late.status_code, late.json()["kind"]) == (409, "control")


def test_what_is_not_there_is_told_in_one_sentence(shared: Home) -> None:
    with shared.http() as api:
        for path in (f"{JOBS}/none", f"{JOBS}/none/events", "/api/nowhere"):
            answer = api.get(path)
            assert answer.status_code == 404
            assert "\n" not in answer.json()["error"]
        assert api.delete(JOBS).status_code == 405


def test_it_says_what_it_speaks_and_documents_itself(shared: Home) -> None:
    with shared.http() as api:
        assert api.get("/api/version").json() == {"version": "0.1.0", "protocol": 1, "schema": 1}
        paths = api.get("/api/openapi.json").json()["paths"]
        assert f"{JOBS}/{{job}}/control" in paths
        assert not [path for path in paths if path.startswith("/api/engine")]
        assert "swagger" in api.get("/api/docs").text


def test_nobody_else_can_call_it(shared: Home) -> None:
    path = Path(shared.socket)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    inodes = {link.readlink().as_posix() for link in Path(f"/proc/{shared.pid}/fd").iterdir()}
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    assert not [row for row in listening if row[3] == "0A" and f"socket:[{row[9]}]" in inodes]


def test_a_secret_of_an_order_logs_in_and_comes_back_nowhere(shared: Home) -> None:
    password = shared.fleet.password.reveal()
    shared.settings(credentials={"default": {"username": "demo", "password": "ask"}})
    try:
        with shared.http() as api:
            refused = api.post(JOBS, json=ORDER)
            assert list(refused.json()["fields"]) == ["secrets"]
        job = started(shared, secrets={"ask:default": password})
        events = followed(shared, job)
    finally:
        shared.settings()
    assert events[-1]["counts"]["succeeded"] == 8
    with shared.http() as api:
        assert password not in api.get(f"{JOBS}/{job}").text + json.dumps(events)
    for file in shared.root.rglob("*"):
        assert not file.is_file() or password.encode() not in file.read_bytes(), file
