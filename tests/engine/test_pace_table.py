"""The executor follows the schedules that were worked out by hand."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from tests.engine.harness import make_devices, make_spec, run_job, within
from tests.virtual_loop import EPOCH

from paceline.model.failure import FailureKind
from paceline.model.job import Window
from paceline.model.states import CommandState
from paceline.model.time import after
from paceline.session.base import CommandResult
from paceline.session.scripted import Script

TABLE = Path(__file__).parent.parent / "unit" / "pace_table.toml"
CASES: list[dict[str, Any]] = tomllib.loads(TABLE.read_text())["case"]


def _scripts(case: dict[str, Any]) -> dict[str, Script]:
    refusal = CommandResult(CommandState.REJECTED, FailureKind.COMMAND_REJECTED, "% Invalid input")
    scripts = {name: Script(command_s=seconds) for name, seconds in case.get("slow", {}).items()}
    for name, attempts in case.get("fails", {}).items():
        failures = dict.fromkeys(attempts, FailureKind.CONNECT_TIMEOUT)
        scripts[name] = Script(connect_s=5, command_s=case["seconds"] - 5, failures=failures)
    for name in case.get("rejects", ()):
        scripts[name] = Script(command_s=case["seconds"], results={"show version": refusal})
    for name in case.get("refuses_login", ()):
        scripts[name] = Script(failures={0: FailureKind.AUTH_REJECTED})
    for name in case.get("silent_login", ()):
        scripts[name] = Script(login_s=45, failures={0: FailureKind.AUTH_TIMEOUT})
    return scripts


@pytest.mark.parametrize("case", CASES, ids=[case["name"].split(":")[0] for case in CASES])
def test_starts_are_as_worked_out(case: dict[str, Any]) -> None:
    columns = {key: case[key] for key in ("country", "site", "aaa") if key in case}
    spec = make_spec(
        make_devices(case["devices"], **columns),
        pace=case["pace"],
        gates=case.get("gates"),
        retries=case.get("retries"),
    )
    moments = {key: after(EPOCH, seconds) for key, seconds in case.get("window", {}).items()}
    window = Window(not_before=moments.get("opens"), not_after=moments.get("closes"))
    spec = within(spec.model_copy(update={"window": window}), case.get("hours", ()))
    outcome = run_job(spec, _scripts(case), Script(command_s=case["seconds"]), case.get("actions", ()))
    starts = outcome.starts()
    for device, expected in case["starts"].items():
        assert starts.get(device) == pytest.approx(expected, abs=1e-5), device
    if case["devices"] <= 6:
        assert set(starts) == set(case["starts"])


def test_the_table_is_as_large_as_promised() -> None:
    assert len(CASES) >= 16
