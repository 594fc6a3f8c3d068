"""A document of OpenAPI held against the server that has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]


def operations(document: Mapping[str, Any]) -> dict[str, Any]:
    """The operations of a document by method and path."""
    schema = schemathesis.openapi.from_dict(dict(document))
    found = (result.ok() for result in schema.get_all_operations() if isinstance(result, Ok))
    return {f"{made.method.upper()} {made.path}": made for made in found}


def as_drawn(examples: int) -> settings:
    """So many requests of each operation, the same ones in every run."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.too_slow,
            HealthCheck.filter_too_much,
            HealthCheck.data_too_large,
        ],
    )
