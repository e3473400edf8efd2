"""The description and the interface agree: whatever the description allows is answered without a fault."""

from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error

from insurer.platform.runtime import Runtime
from tests.http.test_api import token_for

FEW = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def schema(app: Flask) -> Any:
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)


@pytest.fixture(scope="module")
def bearer(http_runtime: Runtime) -> dict[str, str]:
    token = token_for(
        http_runtime, "http-clerk", "calculate", "claims.view", "claims.register", "people.view"
    )
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("name", ["calculate", "listClaims", "registerClaims", "showClaim", "checkCover"])
def test_every_request_that_the_description_allows_is_answered(
    schema: Any, bearer: dict[str, str], name: str
) -> None:
    tried = []

    @FEW
    @given(case=schema.find_operation_by_id(name).as_strategy())
    def probe(case: schemathesis.Case) -> None:
        case.call_and_validate(headers=bearer, checks=[not_a_server_error])
        tried.append(case)

    probe()
    assert tried
