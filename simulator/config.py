"""What a simulator is asked to do."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from .exchange import ConnectionRules, Exchange
from .faults import Fault
from .instruments import Pair
from .venues import DEFAULT_VENUES, VENUES

LEAST_PRICE, MOST_PRICE = 1e-9, 1e9


class ConfigError(ValueError):
    """A configuration that cannot be run; the text is one clear line."""


@dataclass(frozen=True)
class SimulatorConfig:
    """What to simulate. `rate` is market steps (and quick diff frames) a second, `speed` multiplies the pace.

    `manual` stops the clock: the market moves by Simulator.step only, and its time starts at a fixed moment.
    Venues that are not `coupled` have prices of their own that cross often.
    """

    venues: Sequence[str] = DEFAULT_VENUES
    pairs: Sequence[str] = ("BTC/USDT",)
    seed: int = 1
    host: str = "127.0.0.1"
    port: int = 0
    control_port: int | None = None
    speed: float = 1.0
    rate: float = 10.0
    manual: bool = False
    coupled: bool = True
    prices: dict[str, float] = field(default_factory=dict)
    faults: Sequence[Fault] = ()
    rules: dict[str, ConnectionRules] = field(default_factory=dict)
    options: dict[str, dict[str, str]] = field(default_factory=dict)  # by venue: what Exchange.options names
    capture: str | None = None
    max_age: float | None = None
    ping_period: float | None = None


def pairs_of(config: SimulatorConfig) -> list[Pair]:
    """The pairs to simulate, checked. Raises ConfigError."""
    try:
        pairs = [Pair.parse(text) for text in config.pairs]
        starts = {Pair.parse(text): price for text, price in config.prices.items()}
        for pair, price in starts.items():
            if pair not in pairs:
                raise ConfigError(f"a price is given for {pair}, which is not simulated")
            if not LEAST_PRICE <= price <= MOST_PRICE:
                raise ConfigError(f"the price of {pair} must be from {LEAST_PRICE:g} to {MOST_PRICE:g}")
        pairs = [replace(pair, start=starts.get(pair)) for pair in pairs]
    except ValueError as error:
        raise ConfigError(str(error)) from error
    if not pairs:
        raise ConfigError("no pair to simulate")
    if not config.rate > 0 or not config.speed > 0:
        raise ConfigError("rate and speed must be above 0")
    return list(dict.fromkeys(pairs))


def rules_of(config: SimulatorConfig, name: str, rules: ConnectionRules) -> ConnectionRules:
    """The connection rules of a venue with what the configuration changes."""
    rules = config.rules.get(name, rules)
    if config.max_age is not None:
        rules = replace(rules, age_seconds=config.max_age)
    if config.ping_period is not None:
        rules = replace(rules, ping_seconds=config.ping_period)
    return rules


def exchanges_of(config: SimulatorConfig, pairs: list[Pair]) -> dict[str, Exchange]:
    """The exchanges to simulate, by name, with their rules and options. Raises ConfigError."""
    for name in [*config.venues, *config.options]:
        if name not in VENUES:
            raise ConfigError(f"unknown venue {name!r}; known: {', '.join(VENUES)}")
    if not config.venues:
        raise ConfigError("no venue to simulate")
    exchanges = {name: VENUES[name](pairs, max(1, round(config.rate))) for name in config.venues}
    if not any(exchange.instruments for exchange in exchanges.values()):
        raise ConfigError("no venue trades any of these pairs")
    for name, exchange in exchanges.items():
        exchange.rules = rules_of(config, name, exchange.rules)
        try:
            exchange.configure(config.options.get(name, {}))
        except ValueError as error:
            raise ConfigError(str(error)) from error
    return exchanges
