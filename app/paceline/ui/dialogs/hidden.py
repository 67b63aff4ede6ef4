"""Clearing the selection while the filter hides some of it."""

from collections.abc import Sequence

from paceline.launch.freeze import few
from paceline.ui.dialogs.choice import Answer, ChoiceDialog
from paceline.ui.formats import many


def clear_dialog(hidden: Sequence[str]) -> ChoiceDialog[bool]:
    """Whether to clear all, the hidden ones too."""
    return ChoiceDialog(
        "Select none?",
        [f"{many(len(hidden), 'selected device')} hidden by the filter would be cleared too:", few([*hidden])],
        [
            Answer("Keep them", "nothing changes", value=False),
            Answer("Clear all", "also the hidden ones", value=True),
        ],
    )
