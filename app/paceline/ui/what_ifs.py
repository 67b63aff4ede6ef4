"""What would end the job earlier, worked out beside the operator's typing: after a moment of quiet, on a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.timer import Timer

    from paceline.model.job import Pace
    from paceline.plan.roster import Roster
    from paceline.plan.what_if import Change
    from paceline.ui.dialogs.choice import ChoiceDialog

QUIET_S = 0.15
"""Without another change of the plan, before anything is worked out."""


@dataclass(frozen=True, slots=True)
class WhatIfs:
    """The changes that are shown; `is_old`: those of the plan before, until the new ones are known."""

    changes: tuple[Change, ...] = ()
    is_old: bool = False


class WhatIfAsker:
    """Asks for one screen. A newer plan cancels what was asked for an older one."""

    def __init__(self, screen: Screen[object], on_answer: Callable[[], None]) -> None:
        self._screen, self._on_answer = screen, on_answer
        self._plan: tuple[Roster, Pace] | None = None
        self._timer: Timer | None = None
        self.shown = WhatIfs()

    def ask(self, roster: Roster | None, pace: Pace) -> WhatIfs:
        """What is known of this plan; asks when it is another one than before."""
        before = self._plan
        if roster is None or not len(roster):
            self._forget()
        elif before is None or before[0] is not roster or before[1] != pace:
            self._plan = (roster, pace)
            self.shown = WhatIfs(self.shown.changes, is_old=True)
            if self._timer is not None:
                self._timer.stop()
            self._timer = self._screen.set_timer(QUIET_S, self._begin)
        return self.shown

    def _forget(self) -> None:
        self._plan, self.shown = None, WhatIfs()
        if self._timer is not None:
            self._timer.stop()

    def _begin(self) -> None:
        if self._plan is not None:
            self._screen.run_worker(self._work(*self._plan), group="what_if", exclusive=True, exit_on_error=False)

    async def _work(self, roster: Roster, pace: Pace) -> None:
        from paceline.plan.what_if import what_ifs

        asked = self._plan
        found = await asyncio.to_thread(what_ifs, roster, pace, lambda: self._plan is asked)
        if self._plan is asked:
            self.shown = WhatIfs(found)
            self._on_answer()


def what_if_dialog(shown: WhatIfs) -> ChoiceDialog[Change | None]:
    """Which of them to put into the form."""
    from paceline.model.time import as_duration
    from paceline.ui.dialogs.choice import Answer, ChoiceDialog

    answers: list[Answer[Change | None]] = [Answer("Leave the plan as it is", "", None)]
    answers += [
        Answer(change.name, f"ends {as_duration(change.earlier_s)} earlier", change) for change in shown.changes
    ]
    return ChoiceDialog("What would end it earlier?", ["It changes the form only; nothing starts."], answers)
