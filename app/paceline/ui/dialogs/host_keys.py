"""What host keys devices show: looked at without a login, and the new ones recorded on the operator's word."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from paceline.model.errors import PacelineError
from paceline.model.host_key import KeyState, SeenKey
from paceline.model.text import printable
from paceline.ui.dialogs.choice import Answer, ChoiceDialog
from paceline.ui.dialogs.fitted import DialogText, FittedDialog
from paceline.ui.dialogs.sentences import MOST
from paceline.ui.formats import bar, many

if TYPE_CHECKING:
    from paceline.launch.host_keys import KeyScan
    from paceline.ui.app import PacelineApp

_WORDS = {
    KeyState.REVOKED: "revoked",
    KeyState.CHANGED: "changed",
    KeyState.NONE: "without an answer",
    KeyState.NEW: "new",
    KeyState.SAME: "as recorded",
}
"""What is wrong comes first."""
_REFUSED = (KeyState.REVOKED, KeyState.CHANGED)
_BAR = 20


Whose = Literal["nobody", "keyless", "all"]


def which_devices(missing: int, selected: int, pace: float) -> ChoiceDialog[Whose]:
    """Whose keys to look at: nobody's, those of devices without a recorded one, or of all that are selected."""
    text = [
        "Each device shows its host key in a key exchange: nobody logs in, and nothing is recorded yet.",
        f"At most {pace:g} connections a second.",
    ]
    answers: list[Answer[Whose]] = [Answer("Not now", "", "nobody")]
    if missing:
        answers.append(Answer(f"Look at {many(missing, 'device')} without a recorded key", "", "keyless"))
    if missing != selected:
        effect = "finds changed and revoked keys too"
        answers.append(Answer(f"Look at all {many(selected, 'selected device')}", effect, "all"))
    return ChoiceDialog("Host keys", text, answers)


class HostKeysDialog(FittedDialog[tuple[SeenKey, ...]]):
    """Runs a scan, shows what it came to, and returns the new keys when they are to be recorded."""

    def __init__(self, app: "PacelineApp", scan: "KeyScan") -> None:
        super().__init__()
        self._hz, self._glyphs, self._scan = app.flush_hz, app.glyphs, scan
        self._shown = -1

    def compose(self) -> ComposeResult:
        """How far it is; later the keys and the answers."""
        with Vertical(classes="dialog wide-dialog"):
            yield Static(Content(f"Host keys of {many(len(self._scan.devices), 'device')}"), classes="dialog-title")
            yield Static("", id="scan-progress", markup=False)
            with DialogText():
                yield Static("", id="scan-keys", markup=False)
            yield OptionList(classes="dialog-answers")
            yield Static(Content.styled("esc ends it; nothing is recorded", "$muted"), classes="dialog-keys")

    def on_mount(self) -> None:
        """Begin to look."""
        super().on_mount()
        self.query_one(OptionList).display = self.query_one(DialogText).display = False
        self._progress()
        self.set_interval(1 / self._hz, self._progress)
        self._look()

    def on_unmount(self) -> None:
        """Whatever closes the dialog ends the scan."""
        self._scan.cancel()

    @work(group="scan", exit_on_error=False)
    async def _look(self) -> None:
        try:
            await asyncio.to_thread(self._scan.run)
        except PacelineError as error:
            self._end(Content.styled(str(error), "$error"), ())
            return
        if self.is_attached:
            self._progress()
            self._end(_listing(self._scan.seen), [key for key in self._scan.seen if key.state is KeyState.NEW])

    def _progress(self) -> None:
        """How far it is, when that has changed."""
        seen, of = self._scan.seen, len(self._scan.devices)
        if len(seen) == self._shown:
            return
        self._shown = len(seen)
        counts = Counter(key.state for key in seen)
        done, still = bar(len(seen), of, _BAR, self._glyphs)
        line = Content.assemble((done, "$primary"), (still, "$muted"), f" {len(seen)} of {of}")
        told = [
            Content.styled(f"{counts[state]} {word}", "bold $error" if state in _REFUSED else "")
            for state, word in _WORDS.items()
            if counts[state]
        ]
        counted = Content(f" {self._glyphs.dot} ").join(told)
        self.query_one("#scan-progress", Static).update(Content("\n").join([line, counted]))

    def _end(self, text: Content, new: Sequence[SeenKey]) -> None:
        self.query_one("#scan-keys", Static).update(text)
        self.query_one(DialogText).display = True
        self.query_one("#scan-progress", Static).styles.margin = (0, 0, 1, 0)
        answers, keys = self.query_one(OptionList), "esc goes back"
        if new:
            count = "the key of 1 device" if len(new) == 1 else f"the keys of {len(new)} devices"
            effect = "compare them with the devices' own first: they are trusted then"
            answers.add_option(Option(Content.assemble(("Record nothing", "bold"), "  new keys stay refused")))
            answers.add_option(Option(Content.assemble((f"Record {count}", "bold"), f"\n  {effect}")))
            answers.display, answers.highlighted = True, 0
            answers.focus()
            keys = "enter chooses   tab scrolls the keys   esc goes back"
        else:
            self.query_one(DialogText).focus()
        self.query_one(".dialog-keys", Static).update(Content.styled(keys, "$muted"))
        self.call_after_refresh(self.fit)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Record the new ones, or nothing."""
        event.stop()
        new = tuple(key for key in self._scan.seen if key.state is KeyState.NEW)
        self.dismiss(new if event.option_index else None)


def _listing(seen: Sequence[SeenKey]) -> Content:
    """A line per device whose key is not the recorded one, what is wrong first, then by name."""
    places = {state: place for place, state in enumerate(_WORDS)}
    told = sorted((key for key in seen if key.state is not KeyState.SAME), key=lambda k: (places[k.state], k.device))
    lines = [_line(key) for key in told[:MOST]]
    if len(told) > MOST:
        lines.append(Content(f"and {len(told) - MOST} more: `paceline hostkeys scan` lists all"))
    return Content("\n").join(lines) if lines else Content("Every device shows the key that is recorded.")


def _line(key: SeenKey) -> Content:
    if key.state is KeyState.NEW:
        # As short as ssh-keygen has it: the line is to fit a narrow terminal.
        kind = key.algorithm.removeprefix("ssh-")
        return Content.assemble((f"{printable(key.device)}  ", "bold"), f"{kind}  {key.fingerprint}")
    is_wrong = key.state in _REFUSED
    word = _WORDS[key.state] if is_wrong else "no key"
    # The message of a wrong key begins with the device.
    said = printable(key.message).removeprefix(f"{key.device}: ").removeprefix("host key changed: ")
    return Content.assemble(
        (f"{printable(key.device)}  ", "bold"), (f"{word}: ", "bold $error" if is_wrong else "$warning"), said
    )
