"""Weights: 429 when the minute is spent, 418 for clients that go on."""

from simulator.limits import WeightBudget

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
