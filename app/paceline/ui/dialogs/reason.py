"""Why devices are in trouble: choose a reason, then what to do with the devices that have it."""

from collections.abc import Sequence
from typing import Literal

from paceline.model.failure import FailureKind, rule
from paceline.ui.dialogs.choice import Answer, ChoiceDialog
from paceline.ui.formats import many
from paceline.ui.reasons import WORDS

ReasonAction = Literal["show", "skip", "again"]


def reasons_dialog(reasons: Sequence[tuple[FailureKind, int]]) -> ChoiceDialog[FailureKind]:
    """Which reason."""
    return ChoiceDialog(
        "Why devices are in trouble",
        [],
        [Answer(f"{count:>5}  {WORDS[kind]}", "", kind) for kind, count in reasons],
    )


def reason_dialog(kind: FailureKind, count: int, pending: int) -> ChoiceDialog[ReasonAction]:
    """What to do with the devices that have one reason; `pending` of them are still to be tried again."""
    answers: list[Answer[ReasonAction]] = [Answer("Show them", "the table shows only these", "show")]
    if pending:
        answers.append(Answer(f"Skip {many(pending, 'device')}", "those that are pending are not tried again", "skip"))
    answers.append(
        Answer("New job on them", "opens Configure with these devices and commands; starts nothing", "again")
    )
    return ChoiceDialog(f"{many(count, 'device')}: {WORDS[kind]}", [rule(kind).hint], answers)
