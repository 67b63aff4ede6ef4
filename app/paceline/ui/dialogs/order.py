"""In which order the table shows devices."""

from paceline.ui.dialogs.choice import Answer, ChoiceDialog
from paceline.ui.widgets.device_order import ORDERS


def order_dialog(by: str, is_reversed: bool) -> ChoiceDialog[str]:
    """The key of an order; the one in force again turns it round."""
    now = "in force, last first" if is_reversed else "in force"
    return ChoiceDialog(
        "Order devices by",
        ["The order in force, chosen again, is turned round."],
        [Answer(f"{name:<14} {now}" if key == by else name, "", key) for key, name in ORDERS.items()],
    )
