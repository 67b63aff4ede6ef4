"""The question before the secrets of a device's configuration are shown."""

from paceline.ui.dialogs.choice import Answer, ChoiceDialog


def secrets_dialog(device: str) -> ChoiceDialog[bool]:
    """True: show them. The harmless answer has the focus."""
    return ChoiceDialog(
        f"Show the secrets of {device}?",
        [
            "Passwords, keys and communities in what it printed are masked on this screen.",
            "Whoever sees this terminal, or a recording of it, will see them. The audit log notes that you looked.",
        ],
        [
            Answer("Keep them masked", "nothing changes", False),
            Answer("Show them", "until you leave this device, or press the key again", True),
        ],
    )
