"""Weights: 429 when the minute is spent, 418 for clients that go on."""

from simulator.limits import ConnectLimit, CreditPool, WeightBudget

NOON = 1_760_000_040.0  # the start of a minute


def test_budget_renews_with_the_minute() -> None:
    budget = WeightBudget(100)
    assert budget.spend("a", 60, NOON).status == 200
    refused = budget.spend("a", 60, NOON + 10)
    assert (refused.status, refused.retry_after) == (429, 50)
    assert budget.spend("b", 60, NOON + 10).status == 200
    renewed = budget.spend("a", 60, NOON + 60)
    assert (renewed.status, renewed.used) == (200, 60)


def test_going_on_leads_to_a_ban_that_outlives_the_minute() -> None:
    budget = WeightBudget(10, patience=3, ban_seconds=120)
    statuses = [budget.spend("a", 10, NOON).status for _ in range(6)]
    assert statuses == [200, 429, 429, 429, 418, 418]
    later = budget.spend("a", 1, NOON + 70)
    assert (later.status, later.retry_after) == (418, 50)
    assert budget.spend("a", 1, NOON + 121).status == 200


def test_connections_in_a_sliding_window() -> None:
    limit = ConnectLimit()
    assert [limit.admit("a", 2, 10.0, 0.0, now) for now in (0.0, 5.0, 6.0, 9.0)] == [0, 0, 4, 1]
    assert limit.admit("b", 2, 10.0, 0.0, 6.0) == 0
    assert limit.admit("a", 2, 10.0, 0.0, 10.5) == 0
    assert limit.admit("c", None, 10.0, 0.0, 0.0) == 0


def test_too_many_connections_block_for_a_while() -> None:
    limit = ConnectLimit()
    assert [limit.admit("a", 1, 1.0, 60.0, now) for now in (0.0, 0.5, 30.0, 60.0, 61.0)] == [0, 60, 31, 1, 0]


def test_credits_come_back() -> None:
    pool = CreditPool(1000, 100, cost=500)
    assert [pool.spend("a", 1, now).status for now in (0.0, 0.0, 0.0, 5.0, 5.0)] == [200, 200, 429, 200, 429]
    assert pool.spend("b", 2, 5.0).status == 200
    assert pool.used == 2000
