"""The root of Paceline's own errors."""

from paceline.model.redaction import redact


class PacelineError(Exception):
    """What went wrong, as its text: sentences for the person who asked, one problem a line. Never a bug.

    Secrets in it are masked.
    """

    def __init__(self, *words: object) -> None:
        super().__init__(*(redact(word) if isinstance(word, str) else word for word in words))
