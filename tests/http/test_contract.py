"""The description and the interface agree: whatever the description allows is answered without a fault."""

import uuid
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error

from insurer.accounts.operations import create_staff
from insurer.accounts.permissions import ROLE_WORDS
from insurer.platform import clock
from insurer.platform.runtime import Runtime
from insurer.web.api import matters, payments, steps
from insurer.web.api.routes import OPERATIONS
from tests.http.browser import PASSWORD
from tests.http.conftest import ADMIN
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
    """A token that reaches everything the interface offers: its owner holds every role."""
    login = f"contract-{uuid.uuid4().hex[:8]}"
    scopes = sorted({one.permission for one in OPERATIONS} | {"calculate", "claims.register", "people.view"})
    with http_runtime.transaction() as session:
        create_staff(
            session,
            actor=ADMIN,
            login=login,
            name="全岗",
            roles=sorted(ROLE_WORDS),
            password=PASSWORD,
            now=clock.now(),
        )
    return {"Authorization": f"Bearer {token_for(http_runtime, login, *scopes)}"}


DECLARING = (matters, payments, steps)
"""The modules whose import declares the operations."""

NAMES = [
    "calculate",
    "listClaims",
    "registerClaims",
    "showClaim",
    "checkCover",
    *(one.name for one in OPERATIONS),
]


def test_every_operation_is_described_once(schema: Any) -> None:
    described = [
        operation["operationId"]
        for path in schema.raw_schema["paths"].values()
        for operation in path.values()
    ]
    assert sorted(described) == sorted(NAMES)
    assert len(set(described)) == len(described)


@pytest.mark.parametrize("name", NAMES)
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
