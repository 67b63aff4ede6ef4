"""Whether a job only reads or may change devices: a question, because no single key may decide it."""

from paceline.ui.dialogs.choice import Answer, ChoiceDialog


def kind_dialog(*, read_only: bool) -> ChoiceDialog[bool]:
    """Answers whether it only reads. What holds now is said; the harmless answer has the focus."""
    return ChoiceDialog(
        "What may this job do to its devices?",
        [
            "Now it only reads." if read_only else "Now it may change them.",
            "Every line is judged as it is typed: reads, changes, takes the device down, or refused.",
        ],
        [
            Answer("Only read", "a line that does more is refused", True),
            Answer(
                "May change devices",
                "lines outside of configuration mode; a device ends at its first command that does not succeed, and "
                "nothing is sent twice. The start asks for the number of devices.",
                False,
                is_dangerous=True,
            ),
        ],
    )
