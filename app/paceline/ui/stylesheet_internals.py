"""Textual's stylesheet, parsed once at the start; tests/ui/test_stylesheet_internals.py watches what it leans on.

Textual 8.2 parses all styles with the colours that it has at hand, and again as soon as the application's theme is
told: 15 ms before the first frame.
"""

from textual.css.stylesheet import Stylesheet


class KeptStylesheet(Stylesheet):
    """Forgets what it has parsed only where a variable has changed."""

    _is_stale = False

    def set_variables(self, variables: dict[str, str]) -> None:
        """Take the colours and spaces of a theme."""
        if variables != self._variables:
            super().set_variables(variables)
            self._is_stale = True

    def reparse(self) -> None:
        """Parse all sources with the variables of now. New sources are parsed with the next look at the rules."""
        if self._is_stale:
            super().reparse()
            self._is_stale = False
