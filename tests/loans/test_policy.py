"""Floors change by two persons, and never turn over."""

import datetime as dt

import pytest

from approvals.services import decide, request_publication
from core.enums import PublicationState
from core.errors import ApplicationError
from loans.models import FloorRule
from loans.selectors import floor_steps

DAY = dt.date(2026, 6, 1)


def ask(cast, classification: str, min_dpd: int):
    rule = FloorRule.objects.create(
        min_dpd=min_dpd, classification=classification, clause="House rule", effective_from=DAY
    )
    return request_publication("floor_rule", rule, actor=cast.admin, business_date=DAY)


def approve(cast, request):
    return decide(
        request, actor=cast.risk, business_date=DAY, outcome="approve", opinion="As the committee decided"
    )


def floors(on: dt.date) -> list[tuple[int, str]]:
    return [(step.min_dpd, step.classification) for step in floor_steps(on)]


def test_a_stricter_floor_holds_from_its_date(cast):
    approve(cast, ask(cast, "substandard", 61))
    assert floors(DAY)[1] == (61, "substandard")
    assert floors(DAY - dt.timedelta(days=1))[1] == (91, "substandard")


def test_a_floor_that_turns_the_order_over_is_refused(cast):
    request = ask(cast, "substandard", 300)
    with pytest.raises(ApplicationError) as refusal:
        approve(cast, request)
    assert refusal.value.code == "floors_order"
    assert FloorRule.objects.filter(state=PublicationState.PUBLISHED).count() == 4
