"""The root of Paceline's own errors."""


class PacelineError(Exception):
    """What went wrong, as its text: sentences for the person who asked, one problem a line. Never a bug."""
