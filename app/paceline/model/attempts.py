"""What each attempt on a device came to: the events of one device, folded by the one reducer there is."""

from collections.abc import Iterable
from copy import copy
from datetime import datetime

from paceline.model import event as ev
from paceline.model.job import JobSpec
from paceline.model.status import JobStatus
from paceline.model.tally import DeviceStatus


def attempts_of(spec: JobSpec, device: str, events: Iterable[ev.JobEvent | ev.UnknownEvent]) -> list[DeviceStatus]:
    """The device after each of its attempts, the first one first; the last one is as it stands now.

    `events` are those of the device, and the job's interruptions, in their order.
    """
    target = spec.targets_by_name[device]
    alone = spec.model_copy(update={"targets": (target,)})
    status = JobStatus()
    status.apply(ev.JobCreated(seq=1, at=spec.created_at, job=spec.id, spec=alone))
    current, ended = status.devices[device], []
    began: datetime | None = None
    for event in events:
        if isinstance(event, ev.AttemptStarted):
            if current.attempt:
                ended.append(copy(current))
            began = event.at
        status.apply(event.model_copy(update={"seq": status.seq + 1}))
        # In the status a device begins once; here each attempt does, and its verdict is its own: not that the
        # device waited for the next one.
        current.started_at = began
        if isinstance(event, ev.AttemptEnded):
            current.finished_at = event.at
    for before in ended:
        before.state = before.outcome or before.state
    return [*ended, current] if current.attempt else []
