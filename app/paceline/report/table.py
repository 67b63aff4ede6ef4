"""Lines of tables for other programs and for people."""

import csv
import io
from collections.abc import Sequence

from paceline.model.text import printable


def csv_line(values: Sequence[object]) -> str:
    """One row, quoted where it must be."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue()


def markdown_line(values: Sequence[str]) -> str:
    """One row of a table; bars and line ends in a cell are no bars and line ends of the table."""
    cells = (printable(value).replace("\\", "\\\\").replace("|", "\\|") for value in values)
    return f"| {' | '.join(cells)} |\n"
