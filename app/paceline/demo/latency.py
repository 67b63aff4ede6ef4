"""How long simulated devices take: heavy-tailed like people's networks, times a scale that tests set to 0."""

import math
from random import Random  # noqa: TID251 - the type of what is handed in

LOGIN_S = (0.05, 0.4)
COMMAND_S = (0.05, 3.0)
_COMMAND_MEDIAN_S = 0.25
_COMMAND_SPREAD = 0.9
"""Sigma of the logarithm: one command in twenty takes more than four times the median."""
SLOW_FACTOR = 6.0


class Latency:
    """The waits of one device, in seconds."""

    def __init__(self, dice: Random, pace: float, scale: float) -> None:
        self._dice = dice
        self._factor = pace * scale

    def login_s(self) -> float:
        """From the start of a login to its verdict: 50 to 400 ms before the factors."""
        return self._dice.uniform(*LOGIN_S) * self._factor

    def command_s(self) -> float:
        """From a command to its first byte: 50 ms to 3 s before the factors, mostly a quarter of a second."""
        drawn = self._dice.lognormvariate(math.log(_COMMAND_MEDIAN_S), _COMMAND_SPREAD)
        return min(max(drawn, COMMAND_S[0]), COMMAND_S[1]) * self._factor
