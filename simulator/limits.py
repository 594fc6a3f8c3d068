"""Budgets as exchanges keep them: REST weight a window, 429 when it is spent, 418 for clients that go on; connects."""

from collections import deque
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Verdict:
    """What the budget says about a request: status 200, 429 or 418, and seconds to wait."""

    status: int
    used: int
    retry_after: int = 0


class Budget(Protocol):
    """Something that requests are paid from."""

    @property
    def used(self) -> int: ...

    def spend(self, client: str, weight: int, now: float) -> Verdict: ...


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

    @property
    def used(self) -> int:
        """Weight spent by all clients in their newest windows."""
        return sum(account.used for account in self._accounts.values())

    @staticmethod
    def _seconds(value: float) -> int:
        return max(1, int(value + 0.999))


class CreditPool:
    """Credits per client that come back at a steady rate."""

    def __init__(self, most: int, a_second: int, cost: int) -> None:
        self.most = most
        self.a_second = a_second
        self.cost = cost  # of a request of weight 1
        self._left: dict[str, tuple[float, float]] = {}  # credits and when they were counted

    def spend(self, client: str, weight: int, now: float) -> Verdict:
        """Pay for a request; nothing is taken when there is not enough."""
        left, then = self._left.get(client, (float(self.most), now))
        left = min(float(self.most), left + max(0.0, now - then) * self.a_second)
        enough = left >= weight * self.cost
        self._left[client] = left - weight * self.cost if enough else left, now
        return Verdict(200 if enough else 429, self.used, 0 if enough else 1)

    @property
    def used(self) -> int:
        """Credits that all clients lack."""
        return round(sum(self.most - left for left, _ in self._left.values()))


class ConnectLimit:
    """New connections an address may make in a sliding window; one that makes more may be blocked for a while."""

    def __init__(self) -> None:
        self._made: dict[str, deque[float]] = {}
        self._blocked: dict[str, float] = {}

    def admit(self, client: str, most: int | None, seconds: float, block: float, now: float) -> int:
        """Seconds to wait; 0 when the connection is admitted (and counted)."""
        if most is None:
            return 0
        made = self._made.setdefault(client, deque())
        while made and now - made[0] >= seconds:
            made.popleft()
        blocked = self._blocked.get(client, 0.0) - now
        if blocked > 0:
            return max(1, int(blocked + 0.999))
        if len(made) < most:
            made.append(now)
            return 0
        self._blocked[client] = now + block
        return max(1, int(max(block, made[0] + seconds - now) + 0.999))

    def open(self) -> int:
        """Connections made in the present windows."""
        return sum(map(len, self._made.values()))
