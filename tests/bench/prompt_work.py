"""Row: 200 devices, 50 at once, paging off and three show commands; Paceline's processor time against netmiko."""

from pathlib import Path

from tests.bench.contest import AT_ONCE, DEVICES, interleaved, paceline, peer, summary
from tests.bench.figure import Figure
from tests.bench.fleet import prompt_fleet


def measure(folder: Path) -> list[Figure]:
    """The ratio to netmiko on the same servers, under nornir as its users run it; and to a driver stripped by hand."""
    with prompt_fleet(folder, DEVICES) as fleet:
        task = fleet.write_task(folder / "task.json", DEVICES, AT_ONCE)
        answers = DEVICES * len(fleet.commands)
        netmiko, tuned, own = interleaved(
            peer("nornir_netmiko_prompt", task, answers),
            peer("netmiko_prompt", task, answers),
            paceline(fleet, folder / "paceline"),
        )
    details = {
        "servers": fleet.kind,
        "netmiko": summary(netmiko),
        "netmiko, tuned by hand": {**summary(tuned), "ratio": round(own.cpu_s / tuned.cpu_s, 2)},
        "paceline": summary(own),
    }
    return [Figure("prompt work against netmiko", "ratio", own.cpu_s / netmiko.cpu_s, 0.7, 0.5, details=details)]
