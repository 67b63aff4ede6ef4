"""How much a widget may paint: terminals over slow links pay for each byte, and nobody reads ten changes a second."""

from dataclasses import dataclass

BYTES_PER_S, BURST_BYTES = 4_500, 9_000
"""What the device table may cost on average, and at once after a quiet while (a whole repaint at 160x50)."""
SLOW_BYTES_PER_S = 1_200
"""The same with `low_bandwidth`."""
REGION_BYTES = 100
"""About what one repainted region costs beside its text: moving there, and four or five changes of colour."""


@dataclass(slots=True)
class PaintBudget:
    """An account of estimated bytes, filled by time. What must be painted may overdraw it; what can wait, waits."""

    bytes_per_s: float = BYTES_PER_S
    burst: float = BURST_BYTES
    balance: float = BURST_BYTES
    _filled_at: float | None = None

    def fill(self, at: float) -> None:
        """Add what the time since the last call is worth; `at` is in seconds of a monotonic clock."""
        if self._filled_at is not None:
            self.balance = min(self.burst, self.balance + (at - self._filled_at) * self.bytes_per_s)
        self._filled_at = at

    def spend(self, cells: int) -> None:
        """A region of so many cells is painted."""
        self.balance -= cells + REGION_BYTES

    @property
    def is_open(self) -> bool:
        """Whether what can wait may be painted now."""
        return self.balance > 0
