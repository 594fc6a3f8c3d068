"""Real exchange servers on loopback: a seeded market or a capture, spoken in each venue's protocol, with faults."""

from .config import ConfigError, SimulatorConfig
from .exchange import ConnectionRules
from .faults import Fault, FaultError, parse_fault
from .server import Address, Simulator, Truth

__all__ = [
    "Address",
    "ConfigError",
    "ConnectionRules",
    "Fault",
    "FaultError",
    "Simulator",
    "SimulatorConfig",
    "Truth",
    "parse_fault",
]
