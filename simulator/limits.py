"""Request budgets as exchanges keep them: a weight a minute, 429 when it is spent, 418 for clients that go on."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """What the budget says about a request: status 200, 429 or 418, and seconds to wait."""

    status: int
    used: int
    retry_after: int = 0


@dataclass
class _Account:
    window: int = -1
    used: int = 0
    refused: int = 0
    banned_until: float = 0.0


class WeightBudget:
    """Weight per client and window. After `patience` refusals within a window the client is banned."""

    def __init__(self, limit: int, window_seconds: int = 60, patience: int = 10, ban_seconds: int = 120) -> None:
        self.limit = limit
        self.window_seconds = window_seconds
        self.patience = patience
        self.ban_seconds = ban_seconds
        self._accounts: dict[str, _Account] = {}

    def spend(self, client: str, weight: int, now: float) -> Verdict:
        """Book `weight` for `client` at wall-clock second `now`."""
        account = self._accounts.setdefault(client, _Account())
        window = int(now // self.window_seconds)
        if window != account.window:
            account.window, account.used, account.refused = window, 0, 0
        if now < account.banned_until:
            return Verdict(418, account.used, self._seconds(account.banned_until - now))
        account.used += weight
        if account.used <= self.limit:
            return Verdict(200, account.used)
        account.refused += 1
        if account.refused > self.patience:
            account.banned_until = now + self.ban_seconds
            return Verdict(418, account.used, self.ban_seconds)
        return Verdict(429, account.used, self._seconds((window + 1) * self.window_seconds - now))

    @staticmethod
    def _seconds(value: float) -> int:
        return max(1, int(value + 0.999))
