"""The rehearsal keeps the hand-made schedules that the executor keeps, and ends when the executor does."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.harness import make_devices, make_spec, run_job

from paceline.model.failure import FailureKind
from paceline.model.job import JobSpec
from paceline.plan.batches import running_order
from paceline.plan.rehearsal import Draw, Logins, Standing, rehearse
from paceline.session.scripted import Script

TABLE = Path(__file__).parent / "pace_table.toml"
ANSWERED = ("actions", "rejects", "refuses_login", "silent_login")
"""What an operator or a gate has a hand in: no plan knows of it beforehand."""
WINDOWS = ("window", "hours")
"""What `plan/windowed.py` plans: a rehearsal knows no windows."""
CASES: list[dict[str, Any]] = [
    case for case in tomllib.loads(TABLE.read_text())["case"] if not any(key in case for key in (*ANSWERED, *WINDOWS))
]


def _standing(spec: JobSpec, **fields: Any) -> Standing:
    devices = [target.device for target in spec.targets]
    countries = [device.country for device in devices]
    order = running_order(countries, spec.pace.order)
    return Standing(spec.pace, spec.retries, countries, [device.site for device in devices], order, **fields)


def _draw(case: dict[str, Any]) -> Draw:
    slow, fails = case.get("slow", {}), case.get("fails", {})

    def draw(place: int, attempt: int, gone_s: float) -> tuple[float, bool]:
        name = f"d{place + 1}"
        is_down = attempt in fails.get(name, ())
        return (5.0 if is_down else slow.get(name, case["seconds"])), is_down

    return draw


@pytest.mark.parametrize("case", CASES, ids=[case["name"].split(":")[0] for case in CASES])
def test_starts_are_as_worked_out(case: dict[str, Any]) -> None:
    columns = {key: case[key] for key in ("country", "site") if key in case}
    spec = make_spec(make_devices(case["devices"], **columns), pace=case["pace"], retries=case.get("retries"))
    starts = rehearse(_standing(spec), _draw(case)).starts
    for device, expected in case["starts"].items():
        assert starts[int(device[1:]) - 1] == pytest.approx(expected, abs=1e-5), device


def test_most_of_the_table_is_played() -> None:
    assert len(CASES) >= 20


FLEETS = st.lists(
    st.tuples(
        st.sampled_from(["DE", "FR", "BR"]),
        st.sampled_from(["", "a1", "b2"]),
        st.floats(0.5, 90),
        st.sets(st.integers(1, 3), max_size=3),
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=80, deadline=None)
@given(
    FLEETS,
    st.fixed_dictionaries(
        {
            "batch_size": st.integers(0, 6),
            "mode": st.sampled_from(["batches", "rolling"]),
            "devices_per_hour": st.sampled_from([0, 60, 400, 3600]),
            "order": st.sampled_from(["inventory", "country", "spread"]),
            "per_country": st.integers(0, 2),
            "per_site": st.integers(0, 2),
        }
    ),
    st.fixed_dictionaries(
        {"attempts": st.integers(1, 2), "backoff_s": st.sampled_from([0, 7.3, 30]), "sweep": st.booleans()}
    ),
    st.sampled_from([0.0, 2.25]),
)
def test_failures_retries_caps_and_the_first_login_are_foreseen_as_they_run(
    fleet: list[tuple[str, str, float, set[int]]], pace: dict[str, Any], retries: dict[str, Any], login_s: float
) -> None:
    devices = make_devices(len(fleet), country=[each[0] for each in fleet], site=[each[1] for each in fleet])
    scripts = {
        device.name: Script(
            connect_s=5 if fails else 0,
            login_s=login_s,
            command_s=seconds,
            failures=dict.fromkeys(fails, FailureKind.CONNECT_TIMEOUT),
        )
        for device, (_, _, seconds, fails) in zip(devices, fleet, strict=True)
    }
    has_failures = any(each[3] for each in fleet)
    if has_failures:
        # Who is first at the gate depends on who gets through: one thing at a time.
        scripts = {
            name: Script(5 if each.failures else 0, 0, each.command_s, each.failures) for name, each in scripts.items()
        }
        login_s = 0.0
    spec = make_spec(devices, pace=pace, retries=retries, gates={"max_unreachable": 0})
    outcome = run_job(spec, scripts)

    def draw(place: int, attempt: int, gone_s: float) -> tuple[float, bool]:
        _, _, seconds, fails = fleet[place]
        is_down = attempt in fails
        return (5.0 if is_down else seconds + login_s + (5.0 if fails else 0.0)), is_down

    doors = [("netops", device.aaa_domain) for device in devices]
    played = rehearse(_standing(spec, logins=Logins(doors, 2, 20, login_s) if login_s else None), draw)
    assert played.end_s == pytest.approx(outcome.seconds(outcome.events[-1]), abs=0.01)
    starts = outcome.starts()
    for place, begun in played.starts.items():
        assert starts[f"d{place + 1}"] == pytest.approx(begun, abs=0.01)
