"""The guide's table of keys against the bindings of the screens."""

from tests.architecture.test_guide import section, table

from paceline.ui.bindings import all_bindings
from paceline.ui.keymap import show_key


def keys_table() -> str:
    """The table as the guide must have it: one row for each binding."""
    rows = [
        f"| `{bound.id}` | {' '.join(f'`{show_key(key)}`' for key in bound.keys)} | {bound.description} |"
        for bound in all_bindings()
    ]
    return "\n".join(["| id | keys | does |", "|---|---|---|", *rows])


def test_the_table_of_keys_is_every_binding_there_is() -> None:
    expected = keys_table()
    assert table(section("Keys")) == table(expected), f"the section Keys must have this table:\n\n{expected}"
