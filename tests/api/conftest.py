"""Fixtures of the API's tests: clients of the bank's systems, and what they read."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from core import clock
from org.enums import ApiScope, Role
from org.models import ApiClient, User
from org.services import create_client
from tests.builders import build_borrower, build_instalment, build_loan, day
from tests.cast import build_person
from tests.reports.duties import start

TODAY = day("2026-06-03")  # figures are as of the close of 2 June
FAR = clock.today() + dt.timedelta(days=365)

Caller = Callable[..., Any]


@pytest.fixture(autouse=True)
def nobody_has_called_yet():
    """Turns are counted in the cache, which outlives a test's database."""
    cache.clear()


@pytest.fixture
def security(cast) -> User:
    return build_person("E030", cast.branches["H0"], Role.SECURITY_ADMIN)


@pytest.fixture
def make_client(cast, security) -> Callable[..., tuple[ApiClient, str]]:
    """``make_client("H0", "portfolio:read")`` is a client and its token; all scopes unless named."""

    def make(branch: str = "H0", *scopes: str, **fields: Any) -> tuple[ApiClient, str]:
        values = {"name": f"System {ApiClient.objects.count() + 1}", "expires_on": FAR, **fields}
        return create_client(
            actor=security,
            branch=cast.branches[branch],
            scopes=scopes or tuple(ApiScope.values),
            business_date=TODAY,
            **values,
        )

    return make


@pytest.fixture
def call(make_client) -> Callable[..., Caller]:
    """``call("B1", "portfolio:read")`` is a function that asks with the token of such a client."""

    def of(branch: str = "H0", *scopes: str, **fields: Any) -> Caller:
        _client, token = make_client(branch, *scopes, **fields)
        return caller(token)

    return of


def caller(token: str) -> Caller:
    browser = Client(headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"})

    def ask(path: str, method: str = "get", **options: Any) -> Any:
        return getattr(browser, method)(f"/api/v1/{path}", **options)

    return ask


@pytest.fixture
def book(cast):
    """Borrowers of three branches with loans in different states."""
    start(TODAY)
    s01, s02, s03 = (cast.branches[no] for no in ("S01", "S02", "S03"))
    anshan = build_borrower(
        "C-A", s01, cast.rm_a, name="Anshan Bearings", id_no="911200001234567890", phone="13800138000"
    )
    binzhou = build_borrower("C-B", s02, None, name="Binzhou Textiles", borrower_type="personal")
    cangzhou = build_borrower("C-C", s03, cast.rm_b, name="Cangzhou Pipes")
    first = build_loan("L-A1", anshan, disbursed="2026-01-05", matures="2027-01-05")
    build_instalment(first, "2026-04-05", paid="2026-04-05")
    build_instalment(first, "2026-05-04")
    build_loan("L-A2", anshan, disbursed="2024-01-05", matures="2026-01-05", ended_on=day("2026-01-05"))
    build_loan("L-B1", binzhou, disbursed="2026-03-05", matures="2026-12-05", classification="doubtful")
    build_loan("L-C1", cangzhou, disbursed="2026-03-05", matures="2026-12-05")
