"""The messages that more than one screen knows: facts, in the past tense. They go to the App and do not bubble."""

from textual.message import Message

from paceline.engine.ports import AnyEvent
from paceline.model.status import JobStatus


class JobTaken(Message, bubble=False):
    """The worker has a job's status; the events after its `seq` follow."""

    def __init__(self, status: JobStatus) -> None:
        super().__init__()
        self.status = status


class JobChanged(Message, bubble=False):
    """One event of the job that is followed: a state changed."""

    def __init__(self, event: AnyEvent) -> None:
        super().__init__()
        self.event = event


class ViewersChanged(Message, bubble=False):
    """Others joined or left those who follow a job; `count` includes us."""

    def __init__(self, job: str, count: int) -> None:
        super().__init__()
        self.job, self.count = job, count


class JobLost(Message, bubble=False):
    """The job cannot be followed any more; `why` is a sentence."""

    def __init__(self, job: str, why: str) -> None:
        super().__init__()
        self.job, self.why = job, why
