"""The worker between engine and screens: events in, messages out."""

from collections.abc import Callable
from contextlib import aclosing

from textual.message import Message

from paceline.engine.contract import Engine, JobId
from paceline.model.errors import PacelineError
from paceline.ui.messages import JobChanged, JobLost, JobTaken

Post = Callable[[Message], bool]


async def follow_job(engine: Engine, job: JobId, post: Post) -> None:
    """Post the job's status, then one message for each event after it, until the job ends or cannot be followed."""
    try:
        status = await engine.status(job)
        # The App folds events into the status it was given: from here on it is the App's alone.
        seq = status.seq
        post(JobTaken(status))
        async with aclosing(engine.follow(job, after=seq)) as events:
            async for event in events:
                post(JobChanged(event))
    except PacelineError as error:
        post(JobLost(job, str(error)))
