"""Requests that nobody would think of, made from the description: no answer is outside of it."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from postloan.wsgi import application
from tests.api.test_reading import fill

pytestmark = [pytest.mark.django_db, pytest.mark.long]

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
SEARCH = settings(
    max_examples=6, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


def operations() -> dict[str, Any]:
    with translation.override("en"):
        described = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))
    described.app = application
    return {found.ok().label: found.ok() for found in described.get_all_operations()}


OPERATIONS = operations()


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """The application is called as a server calls it, but inside the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def token(cast, book, make_client) -> str:
    fill(cast, 1)
    _client, token = make_client(rate_per_minute=100_000)
    return token


@pytest.mark.parametrize("label", OPERATIONS)
def test_every_answer_is_described(token, label):
    @SEARCH
    @given(case=OPERATIONS[label].as_strategy())
    def ask(case: Any) -> None:
        response = case.call(headers={"Authorization": f"Bearer {token}"}, base_url="http://testserver")
        assert response.status_code != 401
        case.validate_response(response, checks=CHECKS)

    ask()
