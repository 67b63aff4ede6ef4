"""Reads no more from a device while the disk is behind, so that what memory holds of an output has a bound."""

import asyncio
from collections.abc import Callable

import asyncssh

from paceline.session.base import OutputSink

_LOOK_AGAIN_S = 0.01


class Brake:
    """One channel's. `still_waiting` is called while it is on: that time is no silence of the device."""

    def __init__(self, channel: asyncssh.SSHClientChannel[bytes], still_waiting: Callable[[], None]) -> None:
        self._channel, self._still_waiting = channel, still_waiting
        self._is_on = self._is_over = False

    def press(self, sink: OutputSink) -> None:
        """Leave what else the device says to the window of its channel until `sink` has caught up."""
        if not self._is_on and not self._is_over:
            self._is_on = True
            self._channel.pause_reading()
            self._look(sink)

    def drop(self) -> None:
        """The channel has ended."""
        self._is_over = True

    def _look(self, sink: OutputSink) -> None:
        if self._is_over:
            return
        if sink.is_behind:
            self._still_waiting()
            asyncio.get_running_loop().call_later(_LOOK_AGAIN_S, self._look, sink)
        else:
            self._is_on = False
            self._channel.resume_reading()
