"""Row: the rate at which devices really start, of the rate that was allowed."""

import json
from datetime import datetime
from pathlib import Path

from tests.bench.cost import cost_of
from tests.bench.figure import AbsentError, Figure
from tests.bench.fleet import EXEC_COMMANDS, Fleet, own_servers

DEVICES, PER_HOUR = 60, 36_000


def measure(folder: Path) -> list[Figure]:
    """Devices granted before the last grant, over the time from the first to the last, over the allowed rate."""
    with own_servers(folder / "server", DEVICES) as servers:
        fleet = Fleet("asyncssh server", servers, "linux", EXEC_COMMANDS[:1])
        place = fleet.workspace(folder / "job", DEVICES, batch_size=20, mode="rolling", devices_per_hour=PER_HOUR)
        cost = cost_of(place.command("--json"), place.environment(), place.root)
    events = [json.loads(line) for line in cost.output.splitlines()]
    grants = [event for event in events if event["type"] == "batch_started"]
    starts = sum(1 for event in events if event["type"] == "attempt_started")
    if len(grants) < 2 or starts != DEVICES:
        raise AbsentError(f"expected {DEVICES} starts in several grants, got {starts} in {len(grants)}")
    first, last = (datetime.fromisoformat(grants[at]["at"]) for at in (0, -1))
    achieved = sum(grant["n"] for grant in grants[:-1]) / (last - first).total_seconds() * 3600
    # Three decimals: the moments are stamped when the event is made, some microseconds after the grant.
    share = round(achieved / PER_HOUR, 3)
    details = {"allowed_per_hour": PER_HOUR, "achieved_per_hour": round(achieved), "grants": len(grants)}
    # Closer to 1 is better here; the aim's own lower bound stands in the details.
    details["reaches_0.995"] = share >= 0.995
    return [Figure("device starts, achieved of allowed", "ratio", share, 1.0, 1.0, lowest=0.98, details=details)]
