"""Row: 200 devices, 50 at once, three exec commands; Paceline's processor time against tuned asyncssh."""

from pathlib import Path

from tests.bench.contest import AT_ONCE, DEVICES, interleaved, paceline, peer, summary
from tests.bench.figure import Figure
from tests.bench.fleet import exec_fleet


def measure(folder: Path) -> list[Figure]:
    """The ratio to asyncssh tuned by hand; parallel-ssh stands beside it."""
    with exec_fleet(folder, DEVICES) as fleet:
        task = fleet.write_task(folder / "task.json", DEVICES, AT_ONCE)
        answers = DEVICES * len(fleet.commands)
        tuned, parallel, own = interleaved(
            peer("asyncssh_exec", task, answers),
            peer("parallel_ssh_exec", task, answers),
            paceline(fleet, folder / "paceline"),
        )
    details = {
        "servers": fleet.kind,
        "asyncssh_tuned": summary(tuned),
        "parallel_ssh": summary(parallel),
        "paceline": summary(own),
        "below_parallel_ssh": own.cpu_s < parallel.cpu_s,
    }
    return [Figure("exec work against tuned asyncssh", "ratio", own.cpu_s / tuned.cpu_s, 1.5, 1.2, details=details)]
