"""Who follows a job: several screens may, and each is told when it shares control."""

from collections.abc import Callable

Tell = Callable[[int], None]


class Viewers:
    """The screens and command lines that follow each job."""

    def __init__(self) -> None:
        self._by_job: dict[str, list[Tell]] = {}

    def join(self, job: str, tell: Tell) -> None:
        """One more; all of them are told how many there are, and whenever that changes."""
        self._by_job.setdefault(job, []).append(tell)
        self._tell(job)

    def leave(self, job: str, tell: Tell) -> None:
        """One less; who has left already is ignored."""
        tells = self._by_job.get(job, [])
        if tell in tells:
            tells.remove(tell)
            self._tell(job)
        if not tells:
            self._by_job.pop(job, None)

    def count(self, job: str = "") -> int:
        """How many follow `job`, or any job."""
        return len(self._by_job.get(job, ())) if job else sum(map(len, self._by_job.values()))

    def _tell(self, job: str) -> None:
        tells = self._by_job.get(job, [])
        for tell in list(tells):
            tell(len(tells))
