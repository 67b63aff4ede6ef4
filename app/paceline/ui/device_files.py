"""What is kept of one device of a job: how to read it, where it stands, and what there is to say of it."""

from pathlib import Path

from textual.content import Content

from paceline.engine.contract import JobId
from paceline.model.output import OutputPage
from paceline.model.states import CommandState
from paceline.model.tally import CommandStatus
from paceline.model.text import printable
from paceline.store.names import device_folder, output_file
from paceline.ui.formats import many, size
from paceline.ui.glyphs import Glyphs
from paceline.ui.paged import Fetch, PagedText
from paceline.ui.ports import Surroundings


class DeviceFiles:
    """The files of one device."""

    def __init__(self, surroundings: Surroundings, job: JobId, device: str) -> None:
        self._library, self._job, self._device = surroundings.library, job, device
        self.folder: Path = surroundings.paths.state / "jobs" / job / device_folder(device)

    def output(self, attempt: int, number: int) -> PagedText:
        """What a command printed in an attempt."""
        return PagedText(self._fetch(attempt, number))

    def log(self) -> PagedText:
        """All that the device said."""
        return PagedText(self._fetch_log)

    def path(self, attempt: int, number: int, command: str) -> Path:
        """Where the output of a command stands."""
        return self.folder / output_file(number, command, max(1, attempt))

    @property
    def log_path(self) -> Path:
        """Where the session log stands."""
        return self.folder / "session.log"

    def _fetch(self, attempt: int, number: int) -> Fetch:
        async def fetch(offset: int, limit: int) -> OutputPage:
            return await self._library.output(self._job, self._device, number, attempt, offset, limit)

        return fetch

    async def _fetch_log(self, offset: int, limit: int) -> OutputPage:
        return await self._library.session_log(self._job, self._device, offset, limit)


def told_of(text: PagedText, command: CommandStatus | None, glyphs: Glyphs) -> Content:
    """Lines, bytes, how far it is read; of a command's output also why it ended so, and what is odd about it."""
    dot = f" {glyphs.dot} "
    parts, marks = [many(text.count, "line"), size(text.total)], []
    if not text.is_loaded:
        parts.append(f"reading {100 * text.size // max(1, text.total)} %")
    if command is not None:
        if command.state is CommandState.RUNNING:
            parts.insert(0, "live")
        if command.reason:
            parts.insert(0, printable(command.reason))
        if command.truncated and not command.reason:
            marks.append("truncated: the file holds all")
        late = text.total - (command.bytes or 0)
        if command.bytes is not None and late > 0:
            marks.append(f"{size(late)} came late, after the prompt")
    return Content.assemble((dot.join(parts), "$muted"), (dot.join(["", *marks]), "$warning"))
